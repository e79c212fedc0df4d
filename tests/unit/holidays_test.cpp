#include "faceatt/attendance/holidays.hpp"

#include <catch2/catch.hpp>

#include "faceatt/core/error.hpp"

using namespace faceatt;

TEST_CASE("holidays: dates and ranges, with and without a name and a header") {
  const Holidays holidays = Holidays::read(
      "from,until,name\n2026-12-25,,Christmas\n2026-12-26\n# moved\n\n2027-01-04,2027-01-06,Winter holidays\n"
      "2027-05-01,Labour Day\n",
      "h.csv");
  CHECK(holidays.on("2026-12-25") == "Christmas");
  CHECK(holidays.on("2026-12-26") == "");
  CHECK_FALSE(holidays.on("2026-12-27"));
  CHECK_FALSE(holidays.on("2027-01-03"));
  CHECK(holidays.on("2027-01-04") == "Winter holidays");
  CHECK(holidays.on("2027-01-06") == "Winter holidays");
  CHECK_FALSE(holidays.on("2027-01-07"));
  CHECK(holidays.on("2027-05-01") == "Labour Day");
}

TEST_CASE("holidays: what is no date names its line") {
  CHECK_THROWS_WITH(Holidays::read("2026-12-25\n26.12.2026\n", "h.csv"),
                    "h.csv:2: '26.12.2026' is not a date; write a line like 2026-12-25,Christmas");
  CHECK_THROWS_AS(Holidays::read("2027-01-06,2027-01-04\n", "h.csv"), Error);
}

TEST_CASE("holidays: more than anybody has are none") {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "2026-12-25\n";
  CHECK(Holidays::read(text, "h.csv").on("2026-12-25"));
  CHECK_THROWS_WITH(Holidays::read(text + "2026-12-26\n", "h.csv"),
                    "h.csv:10001: over 10,000 rows; these are no holidays");
}
