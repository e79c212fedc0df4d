// The log that the suite is run over: a file, or a store when FACEATT_TEST_STORE names one.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "../unit/helpers.hpp"
#include "faceatt/attendance/csv_log.hpp"
#include "faceatt/attendance/store_log.hpp"

namespace faceatt::test {

class LogBackend {
 public:
  // Another program's view of the same log; of another machine's, in a store.
  std::unique_ptr<AttendanceLog> open(const LogOptions& options = {}) const {
    if (const auto url = store()) return std::make_unique<StoreLog>(*url, folder_ / new_name("spool"), options);
    return std::make_unique<CsvLog>(folder_ / "Attendance.csv", options);
  }

  std::vector<AttendanceRow> rows() const {
    std::vector<std::string> warnings;
    std::vector<AttendanceRow> rows;
    if (const auto url = store()) {
      StoreLink link(*url);
      StoreRows log(link);
      for (auto more = log.next(); !more.empty(); more = log.next()) {
        for (StoredRow& stored : more) rows.push_back(std::move(stored.row));
      }
    } else {
      rows = read_attendance(folder_ / "Attendance.csv", warnings);
    }
    CHECK(warnings.empty());
    return rows;
  }
  std::vector<std::string> ids() const {
    std::vector<std::string> ids;
    for (const auto& row : rows()) ids.push_back(row.id);
    return ids;
  }

 private:
  static std::string new_name(const char* what) {
    static int number = 0;
    return fmt::format("{}-{}-{}", what, ::getpid(), ++number);
  }
  std::optional<StoreUrl> store() const {
    const char* const text = std::getenv("FACEATT_TEST_STORE");
    if (text == nullptr || *text == '\0') return std::nullopt;
    StoreUrl url = parse_store_url(text);
    url.site = site_;
    return url;
  }

  TempFolder folder_;
  std::string site_ = new_name("suite");  // nothing of it is there before
};

}  // namespace faceatt::test
