#include <catch2/catch.hpp>

#include "faceatt/store/keys.hpp"
#include "faceatt/store/link.hpp"

using namespace faceatt;

TEST_CASE("a script is known by its SHA-1") {
  CHECK(StoreScript("return 1").sha1 == "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");  // as SCRIPT LOAD says
  CHECK(StoreScript("").sha1 == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

TEST_CASE("the keys of a site share a hash tag") {
  const StoreKeys keys("West_2");
  CHECK(keys.log() == "faceatt:{West_2}:log");
  CHECK(keys.keys_of("2026-11-21") == "faceatt:{West_2}:keys:2026-11-21");
  CHECK(keys.all() == "faceatt:{West_2}:*");
}

TEST_CASE("a link without a server") {
  StoreLink link(parse_store_url("redis://:hunter2@127.0.0.1:1"));  // privileged, and nobody's
  CHECK_FALSE(link.is_connected());
  CHECK(link.history().empty());
  CHECK(link.call_all({}).empty());
  link.close();
  if (has_store()) {
    CHECK_THROWS_AS(link.connect(), StoreGone);
    CHECK_THROWS_WITH(link.call({"PING"}), Catch::StartsWith("127.0.0.1:1: "));
  } else {
    CHECK_THROWS_AS(link.connect(), UsageError);
    CHECK_THROWS_WITH(link.call({"PING"}), Catch::Contains("built without Redis"));
  }
  CHECK_FALSE(link.is_connected());
}
