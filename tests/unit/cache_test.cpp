#include "faceatt/people/cache.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <random>

#include "helpers.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

using State = EncodingCache::State;

constexpr std::array<std::uint16_t, 3> kNumbers = {0x3A66, 0x0000, 0xB800};
constexpr std::string_view kOdd = "s1/Jos\u00E9, \"x\"\n.jpg";

CacheEntry good_entry() {
  CacheEntry entry;
  entry.path = "Ana.jpg";
  entry.stamp = {1, 2, 3, -4};
  entry.read_at_ns = 5;
  entry.sha256 = sha256("photo");
  entry.encoding = kNumbers;
  entry.quality = 77;
  return entry;
}

void fill(const std::filesystem::path& file) {
  CacheEntry bad;
  bad.path = kOdd;
  bad.sha256 = sha256("other");
  bad.problem = "no face found";
  EncodingCache(file, "model 1", 3).save({good_entry(), bad});
}

State load(const std::filesystem::path& file, std::string_view bytes) {
  write(file, bytes);
  EncodingCache cache(file, "model 1", 3);
  const State state = cache.load();
  if (state != State::kGood) CHECK(cache.entries().empty());
  return state;
}

// The same bytes with the hash that belongs to them.
std::string rehashed(std::string bytes) {
  bytes.resize(bytes.size() - 32);
  const Digest digest = sha256(bytes);
  return bytes.append(digest.begin(), digest.end());
}

}  // namespace

TEST_CASE("cache round trip") {
  const TempFolder folder;
  const auto file = folder / "cache";
  CHECK(EncodingCache(file, "model 1", 3).load() == State::kNone);
  fill(file);
  CHECK(mode_of(file) == 0600);

  EncodingCache cache(file, "model 1", 3);
  REQUIRE(cache.load() == State::kGood);
  REQUIRE(cache.entries().size() == 2);
  const CacheEntry& ana = cache.entries()[0];
  CHECK(ana.path == "Ana.jpg");
  CHECK(ana.stamp == good_entry().stamp);
  CHECK(ana.read_at_ns == 5);
  CHECK(ana.sha256 == good_entry().sha256);
  CHECK(ana.problem.empty());
  CHECK(std::equal(ana.encoding.begin(), ana.encoding.end(), kNumbers.begin(), kNumbers.end()));
  CHECK(ana.quality == 77);
  const CacheEntry& bad = cache.entries()[1];
  CHECK(bad.path == kOdd);
  CHECK(bad.problem == "no face found");
  CHECK(bad.encoding.empty());

  const std::string bytes = slurp(file);
  cache.save(cache.entries());
  CHECK(slurp(file) == bytes);  // the same people give the same bytes
}

TEST_CASE("cache of another model or dimension is not read") {
  const TempFolder folder;
  const auto file = folder / "cache";
  fill(file);
  EncodingCache other(file, "model 2", 3);
  CHECK(other.load() != State::kGood);
  CHECK(other.entries().empty());
  EncodingCache wider(file, "model 1", 4);
  CHECK(wider.load() != State::kGood);
  CHECK(wider.entries().empty());
}

TEST_CASE("cache cut short at any length is damaged") {
  const TempFolder folder;
  const auto file = folder / "cache";
  fill(file);
  const std::string bytes = slurp(file);
  REQUIRE(load(file, bytes) == State::kGood);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    INFO(size);
    REQUIRE(load(file, std::string_view(bytes).substr(0, size)) == State::kDamaged);
  }
  CHECK(load(file, bytes + '\n') == State::kDamaged);
  CHECK(load(file, bytes + bytes) == State::kDamaged);
}

TEST_CASE("cache with any byte changed is damaged") {
  const TempFolder folder;
  const auto file = folder / "cache";
  fill(file);
  const std::string bytes = slurp(file);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int flip : {0x01, 0x20, 0x80, 0xFF}) {
      std::string other = bytes;
      other[at] = static_cast<char>(other[at] ^ flip);
      INFO("byte " << at << " flip " << flip);
      REQUIRE(load(file, other) == State::kDamaged);
    }
  }
}

TEST_CASE("cache with lengths that lie and the right hash is damaged and takes no memory") {
  const TempFolder folder;
  const auto file = folder / "cache";
  fill(file);
  const std::string bytes = slurp(file);
  REQUIRE(load(file, rehashed(bytes)) == State::kGood);
  // Whatever four bytes are a length or a count, these make it a lie; elsewhere they change a value only.
  const std::size_t body = bytes.size() - 32;
  for (std::size_t at = 16; at + 4 <= body; ++at) {
    for (const std::uint32_t lie : {0xFFFFFFFFU, 0x7FFFFFFFU, 0x10000U}) {
      std::string other = bytes;
      std::memcpy(other.data() + at, &lie, sizeof lie);
      INFO("at " << at);
      const State state = load(file, rehashed(other));
      CHECK((state == State::kGood || state == State::kDamaged));
    }
  }
  const auto lie_at = [&](std::size_t at, std::uint32_t value) {
    std::string other = bytes;
    std::memcpy(other.data() + at, &value, sizeof value);
    return load(file, rehashed(other));
  };
  const std::size_t fingerprint = 16, dimension = fingerprint + 4 + 7, count = dimension + 4, path = count + 8;
  CHECK(lie_at(fingerprint, 0xFFFFFFFF) == State::kDamaged);
  CHECK(lie_at(dimension, 0xFFFFFFFF) == State::kDamaged);
  CHECK(lie_at(count, 1) == State::kDamaged);  // bytes left over
  CHECK(lie_at(count, 3) == State::kDamaged);  // one entry missing
  CHECK(lie_at(count, 0xFFFFFFFF) == State::kDamaged);
  CHECK(lie_at(count + 4, 0xFFFFFFFF) == State::kDamaged);
  CHECK(lie_at(path, 0xFFFFFFFF) == State::kDamaged);
  CHECK(lie_at(path, 6) == State::kDamaged);
  for (std::size_t size = 0; size < body; size += 3) {  // cut inside an entry
    INFO(size);
    CHECK(load(file, rehashed(bytes.substr(0, size) + std::string(32, 'x'))) == State::kDamaged);
  }
}

// Flips, cuts, doubles, swaps and overwrites parts of it.
std::string mutated(std::string bytes, std::mt19937& random) {
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  for (auto changes = 1 + below(3); changes > 0 && !bytes.empty(); --changes) {
    const std::size_t at = below(bytes.size()), size = 1 + below(std::min<std::size_t>(64, bytes.size() - at));
    switch (below(6)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        break;
      case 1:
        bytes.resize(at);
        break;
      case 2:
        bytes.insert(at, bytes.substr(at, size));
        break;
      case 3:
        bytes.erase(at, size);
        break;
      case 4:
        std::swap_ranges(bytes.begin(), bytes.begin() + static_cast<long>(std::min(size, at)),
                         bytes.begin() + static_cast<long>(at));
        break;
      default:
        for (std::size_t i = 0; i < size; ++i) bytes[at + i] = static_cast<char>(below(256));
    }
  }
  return bytes;
}

TEST_CASE("cache of 10,000 mutations: the right encodings or none") {
  const TempFolder folder;
  const auto file = folder / "cache";
  std::vector<std::string> paths;
  std::vector<std::array<std::uint16_t, 3>> numbers;
  for (unsigned i = 0; i < 40; ++i) {
    paths.push_back("person" + std::to_string(100 + i) + "/a.jpg");
    numbers.push_back({static_cast<std::uint16_t>(0x3000 + i), 0x3800, 0xB000});
  }
  std::vector<CacheEntry> entries;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    CacheEntry entry = good_entry();
    entry.path = paths[i];
    entry.encoding = numbers[i];
    entries.push_back(entry);
  }
  EncodingCache(file, "model 1", 3).save(entries);
  const std::string bytes = slurp(file);
  std::mt19937 random(2026);
  int good = 0;
  for (int round = 0; round < 10'000; ++round) {
    const std::string other = mutated(bytes, random);
    write(file, other);
    EncodingCache cache(file, "model 1", 3);
    const State state = cache.load();
    good += state == State::kGood;
    if ((state == State::kGood) != (other == bytes)) FAIL("round " << round);
    if (state != State::kGood && !cache.entries().empty()) FAIL("round " << round);
    // The same with a hash that fits: whatever it says now, reading it takes no harm.
    if (other.size() > 64 && round % 4 == 0) load(file, rehashed(other));
  }
  CHECK(good < 1000);  // a few mutations change nothing
}

TEST_CASE("cache whose paths are out of order or doubled is damaged") {
  const TempFolder folder;
  const auto file = folder / "cache";
  CacheEntry second = good_entry();
  second.path = "Bob.jpg";
  EncodingCache cache(file, "model 1", 3);
  cache.save({good_entry(), second});
  CHECK(cache.load() == State::kGood);
  cache.save({second, good_entry()});
  CHECK(EncodingCache(file, "model 1", 3).load() == State::kDamaged);
  cache.save({good_entry(), good_entry()});
  CHECK(EncodingCache(file, "model 1", 3).load() == State::kDamaged);
}

TEST_CASE("cache that is no file is damaged or none, and nothing hangs") {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "cache");
  EncodingCache cache(folder / "cache", "model 1", 3);
  CHECK(cache.load() == State::kDamaged);
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  ::alarm(20);
  CHECK(EncodingCache(folder / "fifo", "model 1", 3).load() == State::kDamaged);
  ::alarm(0);
}
