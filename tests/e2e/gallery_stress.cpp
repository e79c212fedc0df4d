// Several processes change a people folder and load it, all at once: no load may fail, and no encoding may stand under
// the bytes of another photo. A photo here is a text of fixed length with the numbers of its encoding.
// usage: faceatt-gallery-stress FOLDER SECONDS
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "faceatt/core/error.hpp"
#include "faceatt/people/gallery.hpp"

namespace {

using namespace faceatt;
namespace fs = std::filesystem;

constexpr int kChangers = 2, kLoaders = 2;
constexpr int kContents = 60, kPeople = 12;

std::string content(int number) {
  return fmt::format("{:02} {:02} {:02}\n", 1 + number % 7, 1 + number % 11, 1 + number % 13);
}

Encoding encoding_of(const std::string& bytes) {
  std::istringstream in(bytes);
  Encoding encoding;
  for (float value = 0; in >> value;) encoding.push_back(value);
  normalise(encoding);
  return encoding;
}

Gallery load(const fs::path& folder, std::vector<std::string>& warnings) {
  GalleryOptions options;
  options.folder = folder;
  options.fingerprint = "stress";
  options.cache_name = "stress.cache";
  options.dimension = 3;
  options.threads = 2;
  const auto reader = [](const fs::path&, const std::string& bytes) {
    Portrait portrait;
    portrait.encoding = encoding_of(bytes);
    if (portrait.encoding.size() == 3 && bytes.ends_with('\n')) return portrait;
    portrait.problem = "half written";
    portrait.encoding.clear();
    return portrait;
  };
  return Gallery::load(
      options, [&] { return reader; }, warnings);
}

// How many encodings are not those of the bytes that they are said to be of.
int wrong_encodings(const Gallery& gallery) {
  static const std::map<Digest, Encoding> truth = [] {
    std::map<Digest, Encoding> all;
    for (int i = 0; i < kContents; ++i) all[sha256(content(i))] = encoding_of(content(i));
    return all;
  }();
  int wrong = 0;
  for (const Person& person : gallery.people()) {
    for (const auto& photo : person.photos) {
      if (!photo.usable()) continue;
      const auto known = truth.find(photo.sha256);
      const Encoding encoding = gallery.encoding(photo);
      bool same = known != truth.end();
      for (std::size_t i = 0; same && i < 3; ++i) same = std::abs(encoding[i] - known->second[i]) < 0.001F;
      wrong += !same;
    }
  }
  return wrong;
}

bool time_left(double until) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count() < until;
}

// Photos come, go, swap names, are replaced as a whole or written over in place.
void change(const fs::path& folder, unsigned seed, double until) {
  std::mt19937 random(seed);
  const auto below = [&](int n) { return std::uniform_int_distribution(0, n - 1)(random); };
  const auto any = [&] { return folder / fmt::format("person{}", below(kPeople)) / fmt::format("{}.jpg", below(3)); };
  while (time_left(until)) {
    std::error_code ignored;
    const fs::path photo = any();
    switch (below(5)) {
      case 0:
        fs::remove(photo, ignored);
        break;
      case 1:
        fs::rename(photo, any(), ignored);
        break;
      case 2:
        fs::remove_all(photo.parent_path(), ignored);
        break;
      case 3:
        fs::create_directories(photo.parent_path(), ignored);
        std::ofstream(photo) << content(below(kContents));
        break;
      default:
        const fs::path next = folder / fmt::format(".new-{}", ::getpid());
        std::ofstream(next) << content(below(kContents));
        fs::create_directories(photo.parent_path(), ignored);
        fs::rename(next, photo, ignored);
    }
    if (below(20) == 0) ::usleep(2000);
  }
}

int keep_loading(const fs::path& folder, double until) {
  int loads = 0, wrong = 0;
  while (time_left(until)) {
    std::vector<std::string> warnings;
    wrong += wrong_encodings(load(folder, warnings));
    for (const auto& warning : warnings) {
      if (warning.find("damaged, or made") == std::string::npos) continue;
      ++wrong;
      fmt::print(stderr, "{}\n", warning);
    }
    ++loads;
  }
  if (wrong > 0 || loads < 10) fmt::print(stderr, "{} wrong in {} loads\n", wrong, loads);
  return wrong > 0 || loads < 10 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) return 2;
  const fs::path folder = argv[1];
  fs::create_directories(folder);
  const double until =
      std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count() + std::stod(argv[2]);
  for (int i = 0; i < kChangers + kLoaders; ++i) {
    if (::fork() != 0) continue;
    if (i >= kChangers) ::_exit(keep_loading(folder, until));
    change(folder, static_cast<unsigned>(i), until);
    ::_exit(0);
  }
  int failed = 0, status = 0;
  while (::wait(&status) > 0) failed += !WIFEXITED(status) || WEXITSTATUS(status) != 0;

  // What the cache remembers now is what reading everything anew gives.
  std::vector<std::string> warnings;
  const Gallery cached = load(folder, warnings);
  fs::remove_all(folder / ".faceatt");
  const Gallery anew = load(folder, warnings);
  failed += wrong_encodings(cached) + wrong_encodings(anew);
  failed += cached.people().size() != anew.people().size() || cached.encodings().rows() != anew.encodings().rows();
  for (std::size_t i = 0; failed == 0 && i < anew.encodings().rows(); ++i) {
    const auto a = anew.encodings().row(i), b = cached.encodings().row(i);
    failed += !std::equal(a.begin(), a.end(), b.begin());
  }
  fmt::print("{} passed, {} failed\n", failed == 0 ? 1 : 0, failed);
  return failed == 0 ? 0 : 1;
} catch (const std::exception& e) {
  fmt::print(stderr, "{}\n", e.what());
  return 1;
}
