// The events of faceatt-watch as records and lines of text, and the command that is run for some of them.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/output.hpp"
#include "cli/tool.hpp"
#include "faceatt/core/command.hpp"
#include "faceatt/core/record.hpp"
#include "faceatt/core/time.hpp"
#include "faceatt/pipeline/watcher.hpp"

namespace faceatt {

// What a record says beside the watcher's own event.
struct EventDetails {
  std::string name;  // "mark"
  LocalTime time;
  std::string source;
  std::string session;                 // name in the log; empty: none, or not known which
  std::string status;                  // of the log
  std::optional<int> late_minutes;     // of who is late
  std::string file;                    // the picture kept of a stranger
  std::string group;                   // of strangers
  std::string reason;                  // of a lost camera; of a verdict the watcher tells
  std::optional<std::int64_t> frames;  // of a session; of a track the watcher tells
  std::optional<double> seconds;       // of a session or a loss; of a face the watcher tells
  std::optional<double> lag;           // seconds from the frame's arrival to this record; of a camera only
};

class EventWriter {
 public:
  // Adds --exec and --exec-on to the tool.
  EventWriter(cli::Tool& tool, cli::Output& out);

  // Before the first event. Throws UsageError for a command that cannot be run or an event that there is none of.
  void open();
  // To the output, then to the command. `face` null: no event of a face. `text` as cli::Output::record() wants it.
  void write(const EventDetails& details, const WatchEvent* face, const std::string& text);
  void warn_of_problems();
  // Lets the commands under way end.
  void finish();

 private:
  cli::Tool& tool_;
  cli::Output& out_;
  std::string command_;
  std::vector<std::string> names_;
  std::set<std::string> wanted_;
  std::unique_ptr<CommandRunner> runner_;
};

struct EventTextOptions {
  bool several = false;        // more than one source, so the line says which
  bool names_session = false;  // there is a timetable
  std::string people_group{};  // of --group
};
// The line of text for people.
std::string text_of(const EventDetails& details, const WatchEvent& face, const EventTextOptions& options);
// "09:14:49  front  " or without the source.
std::string line_start(const EventDetails& details, bool several);

// "2 h 5 min", "12 s"
std::string duration_text(double seconds);

}  // namespace faceatt
