// What people write on a command line: stores, sources, times, ids, names of logs.
#include "faceatt/attendance/log_pattern.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/core/time.hpp"
#include "faceatt/store/url.hpp"
#include "faceatt/vision/source_spec.hpp"
#include "fuzz.hpp"

using namespace faceatt;
using faceatt::fuzz::require;

namespace {

void check_store(const std::string& text) {
  const std::string shown = without_store_password(text);
  require(without_store_password(shown) == shown, "what is shown has no password");
  StoreUrl url;
  if (!fuzz::accepts([&] { url = parse_store_url(text); })) return;
  const StoreUrl again = parse_store_url(url.text()), open = parse_store_url(shown);
  require(again.text() == url.text() && again.hosts.size() == url.hosts.size(), "a store's text is its URL");
  require(again.password.empty() && again.user.empty() && open.password.empty() && open.user.empty(), "no password");
}

void check_source(const std::string& text) {
  const std::string shown = without_password(text);
  require(without_password(shown) == shown, "what is shown of a source has no password");
  std::string hidden = text.substr(0, text.find('\0'));
  hide_password(hidden.data());
  fuzz::accepts([&] { require(!parse_source_spec(text).name.empty(), "a source has a name"); });
}

void check_times(const std::string& text) {
  if (const auto time = try_parse_time(text)) {
    const LocalTime again = parse_time(time->iso8601());
    require(again.unix_seconds == time->unix_seconds, "a time that was written is read as it was");
  }
  fuzz::accepts([&] { require(parse_duration(text).count() > 0, "a duration is some time"); });
  fuzz::accepts([&] { require(parse_grace(text).count() >= 0, "so is a grace"); });
  const LocalTime now{1'795'311'050, 3600, true};
  fuzz::accepts([&] { require(parse_until(text, now).unix_seconds > now.unix_seconds, "an end is to come"); });
  parse_exif_time(text, "+01:00");
  parse_exif_time("2026:11:21 08:59:58", text);
}

void check_text(const std::string& text) {
  const std::string shown = printable(text);
  require(is_utf8(shown) && printable(shown) == shown && to_nfc(to_nfc(text)) == to_nfc(text), "text is normal");
  require(display_width(shorten(shown, 10)) <= 10, "what is shortened is short");
  if (!id_problem(text)) require(printable(text) == to_nfc(text) && !looks_like_formula(text), "an id can be shown");
}

}  // namespace

FUZZ_TARGET(arguments) {
  const std::string text(input);
  check_times(text);
  check_text(text);
  fuzz::accepts([&] { LogPattern(text).file_of("2026-11-20"); });
  if (text.find('@') == 0 || text.find("=@") != text.npos || text.find("env:") != text.npos) return;  // other files
  check_store(text);
  check_source(text);
}
