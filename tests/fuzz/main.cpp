// Runs fuzz targets: the one that is linked, for libFuzzer (FACEATT_LIBFUZZER), or all of them over their corpora.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <vector>

#include "fuzz.hpp"

namespace faceatt::fuzz {
namespace {

constexpr std::size_t kLongestMessage = 4096;  // bytes

std::map<std::string, Target>& targets() {
  static std::map<std::string, Target> all;
  return all;
}

// Made before any thread or target: the same times and texts on every machine.
struct Scratch {
  Scratch() {
    ::setenv("TZ", "Europe/Berlin", 1);
    const char* const memory = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    std::string name = std::string(memory) + "/faceatt-fuzz-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) fail("no scratch folder");
    folder = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  std::filesystem::path folder;
};

}  // namespace

void add_target(const char* name, Target target) { targets().emplace(name, target); }

void fail(const std::string& what) {
  std::fprintf(stderr, "does not hold: %s\n", what.c_str());
  std::abort();
}

void check_refusal(std::string_view message) {
  require(!message.empty() && message.size() <= kLongestMessage, "a refusal is a line for people");
}

const std::filesystem::path& scratch() {
  static const Scratch one;
  return one.folder;
}

std::filesystem::path file_with(const std::string& name, std::string_view bytes) {
  const auto path = scratch() / name;
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return path;
}

std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace faceatt::fuzz

using namespace faceatt::fuzz;

#ifdef FACEATT_LIBFUZZER

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  scratch();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  targets().begin()->second({reinterpret_cast<const char*>(data), size});
  return 0;
}

#else

// faceatt-fuzz-replay CORPUS: every file of CORPUS/TARGET through its target, each in five seconds.
int main(int argc, char** argv) {
  using Clock = std::chrono::steady_clock;
  if (argc != 2) return std::fputs("Usage: faceatt-fuzz-replay CORPUS\n", stderr), 2;
  scratch();
  for (const auto& [name, target] : targets()) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(argv[1]) / name)) {
      files.push_back(entry.path());
    }
    require(!files.empty(), name + " has a corpus");
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      std::ifstream in(file, std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(in), {}};
      std::fprintf(stderr, "%s\n", file.c_str());  // what a crash was about is the last line
      const auto begin = Clock::now();
      target(bytes);
      require(Clock::now() - begin < std::chrono::seconds(5), "is read in five seconds");
    }
    std::printf("%-10s %zu inputs\n", name.c_str(), files.size());
  }
}

#endif
