#include "faceatt/people/cache.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <tuple>
#include <type_traits>

#include "faceatt/core/error.hpp"

namespace faceatt {
namespace {

static_assert(std::endian::native == std::endian::little, "the cache is written in the machine's byte order");

// Layout: magic, fingerprint, u32 dimension, u64 count, entries in the order of their paths, SHA-256 of all before it.
// Texts have a u32 length.
constexpr std::string_view kMagic = "faceatt-cache-2\n";
constexpr std::size_t kHashBytes = std::tuple_size_v<Digest>;
constexpr std::size_t kLeastEntryBytes =
    2 * sizeof(std::uint32_t) + 5 * sizeof(std::uint64_t) + kHashBytes + sizeof(std::int32_t);
constexpr std::uint64_t kMaxCacheBytes = std::uint64_t{16} << 30;

class Writer {
 public:
  explicit Writer(std::string bytes) : bytes_(std::move(bytes)) {}
  template <typename T>
  void number(T value) {
    static_assert(std::is_arithmetic_v<T>);
    raw(&value, sizeof value);
  }
  void text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    bytes_ += value;
  }
  void raw(const void* data, std::size_t size) { bytes_.append(static_cast<const char*>(data), size); }
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
    raw(&value, sizeof value);
    return value;
  }
  std::string_view text() { return take(number<std::uint32_t>()); }
  void raw(void* data, std::size_t size) {
    const auto taken = take(size);
    if (ok_) std::memcpy(data, taken.data(), size);
  }
  bool ok() const { return ok_; }
  bool finished() const { return ok_ && bytes_.empty(); }
  std::size_t left() const { return bytes_.size(); }

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

std::string_view view_of(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

}  // namespace

EncodingCache::EncodingCache(std::filesystem::path file, std::string fingerprint, std::size_t dimension, Seal seal)
    : file_(std::move(file)), fingerprint_(std::move(fingerprint)), dimension_(dimension), seal_(std::move(seal)) {}

EncodingCache::State EncodingCache::load() {
  entries_.clear();
  encodings_.clear();
  is_to_seal_ = false;
  std::error_code ignored;
  if (!std::filesystem::exists(file_, ignored)) return State::kNone;
  std::string_view whole;
  try {
    bytes_ = read_file(file_, kMaxCacheBytes);
    is_to_seal_ = seal_.has_key() && !is_sealed(bytes_);
    whole = seal_.open(SealedKind::kCache, bytes_, file_);
  } catch (const Error& e) {
    if (e.code() == ErrorCode::kCannotRun) throw;
    return State::kDamaged;
  }
  if (whole.size() < kMagic.size() + kHashBytes || !whole.starts_with(kMagic)) return State::kDamaged;
  const std::string_view body = whole.substr(0, whole.size() - kHashBytes);
  // What was sealed has been authenticated already.
  const bool is_plain = whole.data() == bytes_.data();
  if (is_plain && view_of(sha256(body)) != whole.substr(body.size())) return State::kDamaged;

  Reader in(body.substr(kMagic.size()));
  if (in.text() != fingerprint_ || in.number<std::uint32_t>() != dimension_) return State::kDamaged;
  const auto count = in.number<std::uint64_t>();
  if (count > in.left() / kLeastEntryBytes) return State::kDamaged;
  std::vector<CacheEntry> entries;
  entries.reserve(count);
  std::vector<std::uint16_t> encodings(std::min<std::uint64_t>(count * dimension_, in.left() / sizeof(std::uint16_t)));
  std::size_t used = 0;
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    CacheEntry entry;
    entry.path = in.text();
    entry.stamp.inode = in.number<std::uint64_t>();
    entry.stamp.size = in.number<std::uint64_t>();
    entry.stamp.mtime_ns = in.number<std::int64_t>();
    entry.stamp.ctime_ns = in.number<std::int64_t>();
    entry.read_at_ns = in.number<std::int64_t>();
    in.raw(entry.sha256.data(), entry.sha256.size());
    entry.problem = in.text();
    entry.quality = in.number<std::int32_t>();
    if (in.ok() && entry.problem.empty()) {
      if (encodings.size() - used < dimension_) return State::kDamaged;
      in.raw(&encodings[used], dimension_ * sizeof(std::uint16_t));
      entry.encoding = {&encodings[used], dimension_};
      used += dimension_;
    }
    if (!entries.empty() && entries.back().path >= entry.path) return State::kDamaged;
    entries.push_back(entry);
  }
  if (!in.finished()) return State::kDamaged;
  entries_ = std::move(entries);
  encodings_ = std::move(encodings);  // where the entries look at stays where it is
  return State::kGood;
}

void EncodingCache::save(const std::vector<CacheEntry>& entries) const {
  Writer out{std::string(kMagic)};
  out.text(fingerprint_);
  out.number(static_cast<std::uint32_t>(dimension_));
  out.number(static_cast<std::uint64_t>(entries.size()));
  for (const CacheEntry& entry : entries) {
    out.text(entry.path);
    out.number(entry.stamp.inode);
    out.number(entry.stamp.size);
    out.number(entry.stamp.mtime_ns);
    out.number(entry.stamp.ctime_ns);
    out.number(entry.read_at_ns);
    out.raw(entry.sha256.data(), entry.sha256.size());
    out.text(entry.problem);
    out.number(static_cast<std::int32_t>(entry.quality));
    if (entry.problem.empty()) out.raw(entry.encoding.data(), entry.encoding.size_bytes());
  }
  std::string bytes = out.take();
  bytes += view_of(sha256(bytes));
  replace_file(file_, seal_.close(SealedKind::kCache, std::move(bytes)));
}

}  // namespace faceatt
