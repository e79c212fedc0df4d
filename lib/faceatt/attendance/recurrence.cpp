#include "faceatt/attendance/recurrence.hpp"

#include <libical/ical.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>

namespace faceatt {
namespace {

using std::chrono::days;
using std::chrono::weekday;
using std::chrono::year;
using Day = Recurrence::Day;

constexpr Day kLastDay = year{2582} / 12 / 31;     // libical goes no further
constexpr std::size_t kMaxRuleBytes = 700;         // its lists have room for what fits into them
constexpr days kTrial{40'000};                     // how far a rule is tried; with a larger COUNT it has no end
constexpr std::size_t kEffortOfNothing = 100'000;  // what it costs that libical finds nothing: up to half a second

template <std::size_t kSize>
bool is_given(const short (&list)[kSize]) {
  return list[0] != ICAL_RECURRENCE_ARRAY_MAX;
}

template <std::size_t kSize, typename Condition>
bool any_of(const short (&list)[kSize], Condition condition) {
  return std::any_of(list, std::find(list, list + kSize, short{ICAL_RECURRENCE_ARRAY_MAX}), condition);
}

icalrecurrencetype parse(const std::string& text) {
  icalrecurrencetype rule = icalrecurrencetype_from_string(text.c_str());
  // Days of every month, where libical takes those of the month of the start.
  if (rule.freq == ICAL_YEARLY_RECURRENCE && is_given(rule.by_month_day) && !is_given(rule.by_month)) {
    std::iota(rule.by_month, rule.by_month + 12, short{1});
    rule.by_month[12] = ICAL_RECURRENCE_ARRAY_MAX;
  }
  return rule;
}

// Throws std::invalid_argument.
void check(const icalrecurrencetype& rule) {
  if (rule.freq == ICAL_NO_RECURRENCE) throw std::invalid_argument("that cannot be read");
  if (rule.freq < ICAL_DAILY_RECURRENCE) throw std::invalid_argument("with FREQ below DAILY");
  if (rule.rscale != nullptr) throw std::invalid_argument("of another calendar (RSCALE)");
  if (is_given(rule.by_week_no)) throw std::invalid_argument("with BYWEEKNO");
  if (is_given(rule.by_hour) || is_given(rule.by_minute) || is_given(rule.by_second)) {
    throw std::invalid_argument("with times of its own (BYHOUR, BYMINUTE, BYSECOND)");
  }
  // What libical overlooks, or takes for something else.
  const bool below_monthly = rule.freq < ICAL_MONTHLY_RECURRENCE;
  const bool nth = any_of(rule.by_day, [](short day) { return icalrecurrencetype_day_position(day) != 0; });
  const bool from_end = any_of(rule.by_month_day, [](short day) { return day < 0; });
  if ((nth && (below_monthly || is_given(rule.by_month_day))) ||
      (below_monthly && (from_end || is_given(rule.by_set_pos)))) {
    throw std::invalid_argument("with a combination of BYDAY, BYMONTHDAY and BYSETPOS that is not supported");
  }
}

icaltimetype time_of(Day day) {
  const std::chrono::year_month_day date{day};
  icaltimetype time = icaltime_null_time();
  time.year = static_cast<int>(date.year());
  time.month = static_cast<int>(static_cast<unsigned>(date.month()));
  time.day = static_cast<int>(static_cast<unsigned>(date.day()));
  time.is_date = 1;
  return time;
}

// The days of a rule from about `from`, which is not before `start`, up to `to`.
class Walk {
 public:
  Walk(icalrecurrencetype rule, Day start, Day from, Day to) : iterator_(nullptr, &icalrecur_iterator_free) {
    rule.count = 0;
    rule.until = time_of(to);
    if (rule.freq == ICAL_WEEKLY_RECURRENCE && is_given(rule.by_day)) {  // its weeks are right from one of its days on
      const auto day_of_week = [&](weekday day) { return day - weekday(static_cast<unsigned>(rule.week_start - 1)); };
      start += day_of_week(weekday(static_cast<unsigned>(rule.by_day[0] - 1))) - day_of_week(weekday{start});
    }
    // libical walks from the start, but with months and years it finds its way itself.
    const bool by_months = rule.freq >= ICAL_MONTHLY_RECURRENCE;
    const int step = rule.interval * (rule.freq == ICAL_DAILY_RECURRENCE ? 1 : 7);
    if (!by_months) start += days{(from - start).count() / step * step};
    iterator_.reset(icalrecur_iterator_new(rule, time_of(start)));
    if (iterator_ && by_months && icalrecur_iterator_set_start(iterator_.get(), time_of(from)) == 0) iterator_.reset();
  }

  // The next one after `day`.
  std::optional<Day> next(Day day) {
    while (iterator_) {
      const icaltimetype time = icalrecur_iterator_next(iterator_.get());
      if (icaltime_is_null_time(time) != 0) break;
      const Day found = year{time.year} / time.month / time.day;
      if (found > day) return found;
    }
    return std::nullopt;
  }

 private:
  std::unique_ptr<icalrecur_iterator, decltype(&icalrecur_iterator_free)> iterator_;
};

}  // namespace

Recurrence::Recurrence(const std::string& text, Day start, std::size_t& effort)
    : rule_(text), start_(start), last_(kLastDay) {
  icalerror_set_errors_are_fatal(0);
  if (text.size() > kMaxRuleBytes || text.find('\0') != std::string::npos) {
    throw std::invalid_argument("that cannot be read");
  }
  const icalrecurrencetype rule = parse(rule_);
  const std::unique_ptr<char, decltype(&icalmemory_free_buffer)> other_calendar(rule.rscale, &icalmemory_free_buffer);
  check(rule);
  if (effort == 0) throw std::invalid_argument("beyond the work that one file may cause");
  const bool ends = rule.count > 0 && rule.count <= kTrial.count();
  Walk walk(rule, start, start, std::min(start + kTrial, kLastDay));
  Day day = start;
  int left = (ends ? rule.count : 2) - 1;
  for (; left > 0; --left) {
    const auto next = walk.next(day);
    if (!next) break;
    day = *next;
  }
  const auto walked = static_cast<std::size_t>((day - start).count() / (rule.freq == ICAL_DAILY_RECURRENCE ? 1 : 7));
  effort -= std::min(effort, left > 0 ? kEffortOfNothing : walked);
  if (left > 0 && day == start) throw std::invalid_argument("that names no further day within a century");
  if (ends && left == 0) last_ = day;
}

std::vector<Day> Recurrence::days(Day from, Day to) const {
  std::vector<Day> found;
  from = std::max(from, start_);
  to = std::min(to, last_);
  if (from > to) return found;
  if (from == start_) found.push_back(start_);
  Walk walk(parse(rule_), start_, from, to);
  Day last = found.empty() ? from - std::chrono::days{1} : start_;
  while (const auto next = walk.next(last)) found.push_back(last = *next);
  return found;
}

}  // namespace faceatt
