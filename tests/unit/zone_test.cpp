#include "faceatt/core/zone.hpp"

#include <catch2/catch.hpp>

#include "faceatt/core/error.hpp"
#include "helpers.hpp"

using namespace faceatt;

namespace {

std::string shown(const Zone& zone, const char* wall) {
  return zone.from_wall(parse_time(std::string(wall) + "Z").unix_seconds).iso8601();
}

}  // namespace

TEST_CASE("a zone is known by its name, and by nothing else") {
  CHECK(Zone("Europe/Berlin").name() == "Europe/Berlin");
  CHECK(Zone::exists("America/New_York"));
  for (const char* name : {"", "Europe/Berln", "../../etc/passwd", "/etc/localtime", "W. Europe Standard Time"}) {
    CHECK_FALSE(Zone::exists(name));
    CHECK_THROWS_AS(Zone(name), UsageError);
  }
}

TEST_CASE("the nights in which clocks change") {
  const Zone berlin("Europe/Berlin"), new_york("America/New_York");
  CHECK(shown(berlin, "2026-03-29T01:59") == "2026-03-29T01:59:00+01:00");
  CHECK(shown(berlin, "2026-03-29T02:30") == "2026-03-29T03:30:00+02:00");  // leapt over
  CHECK(shown(berlin, "2026-03-29T03:00") == "2026-03-29T03:00:00+02:00");
  CHECK(shown(berlin, "2026-10-25T02:30") == "2026-10-25T02:30:00+02:00");  // twice: the first
  CHECK(shown(berlin, "2026-10-25T03:00") == "2026-10-25T03:00:00+01:00");
  CHECK(shown(new_york, "2026-03-08T02:30") == "2026-03-08T03:30:00-04:00");
  CHECK(shown(new_york, "2026-11-01T01:30") == "2026-11-01T01:30:00-04:00");
}

TEST_CASE("a zone by name is what the system makes of it, and does not follow the system") {
  const test::TimeZone system("Asia/Tokyo");
  CHECK(Zone().offset_at(1795247998) == 9 * 3600);
  CHECK(Zone("Asia/Tokyo").offset_at(1795247998) == 9 * 3600);
  CHECK(Zone("Europe/Berlin").offset_at(1795247998) == 3600);
  CHECK(Zone("Europe/Berlin").at(1795247998).iso8601() == "2026-11-21T08:59:58+01:00");
}

TEST_CASE("midnight on the wall") {
  CHECK(wall_midnight("1970-01-02") == 86400);
  CHECK(Zone("Europe/Berlin").from_wall(wall_midnight("2026-11-21")).iso8601() == "2026-11-21T00:00:00+01:00");
}
