#include "faceatt/attendance/ics_time.hpp"

#include <fmt/format.h>
#include <libical/ical.h>

#include <algorithm>
#include <compare>
#include <stdexcept>
#include <utility>

#include "faceatt/core/text.hpp"

namespace faceatt::ics {
namespace {

using std::chrono::sys_days;

constexpr std::size_t kMaxNameBytes = 1000;  // of a time zone
constexpr std::size_t kMaxOnsets = 10'000;   // of a described time zone

// "-0500" or "+013045" as seconds.
int utc_offset_of(const Block& part, const std::string& name) {
  const std::string text = trim(part.value(name));
  const bool digits =
      text.size() > 1 && std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || (text.front() != '+' && text.front() != '-') || (text.size() != 5 && text.size() != 7)) {
    throw Unreadable{"has an unreadable " + name, text};
  }
  const auto two = [&](std::size_t at) { return (text[at] - '0') * 10 + text[at + 1] - '0'; };
  const int seconds = two(1) * 3600 + two(3) * 60 + (text.size() == 7 ? two(5) : 0);
  if (seconds >= kDay) throw Unreadable{"has an unreadable " + name, text};
  return text.front() == '-' ? -seconds : seconds;
}

struct Onset {
  std::int64_t instant;
  int before, after;  // local minus UTC, seconds
  auto operator<=>(const Onset&) const = default;
};

// A zone as a VTIMEZONE describes it: from each onset on, an offset. Throws Unreadable.
Offset described_zone(const Block& block, std::size_t& effort) {
  constexpr std::int64_t kFrom = 0, kTo = std::int64_t{130} * 365 * kDay;  // 1970 to 2099: rules are not asked beyond
  if (!block.damage.empty()) throw Unreadable{block.damage};
  std::vector<Onset> onsets;
  for (const Block& part : block.parts) {
    if (part.kind != "STANDARD" && part.kind != "DAYLIGHT") continue;
    const int from = utc_offset_of(part, "TZOFFSETFROM"), to = utc_offset_of(part, "TZOFFSETTO");
    const auto zone = std::make_shared<const Offset>([from](std::int64_t) { return from; });
    const auto start = time_of(trim(part.value("DTSTART")), zone);
    if (!start) throw Unreadable{"has an unreadable DTSTART"};
    Series series{*start};
    series.start.zone = zone;  // DTSTART is on the wall even where a program wrote Z
    read_rule(part, series, effort);
    std::vector<std::int64_t> walls = series.walls(kFrom, kTo);
    effort -= std::min(effort, walls.size());
    walls.push_back(start->wall);
    for (const ContentLine& line : part.lines) {
      if (line.name != "RDATE") continue;
      for_each_part(line.value, [&](const std::string& value) {
        if (const auto time = time_of(value, zone)) walls.push_back(time->wall);
      });
    }
    for (const std::int64_t wall : walls) onsets.push_back({wall - from, from, to});
    if (onsets.size() > kMaxOnsets) throw Unreadable{"has too many changes"};
  }
  if (onsets.empty()) throw Unreadable{"has neither STANDARD nor DAYLIGHT"};
  std::sort(onsets.begin(), onsets.end());
  return [onsets = std::move(onsets)](std::int64_t instant) {
    const auto next = std::upper_bound(onsets.begin(), onsets.end(), instant,
                                       [](std::int64_t value, const Onset& onset) { return value < onset.instant; });
    return next == onsets.begin() ? next->before : std::prev(next)->after;
  };
}

std::string name_of(const std::string& tzid) { return trim(std::string_view(tzid).substr(0, kMaxNameBytes)); }

OffsetPtr offset_of(const Zone& zone) {
  return std::make_shared<const Offset>([zone](std::int64_t instant) { return zone.offset_at(instant); });
}

// "Europe/Berlin", also behind a prefix as in "/freeassociation.sourceforge.net/Europe/Berlin".
OffsetPtr in_database(std::string_view name) {
  while (name.starts_with('/')) {
    name.remove_prefix(1);
    if (Zone::exists(name)) break;
    name.remove_prefix(std::min(name.find('/'), name.size()));
  }
  return Zone::exists(name) ? offset_of(Zone(std::string(name))) : nullptr;
}

}  // namespace

const OffsetPtr& utc() {
  static const OffsetPtr kUtc = std::make_shared<const Offset>([](std::int64_t) { return 0; });
  return kUtc;
}

std::optional<WrittenTime> time_of(const std::string& value, const OffsetPtr& zone) {
  if (value.size() > kMaxTimeBytes || value.find('\0') != std::string::npos) return std::nullopt;
  const icaltimetype time = icaltime_from_string(value.c_str());
  const std::chrono::year_month_day date{std::chrono::year{time.year},
                                         std::chrono::month{static_cast<unsigned>(time.month)},
                                         std::chrono::day{static_cast<unsigned>(time.day)}};
  const auto in = [](int part, int end) { return part >= 0 && part < end; };
  if (icaltime_is_null_time(time) || time.year < 1 || time.year > 9999 || !date.ok() || !in(time.hour, 24) ||
      !in(time.minute, 60) || !in(time.second, 61)) {
    return std::nullopt;
  }
  WrittenTime written{midnight_of(date), time.is_date != 0, zone};
  if (!written.is_date) written.wall += time.hour * 3600 + time.minute * 60 + std::min(time.second, 59);
  if (icaltime_is_utc(time) != 0) written.zone = utc();
  return written;
}

void for_each_part(const std::string& list, const std::function<void(const std::string& part)>& each) {
  for (std::size_t begin = 0; begin <= list.size();) {
    const auto end = std::min(list.find(',', begin), list.size());
    each(trim(std::string_view(list).substr(begin, end - begin)));
    begin = end + 1;
  }
}

sys_days day_at(std::int64_t wall) {
  return std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds{std::chrono::seconds{wall}});
}

std::int64_t midnight_of(sys_days day) { return day.time_since_epoch().count() * kDay; }

std::vector<std::int64_t> Series::walls(std::int64_t from, std::int64_t to) const {
  std::vector<std::int64_t> found;
  if (!rule) {
    if (start.wall >= from && start.wall < to) found.push_back(start.wall);
  } else {
    const std::int64_t time_of_day = start.wall - midnight_of(day_at(start.wall));
    const sys_days last = until ? std::min(day_at(to), day_at(until->wall) + std::chrono::days{2}) : day_at(to);
    for (const sys_days day : rule->days(day_at(from), last)) {
      const std::int64_t wall = midnight_of(day) + time_of_day;
      if (wall >= from && wall < to && !is_over(wall)) found.push_back(wall);
    }
  }
  const auto first = std::lower_bound(added.begin(), added.end(), from);
  const auto last = std::lower_bound(first, added.end(), to);
  if (first != last) {
    found.insert(found.end(), first, last);
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
  }
  return found;
}

bool Series::is_over(std::int64_t wall) const {
  if (!until || wall == start.wall) return false;
  if (until->is_date) return day_at(wall) > day_at(until->wall);
  return instant_at_wall(wall, *start.zone) > until->instant();
}

void read_rule(const Block& block, Series& series, std::size_t& effort) {
  const ContentLine* line = block.find("RRULE");
  if (line == nullptr) return;
  std::string rule = upper_ascii(trim(line->value));
  if (const auto at = rule.find("UNTIL="); at != std::string::npos) {
    const auto end = std::min(rule.find(';', at), rule.size());
    const std::string until = trim(std::string_view(rule).substr(at + 6, end - at - 6));
    series.until = time_of(until, series.start.zone);
    if (!series.until) throw Unreadable{"has an unreadable UNTIL", until};
    rule.erase(at, end - at + 1);
    while (rule.ends_with(';')) rule.pop_back();
  }
  try {
    series.rule.emplace(rule, day_at(series.start.wall), effort);
  } catch (const std::invalid_argument& e) {
    throw Unreadable{fmt::format("has a rule {}", e.what()), line->value};
  }
}

Zones::Zones(const std::vector<Block>& described, const Zone& zone, std::size_t& effort) : effort_(effort) {
  for (const Block& block : described) described_.emplace(name_of(block.value("TZID")), &block);
  floating_ = offset_of(zone);
}

OffsetPtr Zones::find(const std::string& tzid) {
  const std::string name = name_of(tzid);
  const auto [known, is_new] = known_.try_emplace(name);
  if (is_new) known->second = look_up(name);
  return known->second;
}

OffsetPtr Zones::look_up(const std::string& name) {
  if (name == "UTC" || name == "Etc/UTC") return utc();
  if (const auto zone = in_database(name)) return zone;
  const auto found = described_.find(name);
  if (found == described_.end()) return nullptr;
  if (const auto zone = in_database(trim(found->second->value("X-LIC-LOCATION")))) return zone;
  try {
    return std::make_shared<const Offset>(described_zone(*found->second, effort_));
  } catch (const Unreadable&) {
    return nullptr;
  }
}

}  // namespace faceatt::ics
