// Records on standard output, one per line, flushed per line.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "cli/tool.hpp"
#include "faceatt/core/record.hpp"

namespace faceatt::cli {

class Output {
 public:
  // Adds -o, --overwrite and --no-header to the tool.
  explicit Output(Tool& tool);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Before open(): md and html are formats of this tool, too.
  void allow_documents() { allows_documents_ = true; }
  bool is_terminal() const;  // the records go to one

  // Opens the file of -o: when nothing can stop the run any more, so that a run that failed leaves no file. Throws
  // UsageError when it exists and --overwrite is not given, and when it is one of `kept`, which must not be replaced.
  void open(const std::vector<std::string>& kept = {});

  // In text format `text` is printed as it is (already printable, no line end) when given, else the record's values.
  void record(const Record& record, const std::string& text = {});
  // Text as it is.
  void raw(const std::string& text);

  Format format() const { return format_; }
  bool overwrites() const { return overwrite_; }  // --overwrite was given
  // Whoever read the output has gone (`| head -1`). Nothing more is printed; what was to be done is still done.
  bool closed() const { return closed_; }

 private:
  Tool& tool_;
  std::string path_;
  bool overwrite_ = false, no_header_ = false, allows_documents_ = false;
  Format format_ = Format::kText;
  std::FILE* file_ = stdout;
  bool header_printed_ = false;
  bool closed_ = false;
};

}  // namespace faceatt::cli
