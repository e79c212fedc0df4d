// One camera or clip of faceatt-watch: its frames -> marks, pictures of strangers, events and what people see.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "cli/tool.hpp"
#include "faceatt/attendance/log.hpp"
#include "faceatt/core/lag.hpp"
#include "faceatt/pipeline/watcher.hpp"
#include "faceatt/vision/sources.hpp"
#include "watch_events.hpp"
#include "watch_hours.hpp"
#include "watch_people.hpp"
#include "watch_pictures.hpp"
#include "watch_strangers.hpp"

namespace faceatt {

// What the doors of one session share.
struct DoorContext {
  cli::Tool& tool;
  EventWriter& events;
  const WatchedPeople& people;
  std::optional<StrangerBook>& strangers;
  AttendanceLog& log;
  const Rules& rules;
  std::function<LocalTime(double)> now;  // of so many seconds into the clip, or of the clock
  bool several;                          // sources: lines say which
  bool live;                             // frames come when they happen, and have an age
};

class Door {
 public:
  // `name`: as events call it; the log and the pictures take its last part when it is a path.
  Door(DoorContext& context, std::string name, WatchStages stages, const WatchOptions& options);

  void draw_on(std::unique_ptr<Pictures> pictures) { pictures_ = std::move(pictures); }
  Pictures* pictures() { return pictures_.get(); }
  Watcher& watcher() { return watcher_; }

  void begin();
  void process(const Frame& frame);
  void lose(const std::string& reason);  // the camera
  void come_back();
  void end();
  // Opens and closes sessions by the clock; who is in the picture when one opens is marked for it.
  void keep_hours();
  // Ends the sessions that are open here, for all machines. Without a timetable there is none to end: false.
  bool end_sessions();
  // With -v; `seconds` that the session took, `dropped` frames that were too old when their turn came.
  void describe_work(double seconds, std::int64_t dropped) const;

  const std::string& name() const { return name_; }
  bool is_lost() const { return lost_.has_value(); }
  std::int64_t marked() const { return marked_; }
  std::int64_t frames() const { return frames_; }
  double seconds() const { return seconds_; }  // of the latest frame
  bool has_recognised() const { return marked_ + already_ + closed_ > 0; }

 private:
  EventDetails details_of(const char* event) const;
  void open(const Meeting& meeting);
  void close(const Meeting& meeting, const char* how);
  std::string camera() const;  // as the log and the pictures call it
  void report(const WatchEvent& event);
  Ruling rule(const WatchEvent& event, const LocalTime& time) const;
  void mark(const WatchEvent& event, EventDetails& details);
  void mark_for_others();
  AttendanceLog::Outcome append(const AttendanceRow& row);
  void show(const Frame& frame);

  DoorContext& context_;
  std::string name_;
  Watcher watcher_;
  std::unique_ptr<Pictures> pictures_;  // may be null
  LagMeter lag_;
  OpeningHours hours_;
  struct Counts {
    std::int64_t marked = 0, already = 0, unknown = 0;
  };
  std::map<std::string, Counts> counts_;  // of the sessions that are open, by name
  struct Recognised {
    WatchEvent event;
    std::string session;  // for which they were told to be marked
  };
  std::map<int, Recognised> recognised_;  // who is in the picture, by track
  std::int64_t frames_ = 0, marked_ = 0, already_ = 0, unknown_ = 0, closed_ = 0;
  double seconds_ = 0;
  std::optional<std::chrono::steady_clock::time_point> grabbed_;  // of the frame that is dealt with; when live
  std::optional<std::chrono::steady_clock::time_point> lost_;
  double shown_rate_ = 0;  // frames per second, smoothed
};

}  // namespace faceatt
