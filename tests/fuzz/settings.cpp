// faceatt.toml: what --print-config shows is a file that says the same, and --calibrate --write sets what it should.
#include "faceatt/core/settings.hpp"

#include "faceatt/core/text.hpp"
#include "fuzz.hpp"

using namespace faceatt;
using faceatt::fuzz::require;

namespace {

std::vector<SettingSpec> specs() {
  std::vector<SettingSpec> all = {{"db", (fuzz::scratch() / "settings").string()}};
  for (const std::string& key : known_setting_keys()) all.push_back({key, ""});
  for (SettingSpec& spec : all) {
    if (spec.key == "level") spec = {"level", "normal", {"strict", "normal", "loose"}};
    if (spec.key == "keep_days") spec = {"keep_days", "30", {}, NumberRange{0, 36500, true}};
  }
  return all;
}

Settings read(std::string_view text) {
  std::filesystem::create_directory(fuzz::scratch() / "settings");
  fuzz::file_with("settings/faceatt.toml", text);
  Settings settings(specs());
  settings.resolve([](const char*) -> const char* { return nullptr; });
  return settings;
}

void check_same(const Settings& a, const Settings& b, const std::string& but = {}) {
  for (const std::string& key : known_setting_keys()) {
    require(key == but || to_nfc(a.text(key)) == to_nfc(b.text(key)), key + " is the same");
  }
}

}  // namespace

FUZZ_TARGET(settings) {
  Settings settings(specs());
  if (!fuzz::accepts([&] { settings = read(input); })) return;
  std::string shown = settings.describe();
  shown.erase(0, shown.find('\n') + 1);  // db
  check_same(read(shown), settings);
  const Settings strict = read(with_setting(std::string(input), "level", "\"strict\""));
  require(strict.text("level") == "strict", "a setting that was written is set");
  check_same(strict, settings, "level");
  const Settings back = read(with_setting(std::string(input), "level", ""));
  require(back.text("level") == "normal", "a setting that was taken out is the built-in one");
  check_same(back, settings, "level");
}
