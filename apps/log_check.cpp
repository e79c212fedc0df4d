#include "log_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>

#include "cli/people.hpp"
#include "faceatt/attendance/csv_log.hpp"
#include "faceatt/attendance/verify.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxLogBytes = std::uint64_t{4} << 30;

// None: nobody can be asked.
std::optional<std::set<std::string>> known_ids(const Tool& tool) {
  if (!knows_people(tool)) {
    tool.note(fmt::format("people folder {}: not there; ids are not checked", tool.db().string()));
    return std::nullopt;
  }
  std::set<std::string> ids;
  for (const auto& [id, person] : known_people(tool)) ids.insert(id);
  return ids;
}

struct CheckedLog {
  LogCheck check;
  fs::path copy;  // of the log before its repair; empty: it was not repaired

  bool is_repaired() const { return !copy.empty(); }
  std::size_t left() const {
    const auto& all = check.findings;
    const auto is_left = [&](const LogFinding& finding) { return !is_repaired() || finding.repair.empty(); };
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), is_left));
  }
};

// Stores the bytes of a log beside it, under a name that is free, with its mode.
fs::path store_copy(const fs::path& log, std::string_view bytes, const LocalTime& now) {
  std::string stamp = now.iso8601().substr(0, std::string_view("2026-11-21T08:59:58").size());
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  const fs::path file = fs::canonical(log);
  const std::string name = fmt::format("{}{}{}", file.string(), kBeforeRepair, stamp);
  fs::path copy = name;
  for (int n = 2; !create_file(copy, bytes); ++n) copy = fmt::format("{}-{}", name, n);
  fs::permissions(copy, fs::status(file).permissions());
  return copy;
}

CheckedLog check(const Tool& tool, const fs::path& log, const LogCheckOptions& options, bool repair) {
  CheckedLog result{check_log(read_file(log, kMaxLogBytes), options), {}};
  if (!repair || !result.check.is_repairable()) return result;
  const auto repaired_text = [&](const fs::path&, std::string_view) {
    const std::string bytes = read_file(log, kMaxLogBytes);  // with its torn last line, and what came meanwhile
    result.check = check_log(bytes, options);
    const std::string repaired = repaired_log(bytes, options);
    if (repaired != bytes) result.copy = store_copy(log, bytes, tool.clock()());
    return repaired;
  };
  CsvLog(as_pattern(log)).rewrite(repaired_text, CsvLog::Links::kLeave);
  return result;
}

void print(Output& out, const fs::path& log, const CheckedLog& checked) {
  for (const LogFinding& f : checked.check.findings) {
    std::string kind = f.kind;
    std::replace(kind.begin(), kind.end(), '_', ' ');
    std::string text = fmt::format("{}:{}: {}: {}", printable(log.string()), f.line, kind, f.detail);
    if (!f.repair.empty()) text += checked.is_repaired() ? "; repaired" : "; --repair " + f.repair;
    out.record({{"file", log.string()},
                {"line", static_cast<std::int64_t>(f.line)},
                {"finding", f.kind},
                {"id", f.id},
                {"detail", f.detail},
                {"repair", f.repair}},
               text);
  }
}

std::string summary(const fs::path& log, const CheckedLog& checked) {
  const LogCheck& check = checked.check;
  std::string text = fmt::format("{}: {} rows: ", printable(log.string()), check.rows);
  text += check.findings.empty() ? "ok" : fmt::format("{} findings", check.findings.size());
  if (checked.is_repaired()) text += fmt::format(", {} left after the repair", checked.left());
  if (check.links > 0) text += fmt::format("; a chain of {} links, the last one {}", check.links, check.head);
  return text;
}

}  // namespace

int check_logs(const Tool& tool, Output& out, const LogCheckRequest& request) {
  LogCheckOptions options;
  options.known_ids = known_ids(tool);
  const bool repair = request.repair && !tool.dry_run;
  std::size_t failed = 0, left = 0;
  for (const fs::path& log : request.logs) {
    options.name = log.string();
    try {
      const CheckedLog checked = check(tool, log, options, repair);
      print(out, log, checked);
      tool.note(summary(log, checked));
      if (checked.is_repaired()) {
        tool.note(fmt::format("{}: repaired; the log as it was: {}", printable(log.string()),
                              printable(checked.copy.string())));
      }
      left += checked.left();
    } catch (const Error& e) {
      tool.error(e.what());
      ++failed;
    } catch (const std::system_error& e) {
      tool.error(fmt::format("{}: {}", printable(log.string()), e.code().message()));
      ++failed;
    }
  }
  if (failed > 0) return failed == request.logs.size() ? kCannotRun : kSomeFailed;
  return left == 0 ? kDone : kNothingFound;
}

}  // namespace faceatt::cli
