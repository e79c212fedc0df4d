// Settings and where each came from: flag > FACEATT_* environment > faceatt.toml in the people folder > built-in.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace faceatt {

struct NumberRange {
  double low = 0, high = 0;  // both included
  bool whole = false;        // no fractions
};

struct SettingSpec {
  std::string key;                        // as in faceatt.toml; the variable is FACEATT_KEY, the flag flag_of(key)
  std::string built_in;                   // value when nothing else says one
  std::vector<std::string> choices = {};  // when not empty, the values allowed
  std::optional<NumberRange> range = {};  // when set, the numbers allowed
  // How describe() shows a value that may have a password in it; null: as it is.
  std::string (*shown)(const std::string& value) = nullptr;
};

// "--keep-days" of keep_days.
std::string flag_of(const std::string& key);

class Settings {
 public:
  struct Value {
    std::string text;
    std::string origin;  // "--db", "FACEATT_DB", "people/faceatt.toml:3" or "built-in"
  };
  using Environment = std::function<const char*(const char*)>;  // getenv, or a test's own

  explicit Settings(std::vector<SettingSpec> specs);

  void set_flag(const std::string& key, std::string value);
  // Fills what no flag has set. The file is faceatt.toml in the folder that the setting `db` names, when there is one;
  // keys in it that no tool knows are an error, keys of other tools are not. Throws UsageError with file and line.
  void resolve(const Environment& environment);
  // resolve() anew, for a program that can take up the keys in `live` while it runs: they have their new values, flags
  // stay as they were set. The keys that say something else now; those not in `live` keep their value all the same, and
  // are named again the next time. When it throws, nothing changed.
  std::vector<std::string> reload(const Environment& environment, const std::vector<std::string>& live);

  bool has(const std::string& key) const;  // whether there is such a setting
  const std::string& text(const std::string& key) const;
  // A finite number within [low, high]; empty when the setting is empty. Throws UsageError that names the origin.
  std::optional<double> number(const std::string& key, double low, double high) const;
  // Of a setting with a range.
  double number(const std::string& key) const;
  bool flag_given(const std::string& key) const;
  const std::string& origin(const std::string& key) const;  // "--db", see Value
  // `key = "value"  # origin`, one line each.
  std::string describe() const;

 private:
  struct Entry {
    SettingSpec spec;
    Value value;
    bool set = false;
  };
  Entry& entry(const std::string& key);
  const Entry& entry(const std::string& key) const;
  void assign(Entry& entry, std::string value, std::string origin);
  void read_file(const std::filesystem::path& path);

  std::vector<Entry> entries_;
};

// The text of a faceatt.toml in which `key` has the value `literal`, as TOML writes it, or, where
// that is empty, is a comment. Everything else
// stays as it is, byte for byte; a key that was not there comes last. Throws UsageError when the text is not TOML.
std::string with_setting(const std::string& toml, const std::string& key, const std::string& literal);

// Every key that some tool accepts in faceatt.toml.
const std::vector<std::string>& known_setting_keys();

}  // namespace faceatt
