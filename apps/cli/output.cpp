#include "cli/output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt::cli {

Output::Output(Tool& tool) : tool_(tool) {
  tool.app.add_option("-o,--output", path_, "Write the records to FILE")->type_name("FILE");
  tool.app.add_flag("--overwrite", overwrite_, "Replace a file that exists");
  tool.app.add_flag("--no-header", no_header_, "Leave out the header of csv and tsv");
}

Output::~Output() {
  if (file_ != stdout) std::fclose(file_);
}

void Output::open(const std::vector<std::string>& kept) {
  format_ = parse_format(tool_.settings.text("format"));
  if (!allows_documents_ && (format_ == Format::kMarkdown || format_ == Format::kHtml)) {
    throw UsageError(fmt::format("{}: '{}' is a format of faceatt-report only", tool_.settings.origin("format"),
                                 tool_.settings.text("format")));
  }
  if (path_.empty() || path_ == "-") return;
  std::error_code ignored;
  for (const auto& file : kept) {
    if (file == path_ || std::filesystem::equivalent(file, path_, ignored)) {
      throw UsageError(path_ + ": is the attendance log; name another file with -o");
    }
  }
  const bool is_device = std::filesystem::is_other(path_, ignored);  // /dev/stderr, a FIFO
  // What is written holds names: it is its owner's, whatever the umask. A file that is replaced keeps its mode.
  const int how = overwrite_ || is_device ? O_TRUNC : O_EXCL;
  const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | how, 0600);
  if (file >= 0) file_ = ::fdopen(file, "w");
  if (file < 0 || file_ == nullptr) {
    const int error = errno;
    file_ = stdout;
    if (error == EEXIST) throw UsageError(path_ + ": exists; pass --overwrite to replace it");
    throw Error(ErrorCode::kCannotRun, path_ + ": " + errno_text(error));
  }
}

bool Output::is_terminal() const { return file_ == stdout && ::isatty(STDOUT_FILENO) != 0; }

void Output::record(const Record& record, const std::string& text) {
  if (!header_printed_ && !no_header_) {
    if (const auto header = record_header(record, format_); !header.empty()) raw(header + "\n");
  }
  header_printed_ = true;
  std::string line = format_ == Format::kText && !text.empty() ? text : format_record(record, format_);
  if (is_terminal()) line = printable(line);  // csv and tsv name files as they are; a terminal would obey them
  raw(line + "\n");
}

void Output::raw(const std::string& text) {
  if (closed_) return;
  if (file_ == stdout && ::isatty(STDOUT_FILENO) != 0) tool_.hide_progress();
  const bool written = std::fwrite(text.data(), 1, text.size(), file_) == text.size() && std::fflush(file_) == 0;
  if (written) return;
  closed_ = true;
  if (errno != EPIPE) {
    throw Error(ErrorCode::kCannotRun,
                fmt::format("{}: {}", path_.empty() ? "standard output" : path_, errno_text(errno)));
  }
}

}  // namespace faceatt::cli
