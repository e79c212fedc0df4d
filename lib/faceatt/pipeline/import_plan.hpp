// What is to be taken over from another program: its pictures, lists of people and attendance, and what is made of
// them. Everything is looked at before anything is written; nothing of the other program is ever changed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "faceatt/attendance/foreign_log.hpp"
#include "faceatt/core/foreign_table.hpp"
#include "faceatt/core/time.hpp"
#include "faceatt/people/foreign_people.hpp"

namespace faceatt {

struct ImportRequest {
  std::vector<std::filesystem::path> paths{};  // folders, which are walked, tables and pictures
  ColumnRequest columns{};
  std::filesystem::path people{};  // our people folder: left alone wherever it lies
  Roster known{};                  // who is in it
  std::string today{};             // 2026-11-21: nothing was later
};

struct ImportPlan {
  struct Photo {
    std::filesystem::path file{};
    std::string id{}, name{};
  };
  struct LeftOut {
    std::filesystem::path path{};
    std::string why{};
  };
  // Pictures that lie together, for showing what their names are taken for.
  struct Pictures {
    std::filesystem::path folder{};
    std::size_t photos = 0;
    std::map<std::string, std::string> people{};  // id -> what it is made of, "JOHN DOE.jpg" or "Ana_12/"
  };

  std::vector<Photo> photos{};
  std::vector<Pictures> pictures{};
  std::vector<ForeignLog> logs{};
  std::vector<ForeignTable> rosters{};
  std::vector<LeftOut> left_out{};
  std::vector<std::string> problems{};  // what cannot be taken over and ought to be
  ForeignPeople people{{}};             // those known, of the rosters and of the pictures
};

// Walks the paths. Throws UsageError for a path that is not there and a table that was named and is not understood,
// Error(kInput) for one that cannot be read.
ImportPlan plan_import(const ImportRequest& request);

// A mark as it will be in the log.
struct ImportedMark {
  std::string id{}, name{};
  std::string date{}, session{}, status{};
  std::string source{};  // import:Attendance.csv
  LocalTime time{};      // midnight when it is not known
  bool has_time = false;
  std::optional<LocalTime> out{};
  bool is_enrolled = true;  // or in the roster
  std::string where{};      // Attendance.csv:7
};
struct ImportedMarks {
  std::vector<ImportedMark> marks{};    // by time
  std::vector<std::string> problems{};  // rows that are not taken over and ought to be
  std::size_t strangers = 0, nameless = 0, absent = 0;
  std::map<std::string, std::string> strays{};  // id -> name: of whom there are rows, but neither picture nor roster
};
// The marks of all logs, which must be settled, in the zone of this process. Names that only they know come to
// `plan.people`.
ImportedMarks plan_marks(ImportPlan& plan, const std::string& today);

}  // namespace faceatt
