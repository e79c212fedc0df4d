#include "faceatt/report/layout.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "faceatt/core/text.hpp"

using namespace faceatt;

namespace {

const std::vector<std::string> kNames = {
    "Ana Silva",
    "Maximiliana-Theodora von Habsburg-Lothringen",
    "\u738B\u5C0F\u660E",
    "\u5C71\u7530\u592A\u90CE\u5DE6\u885B\u9580\u5C09\u4FE1\u9577\u306E\u5B6B\u306E\u5F93\u5144\u5F1F",
    "\u0645\u062D\u0645\u062F \u0639\u0628\u062F \u0627\u0644\u0644\u0647 \u0627\u0644\u0631\u0634\u064A\u062F",
    "\u05E9\u05E8\u05D4 \u05DB\u05D4\u05DF-\u05DC\u05D5\u05D9 \u05D1\u05EA \u05D0\u05D1\u05E8\u05D4\u05DD",
    "\u0905\u0928\u093F\u0930\u0941\u0926\u094D\u0927 \u0915\u094D\u0937\u0924\u094D\u0930\u093F\u092F",
    "Jose\u0301 Nu\u0301n\u0303ez Z\u0351\u036B\u0300",
    "\U0001F469\u200D\U0001F469\u200D\U0001F467 Familie M\u00FCller",
    "\x1B[31mred\u202Eevil",
    ""};

std::vector<Record> people() {
  std::vector<Record> rows;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const auto n = static_cast<std::int64_t>(i);
    rows.push_back({{"id", "s" + std::to_string(1000 + i)},
                    {"name", kNames[i]},
                    {"present", 20 - n},
                    {"late", n % 3},
                    {"absent", n},
                    {"rate", Decimal{static_cast<double>(20 - n) / 20, 2}},
                    {"status", std::string(i % 2 == 0 ? "present" : "absent")},
                    {"minutes_late", n * 7},
                    {"first", std::string("2026-09-01")},
                    {"last", std::string("2026-11-21")}});
  }
  return rows;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = text.find('\n', begin);
    REQUIRE(end != std::string::npos);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::string without_colour(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1B') {
      i = text.find('m', i);
      REQUIRE(i != std::string::npos);
    } else {
      out += text[i];
    }
  }
  return out;
}

// The column of the terminal at which `part` begins.
std::size_t column_of(const std::string& line, const std::string& part) {
  const auto at = line.find(part);
  REQUIRE(at != std::string::npos);
  return display_width(std::string_view(line).substr(0, at));
}

LayoutOptions options(std::size_t width, bool unicode = true, bool colour = false) {
  LayoutOptions result;
  result.width = width;
  result.unicode = unicode;
  result.colour = colour;
  return result;
}

CalendarGrid calendar() {
  CalendarGrid grid;
  const auto first = *day_of("2026-11-02");  // a Monday
  for (int i = 0; i < 100; ++i) {
    if (i % 7 < 5) grid.days.push_back(first + i);
  }
  static constexpr Status kCells[] = {Status::kPresent, Status::kLate, Status::kAbsent, Status::kExcused,
                                      Status::kVoid};
  for (std::size_t p = 0; p < kNames.size(); ++p) {
    CalendarGrid::Person person{kNames[p], {}};
    for (std::size_t d = 0; d < grid.days.size(); ++d) person.cells.push_back(kCells[(p + d * d) % 5]);
    grid.people.push_back(person);
  }
  return grid;
}

}  // namespace

TEST_CASE("a table looks like format_table() when it fits") {
  const std::vector<Record> rows = {
      {{"name", std::string("\u65E5\u672C")}, {"n", std::int64_t{5}}, {"last", std::string("x")}},
      {{"name", std::string("Jose\u0301")}, {"n", std::int64_t{123}}, {"last", std::string()}}};
  CHECK(layout_table(rows, {}) == format_table(rows));
  CHECK(layout_table(rows, options(15)) == format_table(rows));  // just
  CHECK(layout_table(people(), {}) == format_table(people()));
  CHECK(layout_table({}, {}).empty());
}

TEST_CASE("no line of a table is wider than the terminal, and its columns line up") {
  for (const std::size_t width : {1, 2, 3, 10, 20, 40, 60, 80, 120, 200}) {
    for (const bool unicode : {false, true}) {
      for (const bool colour : {false, true}) {
        INFO(width << (unicode ? " unicode" : " ascii") << (colour ? " colour" : ""));
        auto how = options(width, unicode, colour);
        how.droppable = {"last", "first", "minutes_late"};
        const auto table = layout_table(people(), how);
        CHECK((table.find('\x1B') != std::string::npos) == colour);
        const auto lines = lines_of(without_colour(table));
        REQUIRE(lines.size() == kNames.size() + 1);
        for (const auto& line : lines) {
          CHECK(display_width(line) <= width);
          CHECK_FALSE(line.ends_with(' '));
        }
        if (width < 40) continue;
        for (std::size_t i = 2; i < lines.size(); ++i) {
          CHECK(lines[i].starts_with("s10"));  // an id is whole
          CHECK(column_of(lines[i], "0.") == column_of(lines[1], "1.00"));
        }
        CHECK(column_of(lines[0], "name") == 7);
      }
    }
  }
}

TEST_CASE("what a table gives up first") {
  const std::vector<Record> rows = {{{"id", std::string("Anastasia_B")},
                                     {"name", std::string("Anastasia Bartholomea Silva")},
                                     {"date", std::string("2026-11-21")},
                                     {"status", std::string("excused")},
                                     {"minutes_late", std::int64_t{12}},
                                     {"place", std::string("Hall")}}};
  const auto shown = [&](std::size_t width, std::vector<std::string_view> droppable) {
    auto how = options(width);
    how.droppable = std::move(droppable);
    return layout_table(rows, how);
  };
  // 11 + 27 + 10 + 7 + 12 + 5, and gaps.
  CHECK(lines_of(shown(82, {}))[1] ==
        "Anastasia_B  Anastasia Bartholomea Silva  2026-11-21  excused            12  Hall");
  CHECK(lines_of(shown(81, {}))[1] ==
        "Anastasia_B  Anastasia Bartholomea Sil\u2026  2026-11-21  excused            12  Hall");
  CHECK(lines_of(shown(67, {"place"}))[1] == "Anastasia_B  Anastasia B\u2026  2026-11-21  excused            12  Hall");
  // Now a column goes, and the text gets its room.
  CHECK(lines_of(shown(66, {"place"}))[1] == "Anastasia_B  Anastasia Barthol\u2026  2026-11-21  excused            12");
  CHECK(lines_of(shown(66, {"nothing", "place"})) == lines_of(shown(66, {"place"})));
  // None to do without: headers first, then text, then ids; the date and the status stay.
  CHECK(lines_of(shown(59, {})) ==
        std::vector<std::string>{"id           name          date        status   min\u2026  place",
                                 "Anastasia_B  Anastasia B\u2026  2026-11-21  excused    12  Hall"});
  CHECK(lines_of(shown(53, {}))[1] == "Anastasia_B  Anast\u2026  2026-11-21  excused    12  Hall");
  CHECK(lines_of(shown(48, {}))[1] == "Anast\u2026  Anast\u2026  2026-11-21  excused    12  Hall");
  CHECK(lines_of(shown(47, {}))[1] == "Anastasia_B  Anasta\u2026  2026-11-21  excused    12");
}

TEST_CASE("right-to-left text keeps to its column") {
  const std::vector<Record> rows = {{{"name", kNames[5]}, {"n", std::int64_t{1}}},
                                    {{"name", std::string("\u202E\u05D0\u2069x")}, {"n", std::int64_t{2}}}};
  const auto table = layout_table(rows, options(12));
  CHECK(lines_of(table)[1] == "\u2068\u05E9\u05E8\u05D4 \u05DB\u05D4\u05DF-\u2026\u2069  1");
  CHECK(lines_of(table)[2].starts_with("\u2068\uFFFD\u05D0\uFFFDx\u2069"));  // what would turn it is gone
  CHECK(layout_table(rows, options(12, false)).find("\u2068") == std::string::npos);
}

TEST_CASE("colour is of statuses and rates, and ends with the cell") {
  const std::vector<Record> rows = {
      {{"status", std::string("late")}, {"rate", Decimal{0.5, 2}}, {"n", std::int64_t{1}}},
      {{"status", std::string("other")}, {"rate", std::string("95 %")}, {"n", std::int64_t{2}}}};
  CHECK(layout_table(rows, options(0, true, true)) ==
        "\x1B[1mstatus\x1B[0m  \x1B[1mrate\x1B[0m  \x1B[1mn\x1B[0m\n"
        "\x1B[33mlate\x1B[0m    \x1B[1;31m0.50\x1B[0m  1\n"
        "other   \x1B[36m95 %\x1B[0m  2\n");
}

TEST_CASE("Markdown takes nothing for markup") {
  const std::vector<Record> rows = {
      {{"name", std::string("a|b\\c*d*[x](y)`~")}, {"id", std::string("Ana_Silva_")}, {"n", std::int64_t{-5}}},
      {{"name", std::string("<script>alert(\"1\")</script>&")}, {"id", std::string("=1+1")}, {"n", std::monostate{}}},
      {{"name", std::string("one\r\ntwo\n\x1B")}, {"id", std::string("-5")}, {"n", Decimal{0.5, 1}}}};
  CHECK(markdown_table(rows) ==
        "| name | id | n |\n"
        "| --- | --- | ---: |\n"
        "| a\\|b\\\\c\\*d\\*\\[x\\](y)\\`\\~ | Ana_Silva\\_ | -5 |\n"
        "| &lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp; | '=1+1 |  |\n"
        "| one<br>two<br>\uFFFD | -5 | 0.5 |\n");
  CHECK(markdown_table({}).empty());
}

TEST_CASE("bars are as wide as asked for") {
  CHECK(bar(0, 4, true) == "    ");
  CHECK(bar(0.5, 4, true) == "\u2588\u2588  ");
  CHECK(bar(0.40625, 4, true) == "\u2588\u258B  ");
  CHECK(bar(1, 4, true) == "\u2588\u2588\u2588\u2588");
  CHECK(bar(0.0001, 4, true) == "\u258F   ");                 // not nothing
  CHECK(bar(0.9999, 4, true) == "\u2588\u2588\u2588\u2589");  // not all
  CHECK(bar(0.5, 4, false) == "##--");
  CHECK(bar(0.0001, 4, false) == "#---");
  CHECK(bar(0.9999, 4, false) == "###-");
  CHECK(bar(std::nan(""), 4, false) == "    ");
  CHECK(bar(7, 2, false) == "##");
  CHECK(bar(-std::numeric_limits<double>::infinity(), 2, false) == "--");
  CHECK(bar(0.5, 0, true).empty());
  for (int i = 0; i <= 100; ++i) {
    CHECK(display_width(bar(i / 100.0, 7, true)) == 7);
    CHECK(bar(i / 100.0, 7, false).size() == 7);
  }
}

TEST_CASE("a sparkline has one column for each value") {
  CHECK(sparkline({0, 0.5, 1, std::nan(""), 2, -1}, true) == "\u2581\u2585\u2588 \u2588\u2581");
  CHECK(sparkline({0, 0.5, 1, std::nan("")}, false) == "_=# ");
  CHECK(sparkline({}, true).empty());
}

TEST_CASE("a day of several sessions shows the one to look at") {
  CHECK(worse(Status::kAbsent, Status::kLate) == Status::kAbsent);
  CHECK(worse(Status::kPresent, Status::kLate) == Status::kLate);
  CHECK(worse(Status::kPresent, Status::kExcused) == Status::kPresent);
  CHECK(worse(Status::kVoid, Status::kExcused) == Status::kExcused);
}

TEST_CASE("the calendar of two weeks and a new year") {
  CalendarGrid grid;
  for (const auto* date : {"2026-12-30", "2026-12-31", "2027-01-01", "2027-01-04", "2027-01-11"})
    grid.days.push_back(*day_of(date));
  grid.people = {{"Ana", {Status::kPresent, Status::kLate, Status::kAbsent, Status::kExcused, Status::kVoid}},
                 {"\u738B\u5C0F\u660E", {Status::kPresent}}};
  CHECK(layout_calendar(grid, {}) ==
        "2026    Dec\n"
        "        33\n"
        "        01\n"
        "Ana     PL\n"
        "\u738B\u5C0F\u660E  P.\n"
        "\n"
        "2027    Jan\n"
        "            1\n"
        "        1 4 1\n"
        "Ana     A E .\n"
        "\u738B\u5C0F\u660E  . . .\n"
        "\n"
        "P present  L late  A absent  E excused  . none\n");
  const auto coloured = layout_calendar(grid, options(0, true, true));
  CHECK(coloured.find("\x1B[36m\u25CF\x1B[0m\x1B[33m\u25D0\x1B[0m") != std::string::npos);
  CHECK(without_colour(coloured) == layout_calendar(grid, options(0)));
  CHECK(layout_calendar({}, {}).empty());
}

TEST_CASE("months stand apart as far as their names need") {
  CalendarGrid grid;
  for (const auto* date : {"2026-10-31", "2026-11-01", "2026-12-01", "2026-12-02"}) grid.days.push_back(*day_of(date));
  grid.people = {{"Ana", {}}};
  const auto lines = lines_of(layout_calendar(grid, {}));
  CHECK(lines[0] == "2026  Oct Nov Dec");
  CHECK(lines[1] == "      3");
  CHECK(lines[2] == "      1   1   12");
  CHECK(lines[3] == "Ana   .   .   ..");
}

TEST_CASE("the calendar fits the terminal, and its days line up") {
  const CalendarGrid grid = calendar();
  for (const std::size_t width : {16, 24, 40, 80, 200, 0}) {
    for (const bool unicode : {false, true}) {
      INFO(width << (unicode ? " unicode" : " ascii"));
      const auto lines = lines_of(layout_calendar(grid, options(width, unicode)));
      CHECK(lines == lines_of(without_colour(layout_calendar(grid, options(width, unicode, true)))));
      std::size_t glyphs = 0, block = 0;
      for (std::size_t i = 0; i < lines.size(); ++i) {
        if (width > 0) CHECK(display_width(lines[i]) <= width);
        CHECK_FALSE(lines[i].ends_with(' '));
        if (lines[i].starts_with("202")) block = i;
        if (i - block < 3 || i - block >= 3 + kNames.size() || lines[i].empty()) continue;
        // Under each digit of the days there is a glyph, and nowhere else.
        const auto& days = lines[block + 2];
        CHECK(display_width(lines[i]) == days.size());
        if (i - block == 3)
          glyphs += static_cast<std::size_t>(std::count_if(days.begin(), days.end(), [](char c) { return c != ' '; }));
      }
      CHECK(glyphs == grid.days.size());
    }
  }
}
