#include "cli/shared_settings.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>

#include "cli/version.hpp"
#include "faceatt/store/url.hpp"

namespace faceatt::cli {
namespace {

const std::vector<SharedSetting>& all_settings() {
  static const std::vector<SharedSetting> settings = {
      {{"db", "people"}, "DIR", "People folder"},
      {{"log", "Attendance.csv"}, "FILE", "Attendance log"},
      {{"store", "", {}, {}, without_store_password}, "URL", "Share people and log through this Redis, redis://HOST"},
      {{"spool", ""}, "DIR", "What this machine keeps while the store is away"},
      {{"key_file", ""}, "FILE", "Key that encrypts caches and pictures of strangers"},
      {{"models", default_models_folder()}, "DIR", "Folder with models.toml and the model files"},
      {{"format", "text", {"text", "csv", "tsv", "jsonl", "md", "html"}}, "NAME", "text, csv, tsv or jsonl"},
      {{"level", "normal", {"strict", "normal", "loose"}}, "NAME", "How sure of a name to be: strict, normal, loose"},
      {{"threshold", ""}, "X", "Least similarity for a name, instead of the level's"},
      {{"detector", "yunet"}, "NAME", "Finds faces: yunet, or hog (needs no model file)"},
      {{"encoder", ""}, "NAME", "Encoder of models.toml, instead of its default"},
      {{"liveness", "both", {"off", "blink", "passive", "both", "challenge"}},
       "NAME",
       "Liveness: off, blink, passive, both, challenge"},
      {{"strangers", ""}, "DIR", "Folder for a picture of each stranger's visit"},
      {{"source", ""}, "NAME", "Name of the camera in the log, instead of its own"},
      {{"keep_days", "30", {}, NumberRange{0, 36500, true}}, "N", "Days that pictures are kept, 0: for ever"},
      {{"keep_mb", "500", {}, NumberRange{0, 1e6, true}}, "N", "Megabytes that pictures may take, 0: no limit"},
      {{"fps", "0", {}, NumberRange{0, 1000}}, "X", "Frames to look at per second, 0: all"},
      {{"schedule", ""}, "FILE", "Timetable, CSV or iCalendar"},
      {{"holidays", ""}, "FILE", "Dates on which no session begins, CSV or iCalendar"},
      {{"zone", ""}, "NAME", "Time zone, Europe/Berlin, instead of this machine's"},
      {{"open_early", "15m"}, "TIME", "How long before its start a session opens"},
      {{"late_after", "10m"}, "TIME", "How long after the start somebody is in time"},
      {{"direction", "in", {"in", "out"}}, "NAME", "in: who is seen comes, out: goes"},
      {{"punch_interval", "1m"}, "TIME", "Somebody who goes twice within this time went once"},
      {{"chain", "off", {"off", "on"}}, "NAME", "on: chain the rows of a new log with hashes"},
      {{"threads", "0", {}, NumberRange{0, 64, true}}, "N", "Processor threads to use, 0: as many as are good"},
  };
  return settings;
}

}  // namespace

std::vector<SharedSetting> shared_settings(const std::vector<std::string>& keys) {
  std::vector<SharedSetting> mine;
  std::copy_if(all_settings().begin(), all_settings().end(), std::back_inserter(mine),
               [&](const SharedSetting& s) { return std::find(keys.begin(), keys.end(), s.spec.key) != keys.end(); });
  return mine;
}

std::vector<SettingSpec> specs_of(const std::vector<SharedSetting>& settings) {
  std::vector<SettingSpec> specs;
  specs.reserve(settings.size());
  for (const auto& setting : settings) specs.push_back(setting.spec);
  return specs;
}

std::string default_models_folder() {
  std::error_code error;
  const auto exe = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    const auto installed = exe.parent_path().parent_path() / "share" / "faceatt" / "models";
    if (std::filesystem::exists(installed / "models.toml", error)) return installed.string();
  }
  return kSourceModels;
}

}  // namespace faceatt::cli
