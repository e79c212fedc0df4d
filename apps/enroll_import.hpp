// faceatt-enroll --import: takes over pictures, lists of people and attendance that another program left.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "cli/tool.hpp"
#include "enroll_photos.hpp"
#include "faceatt/attendance/rules.hpp"
#include "faceatt/pipeline/import_plan.hpp"

namespace faceatt::cli {

class Import {
 public:
  // Looks at everything and says what it was taken for. Throws UsageError when something has to be told before anything
  // can be done. Nothing is written.
  Import(const Tool& tool, const std::vector<std::string>& paths, const std::string& columns);

  // Puts names and groups into roster.csv, for those who are not in it; the ids of who was.
  std::set<std::string> write_roster();
  // The pictures, for enrol_photos().
  std::vector<AssignedPhoto> photos() const;
  // The marks, into the log. Says what came of them; `code` is that of the enrolment. Returns an exit code.
  int write_marks(int code);

 private:
  struct Counts {
    std::size_t added = 0, known = 0, repeated = 0, out = 0;
  };

  void show_table(const ForeignTable& table, const char* kind, std::size_t rows, std::size_t others) const;
  void show_log(const ForeignLog& log, std::size_t rows, std::size_t others) const;
  void show() const;
  void refuse_unsettled() const;
  void write(const ImportedMark& mark, const Rules& rules, AttendanceLog& log, Counts& counts);
  void write_out(const ImportedMark& mark, AttendanceRow row, AttendanceLog& log, Counts& counts) const;
  void say(const std::string& message) const;

  const Tool& tool_;
  std::string today_;
  ImportPlan plan_;
  ImportedMarks marks_;
  std::set<std::string> keys_;  // of this run
};

}  // namespace faceatt::cli
