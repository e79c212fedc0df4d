#include "faceatt/core/record.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "faceatt/core/error.hpp"

using namespace faceatt;

namespace {

Record sample() {
  return {{"file", std::string("a,b.jpg")},
          {"name", std::string("Ana \"A\"\tSilva\n")},
          {"face", std::int64_t{-2}},
          {"score", Decimal{0.51239}},
          {"second", std::monostate{}}};
}

}  // namespace

TEST_CASE("record formats") {
  CHECK(parse_format("text") == Format::kText);
  CHECK(parse_format("csv") == Format::kCsv);
  CHECK(parse_format("tsv") == Format::kTsv);
  CHECK(parse_format("jsonl") == Format::kJsonl);
  CHECK_THROWS_AS(parse_format("json"), UsageError);
  CHECK_THROWS_AS(parse_format(""), UsageError);
}

TEST_CASE("records as csv, tsv, jsonl and text") {
  CHECK(record_header(sample(), Format::kCsv) == "file,name,face,score,second");
  CHECK(record_header(sample(), Format::kTsv) == "file\tname\tface\tscore\tsecond");
  CHECK(record_header(sample(), Format::kJsonl).empty());
  CHECK(record_header(sample(), Format::kText).empty());
  CHECK(format_record(sample(), Format::kCsv) == "\"a,b.jpg\",\"Ana \"\"A\"\"\tSilva\n\",-2,0.5124,");
  CHECK(format_record(sample(), Format::kTsv) == "a,b.jpg\tAna \"A\" Silva \t-2\t0.5124\t");
  CHECK(format_record(sample(), Format::kJsonl) ==
        R"({"file":"a,b.jpg","name":"Ana \"A\"\tSilva\n","face":-2,"score":0.5124,"second":null})");
  CHECK(format_record(sample(), Format::kText) == "a,b.jpg  Ana \"A\"\uFFFDSilva\uFFFD  -2  0.5124");
}

TEST_CASE("tsv is one line of as many columns as there are fields") {
  const Record nasty = {{"a", std::string("x\ty")}, {"b", std::string("x\ny")}, {"c", std::string("x\r\ny")}};
  CHECK(format_record(nasty, Format::kTsv) == "x y\tx y\tx  y");
}

TEST_CASE("jsonl is valid UTF-8 whatever comes in") {
  const Record record = {{"file", std::string("Jos\xE9.jpg")}, {"other", std::string("a\xC3\x28")}};
  CHECK(format_record(record, Format::kJsonl) == "{\"file\":\"Jos\uFFFD.jpg\",\"other\":\"a\uFFFD(\"}");
}

TEST_CASE("numbers that are none are null or empty") {
  const Record record = {{"a", Decimal{std::nan("")}},
                         {"b", Decimal{std::numeric_limits<double>::infinity()}},
                         {"c", Decimal{-0.5, 1}},
                         {"d", Decimal{3, 0}}};
  CHECK(format_record(record, Format::kJsonl) == R"({"a":null,"b":null,"c":-0.5,"d":3})");
  CHECK(format_record(record, Format::kCsv) == ",,-0.5,3");
}

TEST_CASE("tables are aligned by display width") {
  const std::vector<Record> rows = {
      {{"name", std::string("\u65E5\u672C")}, {"n", std::int64_t{5}}, {"last", std::string("x")}},
      {{"name", std::string("Jose\u0301")}, {"n", std::int64_t{123}}, {"last", std::string()}},
      {{"name", std::string("a\x1B[0m")}, {"n", std::int64_t{1}}, {"last", std::string("y")}}};
  CHECK(format_table(rows) ==
        "name     n  last\n"
        "\u65E5\u672C     5  x\n"
        "Jos\u00E9   123\n"
        "a\uFFFD[0m    1  y\n");
  CHECK(format_table({}).empty());
}
