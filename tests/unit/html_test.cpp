#include "faceatt/report/html.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <regex>

#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/report/html_assets.hpp"
#include "faceatt/report/html_charts.hpp"
#include "faceatt/report/html_text.hpp"

using namespace faceatt;

namespace {

std::string page_of(const HtmlReport& report) {
  std::string page;
  write_html(report, [&](std::string_view piece) { page += piece; });
  return page;
}

HtmlReport::Person person(const std::string& id, const std::string& name = "") {
  HtmlReport::Person person;
  person.id = id;
  person.name = name;
  return person;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++found;
  return found;
}

bool has(const std::string& text, const std::string& what) { return text.find(what) != std::string::npos; }

// The values of variables in the n-th ":root { ... }" of the style sheet: light, dark, print.
std::map<std::string, std::string> colours(int n) {
  const std::string style(kPageStyle);
  std::size_t at = 0;
  for (int i = 0; i <= n; ++i) at = style.find(":root {", at) + 1;
  const std::string block = style.substr(at, style.find('}', at) - at);
  std::map<std::string, std::string> found;
  const std::regex variable("--([a-z-]+): #([0-9a-f]{6});");
  for (auto it = std::sregex_iterator(block.begin(), block.end(), variable); it != std::sregex_iterator(); ++it) {
    found[(*it)[1]] = (*it)[2];
  }
  return found;
}

// WCAG 2.1, relative luminance and contrast ratio.
double luminance(const std::string& colour) {
  const double weights[] = {0.2126, 0.7152, 0.0722};
  double sum = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const double c = std::stoi(colour.substr(2 * i, 2), nullptr, 16) / 255.0;
    sum += weights[i] * (c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4));
  }
  return sum;
}

double contrast(const std::string& a, const std::string& b) {
  const auto [dark, light] = std::minmax({luminance(a), luminance(b)});
  return (light + 0.05) / (dark + 0.05);
}

}  // namespace

TEST_CASE("html text: nothing of it is markup, a control character or a formula") {
  CHECK(html_text("<script>alert(1)</script>") == "&lt;script&gt;alert(1)&lt;/script&gt;");
  CHECK(html_text("\"a\" & 'b' ]]>") == "&quot;a&quot; &amp; &#39;b&#39; ]]&gt;");
  CHECK(html_text("a\u2028b\u202Ec\x1b[1m\n") == "a\uFFFDb\uFFFDc\uFFFD[1m\uFFFD");
  CHECK(html_text("\xFF") == "\uFFFD");
  CHECK(html_text("=1+1") == "&#39;=1+1");
  CHECK(html_text("-1.5") == "-1.5");
  CHECK(html_isolated("محمد") == "<bdi>محمد</bdi>");
}

TEST_CASE("html anchors: readable, without anything special, and unique") {
  CHECK(html_anchor("Ana_Silva") == "id-Ana_Silva");
  CHECK(html_anchor("王伟") == "id-王伟");
  CHECK(html_anchor("Li Na") == "id-Li~20Na");
  CHECK(html_anchor("\"<&%#") == "id-~22~3C~26~25~23");
  CHECK(html_anchor("~20") != html_anchor(" "));
  CHECK(html_anchor("a\u202E") != html_anchor("a\u202D"));
  CHECK(is_utf8(html_anchor("a\xFF\u202E")));
}

TEST_CASE("html: whatever texts hold, the page is UTF-8 and has no markup of theirs") {
  const std::string evil = "<b>\"'</title></script></style>--> \xFF\u202E\u2028";
  HtmlReport report;
  report.title = report.period = report.made = evil;
  report.cards = {{evil, evil, evil}};
  report.timeline = report.groups = {{evil, {}, {}}};
  report.people = {person(evil, evil)};
  report.people[0].groups = {evil};
  report.people[0].marks = {{0, evil, Status::kLate, 500, 20}};
  const std::string page = page_of(report);
  CHECK(is_utf8(page));
  CHECK_FALSE(has(page, "<b>"));
  CHECK_FALSE(has(page, "\u202E"));
  CHECK_FALSE(has(page, "\u2028"));
  CHECK(count(page, "</title>") == 3);  // the page's, the chart's, its column's, and none of theirs
  CHECK(count(page, "</script>") == 1);
  CHECK(count(page, "</style>") == 1);
  CHECK(count(page, "-->") == 0);
}

TEST_CASE("html: nothing is loaded, and only its own script and style may run") {
  HtmlReport report;
  report.people = {person("a")};
  const std::string page = page_of(report);
  CHECK(has(page, "content=\"default-src 'none'; style-src 'sha256-"));
  CHECK(has(page, "; script-src 'sha256-"));
  CHECK_FALSE(has(page, "unsafe"));
  CHECK_FALSE(std::regex_search(page, std::regex("<[^>]* (on[a-z]+|style|src)=")));
  CHECK_FALSE(std::regex_search(page, std::regex("https?://|@import|@font-face")));
  CHECK(has(page, "<html lang=\"en\">"));
  CHECK(has(page, "<meta charset=\"utf-8\">"));
}

TEST_CASE("html: what it says of people") {
  HtmlReport report;
  report.title = "Attendance";
  HtmlReport::Person ana = person("s1", "Ana");
  ana.tally.present = 6;
  ana.tally.late = 1;
  ana.tally.absent = 3;
  ana.tally.excused = 2;
  ana.tally.minutes_late = 14;
  ana.tally.seconds = 9000;
  ana.tally.first = 0;
  ana.tally.last = 1;
  ana.marks = {{0, "maths", Status::kPresent, 485, -1},
               {1, "maths", Status::kLate, 494, 14},
               {2, "maths", Status::kLate, -1, -1},
               {3, "maths", Status::kAbsent, -1, -1},
               {4, "maths", Status::kVoid, -1, -1}};
  report.people = {ana, person("s2")};
  const std::string page = page_of(report);
  CHECK(has(page, "<h1><bdi>Attendance</bdi></h1>"));
  CHECK(has(page, "<a href=\"#id-s1\"><bdi>Ana</bdi></a>"));
  CHECK(has(page, "<section id=\"id-s1\""));
  CHECK(has(page,
            "<p>7 of 10 sessions, 70.0 %: 6 present, 1 late, 3 absent, 2 excused; 14 minutes late; 2.5 hours.</p>"));
  CHECK(has(page, "<p>0 of 0 sessions, –: 0 present, 0 late, 0 absent, 0 excused.</p>"));
  CHECK(has(page, "<td class=\"date\">1970-01-01</td><td class=\"date\">1970-01-02</td>"));
  CHECK(has(page, "<td class=\"date\">–</td><td class=\"date\">–</td>"));  // s2 never came
  CHECK(has(page, "<td class=\"present\">present</td><td>08:05</td><td></td>"));
  CHECK(has(page, "<td>08:14</td><td>14 min</td>"));
  CHECK(has(page, "<td class=\"late\">late</td><td>–</td><td>–</td>"));
  CHECK_FALSE(has(page, "1970-01-05"));  // void
}

TEST_CASE("html: parts with nothing in them are left out") {
  const std::string page = page_of({});
  CHECK(has(page, "There is nothing to report."));
  CHECK_FALSE(has(page, "<table"));
  CHECK_FALSE(has(page, "id=\"groups\""));
  CHECK_FALSE(has(page, "#over-time"));
  CHECK(timeline_chart({}).empty());
  CHECK(arrival_chart({}).empty());

  HtmlReport report;
  report.people = {person("a")};
  CHECK_FALSE(has(page_of(report), "Hours</th>"));
  CHECK_FALSE(has(page_of(report), "Groups</th>"));
}

TEST_CASE("html: written in pieces") {
  HtmlReport report;
  for (int i = 0; i < 1000; ++i) {
    report.people.push_back(person("p" + std::to_string(i)));
    report.people.back().marks.resize(20);
  }
  std::size_t pieces = 0, longest = 0;
  write_html(report, [&](std::string_view piece) {
    ++pieces;
    longest = std::max(longest, piece.size());
  });
  CHECK(pieces > 10);
  CHECK(longest < 100'000);
  CHECK_THROWS_AS(write_html(report, [](std::string_view) { throw std::runtime_error("disk full"); }),
                  std::runtime_error);
}

TEST_CASE("html charts: columns are as high as their numbers") {
  Tally day;
  day.present = 6;
  day.late = 1;
  day.absent = 3;
  const std::string svg = timeline_chart({{"2026-11-02", {}, day}});
  CHECK(has(svg, "role=\"img\" aria-labelledby=\"timeline-title timeline-desc\""));
  CHECK(has(svg, "<title>2026-11-02: 6 present, 1 late, 3 absent, 0 excused</title>"));
  // 10 people are 180 pixels, from 190 up.
  CHECK(has(svg, "<rect class=\"present\" x=\"6.000%\" y=\"82.00\" width=\"88.000%\" height=\"108.00\"/>"));
  CHECK(has(svg, "<rect class=\"late\" x=\"6.000%\" y=\"64.00\" width=\"88.000%\" height=\"18.00\"/>"));
  CHECK(has(svg, "<rect class=\"absent\" x=\"6.000%\" y=\"10.00\" width=\"88.000%\" height=\"54.00\"/>"));
  CHECK_FALSE(has(svg, "class=\"excused\""));

  const std::string bar = share_bar(day);
  CHECK(has(bar, "<rect class=\"present\" x=\"0.00%\" width=\"60.00%\""));
  CHECK(has(bar, "<rect class=\"absent\" x=\"70.00%\" width=\"30.00%\""));
  CHECK(share_bar({}).empty());
}

TEST_CASE("html charts: arrivals from the first hour to the last") {
  std::array<long, 96> arrivals{};
  arrivals[31] = 7;  // 07:45
  arrivals[32] = 3;
  const std::string svg = arrival_chart(arrivals);
  CHECK(has(svg, "From 07:00 to 09:00; most people, 7, came between 07:45 and 08:00."));
  CHECK(has(svg, "<title>07:45: 7</title>"));
  CHECK(has(svg, ">07:00</text>"));
  CHECK(has(svg, ">09:00</text>"));
  CHECK_FALSE(has(svg, ">10:00</text>"));
  arrivals = {};
  arrivals[95] = 1;
  CHECK(has(arrival_chart(arrivals), "From 23:00 to 24:00; most people, 1, came between 23:45 and 24:00."));
}

TEST_CASE("html style: text can be read in both themes and on paper, and so can charts") {
  for (int theme = 0; theme < 3; ++theme) {
    auto of = colours(theme);
    CAPTURE(theme);
    REQUIRE(of.size() == 11);
    for (const char* ground : {"paper", "panel"}) {
      for (const char* text : {"ink", "muted", "link"}) {
        CAPTURE(ground, text);
        CHECK(contrast(of[text], of[ground]) >= 4.5);
      }
    }
    for (const char* graphic : {"present", "absent", "excused"}) {
      CAPTURE(graphic);
      CHECK(contrast(of[graphic], of["panel"]) >= 3);
    }
    // Late is two colours: one stands out of the panel, and the two out of each other.
    CHECK(std::max(contrast(of["late"], of["panel"]), contrast(of["late-line"], of["panel"])) >= 3);
    CHECK(contrast(of["late"], of["late-line"]) >= 3);
  }
  CHECK(contrast("000000", "ffffff") == Approx(21));
}
