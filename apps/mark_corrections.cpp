#include "mark_corrections.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

#include "cli/people.hpp"
#include "cli/store.hpp"
#include "faceatt/attendance/correction.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

// Who runs this; with sudo, who asked for it.
std::string user_name() {
  if (const char* asked = std::getenv("SUDO_USER"); asked != nullptr && *asked != '\0' && ::getuid() == 0) return asked;
  if (const passwd* entry = ::getpwuid(::getuid())) return entry->pw_name;
  return fmt::format("uid-{}", ::getuid());
}

// What somebody is who needs no other mark.
bool is_there(const AttendanceRow& row) {
  return row.status == "present" || row.status == "late" || row.status == "excused";
}

}  // namespace

Corrections::Corrections(cli::Tool& tool, cli::Output& out, const Rules& rules, AttendanceLog& log,
                         CorrectionRequest request)
    : tool_(tool), out_(out), rules_(rules), log_(log), request_(std::move(request)), now_(tool.clock()()) {
  time_ = request_.at.empty() ? now_ : request_.time_on(request_.date.empty() ? now_.date() : request_.date);
  user_ = printable(user_name());
  knows_people_ = cli::knows_people(tool);
  try {
    if (knows_people_) people_ = cli::known_people(tool);
    knows_people_ = knows_people_ && !(people_.empty() && cli::store_of(tool));  // it may hold attendance alone
  } catch (const Error& e) {
    if (!request_.takes_unknown) throw Error(e.code(), std::string(e.what()) + "; or pass --allow-unknown");
    tool.warn(std::string(e.what()) + "; ids are taken as they are");
  }
  if (!request_.session.empty() && !request_.takes_unknown && !request_.undoes) check_session();
}

std::vector<std::string> Corrections::people_of(const std::string& group) const {
  const auto ids = people_of_group(people_, group);
  return {ids.begin(), ids.end()};
}

std::string Corrections::note_for(const std::optional<int>& late_minutes) const {
  std::vector<std::string> parts;
  if (late_minutes) parts.push_back(fmt::format("{} min late", *late_minutes));
  if (!request_.note.empty()) parts.push_back(request_.note);
  // The time of the row is when they came; when this was written should not be lost.
  if (!request_.at.empty() && std::abs(time_.unix_seconds - now_.unix_seconds) > 60) {
    parts.push_back("entered " + now_.iso8601());
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

void Corrections::correct(const std::string& given) {
  const std::string id = to_nfc(trim(given));
  const Sighting person = sighting_of(id);
  try {
    if (const auto problem = id_problem(id)) throw Refusal{"cannot be an id: it " + *problem};
    if (knows_people_ && !request_.takes_unknown && !people_.contains(id)) {
      throw Refusal{fmt::format("nobody in {} has this id; {}, or pass --allow-unknown", cli::people_place(tool_),
                                cli::store_of(tool_) ? "enrol them" : "put them into roster.csv")};
    }
    if (request_.undoes) {
      AttendanceRow key;
      key.id = id;
      return undo(key);
    }
    Wanted wanted = wanted_for(person);
    wanted.row.note = note_for(wanted.late_minutes);
    write(wanted);
  } catch (const Refusal& refusal) {
    ++failed_;
    tool_.error(fmt::format("{}: {}", printable(id), refusal.why));
    AttendanceRow row = Rules::row_for(person, request_.date, request_.session, request_.status);
    row.time.clear();
    row.source.clear();
    print(row, "", "no", refusal.why);
  }
}

void Corrections::write(const Wanted& wanted) {
  while (!try_write(wanted)) {  // somebody else marks the same person
  }
}

// False when another row came in between.
bool Corrections::try_write(const Wanted& wanted) {
  const AttendanceRow& row = wanted.row;
  const auto in_force = row.status == kStatusOut ? std::nullopt : log_.find(row);
  const std::string was = in_force ? in_force->status : "";
  const bool is_same = in_force && in_force->status == row.status && in_force->is_manual() &&
                       (request_.note.empty() || in_force->note == row.note);
  const bool needs_none = in_force && request_.status.empty() && is_there(*in_force);
  if (is_same || needs_none) {
    print(*in_force, was, "already", "");
    return true;
  }
  const bool counts = row.status != kStatusOut && !tool_.dry_run;
  if (counts && log_.append_after(row, in_force) == AttendanceLog::Outcome::kChanged) return false;
  const std::string waits = counts ? why_it_waits() : append(row);
  print(row, was, "new", waits);
  return true;
}

std::string Corrections::append(const AttendanceRow& row) {
  if (!tool_.dry_run) log_.append(row);
  return why_it_waits();
}

// Why the row that was written waits on this machine; empty when it does not.
std::string Corrections::why_it_waits() {
  auto warnings = log_.take_warnings();
  tool_.warn_all(warnings);
  const auto why = log_.waits_because();
  return why ? "waits here: " + *why : "";
}

void Corrections::undo(const AttendanceRow& key) {
  const std::string date = request_.date.empty() ? time_.date() : request_.date;
  const std::vector<AttendanceRow> rows = log_.rows_of(date, key.id);
  std::set<std::string> sessions;
  for (const auto& row : rows) {
    const bool is_asked_for = request_.session.empty() || to_nfc(row.session) == request_.session;
    if (is_asked_for && history_of(rows, row).is_corrected) sessions.insert(row.session);
  }
  if (sessions.empty()) {
    throw Refusal{fmt::format("no correction{} on {} to undo",
                              request_.session.empty() ? "" : " of " + printable(request_.session), date)};
  }
  if (sessions.size() > 1) {
    throw Refusal{fmt::format("has corrections of {} on {}; say which with --session",
                              printable(fmt::format("{}", fmt::join(sessions, ", "))), date)};
  }
  AttendanceRow corrected = key;
  corrected.date = date;
  corrected.session = *sessions.begin();
  const History history = history_of(rows, corrected);
  AttendanceRow row = undo_row(corrected, history, request_.note);
  row.time = now_.iso8601();
  row.source = "manual:" + user_;
  const std::string waits = append(row);
  print(row, history.in_force->status, "new", waits);
}

void Corrections::end_session() {
  AttendanceRow row;
  row.id = kWholeSession;
  if (request_.undoes) {
    try {
      return undo(row);
    } catch (const Refusal& refusal) {
      throw Error(ErrorCode::kInput, fmt::format("{} was not ended: {}", printable(request_.session), refusal.why));
    }
  }
  row.session = request_.session;
  row.status = kStatusEnded;
  row.time = time_.iso8601();
  row.source = "manual:" + user_;
  row.note = note_for(std::nullopt);
  row.date = request_.date.empty() ? time_.date() : request_.date;
  if (const Schedule* schedule = rules_.schedule(); schedule != nullptr && !request_.takes_unknown) {
    const auto meetings = meetings_of(Sighting{});
    const Meeting& meeting = meetings.front();
    row.date = meeting.date;
    if (!schedule->is_open(meeting, time_.unix_seconds)) {
      throw Error(ErrorCode::kInput,
                  fmt::format("{} is not open at {}: it is open from {} to {}", printable(row.session), time_.iso8601(),
                              schedule->zone().at(schedule->opens(meeting)).iso8601(),
                              schedule->zone().at(meeting.end).iso8601()));
    }
  }
  const auto in_force = log_.find(row);
  if (in_force && in_force->status == kStatusEnded) return print(*in_force, in_force->status, "already", "");
  const std::string waits = append(row);
  print(row, in_force ? in_force->status : "", "new", waits);
}

void Corrections::print(const AttendanceRow& row, const std::string& was, const std::string& marked,
                        const std::string& reason) {
  const Record record = {{"date", row.date},     {"time", row.time},       {"id", row.id},
                         {"name", row.name},     {"session", row.session}, {"status", row.status},
                         {"source", row.source}, {"note", row.note},       {"was", was},
                         {"marked", marked},     {"reason", reason}};
  if (marked == "no" && out_.format() == Format::kText) return;  // it was said on standard error
  const bool is_session = row.id == kWholeSession;
  std::string text = fmt::format("{}  {}", row.date, printable(row.session));
  if (!is_session) text += "  " + printable(row.name.empty() ? row.id : row.name);
  const std::string status = is_session && row.status == "void" ? "open again" : row.status;
  text += marked == "already" ? fmt::format("  {} already", status)
          : tool_.dry_run     ? fmt::format("  would be {}", status)
                              : "  " + status;
  if (!row.note.empty()) text += fmt::format("  ({})", printable(row.note));
  if (!was.empty() && was != row.status) text += ", was " + was;
  if (!reason.empty()) text += ", waits here";  // why is in the record
  out_.record(record, text);
}

}  // namespace faceatt
