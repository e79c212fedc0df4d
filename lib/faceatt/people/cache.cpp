#include "faceatt/people/cache.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <type_traits>

#include "faceatt/core/error.hpp"

namespace faceatt {
namespace {

static_assert(std::endian::native == std::endian::little, "the cache is written in the machine's byte order");

// Layout: magic, fingerprint, u32 dimension, u64 count, entries, SHA-256 (hex) of all before it. Strings have a u32
// length.
constexpr std::string_view kMagic = "faceatt-cache-1\n";
constexpr std::size_t kHashBytes = 64;
constexpr std::uint64_t kMaxCacheBytes = std::uint64_t{4} << 30;

class Writer {
 public:
  template <typename T>
  void number(T value) {
    static_assert(std::is_arithmetic_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    bytes_ += value;
  }
  void floats(const std::vector<float>& values) {
    bytes_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Every read is checked against what is left; after the first failure all reads fail.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  template <typename T>
  T number() {
    T value{};
    const auto raw = take(sizeof value);
    if (ok_) std::memcpy(&value, raw.data(), sizeof value);
    return value;
  }
  std::string text() { return std::string(take(number<std::uint32_t>())); }
  std::vector<float> floats(std::size_t count) {
    const auto raw = take(count * sizeof(float));
    std::vector<float> values(ok_ ? count : 0);
    if (ok_) std::memcpy(values.data(), raw.data(), raw.size());
    return values;
  }
  bool ok() const { return ok_; }
  bool finished() const { return ok_ && bytes_.empty(); }

 private:
  std::string_view take(std::size_t size) {
    ok_ = ok_ && size <= bytes_.size();
    if (!ok_) return {};
    const auto taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace

EncodingCache::EncodingCache(std::filesystem::path file, std::string fingerprint, int dimension)
    : file_(std::move(file)), fingerprint_(std::move(fingerprint)), dimension_(dimension) {}

EncodingCache::State EncodingCache::load() {
  entries_.clear();
  std::error_code ignored;
  if (!std::filesystem::exists(file_, ignored)) return State::kNone;
  std::string bytes;
  try {
    bytes = read_file(file_, kMaxCacheBytes);
  } catch (const Error&) {
    return State::kDamaged;
  }
  if (bytes.size() < kHashBytes || !bytes.starts_with(kMagic)) return State::kDamaged;
  const std::string_view body = std::string_view(bytes).substr(0, bytes.size() - kHashBytes);
  if (sha256_hex(body) != std::string_view(bytes).substr(body.size())) return State::kDamaged;

  Reader in(body.substr(kMagic.size()));
  if (in.text() != fingerprint_ || in.number<std::uint32_t>() != static_cast<std::uint32_t>(dimension_)) {
    return State::kDamaged;
  }
  const auto count = in.number<std::uint64_t>();
  std::unordered_map<std::string, CacheEntry> entries;
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    std::string path = in.text();
    CacheEntry entry;
    entry.stamp.inode = in.number<std::uint64_t>();
    entry.stamp.size = in.number<std::uint64_t>();
    entry.stamp.mtime_ns = in.number<std::int64_t>();
    entry.stamp.ctime_ns = in.number<std::int64_t>();
    entry.read_at_ns = in.number<std::int64_t>();
    entry.sha256 = in.text();
    entry.portrait.problem = in.text();
    entry.portrait.quality = in.number<std::int32_t>();
    if (entry.portrait.usable()) entry.portrait.encoding = in.floats(static_cast<std::size_t>(dimension_));
    entries.emplace(std::move(path), std::move(entry));
  }
  if (!in.finished()) return State::kDamaged;
  entries_ = std::move(entries);
  return State::kGood;
}

void EncodingCache::save() const {
  std::vector<const std::string*> paths;  // sorted, so that the same people give the same bytes
  for (const auto& [path, entry] : entries_) paths.push_back(&path);
  std::sort(paths.begin(), paths.end(), [](const auto* a, const auto* b) { return *a < *b; });

  Writer out;
  out.text(fingerprint_);
  out.number(static_cast<std::uint32_t>(dimension_));
  out.number(static_cast<std::uint64_t>(paths.size()));
  for (const std::string* path : paths) {
    const CacheEntry& entry = entries_.at(*path);
    out.text(*path);
    out.number(entry.stamp.inode);
    out.number(entry.stamp.size);
    out.number(entry.stamp.mtime_ns);
    out.number(entry.stamp.ctime_ns);
    out.number(entry.read_at_ns);
    out.text(entry.sha256);
    out.text(entry.portrait.problem);
    out.number(static_cast<std::int32_t>(entry.portrait.quality));
    if (entry.portrait.usable()) out.floats(entry.portrait.encoding);
  }
  std::string bytes = std::string(kMagic) + out.take();
  bytes += sha256_hex(bytes);
  replace_file(file_, bytes);
}

}  // namespace faceatt
