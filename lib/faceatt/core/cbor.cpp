#include "faceatt/core/cbor.hpp"

#include <limits>

#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

enum Major : unsigned { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kTag, kSimple };

[[noreturn]] void refuse(const char* what) { throw Error(ErrorCode::kInput, what); }

}  // namespace

void CborWriter::head(unsigned major, std::uint64_t argument) {
  const auto first = [&](unsigned low) { out_ += static_cast<char>(major << 5U | low); };
  int bytes = 0;
  if (argument < 24) {
    first(static_cast<unsigned>(argument));
  } else if (argument <= 0xFF) {
    first(24);
    bytes = 1;
  } else if (argument <= 0xFFFF) {
    first(25);
    bytes = 2;
  } else if (argument <= 0xFFFFFFFF) {
    first(26);
    bytes = 4;
  } else {
    first(27);
    bytes = 8;
  }
  for (int i = bytes - 1; i >= 0; --i) out_ += static_cast<char>(argument >> (8U * static_cast<unsigned>(i)) & 0xFFU);
}

void CborWriter::number(std::int64_t value) {
  value < 0 ? head(kNegative, static_cast<std::uint64_t>(-(value + 1)))
            : head(kUnsigned, static_cast<std::uint64_t>(value));
}

void CborWriter::bytes(std::string_view value) {
  head(kBytes, value.size());
  out_ += value;
}

void CborWriter::text(std::string_view value) {
  head(kText, value.size());
  out_ += value;
}

void CborWriter::array(std::size_t items) { head(kArray, items); }
void CborWriter::map(std::size_t pairs) { head(kMap, pairs); }
void CborWriter::raw(std::string_view encoded) { out_ += encoded; }

std::pair<unsigned, std::uint64_t> CborReader::any_head() {
  if (rest_.empty()) refuse("is cut short");
  const auto first = static_cast<unsigned char>(rest_.front());
  rest_.remove_prefix(1);
  const unsigned low = first & 0x1FU;
  if (low < 24) return {first >> 5U, low};
  if (low > 27) refuse("is of no known size");
  std::uint64_t argument = 0;
  for (const char c : take(std::uint64_t{1} << (low - 24U))) argument = argument << 8U | static_cast<unsigned char>(c);
  return {first >> 5U, argument};
}

std::uint64_t CborReader::head(unsigned major) {
  const auto [found, argument] = any_head();
  if (found != major) refuse("has something else than it should");
  return argument;
}

std::string_view CborReader::take(std::uint64_t size) {
  if (size > rest_.size()) refuse("is cut short");
  const auto taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

std::size_t CborReader::count(std::uint64_t items, std::size_t bytes_each) const {
  if (items > rest_.size() / bytes_each) refuse("is cut short");
  return items;
}

std::int64_t CborReader::number() {
  const auto [major, argument] = any_head();
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (major > kNegative || argument > kMost) refuse("has something else than it should");
  const auto value = static_cast<std::int64_t>(argument);
  return major == kNegative ? -1 - value : value;
}

std::string_view CborReader::bytes() { return take(head(kBytes)); }

std::string_view CborReader::text() {
  const auto value = take(head(kText));
  if (!is_utf8(value)) refuse("has a text that is not UTF-8");
  return value;
}

std::size_t CborReader::array() { return count(head(kArray), 1); }
std::size_t CborReader::map() { return count(head(kMap), 2); }

void CborReader::skip() {
  // No call of itself: however deep what somebody sent is.
  for (std::uint64_t items = 1; items > 0; --items) {
    const auto [major, argument] = any_head();
    if (major == kBytes || major == kText) take(argument);
    if (major == kArray) items += count(argument, 1);
    if (major == kMap) items += 2 * count(argument, 2);
    if (major == kTag) ++items;
  }
}

}  // namespace faceatt
