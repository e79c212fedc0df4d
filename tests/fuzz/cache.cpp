// The cache of encodings, with a SHA-256 that is always right: what is read is written again byte by byte.
#include "faceatt/people/cache.hpp"

#include "faceatt/core/file.hpp"
#include "fuzz.hpp"

using namespace faceatt;
using faceatt::fuzz::require;

FUZZ_TARGET(cache) {
  constexpr std::size_t kDimension = 4;
  std::string bytes(input);
  const Digest digest = sha256(bytes);
  bytes.append(reinterpret_cast<const char*>(digest.data()), digest.size());
  const auto file = fuzz::file_with("encodings.cache", bytes);
  EncodingCache cache(file, "fp", kDimension);
  auto state = EncodingCache::State::kNone;
  if (!fuzz::accepts([&] { state = cache.load(); })) return;  // sealed with a key that is not here
  if (state != EncodingCache::State::kGood) {
    require(cache.entries().empty(), "a damaged cache is empty");
    return;
  }
  for (const CacheEntry& entry : cache.entries()) {
    require(entry.problem.empty() == (entry.encoding.size() == kDimension), "a photo has an encoding, or a problem");
  }
  cache.save(cache.entries());
  require(read_file(file, bytes.size() + 1) == bytes, "a cache that was read is written as it was");
}
