// People of a store, at the size of a city's schools. Parts of it are processes of their own, which scripts/bench runs:
//   publish MODELS URL PEOPLE     puts so many synthetic people into the store, one photo each
//   load MODELS URL SPOOL [HOW]   starts as a camera machine does, and says how long it took and what it takes in
//   memory latency MODELS URL SPOOL      follows, while another connection enrols twenty people one after another
#include "faceatt/people/store_people.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "faceatt/people/store_gallery.hpp"
#include "faceatt/pipeline/people_source.hpp"
#include "row.hpp"

namespace {

using namespace faceatt;
using faceatt::bench::print_row;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kAtOnce = 5000;
constexpr int kEnrolments = 20;

double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

// Resident memory of this process, bytes.
double memory() {
  std::size_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double server_memory(StoreLink& link) {
  const std::string info = link.call({"INFO", "memory"}).text;
  return std::stod(info.substr(info.find("used_memory:") + 12));
}

StorePeople::Publication person(std::size_t number, const Stages& stages, std::mt19937& random) {
  std::normal_distribution<float> normal;
  Encoding encoding(static_cast<std::size_t>(stages.encoder_model().dimension));
  for (float& value : encoding) value = normal(random);
  normalise(encoding);
  EncodingMatrix packed(encoding.size());
  packed.add(encoding);
  PersonRecord record{fmt::format("Person Number {}", number), {fmt::format("class {}", number / 25)}, 1, {}};
  PhotoRecord photo{"front.jpg", sha256(std::to_string(number)), {}};
  photo.readings[reading_key(stages.fingerprint())] = {"", 80, encoding_bytes(packed.row(0))};
  record.photos.push_back(std::move(photo));
  const RecordField field{fmt::format("s{:06}", number), "office:/srv/people"};
  return {field.text(), record.to_cbor(), {}, {}, {}};
}

void publish(const Stages& stages, const StoreUrl& url, std::size_t count) {
  StoreLink link(url, {std::chrono::seconds(2), std::chrono::seconds(30)});
  StorePeople people(link);
  const double before = server_memory(link);
  std::mt19937 random(1);
  double seconds = 0;
  for (std::size_t i = 0; i < count; i += kAtOnce) {
    std::vector<StorePeople::Publication> some;
    for (std::size_t k = i; k < std::min(i + kAtOnce, count); ++k) some.push_back(person(k, stages, random));
    const auto start = Steady::now();
    people.publish(some);
    seconds += seconds_since(start);
  }
  const double bytes = server_memory(link) - before;
  const double one = static_cast<double>(link.call({"MEMORY", "USAGE", people.keys().people(), "SAMPLES", "0"}).number);
  print_row(fmt::format("publish {} people", count),
            fmt::format("{:.1f} s, {:.0f} a second", seconds, static_cast<double>(count) / seconds));
  print_row("memory of the server for one of them", fmt::format("{:.0f} bytes", one / static_cast<double>(count)),
            fmt::format("with the stream of changes: {:.0f} bytes", bytes / static_cast<double>(count)));
}

PeopleSource::Options options_of(const StoreUrl& url, const char* spool) {
  PeopleSource::Options options;
  options.store = url;
  options.spool = spool;
  options.program = "faceatt-bench";
  return options;
}

void load(const Stages& stages, const StoreUrl& url, const char* spool, const char* from) {
  const auto start = Steady::now();
  const double before = memory();
  std::vector<std::string> warnings;
  const auto source = PeopleSource::create(options_of(url, spool), stages);
  const Gallery gallery = source->load(warnings);
  const auto people = static_cast<double>(gallery.people().size());
  print_row(
      fmt::format("start of a camera machine with {} people, {}", gallery.people().size(), from),
      fmt::format("{:.2f} s, {:.0f} bytes of memory a person", seconds_since(start), (memory() - before) / people));
  for (const auto& warning : warnings) fmt::print(stderr, "{}\n", warning);
}

void latency(const Stages& stages, const StoreUrl& url, const char* spool) {
  std::vector<std::string> warnings;
  const auto source = PeopleSource::create(options_of(url, spool), stages);
  std::size_t people = source->load(warnings).people().size();
  source->follow();
  StoreLink link(url);
  StorePeople office(link);
  std::mt19937 random(2);
  std::vector<double> times;
  std::this_thread::sleep_for(std::chrono::seconds(1));
  for (int i = 0; i < kEnrolments; ++i) {
    const auto start = Steady::now();
    office.publish(std::array{person(900000 + static_cast<std::size_t>(i), stages, random)});
    while (true) {
      const auto news = source->take();
      if (news && news->gallery && news->gallery->people().size() > people) {
        people = news->gallery->people().size();
        break;
      }
      if (seconds_since(start) > 30) {
        print_row("from enrolling on one machine to in force on another", "not within 30 s");
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    times.push_back(seconds_since(start));
    std::this_thread::sleep_for(std::chrono::milliseconds(100 + 37 * (i % 10)));
  }
  std::sort(times.begin(), times.end());
  print_row(fmt::format("from enrolling on one machine to in force on another, among {} people", people),
            fmt::format("median {:.0f} ms, slowest of {} {:.0f} ms", 1000 * times[times.size() / 2], times.size(),
                        1000 * times.back()));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc == 5 || argc == 6 ? argv[1] : "";
  if (what != "publish" && what != "load" && what != "latency") {
    fmt::print(stderr, "usage: faceatt-bench-store_people publish|load|latency MODELS URL PEOPLE|SPOOL [HOW]\n");
    return 2;
  }
  const Stages stages({argv[2], "yunet", ""});
  const StoreUrl url = parse_store_url(argv[3]);
  if (what == "publish") publish(stages, url, std::stoul(argv[4]));
  if (what == "load") load(stages, url, argv[4], argc == 6 ? argv[5] : "");
  if (what == "latency") latency(stages, url, argv[4]);
  return 0;
}
