#include "faceatt/attendance/calendar.hpp"

#include <fmt/format.h>
#include <libical/ical.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <tuple>
#include <utility>

#include "faceatt/attendance/ics_text.hpp"
#include "faceatt/attendance/ics_time.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

using namespace ics;
using std::chrono::sys_days;

constexpr std::size_t kMostEvents = 100'000;
constexpr std::int64_t kMaxDaysOff = 366;      // of one all-day event
constexpr std::size_t kMaxWarnings = 5;        // of a kind
constexpr std::size_t kMaxSessionBytes = 128;  // as ids have it
constexpr std::size_t kMaxTextBytes = 4000;    // of a text that is looked at
constexpr std::size_t kEffort = 500'000;       // steps of rules while reading, some 3 us each

// The seconds of year 1 and of the end of year 9999, with days to spare for what is added to them.
constexpr std::int64_t kFirstSecond = -62'135'596'800 + 400 * kDay, kLastSecond = 253'402'300'800 - 400 * kDay;

// The texts of a value: parts between commas (only where there may be several), escapes undone, NFC, one line each.
std::vector<std::string> texts_of(std::string_view value, bool several) {
  value = value.substr(0, kMaxTextBytes);
  std::vector<std::string> texts(1);
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && i + 1 < value.size()) {
      ++i;
      texts.back() += value[i] == 'n' || value[i] == 'N' ? ' ' : value[i];
    } else if (value[i] == ',' && several) {
      texts.emplace_back();
    } else {
      texts.back() += value[i];
    }
  }
  for (std::string& text : texts) {
    constexpr std::string_view kHidden = "\xEF\xBF\xBD";  // what printable() makes of a control character
    text = printable(text);
    for (auto at = text.find(kHidden); at != std::string::npos; at = text.find(kHidden, at)) {
      text.erase(at, kHidden.size());
    }
    text = trim(text);
  }
  return texts;
}

std::string text_of(const Block& block, std::string_view name) { return texts_of(block.value(name), false).front(); }

struct Event {
  Meeting what;  // without its times
  Series series;
  OffsetPtr display;         // whose wall shows the date
  std::int64_t length = 0;   // on the wall, seconds
  std::int64_t further = 0;  // in real time, after `length`
  std::vector<std::int64_t> excluded_instants;
  std::vector<sys_days> excluded_days;  // both sorted

  std::string uid;
  std::optional<WrittenTime> replaces;  // RECURRENCE-ID
  long sequence = 0;
  bool cancelled = false;
  std::size_t line = 0;

  bool is_all_day() const { return series.start.is_date; }
  std::int64_t total_length() const { return length + further; }

  bool takes_place(std::int64_t instant) const {
    return !std::binary_search(excluded_instants.begin(), excluded_instants.end(), instant) &&
           !std::binary_search(excluded_days.begin(), excluded_days.end(), day_at(instant + (*display)(instant)));
  }
};

// A time property. Throws Unreadable.
WrittenTime read_time(const ContentLine& line, const std::string& value, Zones& zones, const OffsetPtr& floating) {
  const std::string tzid = line.parameter("TZID");
  const auto written = time_of(value, floating);
  if (!written) throw Unreadable{"has an unreadable " + line.name, value};
  if (written->is_date || written->zone == utc() || tzid.empty()) return *written;
  OffsetPtr zone = zones.find(tzid);
  if (zone == nullptr)
    throw Unreadable{"has a time zone that is neither known nor properly described in the file", tzid};
  return {written->wall, false, std::move(zone)};
}

// Throws Unreadable.
void read_length(const Block& block, Event& event, Zones& zones) {
  const WrittenTime& start = event.series.start;
  if (const ContentLine* line = block.find("DTEND")) {
    const WrittenTime end = read_time(*line, trim(line->value), zones, start.zone);
    if (end.is_date != start.is_date) throw Unreadable{"starts with a date and ends with a time, or the other way"};
    const std::int64_t instant = end.instant();
    const std::int64_t wall = end.is_date || end.zone == start.zone ? end.wall : instant + (*start.zone)(instant);
    event.length = wall - start.wall;
  } else if (const ContentLine* duration = block.find("DURATION")) {
    const std::string value = trim(duration->value);
    icaldurationtype parts = icaldurationtype_bad_duration();
    if (value.size() <= kMaxTimeBytes && value.find('\0') == std::string::npos) {
      parts = icaldurationtype_from_string(value.c_str());
    }
    if (icaldurationtype_is_bad_duration(parts) != 0) throw Unreadable{"has an unreadable DURATION", value};
    const int sign = parts.is_neg != 0 ? -1 : 1;
    event.length = sign * (std::int64_t{parts.weeks} * 7 + std::int64_t{parts.days}) * kDay;
    event.further = sign * (std::int64_t{parts.hours} * 3600 + std::int64_t{parts.minutes} * 60 + parts.seconds);
  } else if (event.is_all_day()) {
    event.length = kDay;
  } else {
    throw Unreadable{"has no end"};
  }
  if (event.total_length() < 0) throw Unreadable{"ends before it starts"};
  if (event.is_all_day()) {
    event.length = std::max(event.total_length(), kDay);
    event.further = 0;
    if (event.length > kMaxDaysOff * kDay) throw Unreadable{"lasts longer than a year"};
  } else if (event.total_length() == 0) {
    throw Unreadable{"ends when it starts"};
  } else if (event.total_length() > kDay) {
    throw Unreadable{"lasts longer than 24 hours"};
  }
}

// RDATE and EXDATE. Throws Unreadable.
void read_lists(const Block& block, Event& event, Zones& zones) {
  const WrittenTime& start = event.series.start;
  for (const ContentLine& line : block.lines) {
    if (line.name != "RDATE" && line.name != "EXDATE") continue;
    for_each_part(line.value, [&](std::string value) {
      value.resize(std::min(value.find('/'), value.size()));  // a period is as long as the others
      if (value.empty()) return;
      const WrittenTime time = read_time(line, value, zones, start.zone);
      if (line.name == "EXDATE") {
        if (time.is_date) {
          event.excluded_days.push_back(day_at(time.wall));
        } else {
          event.excluded_instants.push_back(time.instant());
        }
      } else if (time.is_date) {
        event.series.added.push_back(time.wall + start.wall - midnight_of(day_at(start.wall)));
      } else if (time.zone == start.zone) {
        event.series.added.push_back(time.wall);
      } else {
        event.series.added.push_back(time.instant() + (*start.zone)(time.instant()));
      }
    });
  }
  std::sort(event.series.added.begin(), event.series.added.end());
}

// Sets everything that says which event it is before anything can go wrong with it. Throws Unreadable.
void read_event(const Block& block, Event& event, Zones& zones, std::size_t& effort) {
  event.line = block.line;
  event.uid = block.value("UID");
  event.what.session = cut(text_of(block, "SUMMARY"), kMaxSessionBytes);
  event.what.session = trim(event.what.session);
  event.sequence = std::strtol(block.value("SEQUENCE").c_str(), nullptr, 10);
  event.cancelled = upper_ascii(trim(block.value("STATUS"))) == "CANCELLED";
  if (!block.damage.empty()) throw Unreadable{block.damage};
  const ContentLine* start = block.find("DTSTART");
  if (const ContentLine* id = block.find("RECURRENCE-ID")) {
    const OffsetPtr zone = start == nullptr ? nullptr : zones.find(start->parameter("TZID"));
    event.replaces = read_time(*id, trim(id->value), zones, zone ? zone : zones.floating());
    if (upper_ascii(id->parameter("RANGE")) == "THISANDFUTURE") throw Unreadable{"changes all that follow (RANGE)"};
  }
  if (start != nullptr) event.series.start = read_time(*start, trim(start->value), zones, zones.floating());
  if (event.cancelled) return;
  if (start == nullptr) throw Unreadable{"has no DTSTART"};
  for (const ContentLine& line : block.lines) {
    if (!is_utf8(line.value)) throw Unreadable{fmt::format("has a {} that is not UTF-8", line.name)};
  }
  if (event.what.session.empty()) throw Unreadable{"has no SUMMARY"};
  event.what.location = text_of(block, "LOCATION");
  for (const ContentLine& line : block.lines) {
    if (line.name != "CATEGORIES") continue;
    for (std::string& group : texts_of(line.value, true)) {
      if (!group.empty()) event.what.groups.push_back(std::move(group));
    }
  }
  if (event.is_all_day()) event.series.start.zone = utc();
  event.display = event.series.start.zone == utc() && !event.is_all_day() ? zones.floating() : event.series.start.zone;
  read_length(block, event, zones);
  read_rule(block, event.series, effort);
  read_lists(block, event, zones);
}

// Warnings, at most kMaxWarnings of a kind.
class Complaints {
 public:
  Complaints(const std::string& name, std::vector<std::string>& warnings) : name_(name), warnings_(warnings) {}
  void left_out(const Event& event, const Unreadable& problem) {
    if (++counts_[problem.why] > kMaxWarnings) return;
    const std::string who = event.what.session.empty() ? "event" : fmt::format("event '{}'", event.what.session);
    const std::string what = problem.what.empty() ? "" : fmt::format(" '{}'", quotable(problem.what));
    warnings_.push_back(fmt::format("{}:{}: {}: {}{}; left out", name_, event.line, who, problem.why, what));
  }
  // For when all are known.
  void sum_up() {
    for (const auto& [why, count] : counts_) {
      if (count <= kMaxWarnings) continue;
      warnings_.push_back(fmt::format("{}: {} events in all are left out: {}", name_, count, why));
    }
  }

 private:
  const std::string& name_;
  std::vector<std::string>& warnings_;
  std::map<std::string, std::size_t> counts_;
};

// Of events with one UID (and RECURRENCE-ID) the one with the highest SEQUENCE, else the later, counts.
std::vector<Event> without_older_versions(std::vector<Event> events, Complaints& complaints) {
  std::map<std::pair<std::string, std::optional<std::int64_t>>, std::size_t> current;
  std::vector<bool> is_old(events.size(), false);
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    if (event.uid.empty()) continue;
    std::optional<std::int64_t> replaces;
    if (event.replaces) replaces = event.replaces->instant();
    const auto [known, is_new] = current.try_emplace({event.uid, replaces}, i);
    if (is_new) continue;
    const Event& other = events[known->second];
    is_old[event.sequence < other.sequence ? i : known->second] = true;
    const bool same = event.cancelled || other.cancelled || event.sequence != other.sequence ||
                      (event.series.start.wall == other.series.start.wall && event.what.session == other.what.session);
    if (!same) complaints.left_out(other, {"has the UID of a later event", other.uid});
    if (event.sequence >= other.sequence) known->second = i;
  }
  std::vector<Event> kept;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (!is_old[i]) kept.push_back(std::move(events[i]));
  }
  return kept;
}

// Takes meetings that were moved or cancelled one by one out of their series, also where what became of them is
// `unreadable`, and then all that is cancelled.
std::vector<Event> with_changes(std::vector<Event> events, const std::vector<Event>& unreadable) {
  std::map<std::string, Event*> masters;
  for (Event& event : events) {
    if (!event.uid.empty() && !event.replaces) masters[event.uid] = &event;
  }
  const auto take_out = [&](const Event& change) {
    const auto master = masters.find(change.uid);
    if (!change.replaces || master == masters.end()) return;
    if (change.replaces->is_date) {
      master->second->excluded_days.push_back(day_at(change.replaces->wall));
    } else {
      master->second->excluded_instants.push_back(change.replaces->instant());
    }
  };
  for (const Event& event : events) take_out(event);
  for (const Event& event : unreadable) take_out(event);
  for (Event& event : events) {
    if (const auto master = masters.find(event.uid); master != masters.end() && master->second->cancelled) {
      event.cancelled = true;
    }
    std::sort(event.excluded_instants.begin(), event.excluded_instants.end());
    std::sort(event.excluded_days.begin(), event.excluded_days.end());
  }
  std::erase_if(events, [](const Event& event) { return event.cancelled; });
  return events;
}

}  // namespace

struct Calendar::Content {
  std::vector<Event> events;
};

Calendar Calendar::read(std::string_view text, const std::string& name, const Zone& zone,
                        std::vector<std::string>& warnings) {
  icalerror_set_errors_are_fatal(0);
  const Blocks blocks = split(text);
  if (!blocks.is_calendar) {
    throw Error(ErrorCode::kCannotRun, fmt::format("{}: not a calendar: it has no line BEGIN:VCALENDAR", name));
  }
  if (blocks.events.empty()) throw Error(ErrorCode::kCannotRun, fmt::format("{}: a calendar without any event", name));
  if (blocks.events.size() > kMostEvents) {
    throw Error(ErrorCode::kCannotRun, fmt::format("{}: over 100,000 events; this is no timetable", name));
  }
  std::size_t effort = kEffort;
  Zones zones(blocks.zones, zone, effort);
  if (!blocks.zone_name.empty()) {
    if (OffsetPtr named = zones.find(blocks.zone_name)) {
      zones.set_floating(std::move(named));
    } else {
      warnings.push_back(fmt::format("{}:{}: X-WR-TIMEZONE '{}' is not a time zone; times without one are those of {}",
                                     name, blocks.zone_line, quotable(blocks.zone_name),
                                     zone.name().empty() ? "this machine" : zone.name()));
    }
  }
  Complaints complaints(name, warnings);
  std::vector<Event> events, unreadable;
  for (const Block& block : blocks.events) {
    Event event;
    try {
      read_event(block, event, zones, effort);
      events.push_back(std::move(event));
    } catch (const Unreadable& problem) {
      complaints.left_out(event, problem);
      unreadable.push_back(std::move(event));
    }
  }
  events = with_changes(without_older_versions(std::move(events), complaints), unreadable);
  complaints.sum_up();
  if (!blocks.ends && blocks.events.back().damage.empty()) {
    warnings.push_back(fmt::format("{}: ends without END:VCALENDAR; events at its end may be missing", name));
  }
  return Calendar(std::make_shared<const Content>(Content{std::move(events)}));
}

std::vector<Meeting> Calendar::meetings(std::int64_t from, std::int64_t to) const {
  constexpr std::int64_t kMargin = 2 * kDay;  // more than any wall is away from UTC, and than any clock leaps
  from = std::clamp(from, kFirstSecond, kLastSecond);
  to = std::clamp(to, kFirstSecond, kLastSecond);
  std::vector<Meeting> found;
  for (const Event& event : content_->events) {
    if (event.is_all_day()) continue;
    const Offset& offset = *event.series.start.zone;
    for (const std::int64_t wall : event.series.walls(from - kMargin, to + kMargin)) {
      const std::int64_t start = instant_at_wall(wall, offset);
      if (start < from || start >= to || !event.takes_place(start)) continue;
      std::int64_t end = instant_at_wall(wall + event.length, offset) + event.further;
      if (end <= start) end = start + event.total_length();
      Meeting& meeting = found.emplace_back(event.what);
      meeting.date = LocalTime{start, (*event.display)(start)}.date();
      meeting.start = start;
      meeting.end = end;
    }
  }
  std::sort(found.begin(), found.end(), [](const Meeting& a, const Meeting& b) {
    return std::tie(a.start, a.session) < std::tie(b.start, b.session);
  });
  return found;
}

std::optional<std::string> Calendar::day_off(std::string_view date) const {
  if (!is_date(date)) return std::nullopt;
  const std::int64_t midnight = wall_midnight(date);
  for (const Event& event : content_->events) {
    if (!event.is_all_day()) continue;
    const auto starts = event.series.walls(midnight - event.length + 1, midnight + 1);
    if (std::any_of(starts.begin(), starts.end(), [&](std::int64_t start) { return event.takes_place(start); })) {
      return event.what.session;
    }
  }
  return std::nullopt;
}

}  // namespace faceatt
