// CBOR (RFC 8949), as much of it as records want: whole numbers, bytes, texts, arrays and maps of known size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace faceatt {

class CborWriter {
 public:
  void number(std::int64_t value);
  void bytes(std::string_view value);
  void text(std::string_view value);   // UTF-8
  void array(std::size_t items);       // that many items follow
  void map(std::size_t pairs);         // that many keys, each with its value, follow
  void raw(std::string_view encoded);  // something that is CBOR already
  std::string take() { return std::move(out_); }

 private:
  void head(unsigned major, std::uint64_t argument);

  std::string out_;
};

// Reads items one after another. Each throws Error(kInput) when there is something else, or less than there should be:
// bytes that somebody sent can be anything. Counts are never more than what is left could hold.
class CborReader {
 public:
  explicit CborReader(std::string_view encoded) : all_(encoded), rest_(encoded) {}

  std::int64_t number();
  std::string_view bytes();  // of what was given
  std::string_view text();   // likewise, and UTF-8
  std::size_t array();
  std::size_t map();
  void skip();  // one item, whatever it is, with all that is in it
  bool at_end() const { return rest_.empty(); }
  std::size_t offset() const { return all_.size() - rest_.size(); }

 private:
  std::uint64_t head(unsigned major);
  std::pair<unsigned, std::uint64_t> any_head();
  std::string_view take(std::uint64_t size);
  std::size_t count(std::uint64_t items, std::size_t bytes_each) const;

  std::string_view all_, rest_;
};

}  // namespace faceatt
