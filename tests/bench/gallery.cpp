// How long a large gallery takes: to start from its cache, and to search. Prints times and their ratio to one pass over
// the same memory, all from one run.
// usage: faceatt-bench-gallery FOLDER [START_PHOTOS [SEARCH_ROWS]]
// FOLDER is made, and filled with START_PHOTOS small files of five to a person; their encodings are random.
#include "faceatt/people/gallery.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <functional>
#include <random>

#include "faceatt/people/match.hpp"
#include "row.hpp"

namespace {

using namespace faceatt;
using faceatt::bench::print_row;
namespace fs = std::filesystem;

constexpr std::size_t kDimension = 128;
constexpr std::size_t kPhotosPerPerson = 5;

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// The fastest of several runs, in milliseconds: the machine is shared.
double best_ms(int runs, const std::function<void()>& work) {
  double best = 1e9;
  for (int i = 0; i < runs; ++i) {
    const double start = seconds();
    work();
    best = std::min(best, seconds() - start);
  }
  return 1000 * best;
}

Encoding random_encoding(std::mt19937& random) {
  std::normal_distribution<float> normal;
  Encoding encoding(kDimension);
  for (float& value : encoding) value = normal(random);
  normalise(encoding);
  return encoding;
}

std::string photo_name(std::size_t i) {
  return fmt::format("person{:06}/photo{}.jpg", i / kPhotosPerPerson, i % kPhotosPerPerson);
}

void make_folder(const fs::path& folder, std::size_t photos) {
  for (std::size_t i = 0; i < photos; ++i) {
    const fs::path path = folder / photo_name(i);
    if (i % kPhotosPerPerson == 0) fs::create_directories(path.parent_path());
    std::ofstream(path) << i;
  }
}

GalleryOptions options(const fs::path& folder, const Seal& seal) {
  GalleryOptions options;
  options.folder = folder;
  options.fingerprint = "bench";
  options.cache_name = "bench.cache";
  options.dimension = kDimension;
  options.seal = seal;
  return options;
}

Gallery load(const fs::path& folder, const Seal& seal = {}) {
  std::vector<std::string> warnings;
  return Gallery::load(
      options(folder, seal),
      [] {
        return [](const fs::path&, const std::string& bytes) {
          const std::size_t number = std::stoul(bytes);
          std::mt19937 random(static_cast<unsigned>(number));
          Portrait portrait;
          portrait.encoding = random_encoding(random);
          portrait.quality = 80;
          return portrait;
        };
      },
      warnings);
}

// Sums the bytes of the matrix as 64-bit numbers: the least a search could do. Two accumulators keep the adder from
// being the limit.
std::uint64_t memory_pass(const EncodingMatrix& matrix) {
  const auto* at = reinterpret_cast<const std::uint64_t*>(matrix.row(0).data());
  const std::size_t count = matrix.rows() * matrix.dimension() / 4;
  std::uint64_t a = 0, b = 0, c = 0, d = 0;
  for (std::size_t i = 0; i + 4 <= count; i += 4) {
    a += at[i];
    b += at[i + 1];
    c += at[i + 2];
    d += at[i + 3];
  }
  return a + b + c + d;
}

void bench_start(const fs::path& folder, std::size_t photos) {
  make_folder(folder, photos);
  ::sleep(2);  // photos younger than a second are read again
  const double cold = best_ms(1, [&] { load(folder); });
  double lookups = 0;
  Gallery gallery;
  const double warm = best_ms(5, [&] { gallery = load(folder); });
  print_row(fmt::format("start with {} cached encodings, five for each person", photos), fmt::format("{:.0f} ms", warm),
            fmt::format("without a cache, encoding not counted: {:.0f} ms", cold));
  make_key_file(folder / ".key");
  const Seal seal(folder / ".key");
  load(folder, seal);
  const double sealed = best_ms(5, [&] { gallery = load(folder, seal); });
  print_row("the same, encrypted", fmt::format("{:.0f} ms", sealed));
  std::mt19937 random(7);
  const Encoding probe = random_encoding(random);
  const double search = best_ms(20, [&] { lookups += static_cast<double>(gallery.nearest({&probe, 1}, 2).size()); });
  print_row(fmt::format("one face among {} encodings", photos), fmt::format("{:.2f} ms", search));
}

void bench_search(std::size_t rows) {
  std::mt19937 random(1);
  Gallery gallery;
  NewPhoto photo;
  photo.portrait.encoding = random_encoding(random);
  const std::vector<Encoding> pool = [&] {
    std::vector<Encoding> made;
    for (int i = 0; i < 1000; ++i) made.push_back(random_encoding(random));
    return made;
  }();
  for (std::size_t i = 0; i < rows; ++i) {
    photo.portrait.encoding = pool[i % pool.size()];
    photo.portrait.encoding[i % kDimension] += 0.1F;
    gallery.add("one", "One", photo);
  }
  std::vector<Encoding> probes;
  for (int i = 0; i < 8; ++i) probes.push_back(random_encoding(random));
  double sink = 0, pass = 1e9, one = 1e9, eight = 1e9;
  for (int round = 0; round < 10; ++round) {  // taken in turns, so that all three see the same neighbours
    pass = std::min(pass, best_ms(1, [&] { sink += static_cast<double>(memory_pass(gallery.encodings())); }));
    one = std::min(one, best_ms(1, [&] { sink += gallery.nearest({probes.data(), 1}, 2)[0].expected[0].score; }));
    eight = std::min(eight, best_ms(1, [&] { sink += gallery.nearest(probes, 2)[0].expected[0].score; }));
  }
  print_row(fmt::format("one face among {} encodings", rows), fmt::format("{:.1f} ms", one),
            fmt::format("one pass over the same memory: {:.1f} ms", pass), fmt::format("{:.2f}", pass / one));
  print_row(fmt::format("eight faces of a photo among {} encodings", rows), fmt::format("{:.0f} ms", eight),
            fmt::format("one by one: {:.0f} ms", 8 * one), fmt::format("{:.2f}", 8 * one / eight));
  if (sink == 0.125) fmt::print("\n");  // keeps the work from being left out
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: faceatt-bench-gallery FOLDER [START_PHOTOS [SEARCH_ROWS]]\n");
    return 2;
  }
  bench_start(argv[1], argc > 2 ? std::stoul(argv[2]) : 100'000);
  bench_search(argc > 3 ? std::stoul(argv[3]) : 1'000'000);
}
