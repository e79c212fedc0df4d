#include "faceatt/report/html.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "faceatt/core/file.hpp"
#include "faceatt/report/html_assets.hpp"
#include "faceatt/report/html_charts.hpp"
#include "faceatt/report/html_text.hpp"

namespace faceatt {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{64} << 10;
constexpr const char* kUnknown = "–";

// How a Content-Security-Policy names a script or a style sheet that it allows.
std::string csp_hash(std::string_view source) {
  const Digest digest = sha256(source);
  std::array<unsigned char, 4 * ((digest.size() + 2) / 3) + 1> base64{};
  const int length = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest.size()));
  return fmt::format("'sha256-{}'",
                     std::string_view(reinterpret_cast<const char*>(base64.data()), static_cast<std::size_t>(length)));
}

std::string percent(const Tally& tally) {
  const auto rate = tally.rate();
  return rate ? fmt::format("{:.1f} %", 100 * *rate) : kUnknown;
}

std::string hours(const Tally& tally) { return fmt::format("{:.1f}", static_cast<double>(tally.seconds) / 3600); }

std::string minutes_or_unknown(int minutes) { return minutes < 0 ? kUnknown : fmt::format("{} min", minutes); }

std::string clock_or_unknown(int minutes) {
  return minutes < 0 ? kUnknown : fmt::format("{:02}:{:02}", minutes / 60, minutes % 60);
}

std::string date_or_unknown(std::int32_t day, const Tally& tally) { return tally.came() > 0 ? date_of(day) : kUnknown; }

// "7a, choir", each isolated.
std::string list_of(const std::vector<std::string>& groups) {
  std::string out;
  for (const auto& group : groups) out += (out.empty() ? "" : ", ") + html_isolated(group);
  return out;
}

class Page {
 public:
  Page(const HtmlReport& report, const std::function<void(std::string_view)>& write)
      : report_(report),
        write_(write),
        has_groups_(
            std::any_of(report.people.begin(), report.people.end(), [](const auto& p) { return !p.groups.empty(); })),
        has_hours_(std::any_of(report.people.begin(), report.people.end(),
                               [](const auto& p) { return p.tally.seconds > 0; })) {}

  void put_all() {
    put_head();
    put_cards();
    put_timeline();
    put_groups();
    put_arrivals();
    put_table();
    put_people();
    add("</main>\n<footer><p>Made by faceatt-report. This page holds personal data: keep it as safe as the log that it "
        "was made of. It loads nothing from anywhere.</p></footer>\n<script>{}</script>\n</body>\n</html>\n",
        kPageScript);
    if (!piece_.empty()) write_(piece_);
  }

 private:
  template <typename... Arguments>
  void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(piece_), format, std::forward<Arguments>(arguments)...);
    if (piece_.size() < kPieceBytes) return;
    write_(piece_);
    piece_.clear();
  }

  bool has_arrivals() const {
    return std::any_of(report_.arrivals.begin(), report_.arrivals.end(), [](long count) { return count > 0; });
  }

  void put_head() {
    add("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src {}; script-src {}; "
        "img-src "
        "data:; base-uri 'none'; form-action 'none'\">\n",
        csp_hash(kPageStyle), csp_hash(kPageScript));
    add("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n"
        "<link rel=\"icon\" href=\"data:,\">\n"  // or a browser asks a server for one
        "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n",
        html_text(report_.title), kPageStyle);
    piece_ += chart_patterns();
    add("<header>\n<h1>{}</h1>\n<p>{} <span class=\"made\">made {}</span></p>\n", html_isolated(report_.title),
        html_isolated(report_.period), html_isolated(report_.made));
    add("<nav aria-label=\"Parts of this page\"><ul>\n");
    const std::pair<const char*, std::pair<const char*, bool>> parts[] = {
        {"over-time", {"Over time", !report_.timeline.empty()}},
        {"groups", {"Groups", !report_.groups.empty()}},
        {"arrival-times", {"Arrival times", has_arrivals()}},
        {"people", {"People", true}},
        {"each-person", {"Each person", !report_.people.empty()}}};
    for (const auto& [anchor, part] : parts) {
      if (part.second) add("<li><a href=\"#{}\">{}</a></li>\n", anchor, part.first);
    }
    add("</ul></nav>\n</header>\n<main>\n");
  }

  void put_cards() {
    if (report_.cards.empty()) return;
    add("<section aria-label=\"Summary\">\n<dl class=\"cards\">\n");
    for (const auto& card : report_.cards) {
      add("<div><dt>{}</dt><dd class=\"value\">{}</dd>", html_isolated(card.label), html_isolated(card.value));
      if (!card.note.empty()) add("<dd class=\"note\">{}</dd>", html_isolated(card.note));
      add("</div>\n");
    }
    add("</dl>\n</section>\n");
  }

  void put_legend() {
    add("<ul class=\"legend\" aria-label=\"Colours and patterns\">");
    for (const char* status : {"present", "late", "excused", "absent"}) {
      add("<li>{}{}</li>", chart_swatch(status), status);
    }
    add("</ul>\n");
  }

  void put_timeline() {
    if (report_.timeline.empty()) return;
    add("<section id=\"over-time\" class=\"panel\">\n<h2>Attendance over time</h2>\n");
    put_legend();
    add("{}", timeline_chart(report_.timeline));
    add("<details><summary>The numbers</summary>\n");
    put_tallies("Attendance over time", "When", report_.timeline, false);
    add("</details>\n</section>\n");
  }

  void put_groups() {
    if (report_.groups.empty()) return;
    add("<section id=\"groups\" class=\"panel\">\n<h2>Groups</h2>\n");
    put_legend();
    put_tallies("Attendance of each group", "Group", report_.groups, true);
    add("</section>\n");
  }

  void put_tallies(const char* caption, const char* what, const std::vector<TallyLine>& lines, bool has_bars) {
    add("<div class=\"scroll\" role=\"region\" aria-label=\"{0}\" tabindex=\"0\"><table>\n<caption>{0}</caption>\n"
        "<thead><tr><th scope=\"col\">{1}</th>{2}<th scope=\"col\" class=\"number\">Rate</th><th scope=\"col\" "
        "class=\"number\">Present</th><th scope=\"col\" class=\"number\">Late</th><th scope=\"col\" "
        "class=\"number\">Absent</th><th scope=\"col\" class=\"number\">Excused</th></tr></thead>\n<tbody>\n",
        caption, what, has_bars ? "<th scope=\"col\">Shares</th>" : "");
    for (const TallyLine& line : lines) {
      const Tally& tally = line.tally;
      add("<tr><th scope=\"row\" class=\"name\">{}</th>", html_isolated(line.key));
      if (has_bars) add("<td class=\"bar\">{}</td>", share_bar(tally));
      add("<td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td "
          "class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n",
          percent(tally), tally.present, tally.late, tally.absent, tally.excused);
    }
    add("</tbody>\n</table></div>\n");
  }

  void put_arrivals() {
    if (!has_arrivals()) return;
    add("<section id=\"arrival-times\" class=\"panel\">\n<h2>Arrival times</h2>\n<p class=\"note\">People who came, by "
        "quarter hour.</p>\n{}",
        arrival_chart(report_.arrivals));
    add("<details><summary>The numbers</summary>\n<table>\n<caption>Arrival times</caption>\n<thead><tr><th "
        "scope=\"col\">From</th><th scope=\"col\" class=\"number\">People</th></tr></thead>\n<tbody>\n");
    for (std::size_t i = 0; i < report_.arrivals.size(); ++i) {
      if (report_.arrivals[i] <= 0) continue;
      add("<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td></tr>\n",
          clock_or_unknown(static_cast<int>(i) * 15), report_.arrivals[i]);
    }
    add("</tbody>\n</table></details>\n</section>\n");
  }

  void put_table() {
    add("<section id=\"people\" class=\"panel\">\n<h2>People</h2>\n");
    if (report_.people.empty()) {
      add("<p>There is nothing to report.</p>\n</section>\n");
      return;
    }
    // The script shows this; without it there is nothing to use it.
    add("<div class=\"tools\" role=\"search\" aria-label=\"Filter people\" hidden>\n"
        "<label>Name, id or group <input id=\"filter-text\" type=\"search\" autocomplete=\"off\"></label>\n");
    if (has_groups_) {
      add("<label>Group <select id=\"filter-group\"><option value=\"\">all</option></select></label>\n");
    }
    add("<label>Rate below <input id=\"filter-rate\" type=\"number\" min=\"0\" max=\"100\"> %</label>\n"
        "<button id=\"filter-clear\" type=\"button\">Show all</button>\n<p id=\"shown\" "
        "role=\"status\"></p>\n</div>\n");
    add("<div class=\"scroll\" role=\"region\" aria-label=\"People\" tabindex=\"0\"><table id=\"people-table\">\n"
        "<caption>Each person's sessions</caption>\n<thead><tr>"
        "<th scope=\"col\" data-column=\"name\">Name</th><th scope=\"col\" data-column=\"id\">Id</th>{}",
        has_groups_ ? "<th scope=\"col\" data-column=\"groups\">Groups</th>" : "");
    for (const char* label : {"Rate", "Present", "Late", "Absent", "Excused", "Minutes late", "Hours"}) {
      if (std::string_view(label) == "Hours" && !has_hours_) continue;
      add("<th scope=\"col\" class=\"number\"{}>{}</th>",
          std::string_view(label) == "Rate" ? " data-column=\"rate\"" : "", label);
    }
    add("<th scope=\"col\">First</th><th scope=\"col\">Last</th></tr></thead>\n<tbody>\n");
    for (const auto& person : report_.people) {
      const Tally& tally = person.tally;
      add("<tr><th scope=\"row\" class=\"name\"><a href=\"#{}\">{}</a></th><td class=\"name\">{}</td>",
          html_anchor(person.id), name_of(person), html_isolated(person.id));
      if (has_groups_) add("<td class=\"name\">{}</td>", list_of(person.groups));
      add("<td class=\"number\">{}{}</td>", percent(tally), share_bar(tally));
      for (const long count : {tally.present, tally.late, tally.absent, tally.excused, tally.minutes_late}) {
        add("<td class=\"number\">{}</td>", count);
      }
      if (has_hours_) add("<td class=\"number\">{}</td>", hours(tally));
      add("<td class=\"date\">{}</td><td class=\"date\">{}</td></tr>\n", date_or_unknown(tally.first, tally),
          date_or_unknown(tally.last, tally));
    }
    add("</tbody>\n</table></div>\n</section>\n");
  }

  static std::string name_of(const HtmlReport::Person& person) {
    return html_isolated(person.name.empty() ? person.id : person.name);
  }

  void put_people() {
    if (report_.people.empty()) return;
    add("<section id=\"each-person\">\n<h2>Each person</h2>\n<div class=\"people\">\n");
    for (const auto& person : report_.people) put_person(person);
    add("</div>\n</section>\n");
  }

  void put_person(const HtmlReport::Person& person) {
    const std::string anchor = html_anchor(person.id);
    const Tally& tally = person.tally;
    add("<section id=\"{0}\" class=\"person panel\" aria-labelledby=\"{0}~\">\n<h3 id=\"{0}~\">{1}</h3>\n<p "
        "class=\"note\">{2}",
        anchor, name_of(person), html_isolated(person.id));
    if (!person.groups.empty()) add(" · {}", list_of(person.groups));
    add("</p>\n<p>{} of {} sessions, {}: {}", tally.came(), tally.counted(), percent(tally), tally_text(tally));
    if (tally.minutes_late > 0) add("; {} minutes late", tally.minutes_late);
    if (tally.seconds > 0) add("; {} hours", hours(tally));
    add(".</p>\n{}", share_bar(tally));
    if (!person.marks.empty()) {
      add("<table>\n<caption>Sessions of {}</caption>\n<thead><tr><th scope=\"col\">Date</th><th "
          "scope=\"col\">Session</th><th scope=\"col\">Status</th><th scope=\"col\">Came</th><th "
          "scope=\"col\">Late</th></tr></thead>\n<tbody>\n",
          name_of(person));
      for (const auto& mark : person.marks) put_mark(mark);
      add("</tbody>\n</table>\n");
    }
    add("<p class=\"back\"><a href=\"#people\">Back to the table</a></p>\n</section>\n");
  }

  void put_mark(const HtmlReport::Mark& mark) {
    const bool is_late = mark.status == Status::kLate;
    if (!is_late && mark.status != Status::kPresent && mark.status != Status::kAbsent &&
        mark.status != Status::kExcused)
      return;
    const char* status = faceatt::name_of(mark.status);
    add("<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"{}\">{}</td><td>{}</td><td>{}</td></tr>\n",
        date_of(mark.day), html_isolated(mark.session), status, status, clock_or_unknown(mark.arrived),
        is_late ? minutes_or_unknown(mark.late_minutes) : "");
  }

  const HtmlReport& report_;
  const std::function<void(std::string_view)>& write_;
  std::string piece_;
  bool has_groups_, has_hours_;
};

}  // namespace

void write_html(const HtmlReport& report, const std::function<void(std::string_view)>& write) {
  Page(report, write).put_all();
}

}  // namespace faceatt
