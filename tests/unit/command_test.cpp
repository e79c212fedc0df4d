#include "faceatt/core/command.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <set>

#include "faceatt/core/error.hpp"
#include "helpers.hpp"

using namespace faceatt;
using namespace faceatt::test;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

constexpr auto kLong = 60s;  // on a loaded machine; nothing waits that long when all is well

std::string usage_error(std::string_view line) {
  try {
    parse_command(line);
  } catch (const UsageError& e) {
    return e.what();
  }
  return "no error";
}

// A shell script in `folder` that is executable.
std::string script(const TempFolder& folder, const std::string& text, const std::string& name = "hook") {
  const fs::path file = folder / name;
  write(file, "#!/bin/sh\n" + text + "\n");
  fs::permissions(file, fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
  return file.string();
}

bool soon(const auto& what) {
  for (const auto end = std::chrono::steady_clock::now() + kLong; std::chrono::steady_clock::now() < end;) {
    if (what()) return true;
    std::this_thread::sleep_for(2ms);
  }
  return false;
}

// Of the problems' text one waits for, told by a runner that goes on.
Lines problems_soon(CommandRunner& runner) {
  Lines problems;
  soon([&] {
    problems = runner.take_problems();
    return !problems.empty();
  });
  return problems;
}

std::size_t open_descriptors() {
  const fs::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

bool has_children() { return ::waitid(P_ALL, 0, nullptr, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD; }

bool is_alive(long pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  return std::getline(stat, line) && line.substr(line.rfind(')') + 2, 1) != "Z";
}

CommandOptions one_at_a_time() {
  CommandOptions options;
  options.at_once = 1;
  return options;
}

}  // namespace

TEST_CASE("command: words as a shell splits them") {
  const auto words = [](std::string_view line) {
    auto all = parse_command(line);
    CHECK(all.at(0) == "/bin/sh");
    return Lines(all.begin() + 1, all.end());
  };
  CHECK(words("/bin/sh") == Lines{});
  CHECK(words("  /bin/sh\t-c \n x ") == Lines{"-c", "x"});
  CHECK(words("/bin/sh -t 'door/front' -s") == Lines{"-t", "door/front", "-s"});
  CHECK(words(R"(/bin/sh "a b" 'c d' e\ f)") == Lines{"a b", "c d", "e f"});
  CHECK(words(R"(/bin/sh a"b"'c'd '' "")") == Lines{"abcd", "", ""});
  CHECK(words(R"(/bin/sh 'a\' "\"\\\$\n" \\ \' \$)") == Lines{"a\\", "\"\\$\\n", "\\", "'", "$"});
  CHECK(words(R"x(/bin/sh "it's" 'say "hi"' 'a|b;c>d&$e`f`(g)' "a|b;c>d&(g)")x") ==
        Lines{"it's", "say \"hi\"", "a|b;c>d&$e`f`(g)", "a|b;c>d&(g)"});
  CHECK(words("/bin/sh * ? ~ # {a,b} ä") == Lines{"*", "?", "~", "#", "{a,b}", "ä"});
  CHECK(words("'/bin/sh' -") == Lines{"-"});
}

TEST_CASE("command: what cannot be run is said at the start") {
  const TempFolder folder;
  write(folder / "plain", "#!/bin/sh\n");
  const std::string plain = (folder / "plain").string();
  CHECK_THAT(usage_error(""), Catch::Contains("empty"));
  CHECK_THAT(usage_error(" \n"), Catch::Contains("empty"));
  CHECK_THAT(usage_error("''"), Catch::Contains("program ''"));
  CHECK_THAT(usage_error("sh 'a b"), Catch::Contains("quote ' is not closed"));
  CHECK_THAT(usage_error("sh \"a b\\\""), Catch::Contains("quote \" is not closed"));
  CHECK_THAT(usage_error("sh a\\"), Catch::Contains("ends in a backslash"));
  CHECK_THAT(usage_error("no-such-program-here x"), Catch::Contains("'no-such-program-here' is not in PATH"));
  CHECK_THAT(usage_error((folder / "none").string()), Catch::Contains("no such program"));
  CHECK_THAT(usage_error(folder.path().string() + "/"), Catch::Contains("is not a program"));
  CHECK_THAT(usage_error(plain + " x"), Catch::StartsWith(plain) && Catch::Contains("chmod +x"));
  for (const char* line : {"sh | cat", "sh >x", "sh <x", "sh; sh", "sh &", "sh $HOME", "sh \"$HOME\"", "sh `id`",
                           "sh \"`id`\"", "(sh)", "sh https://host/?a=1&b=2"}) {
    INFO(line);
    CHECK_THAT(usage_error(line), Catch::Contains("no shell"));
  }
  CHECK(usage_error("sh") == "no error");
}

TEST_CASE("command: the record comes on standard input, as one line") {
  const TempFolder folder;
  CommandRunner runner({script(folder, "cat >> \"$1/$2\""), folder.path().string(), "a b"}, one_at_a_time());
  const std::string large(300'000, 'x');  // more than a pipe holds
  for (const auto& record : Lines{"{\"event\":\"mark\"}", "{}", large, "last"}) runner.run(record);
  runner.finish(kLong);
  CHECK(runner.take_problems() == Lines{});
  CHECK(slurp(folder / "a b") == "{\"event\":\"mark\"}\n{}\n" + large + "\nlast\n");  // in order
}

TEST_CASE("command: nothing of ours but the three descriptors, and signals as by default") {
  const TempFolder folder;
  const Descriptor inherited(::open("/dev/null", O_RDONLY));  // as OpenCV opens a camera
  const Descriptor output(::open((folder / "out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const auto before = ::signal(SIGPIPE, SIG_IGN);
  sigset_t blocked, old;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &old);
  auto options = one_at_a_time();
  options.output = output.get();
  {
    CommandRunner runner({script(folder,
                                 "ls /proc/$$/fd; echo to-stderr >&2; grep -E 'Sig(Ign|Blk)' /proc/self/status\n"
                                 "cut -d' ' -f5 /proc/$$/stat; echo $$")},
                         options);
    runner.run("{}");
    runner.finish(kLong);
    CHECK(runner.take_problems() == Lines{});
  }
  ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
  ::signal(SIGPIPE, before);
  std::ifstream out(folder / "out");
  Lines lines;
  for (std::string line; std::getline(out, line);) {
    if (line != "10" && line != "255") lines.push_back(line);  // a shell's own, for its script
  }
  REQUIRE(lines.size() == 8);
  CHECK(Lines(lines.begin(), lines.begin() + 4) == Lines{"0", "1", "2", "to-stderr"});
  CHECK_THAT(lines[4], Catch::StartsWith("SigBlk") && Catch::EndsWith("0000000000000000"));
  CHECK_THAT(lines[5], Catch::StartsWith("SigIgn") && Catch::EndsWith("0000000"));  // 32 and 33 are glibc's
  CHECK(lines[6] == lines[7]);                                                      // its own process group
}

TEST_CASE("command: a closed standard error, and a program that reads nothing") {
  const TempFolder folder;
  CommandOptions options;
  options.output = -1;
  CommandRunner runner({script(folder, "echo nowhere; echo >> \"$0.done\"")}, options);
  for (int i = 0; i < 20; ++i) runner.run(std::string(100'000, 'x'));
  runner.finish(kLong);
  CHECK(runner.take_problems() == Lines{});
  CHECK(slurp(folder / "hook.done").size() == 20);
}

TEST_CASE("command: problems are told once, then counted") {
  const TempFolder folder;
  auto options = one_at_a_time();
  options.tell_every = 1h;
  CommandRunner runner({script(folder, "exit 3")}, options);
  runner.run("{}");
  CHECK(problems_soon(runner) == Lines{"hook: exit 3"});
  for (int i = 0; i < 5; ++i) runner.run("{}");
  std::this_thread::sleep_for(20ms);
  CHECK(runner.take_problems() == Lines{});
  runner.finish(kLong);
  CHECK(runner.take_problems() == Lines{"hook: exit 3 (5 times)"});
  CHECK(runner.take_problems() == Lines{});
  runner.run("{}");
  CHECK(runner.take_problems() == Lines{"hook: event lost at the end"});
}

TEST_CASE("command: after the interval a problem is told again") {
  const TempFolder folder;
  auto options = one_at_a_time();
  options.tell_every = 1ms;
  CommandRunner runner({script(folder, "kill -KILL $$")}, options);
  for (int i = 0; i < 2; ++i) {
    runner.run("{}");
    CHECK(problems_soon(runner) == Lines{"hook: killed by SIGKILL"});
  }
}

TEST_CASE("command: a program that cannot be started") {
  const TempFolder folder;
  const std::string file = script(folder, "exit 0");
  CommandRunner gone({(folder / "gone").string()});
  gone.run("{}");
  gone.finish(kLong);
  CHECK(gone.take_problems() == Lines{"gone: cannot be started: No such file or directory"});
  write(file, "echo no interpreter is named\n");
  CommandRunner plain({file});
  plain.run("{}");
  plain.finish(kLong);
  CHECK(plain.take_problems() == Lines{"hook: cannot be started: Exec format error (a script has to begin with #!)"});
}

TEST_CASE("command: a full queue drops the newest, and never waits") {
  const TempFolder folder;
  auto options = one_at_a_time();
  options.waiting = 3;
  CommandRunner runner({script(folder, "cat >> \"$0.out\"; until [ -e \"$0.go\" ]; do sleep 0.01; done")}, options);
  runner.run("0");
  REQUIRE(soon([&] { return fs::exists(folder / "hook.out"); }));  // it runs, it does not wait
  for (int i = 1; i <= 8; ++i) runner.run(std::to_string(i));
  CHECK(runner.take_problems() == Lines{"hook: event dropped, 3 are waiting (5 times)"});
  write(folder / "hook.go", "");
  runner.finish(kLong);
  CHECK(runner.take_problems() == Lines{});
  CHECK(slurp(folder / "hook.out") == "0\n1\n2\n3\n");
}

TEST_CASE("command: at most so many at once") {
  const TempFolder folder;
  const std::string file = script(folder,
                                  "mkdir \"$0.$$\"; ls -d \"$0\".* 2>&- | wc -l >> \"$0-counts\"\n"
                                  "until [ -e \"$0-go\" ]; do sleep 0.01; done; rmdir \"$0.$$\"");
  CommandOptions options;
  options.at_once = 3;
  CommandRunner runner({file}, options);
  for (int i = 0; i < 12; ++i) runner.run("{}");
  CHECK(soon([&] {
    return std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 3 + 2;  // script, counts
  }));
  write(folder / "hook-go", "");
  runner.finish(kLong);
  std::ifstream counts(folder / "hook-counts");
  int most = 0;
  for (int n = 0; counts >> n;) most = std::max(most, n);
  CHECK(most <= 3);  // that there were three was seen above
}

TEST_CASE("command: one that takes too long is ended, with all that it started") {
  const TempFolder folder;
  auto options = one_at_a_time();
  options.time_limit = 500ms;
  options.grace = 200ms;
  const bool deaf = GENERATE(false, true);
  CommandRunner runner(
      {script(folder, std::string(deaf ? "trap '' TERM\n" : "") +
                          "sleep 1000 & echo $! > \"$0.child\"; echo $$ > \"$0.self\"\nwait; wait; sleep 1000")},
      options);
  runner.run("{}");
  runner.finish(kLong);
  CHECK(runner.take_problems() == Lines{"hook: ended, as it ran longer than 0.5 s"});
  for (const char* name : {"hook.child", "hook.self"}) {
    long pid = 0;
    if (!(std::ifstream(folder / name) >> pid)) continue;  // half a second was not enough to come so far
    CHECK(soon([&] { return !is_alive(pid); }));
  }
  CHECK_FALSE(has_children());
}

TEST_CASE("command: at the end what runs gets its time, and then none") {
  const TempFolder folder;
  auto options = one_at_a_time();
  options.time_limit = options.grace = kLong;
  CommandRunner runner({script(folder,
                               "trap 'echo closed > \"$0.door\"; exit 0' TERM\n"
                               "echo open > \"$0.door\"; sleep 1000 & wait")},
                       options);
  runner.run("1");
  runner.run("2");
  REQUIRE(soon([&] { return fs::exists(folder / "hook.door") && !slurp(folder / "hook.door").empty(); }));
  runner.finish(10ms);
  CHECK(slurp(folder / "hook.door") == "closed\n");  // SIGTERM first: a door can be closed
  CHECK(runner.take_problems() == Lines{"hook: event lost at the end (2 times)"});
  CHECK_FALSE(has_children());
}

TEST_CASE("command: what a program leaves in the background does not hold us up") {
  const TempFolder folder;
  CommandRunner runner({script(folder, "sleep 1000 & echo $! > \"$0.child\"")});
  runner.run("{}");
  runner.finish(kLong);
  CHECK(runner.take_problems() == Lines{});
  const std::string pid = slurp(folder / "hook.child");
  ::kill(static_cast<pid_t>(std::stol(pid)), SIGKILL);
}

TEST_CASE("command: many runs leave no process and no descriptor") {
  const auto before = open_descriptors();
  {
    CommandOptions options;
    options.waiting = 2000;
    options.time_limit = kLong;
    CommandRunner runner({"true"}, options);
    for (int i = 0; i < 2000; ++i) runner.run("{}");
    runner.finish(2 * kLong);
    CHECK(runner.take_problems() == Lines{});
  }
  CHECK(open_descriptors() == before);
  CHECK_FALSE(has_children());
}
