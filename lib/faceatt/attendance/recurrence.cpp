#include "faceatt/attendance/recurrence.hpp"

#include <libical/ical.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace faceatt {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::month;
using std::chrono::months;
using std::chrono::weekday;
using std::chrono::year;
using std::chrono::year_month;
using std::chrono::year_month_day;
using std::chrono::years;
using Day = Recurrence::Day;

constexpr Day kFirstDay = year{1} / 1 / 1, kLastDay = year{9999} / 12 / 31;
constexpr std::size_t kMaxRuleBytes = 1000;
constexpr int kMaxCount = 40000;  // more is as good as no end: a hundred years of days

// The values of one of libical's arrays.
template <std::size_t kSize>
std::vector<int> values_of(const short (&array)[kSize]) {
  return {array, std::find(array, array + kSize, short{ICAL_RECURRENCE_ARRAY_MAX})};
}

// 1 for the first of `count`, -1 for the last.
bool is_nth(int wanted, int position, int count) { return wanted == position || wanted == position - count - 1; }

bool contains(const std::vector<int>& values, int value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

int day_of(year_month_day date) { return static_cast<int>(static_cast<unsigned>(date.day())); }
int month_of(year_month_day date) { return static_cast<int>(static_cast<unsigned>(date.month())); }

int days_between(Day from, Day to) { return static_cast<int>((to - from).count()); }

}  // namespace

Recurrence::Recurrence(const std::string& text, Day start, std::size_t& effort) : start_(start), last_(kLastDay) {
  icalerror_set_errors_are_fatal(0);
  icalrecurrencetype rule{};
  icalrecurrencetype_clear(&rule);
  if (text.size() <= kMaxRuleBytes && text.find('\0') == std::string::npos) {
    rule = icalrecurrencetype_from_string(text.c_str());
  }
  const std::unique_ptr<char, decltype(&icalmemory_free_buffer)> other_calendar(rule.rscale, &icalmemory_free_buffer);
  if (rule.freq == ICAL_NO_RECURRENCE || rule.interval < 1 || rule.count < 0) {
    throw std::invalid_argument("that cannot be read");
  }
  if (rule.freq < ICAL_DAILY_RECURRENCE) throw std::invalid_argument("with FREQ below DAILY");
  if (other_calendar) throw std::invalid_argument("of another calendar (RSCALE)");
  if (!values_of(rule.by_year_day).empty()) throw std::invalid_argument("with BYYEARDAY");
  if (!values_of(rule.by_week_no).empty()) throw std::invalid_argument("with BYWEEKNO");
  if (!values_of(rule.by_hour).empty() || !values_of(rule.by_minute).empty() || !values_of(rule.by_second).empty()) {
    throw std::invalid_argument("with times of its own (BYHOUR, BYMINUTE, BYSECOND)");
  }
  frequency_ = rule.freq == ICAL_DAILY_RECURRENCE     ? Frequency::kDaily
               : rule.freq == ICAL_WEEKLY_RECURRENCE  ? Frequency::kWeekly
               : rule.freq == ICAL_MONTHLY_RECURRENCE ? Frequency::kMonthly
                                                      : Frequency::kYearly;
  interval_ = rule.interval;
  const auto weekday_of = [](int day) { return weekday(static_cast<unsigned>(day - ICAL_SUNDAY_WEEKDAY)); };
  if (rule.week_start != ICAL_NO_WEEKDAY) week_start_ = weekday_of(rule.week_start);
  months_ = values_of(rule.by_month);
  month_days_ = values_of(rule.by_month_day);
  positions_ = values_of(rule.by_set_pos);
  for (const int value : values_of(rule.by_day)) {
    const auto encoded = static_cast<short>(value);
    const bool counts = frequency_ == Frequency::kMonthly || frequency_ == Frequency::kYearly;
    week_days_.push_back({weekday_of(icalrecurrencetype_day_day_of_week(encoded)),
                          counts ? icalrecurrencetype_day_position(encoded) : 0});
  }
  // What a rule does not say is as in the first day.
  const year_month_day first{start};
  if (week_days_.empty() && frequency_ == Frequency::kWeekly) week_days_.push_back({weekday{start}, 0});
  if (week_days_.empty() && month_days_.empty()) {
    if (frequency_ == Frequency::kYearly && months_.empty()) months_ = {month_of(first)};
    if (frequency_ == Frequency::kYearly || frequency_ == Frequency::kMonthly) month_days_ = {day_of(first)};
  }
  if (rule.count > 0 && rule.count <= kMaxCount) last_ = find_last(rule.count, effort);
}

std::vector<Day> Recurrence::days(Day from, Day to) const {
  std::vector<Day> found;
  from = std::max(from, start_);
  to = std::min(to, last_);
  if (from > to) return found;
  for (std::int64_t number = period_of(from); period(number).first <= to; ++number) {
    append_period(number, from, to, found);
  }
  if (from == start_ && (found.empty() || found.front() != start_)) found.insert(found.begin(), start_);
  return found;
}

bool Recurrence::matches(Day day) const {
  const year_month_day date{day};
  if (!months_.empty() && !contains(months_, month_of(date))) return false;
  const int month_length = day_of(year_month_day{date.year() / date.month() / std::chrono::last});
  const int day_of_month = day_of(date);
  if (!month_days_.empty() && std::none_of(month_days_.begin(), month_days_.end(),
                                           [&](int wanted) { return is_nth(wanted, day_of_month, month_length); })) {
    return false;
  }
  if (week_days_.empty()) return true;
  const weekday day_of_week{day};
  return std::any_of(week_days_.begin(), week_days_.end(), [&](const WeekDay& wanted) {
    if (wanted.day != day_of_week) return false;
    if (wanted.nth == 0) return true;
    const bool in_month = frequency_ == Frequency::kMonthly || !months_.empty();
    const Day first = in_month ? Day{date.year() / date.month() / 1} : Day{date.year() / 1 / 1};
    const int length = in_month ? month_length : days_between(first, Day{(date.year() + years{1}) / 1 / 1});
    const int before = days_between(first, day);
    return wanted.nth > 0 ? wanted.nth == before / 7 + 1 : -wanted.nth == (length - 1 - before) / 7 + 1;
  });
}

// Of the period that `day`, at or after the start, is in; when it is in none of them, of the one before.
std::int64_t Recurrence::period_of(Day day) const {
  const year_month_day date{day}, first{start_};
  const int year_distance = static_cast<int>(date.year()) - static_cast<int>(first.year());
  switch (frequency_) {
    case Frequency::kDaily:
      return days_between(start_, day) / interval_;
    case Frequency::kWeekly:
      return days_between(period(0).first, day) / (7 * interval_);
    case Frequency::kMonthly:
      return (year_distance * 12 + month_of(date) - month_of(first)) / interval_;
    case Frequency::kYearly:
      break;
  }
  return year_distance / interval_;
}

// The first and last day of a period; the one that the start is in is number 0. Those after the year 9999 are
// after kLastDay.
std::pair<Day, Day> Recurrence::period(std::int64_t number) const {
  const std::int64_t steps = number * interval_;
  const year_month_day start{start_};
  switch (frequency_) {
    case Frequency::kDaily: {
      const Day day = start_ + std::chrono::days{steps};
      return {day, day};
    }
    case Frequency::kWeekly: {
      const Day day = start_ - (weekday{start_} - week_start_) + std::chrono::days{7 * steps};
      return {day, day + std::chrono::days{6}};
    }
    case Frequency::kMonthly:
    case Frequency::kYearly:
      break;
  }
  const bool monthly = frequency_ == Frequency::kMonthly;
  const std::int64_t index = monthly ? static_cast<int>(start.year()) * 12 + month_of(start) - 1 + steps
                                     : (static_cast<int>(start.year()) + steps) * 12;
  if (index / 12 > 9999) return {kLastDay + std::chrono::days{1}, kLastDay + std::chrono::days{1}};
  const year_month first{year{static_cast<int>(index / 12)}, month{static_cast<unsigned>(index % 12 + 1)}};
  return {Day{first / 1}, Day{(first + months{monthly ? 0 : 11}) / std::chrono::last}};
}

// Appends the days of a period that match, are in [from, to] and not before the start.
void Recurrence::append_period(std::int64_t number, Day from, Day to, std::vector<Day>& found) const {
  const auto [first, last] = period(number);
  from = std::max(from, start_);
  std::vector<Day> all;
  const Day begin = positions_.empty() ? std::max(first, from) : first;
  const Day end = positions_.empty() ? std::min(last, to) : last;
  for (Day day = begin; day <= end; day += std::chrono::days{1}) {
    if (matches(day)) all.push_back(day);
  }
  const int count = static_cast<int>(all.size());
  for (int i = 0; i < count; ++i) {
    const Day day = all[static_cast<std::size_t>(i)];
    if (day < from || day > to) continue;
    if (positions_.empty() ||
        std::any_of(positions_.begin(), positions_.end(), [&](int wanted) { return is_nth(wanted, i + 1, count); })) {
      found.push_back(day);
    }
  }
}

// The `count`-th day, the start being the first; kLastDay when it is too far away to matter.
Day Recurrence::find_last(int count, std::size_t& effort) const {
  const Day horizon = std::min(start_ + std::chrono::days{kMaxCount}, kLastDay);
  Day last = start_;
  std::vector<Day> found;
  for (std::int64_t number = 0; count > 1; ++number) {
    const auto [first, end] = period(number);
    if (first > horizon) return kLastDay;
    const auto cost = static_cast<std::size_t>(days_between(first, end)) + 1;
    if (cost > effort) throw std::invalid_argument("with a COUNT, of more than can be counted in one file");
    effort -= cost;
    found.clear();
    append_period(number, start_ + std::chrono::days{1}, kLastDay, found);
    for (const Day day : found) {
      if (count-- > 1) last = day;
    }
  }
  return last;
}

}  // namespace faceatt
