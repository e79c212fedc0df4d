#include "faceatt/people/strangers.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <random>
#include <set>
#include <thread>

#include "faceatt/core/error.hpp"
#include "fake_people.hpp"

using namespace faceatt;
using namespace faceatt::test;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kDimension = 8;
constexpr const char* kJpeg = "\xFF\xD8 a picture";

LocalTime day(int d, int seconds = 0) {
  return {1795255200 + std::int64_t{d} * 86400 + seconds, 3600, true};  // 2026-11-21T11:00:00+01:00
}

StrangersOptions options() {
  StrangersOptions o;
  o.fingerprint = "model";
  o.dimension = kDimension;
  o.same_person = 0.5;
  o.enrolled = 0.4;
  return o;
}

// Person `who` (0..), turned by `angle` towards person `to`.
Encoding face(std::size_t who, double angle = 0, std::size_t to = kDimension - 1) {
  Encoding e(kDimension, 0.0F);
  e[who] = static_cast<float>(std::cos(angle));
  e[to] += static_cast<float>(std::sin(angle));
  return unit(e);
}

StrangerVisit visit(const LocalTime& time, Encoding encoding, int track = 1, std::string camera = "door") {
  StrangerVisit v;
  v.time = time;
  v.camera = std::move(camera);
  v.track = track;
  v.seconds = 12.34;
  v.frames = 40;
  v.quality = 77;
  v.encoding = std::move(encoding);
  return v;
}

std::set<std::string> names(const fs::path& folder) {
  std::set<std::string> all;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename() != ".last_group") all.insert(entry.path().filename().string());
  }
  return all;
}

Sidecar sidecar_of(const fs::path& picture) {
  const auto sidecar = read_sidecar(fs::path(picture).replace_extension(".json"));
  REQUIRE(sidecar);
  return *sidecar;
}

}  // namespace

TEST_CASE("stranger file: names are safe and known again") {
  CHECK(visit_stem(day(0), "door", 3) == "2026-11-21T11-00-00-door-track3");
  CHECK(visit_stem(day(0), "", 3) == "2026-11-21T11-00-00-track3");
  CHECK(visit_stem(day(0), "../a b\nc/T\xC3\xBCr", 3) == "2026-11-21T11-00-00-.._a_b_c_T_r-track3");
  CHECK(visit_stem(day(0), std::string(5000, 'x'), 3).size() < 120);
  for (const std::string camera : {"", "door", "rtsp://u:p@h/s?x=1", "-", "a-track7", "\xFF", "clip.mp4"}) {
    const std::string stem = visit_stem(day(0), camera, 12);
    CAPTURE(stem);
    CHECK(time_of_stem(stem));
    CHECK(time_of_stem(stem + "-2"));
    CHECK_FALSE(fs::path(stem).has_parent_path());
  }
  const TimeZone zone("UTC");
  CHECK(time_of_stem("2026-11-21T10-00-00-track1")->unix_seconds == day(0).unix_seconds);
  for (const std::string name :
       {"", "holiday", "2026-11-21", "2026-11-21T10-00-00", "2026-11-21T10-00-00-track", "2026-11-21T10-00-00-trackx",
        "2026-11-21T10-00-00-door", "2026-11-21 10-00-00-track1", "2026-13-21T10-00-00-track1",
        "2026-11-21T10-00-00-track1-", "2026-11-21T10-00-00-track1-b", "2026-11-21T10-00-00-track1-2-3",
        "2026-11-21T10-00-00xtrack1", "2026-11-21T10-00-00-a b-track1", "x2026-11-21T10-00-00-track1"}) {
    CAPTURE(name);
    CHECK_FALSE(time_of_stem(name));
  }
}

TEST_CASE("stranger file: a sidecar is read as it was written") {
  Sidecar sidecar{visit(day(0), face(0, 0.3), 4, "T\xC3\xBCr \"1\""), 17, "model"};
  sidecar.visit.closest_id = "s1001";
  sidecar.visit.closest_score = 0.31;
  const auto again = parse_sidecar(sidecar_text(sidecar));
  REQUIRE(again);
  CHECK(again->visit.time.iso8601() == "2026-11-21T11:00:00+01:00");
  CHECK(again->visit.camera == "T\xC3\xBCr \"1\"");
  CHECK(again->visit.track == 4);
  CHECK(again->visit.seconds == Approx(12.34));
  CHECK(again->visit.frames == 40);
  CHECK(again->visit.quality == 77);
  CHECK(again->visit.closest_id == "s1001");
  CHECK(again->visit.closest_score == Approx(0.31));
  CHECK(again->group == 17);
  CHECK(again->fingerprint == "model");
  for (std::size_t i = 0; i < kDimension; ++i) {
    CHECK(again->visit.encoding[i] == Approx(sidecar.visit.encoding[i]).margin(2e-6));
  }
  const auto text = sidecar_text(sidecar);
  CHECK(text.find(R"("seconds":12.34,"frames":40,"quality":77,"closest_id":"s1001","closest_score":0.31,)") !=
        std::string::npos);
  CHECK(text.find(",\"encoding\":[0.95533") != std::string::npos);
  CHECK(text.ends_with(",0.29552]}\n"));  // at most six decimals
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  sidecar.visit.closest_id.clear();
  CHECK(sidecar_text(sidecar).find(R"("closest_id":"","closest_score":null,"group":"unknown-17")") !=
        std::string::npos);
  sidecar.visit.camera = "\xFF\xFE";  // not UTF-8
  CHECK(parse_sidecar(sidecar_text(sidecar)));
}

TEST_CASE("stranger file: damage is noticed, whatever it is") {
  const std::string whole = sidecar_text({visit(day(0), face(0)), 1, "model"});
  for (const std::string text : {"", "{}", "[]", "null", "{\"format\":\"faceatt-stranger\"}", "{\"quality\":70}"}) {
    CHECK_FALSE(parse_sidecar(text));
  }
  CHECK_FALSE(parse_sidecar(whole.substr(0, whole.size() - 3)));
  CHECK_FALSE(parse_sidecar(std::string(100000, '[')));
  const auto with = [&](const std::string& from, const std::string& to) {
    const auto at = whole.find(from);
    REQUIRE(at != std::string::npos);
    return std::string(whole).replace(at, from.size(), to);
  };
  CHECK_FALSE(parse_sidecar(with("unknown-1", "unknown-0")));
  CHECK_FALSE(parse_sidecar(with("unknown-1", "unknown-99999999999")));
  CHECK_FALSE(parse_sidecar(with("unknown-1", "known-1")));
  CHECK_FALSE(parse_sidecar(with("[1.0,", "[1e400,")));
  CHECK_FALSE(parse_sidecar(with("[1.0,", "[0.5,")));
  CHECK_FALSE(parse_sidecar(with("[1.0,", "[\"1\",")));
  CHECK_FALSE(parse_sidecar(with("\"version\":1", "\"version\":2")));
  CHECK_FALSE(parse_sidecar(with("2026-11-21T", "2026-31-21T")));
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string text = whole;
    for (std::size_t n = 1 + random() % 4; n > 0; --n) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = static_cast<char>(random() % 256);
          break;
        case 1:
          text.erase(at, 1 + random() % 40);
          break;
        default:
          text.insert(at, 1, "0{}[]\",:-e9"[random() % 11]);
      }
      if (text.empty()) break;
    }
    if (const auto sidecar = parse_sidecar(text)) {
      double square = 0;
      for (const float x : sidecar->visit.encoding) square += double{x} * double{x};
      REQUIRE(square == Approx(1).margin(1e-3));
      REQUIRE(sidecar->group > 0);
    }
  }
}

TEST_CASE("stranger groups: by average, and two become one") {
  StrangerGroups groups(0.5);
  CHECK_FALSE(groups.find(face(0)));
  groups.add(1, face(0));
  groups.add(2, face(1));
  CHECK(groups.find(face(0, 0.6)) == 1);
  CHECK(groups.find(face(1, 0.6)) == 2);
  CHECK_FALSE(groups.find(face(2)));
  CHECK_FALSE(groups.find_twin(1));
  // One visit that is like face 2 is not enough to draw it in: the average counts.
  groups.add(1, face(0));
  groups.add(1, face(0, 0.9, 2));
  CHECK(face(0, 0.9, 2)[2] > 0.5F);
  CHECK_FALSE(groups.find(face(2)));
  // Two groups grow together.
  groups.add(3, face(0, 1.2, 1));
  CHECK_FALSE(groups.find_twin(1));
  groups.add(3, face(0, 0.2, 1));
  CHECK(groups.find_twin(3) == 1);
  groups.merge(1, 3);
  CHECK(groups.visits_of(1) == 5);
  CHECK(groups.visits_of(3) == 0);
  groups.remove(2, face(1));
  CHECK(groups.size() == 1);
}

TEST_CASE("strangers: a visit is a picture and a sidecar") {
  const TempFolder temp;
  const fs::path folder = temp / "a/strangers";
  Strangers strangers(folder, options(), day(0));
  const auto added = strangers.add(visit(day(0), face(0)), kJpeg, {});
  CHECK(added.file == folder / "2026-11-21T11-00-00-door-track1.jpg");
  CHECK(added.group == "unknown-1");
  CHECK(added.visits_before == 0);
  CHECK(added.first_seen.unix_seconds == day(0).unix_seconds);
  CHECK_FALSE(added.enrolled);
  CHECK(slurp(added.file) == kJpeg);
  CHECK(sidecar_of(added.file).group == 1);
  CHECK(mode_of(folder) == 0700);
  for (const auto& entry : fs::directory_iterator(folder)) CHECK(mode_of(entry.path()) == 0600);
  // The same stamp: nothing is overwritten, and a link in the sidecar's place is not written through.
  write(temp / "mine", "mine");
  fs::create_symlink(temp / "mine", folder / "2026-11-21T11-00-00-door-track1-2.json");
  const auto second = strangers.add(visit(day(0), face(1)), "other", {});
  CHECK(second.file == folder / "2026-11-21T11-00-00-door-track1-3.jpg");
  CHECK(slurp(added.file) == kJpeg);
  CHECK(slurp(temp / "mine") == "mine");
  CHECK(strangers.visits() == 2);
  CHECK(strangers.groups() == 2);
  CHECK_THROWS_AS(strangers.add(visit(day(0), {1}), kJpeg, {}), std::invalid_argument);
}

TEST_CASE("strangers: groups over days, restarts and merging") {
  const TempFolder temp;
  std::vector<fs::path> files;
  const auto add = [&](Strangers& strangers, int d, const Encoding& e) {
    const auto added = strangers.add(visit(day(d), e), kJpeg, {});
    files.push_back(added.file);
    return added;
  };
  {
    Strangers strangers(temp / "s", options(), day(0));
    CHECK(add(strangers, 0, face(0)).group == "unknown-1");
    CHECK(add(strangers, 1, face(1)).group == "unknown-2");
    CHECK(add(strangers, 2, face(0, 1.25, 3)).group == "unknown-3");
  }
  Strangers strangers(temp / "s", options(), day(3));
  CHECK(strangers.groups() == 3);
  const auto again = add(strangers, 3, face(1, 0.3));
  CHECK(again.group == "unknown-2");
  CHECK(again.visits_before == 1);
  CHECK(again.first_seen.unix_seconds == day(1).unix_seconds);
  // Between unknown-1 and unknown-3: nearer to the latter, and then both are one, under the older name.
  const auto merged = add(strangers, 4, face(0, 0.8, 3));
  CHECK(merged.group == "unknown-1");
  CHECK(merged.visits_before == 2);
  CHECK(merged.first_seen.unix_seconds == day(0).unix_seconds);
  CHECK(strangers.groups() == 2);
  std::vector<int> groups;
  for (const auto& file : files) groups.push_back(sidecar_of(file).group);
  CHECK(groups == std::vector<int>{1, 2, 1, 2, 1});
  const auto before = slurp(fs::path(files[0]).replace_extension(".json"));
  CHECK(Strangers(temp / "s", options(), day(4)).groups() == 2);
  CHECK(slurp(fs::path(files[0]).replace_extension(".json")) == before);
  // Names are not used again, also when nothing of their visits is left.
  for (const auto& file : files) fs::remove(file);
  Strangers fresh(temp / "s", options(), day(5));
  CHECK(fresh.visits() == 0);
  CHECK(names(temp / "s").empty());  // sidecars without pictures go
  CHECK(add(fresh, 5, face(0)).group == "unknown-4");
}

TEST_CASE("strangers: what cannot be compared is of no group") {
  const TempFolder temp;
  const fs::path folder = temp / "s";
  {
    Strangers strangers(folder, options(), day(0));
    for (int i = 0; i < 4; ++i) strangers.add(visit(day(0, i), face(0)), kJpeg, {});
    strangers.add(visit(day(0, 9), face(1)), kJpeg, {});
  }
  auto sidecar = folder / "2026-11-21T11-00-00-door-track1.json";
  write(sidecar, slurp(sidecar).substr(0, 200));
  fs::remove(folder / "2026-11-21T11-00-01-door-track1.json");
  StrangersOptions other = options();
  other.fingerprint = "another model";
  Strangers strangers(folder, other, day(1));
  CHECK(strangers.visits() == 5);
  CHECK(strangers.groups() == 0);
  CHECK(strangers.add(visit(day(1), face(0)), kJpeg, {}).group == "unknown-3");
  fs::remove(folder / ".last_group");
  CHECK(Strangers(folder, other, day(1)).add(visit(day(1), face(1)), kJpeg, {}).group == "unknown-4");
  Strangers before(folder, options(), day(1));
  CHECK(before.visits() == 7);
  const auto added = before.add(visit(day(1), face(0)), kJpeg, {});
  CHECK(added.group == "unknown-1");
  CHECK(added.visits_before == 2);
  CHECK(before.expire(day(31)) == 5);  // with and without a sidecar
  CHECK(before.visits() == 3);
}

TEST_CASE("strangers: damaged sidecars do no harm") {
  const TempFolder temp;
  const fs::path folder = temp / "s";
  fs::path sidecar;
  {
    Strangers strangers(folder, options(), day(0));
    sidecar = strangers.add(visit(day(0), face(0)), kJpeg, {}).file.replace_extension(".json");
  }
  const std::string whole = slurp(sidecar);
  std::mt19937 random(2);
  for (int i = 0; i < 200; ++i) {
    std::string text = whole;
    for (int n = 0; n < 3; ++n) text[random() % text.size()] = static_cast<char>(random() % 256);
    if (i % 4 == 0) text.resize(random() % text.size());
    write(sidecar, text);
    Strangers strangers(folder, options(), day(0));
    REQUIRE(strangers.visits() == 1);
  }
}

TEST_CASE("strangers: retention by age and by size, the oldest first") {
  const TempFolder temp;
  const fs::path folder = temp / "s";
  StrangersOptions limits = options();
  limits.keep_days = 0;
  limits.most_bytes = 0;
  {
    Strangers strangers(folder, limits, day(0));
    for (const int d : {3, 1, 2, 0}) strangers.add(visit(day(d), face(static_cast<std::size_t>(d))), kJpeg, {});
    CHECK(strangers.expire(day(5000)) == 0);
  }
  limits.keep_days = 2;
  Strangers strangers(folder, limits, day(3));
  CHECK(names(folder) ==
        std::set<std::string>{"2026-11-22T11-00-00-door-track1.jpg", "2026-11-22T11-00-00-door-track1.json",
                              "2026-11-23T11-00-00-door-track1.jpg", "2026-11-23T11-00-00-door-track1.json",
                              "2026-11-24T11-00-00-door-track1.jpg", "2026-11-24T11-00-00-door-track1.json"});
  CHECK(strangers.expire(day(3)) == 0);
  CHECK(strangers.expire(day(3, 1)) == 1);
  strangers.add(visit(day(5), face(5)), kJpeg, {});  // that day's is over age, too
  CHECK(strangers.visits() == 2);
  std::uint64_t bytes = 0;
  for (const auto& name : names(folder)) bytes += fs::file_size(folder / name);
  CHECK(strangers.bytes() == bytes);

  limits.keep_days = 0;
  limits.most_bytes = 10000;
  Strangers small(folder, limits, day(5));
  for (int i = 0; i < 20; ++i) small.add(visit(day(6, i), face(0)), std::string(1500, 'x'), {});
  CHECK(small.bytes() <= 10000);
  CHECK(small.visits() >= 4);
  CHECK(fs::exists(folder / "2026-11-27T11-00-19-door-track1.jpg"));
  CHECK_FALSE(fs::exists(folder / "2026-11-26T11-00-00-door-track1.jpg"));
  const std::size_t left = small.visits();
  limits.most_bytes = 1;
  CHECK(Strangers(folder, limits, day(6)).visits() == 0);
  CHECK(names(folder).empty());
  CHECK(left > 0);
}

TEST_CASE("strangers: nothing but visits is ever removed") {
  const TempFolder temp;
  const fs::path folder = temp / "s", outside = temp / "outside.jpg";
  const std::string stem = "2020-01-01T00-00-00-door-track1";
  write(outside, "x");
  write(temp / "outside.json", "x");
  for (const std::string name :
       {"holiday.jpg", "holiday.json", "IMG_1.JPG", "2020-01-01.jpg", "2020-01-01T00-00-00.jpg", "notes.txt",
        "2020-01-01T00-00-00-door-track1.png", "2020-01-01T00-00-00-door-track2.json.bak", "portrait.jpg.AbCdEf",
        "sub/2020-01-01T00-00-00-door-track1.jpg", ".hidden.jpg"}) {
    write(folder / name, "mine");
  }
  fs::create_symlink(outside, folder / (stem + "-2.jpg"));
  fs::create_symlink(temp / "outside.json", folder / (stem + "-2.json"));
  fs::create_symlink(temp.path(), folder / "link");
  fs::create_directory(folder / (stem + "-3.jpg"));
  fs::create_symlink(outside, folder / (stem + "-5.jpg.AbCdEf"));
  const auto before = names(folder);
  write(folder / (stem + ".jpg"), "old");            // ours by its name
  write(folder / (stem + "-4.jpg.AbCdEf"), "half");  // a crash left it
  write(folder / (stem + "-4.json.AbCdEf"), "half");
  write(folder / (stem + "-6.json"), "left by a removal that was cut short");
  write(folder / "renamed.jpg", "old");  // ours by its sidecar
  write(folder / "renamed.json", sidecar_text({visit(day(-300), face(0)), 1, "model"}));
  StrangersOptions limits = options();
  limits.most_bytes = 1;
  Strangers strangers(folder, limits, day(0));
  CHECK(names(folder) == before);
  strangers.add(visit(day(0), face(0)), kJpeg, {});
  strangers.expire(day(100));
  CHECK(names(folder) == before);
  CHECK(slurp(outside) == "x");
}

TEST_CASE("strangers: a folder that cannot be written to loses nothing") {
  const TempFolder temp;
  const fs::path folder = temp / "s";
  const AsNobody nobody;
  Strangers strangers(folder, options(), day(0));
  strangers.add(visit(day(0), face(0)), kJpeg, {});
  const auto before = names(folder);
  fs::permissions(folder, fs::perms::owner_read | fs::perms::owner_exec);
  CHECK_THROWS_AS(strangers.add(visit(day(1), face(0)), kJpeg, {}), Error);
  CHECK_THROWS_AS(strangers.expire(day(100)), Error);
  CHECK(names(folder) == before);
  CHECK_THROWS_AS(Strangers(folder, options(), day(100)), Error);
  CHECK(Strangers(folder, options(), day(1)).visits() == 1);
  fs::permissions(folder, fs::perms::owner_all);
  const auto added = strangers.add(visit(day(1), face(0)), kJpeg, {});
  CHECK(added.visits_before == 1);
  CHECK(strangers.visits() == 2);
  fs::remove_all(folder);
  CHECK_THROWS_AS(strangers.add(visit(day(1), face(0)), kJpeg, {}), Error);
  write(temp / "file", "");
  CHECK_THROWS_AS(Strangers(temp / "file", options(), day(0)), Error);
}

TEST_CASE("strangers: a full disk loses nothing") {
  const TempFolder temp;
  const fs::path folder = temp / "s";
  Strangers strangers(folder, options(), day(0));
  strangers.add(visit(day(0), face(0)), kJpeg, {});
  const auto before = names(folder);
  const auto fails = [&](rlim_t most_bytes, std::string_view jpeg) {
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    const rlimit full{most_bytes, limit.rlim_max};
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &full);
    bool failed = false;
    try {
      strangers.add(visit(day(1), face(0)), jpeg, {});
    } catch (const Error& e) {
      failed = e.code() == ErrorCode::kInput;
    }
    ::setrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, handler);
    return failed;
  };
  CHECK(fails(100, std::string(200, 'x')));  // the picture
  CHECK(names(folder) == before);
  CHECK(fails(100, kJpeg));  // the sidecar
  CHECK(names(folder) == before);
  CHECK(strangers.add(visit(day(1), face(0)), kJpeg, {}).visits_before == 1);
}

TEST_CASE("strangers: a program that is killed leaves nothing misleading") {
  const TempFolder temp;
  const fs::path folder = temp / "s";
  StrangersOptions few = options();
  few.most_bytes = 6000;  // so that it removes, too
  Strangers(folder, few, day(0));
  for (int round = 0; round < 8; ++round) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      try {
        Strangers strangers(folder, few, day(round));
        for (int i = 0;; ++i) strangers.add(visit(day(round, i), face(static_cast<std::size_t>(i % 7))), kJpeg, {});
      } catch (...) {
        ::_exit(1);
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(15 + 7 * round));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const Strangers strangers(folder, few, day(round));
    std::size_t pictures = 0, sidecars = 0;
    for (const auto& name : names(folder)) {
      REQUIRE(time_of_stem(fs::path(name).stem().string()));
      ++(name.ends_with(".jpg") ? pictures : sidecars);
      if (name.ends_with(".json")) {
        REQUIRE(read_sidecar(folder / name));
        REQUIRE(fs::exists((folder / name).replace_extension(".jpg")));
      }
    }
    REQUIRE(pictures == strangers.visits());
    REQUIRE(pictures <= sidecars + static_cast<std::size_t>(round) + 1);  // at most one of each killed program
  }
}

TEST_CASE("strangers: nobody who is enrolled is kept") {
  const TempFolder temp;
  Gallery gallery = gallery_of({{"ana", face(0)}, {"bob", face(1)}});
  Strangers strangers(temp / "s", options(), day(0));
  const auto refused = strangers.add(visit(day(0), face(0, 1.1)), kJpeg, gallery);  // cosine 0.45
  REQUIRE(refused.enrolled);
  CHECK(refused.enrolled->person->id == "ana");
  CHECK(refused.file.empty());
  CHECK(names(temp / "s").empty());
  const auto kept = strangers.add(visit(day(0), face(0, 1.2)), kJpeg, gallery);  // 0.36
  CHECK_FALSE(kept.enrolled);
  CHECK(fs::exists(kept.file));
}

TEST_CASE("strangers: who is enrolled later is forgotten") {
  const TempFolder temp;
  const fs::path folder = temp / "s";
  StrangersOptions loose = options();
  loose.same_person = 0.3;
  Strangers strangers(folder, loose, day(0));
  const auto add = [&](int second, const Encoding& e) { return strangers.add(visit(day(0, second), e), kJpeg, {}); };
  add(0, face(0, 0.1));
  add(1, face(0, 0.2));
  add(2, face(0, 1.2));  // a bad view: of the group, but under the threshold
  add(3, face(1));
  add(4, face(1));
  add(5, face(1, 0.6, 2));
  add(6, face(3));
  REQUIRE(strangers.groups() == 3);
  CHECK(strangers.forget_enrolled({}, {0.5, 0.1}).empty());
  CHECK(strangers.forget_enrolled(gallery_of({{"zoe", face(6)}}), {0.5, 0.1}).empty());

  const auto forgotten = strangers.forget_enrolled(gallery_of({{"ana", face(0)}, {"bob", face(2)}}), {0.5, 0.1});
  REQUIRE(forgotten.size() == 2);
  CHECK(forgotten[0].group == "unknown-1");
  CHECK(forgotten[0].id == "ana");
  CHECK(forgotten[0].name == "Name of ana");
  CHECK(forgotten[0].pictures == 3);
  CHECK(forgotten[1].group == "unknown-2");
  CHECK(forgotten[1].id == "bob");
  CHECK(forgotten[1].pictures == 1);  // the others are of somebody else
  CHECK(names(folder).size() == 2 * 3);
  CHECK(strangers.visits() == 3);
  CHECK(Strangers(folder, options(), day(0)).visits() == 3);
}

TEST_CASE("strangers: two programs on one folder") {
  const TempFolder temp;
  const fs::path folder = temp / "s";
  const auto watch = [&](int track) {
    Strangers strangers(folder, options(), day(0));
    for (int i = 0; i < 40; ++i) {
      strangers.add(visit(day(0, i / 4), face(static_cast<std::size_t>(i % 4)), track), kJpeg, {});
    }
  };
  std::thread other(watch, 1);
  watch(1);  // the same camera and track: every name is taken twice and more
  other.join();
  Strangers strangers(folder, options(), day(0));
  CHECK(strangers.visits() == 80);
  CHECK(strangers.groups() == 4);
  CHECK(names(folder).size() == 160);
  // What another removes or adds is taken in.
  Strangers first(folder, options(), day(0));
  const auto added = strangers.add(visit(day(1), face(5)), kJpeg, {});
  CHECK(first.add(visit(day(2), face(5)), kJpeg, {}).group == added.group);
  CHECK(first.visits() == 82);
}
