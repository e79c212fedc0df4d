#include "watch_events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "cli/console.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

constexpr std::array<const char*, 12> kEvents = {"session_start", "mark",        "already",     "closed",
                                                 "prompt",        "unknown",     "ambiguous",   "spoof",
                                                 "track",         "camera_lost", "camera_back", "session_end"};
constexpr auto kLastCommands = std::chrono::seconds(10);

Record record_of(const EventDetails& details, const WatchEvent* face) {
  const auto empty = FieldValue(std::monostate{});
  const Votes::Tally* person = face && face->identity ? &*face->identity : nullptr;
  const Votes::Tally* nearest = person ? person : face && face->nearest ? &*face->nearest : nullptr;
  const auto decimal = [&](bool there, double value, int decimals = 4) {
    return there ? FieldValue(Decimal{value, decimals}) : empty;
  };
  const auto count = [&](int n) { return face ? FieldValue(std::int64_t{n}) : empty; };
  const bool is_judged = face && face->liveness.verdict != LivenessVerdict::kOff;
  const auto* liveness = is_judged ? &face->liveness : nullptr;
  Record r{{"time", details.time.iso8601()}, {"event", details.name}, {"source", details.source}};
  r.push_back({"track", count(face ? face->track : 0)});
  r.push_back({"id", person ? person->id : std::string()});
  r.push_back({"name", person ? person->name : std::string()});
  r.push_back({"score", decimal(nearest != nullptr, nearest ? nearest->best_score : 0)});
  r.push_back({"second_id", nearest ? nearest->second_id : std::string()});
  r.push_back({"second_score", decimal(nearest && !nearest->second_id.empty(), nearest ? nearest->second_score : 0)});
  r.push_back({"liveness", std::string(face ? name_of(face->liveness.verdict) : "")});
  r.push_back({"live_score", decimal(liveness != nullptr, liveness ? liveness->score : 0)});
  r.push_back({"blinks", count(face ? face->blinks : 0)});
  r.push_back({"frames", face ? count(face->frames) : details.frames ? FieldValue(*details.frames) : empty});
  r.push_back({"session", details.session});
  r.push_back({"status", details.status});
  r.push_back({"file", details.file});
  r.push_back({"seconds", face ? decimal(true, face->since, 2)
                               : decimal(details.seconds.has_value(), details.seconds.value_or(0), 2)});
  r.push_back({"lag", decimal(details.lag.has_value(), details.lag.value_or(0), 3)});
  r.push_back({"group", details.group});
  r.push_back({"reason", liveness && details.reason.empty() ? liveness->reason : details.reason});
  r.push_back({"late_minutes", details.late_minutes ? FieldValue(std::int64_t{*details.late_minutes}) : empty});
  return r;
}

}  // namespace

EventWriter::EventWriter(cli::Tool& tool, cli::Output& out) : tool_(tool), out_(out) {
  tool.app.add_option("--exec", command_, "Run CMD for each mark, the record on its standard input")->type_name("CMD");
  tool.app.add_option("--exec-on", names_, "Run it for these events instead: mark,unknown,...")
      ->type_name("EVENTS")
      ->delimiter(',')
      ->allow_extra_args(false);  // what follows is a SOURCE
}

void EventWriter::open() {
  if (!names_.empty() && command_.empty()) throw UsageError("--exec-on: says when, but --exec CMD is not given");
  for (const auto& name : names_) {
    if (std::find(kEvents.begin(), kEvents.end(), name) == kEvents.end()) {
      throw UsageError(fmt::format("--exec-on: there is no event '{}'; there are {}", name, fmt::join(kEvents, ", ")));
    }
  }
  if (command_.empty()) return;
  wanted_ = names_.empty() ? std::set<std::string>{"mark"} : std::set<std::string>(names_.begin(), names_.end());
  try {
    CommandOptions options;
    options.output = cli::standard_error();
    runner_ = std::make_unique<CommandRunner>(parse_command(command_), options);
  } catch (const UsageError& e) {
    throw UsageError(std::string("--exec: ") + e.what());
  }
}

void EventWriter::write(const EventDetails& details, const WatchEvent* face, const std::string& text) {
  const Record record = record_of(details, face);
  out_.record(record, text);
  if (runner_ && wanted_.contains(details.name)) runner_->run(format_record(record, Format::kJsonl));
}

void EventWriter::warn_of_problems() {
  if (!runner_) return;
  for (const auto& problem : runner_->take_problems()) tool_.warn(problem);
}

void EventWriter::finish() {
  if (!runner_) return;
  runner_->finish(kLastCommands);
  warn_of_problems();
}

std::string line_start(const EventDetails& details, bool several) {
  return details.time.iso8601().substr(11, 8) + "  " + (several ? printable(details.source) + "  " : "");
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<long>(seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
}

std::string text_of(const EventDetails& details, const WatchEvent& face, const EventTextOptions& options) {
  const auto& [several, names_session, people_group] = options;
  const std::string start = line_start(details, several);
  const std::string who = face.identity ? printable(face.identity->name) : "";
  const auto& name = details.name;
  const std::string session = names_session ? " for " + printable(details.session) : "";
  if (name == "mark") {
    const std::string status = details.status == "present" ? "" : " " + details.status;
    const std::string late = details.late_minutes ? fmt::format(", {} min", *details.late_minutes) : "";
    return fmt::format("{}{}  marked{}{}{}  ({:.2f}{}{}){}", start, who, status, session, late,
                       face.identity->best_score, face.liveness.reason.empty() ? "" : ", ", face.liveness.reason,
                       details.reason.empty() ? "" : "  waits here");
  }
  if (name == "already") return fmt::format("{}{}  already marked{}", start, who, session);
  if (name == "closed") return fmt::format("{}{}  not marked: {}", start, who, printable(details.reason));
  if (face.outsider)
    return fmt::format("{}unknown face  (enrolled, but not of group {})", start, printable(people_group));
  if (name == "unknown") {
    return start + "unknown face" + (details.group.empty() ? "" : "  " + details.group) +
           (details.reason.empty() ? "" : ", " + details.reason) +
           (details.file.empty() ? "" : "  " + printable(details.file));
  }
  if (name == "spoof") {
    return fmt::format("{}spoof: {}{} ({:.2f}), not marked", start, face.liveness.reason,
                       who.empty() ? "" : " of " + who, face.liveness.score);
  }
  if (name == "prompt") return fmt::format("{}{}: {}", start, who, face.liveness.request);
  if (name == "ambiguous") return start + "ambiguous face, not marked";
  std::string left =
      fmt::format("{}track {} left: {}, {} frames", start, face.track, who.empty() ? "nobody known" : who, face.frames);
  if (face.liveness.verdict == LivenessVerdict::kOff) return left;
  return fmt::format("{}, {}: {}", left, name_of(face.liveness.verdict), face.liveness.reason);
}

}  // namespace faceatt
