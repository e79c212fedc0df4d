#include "faceatt/core/settings.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "faceatt/core/error.hpp"
#include "faceatt/core/toml.hpp"
#include "helpers.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

using Variables = std::map<std::string, std::string>;

Settings make() {
  return Settings({{"db", "people"},
                   {"log", "Attendance.csv"},
                   {"level", "normal", {"strict", "normal", "loose"}},
                   {"threshold", ""},
                   {"keep_days", "30", {}, NumberRange{0, 36500, true}},
                   {"fps", "0", {}, NumberRange{0, 1000}}});
}

Settings resolved(const Variables& variables, const std::map<std::string, std::string>& flags = {}) {
  Settings settings = make();
  for (const auto& [key, value] : flags) settings.set_flag(key, value);
  settings.resolve([&](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
  return settings;
}

std::string usage_error(const auto& what) {
  try {
    what();
  } catch (const UsageError& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("settings: flag over environment over file over built-in") {
  const TempFolder folder;
  const std::string db = folder.path().string();
  write(folder / "faceatt.toml", "# for all tools\nlog = 'from-file.csv'\nlevel = \"loose\"\nthreshold = 0.25\n");

  auto s = resolved({}, {{"db", db}});
  CHECK(s.text("db") == db);
  CHECK(s.text("log") == "from-file.csv");
  CHECK(s.text("level") == "loose");
  CHECK(s.number("threshold", 0, 1) == 0.25);

  s = resolved({{"FACEATT_LOG", "from-env.csv"}, {"FACEATT_LEVEL", "strict"}}, {{"db", db}});
  CHECK(s.text("log") == "from-env.csv");
  CHECK(s.text("level") == "strict");

  s = resolved({{"FACEATT_LOG", "from-env.csv"}}, {{"db", db}, {"log", "from-flag.csv"}});
  CHECK(s.text("log") == "from-flag.csv");
  CHECK(s.flag_given("log"));
  CHECK_FALSE(s.flag_given("level"));

  s = resolved({{"FACEATT_DB", db}});  // the folder itself may come from the environment
  CHECK(s.text("log") == "from-file.csv");

  s = resolved({}, {{"db", (folder / "none").string()}});
  CHECK(s.text("log") == "Attendance.csv");
  CHECK(s.text("level") == "normal");
  CHECK(s.number("threshold", 0, 1) == std::nullopt);
}

TEST_CASE("settings: describe says where each value is from") {
  const TempFolder folder;
  const std::string db = folder.path().string();
  write(folder / "faceatt.toml", "\n\nthreshold = 0.5\n");
  const auto s = resolved({{"FACEATT_LEVEL", "strict"}}, {{"db", db}});
  const std::string text = s.describe();
  CHECK_THAT(text, Catch::Contains("db = \"" + db + "\"  # --db\n"));
  CHECK_THAT(text, Catch::Contains("# built-in\n"));
  CHECK_THAT(text, Catch::Contains("# FACEATT_LEVEL\n"));
  CHECK_THAT(text, Catch::Contains("threshold = \"0.5\""));
  CHECK_THAT(text, Catch::Contains("# " + db + "/faceatt.toml:3\n"));
  CHECK(std::count(text.begin(), text.end(), '\n') == 6);
}

TEST_CASE("settings: keys of other tools are fine, unknown ones are not") {
  const TempFolder folder;
  const std::string db = folder.path().string();
  write(folder / "faceatt.toml", "encoder = \"x\"\nliveness = \"off\"\n");
  CHECK_NOTHROW(resolved({}, {{"db", db}}));
  write(folder / "faceatt.toml", "log = \"a\"\n\nthresold = 0.5\n");
  const auto message = usage_error([&] { resolved({}, {{"db", db}}); });
  CHECK_THAT(message, Catch::Contains(db + "/faceatt.toml:3:") && Catch::Contains("'thresold'"));
}

TEST_CASE("settings: broken files are named with their line") {
  const TempFolder folder;
  const std::string db = folder.path().string();
  write(folder / "faceatt.toml", "log = \"a\"\nlevel = \n");
  CHECK_THAT(usage_error([&] { resolved({}, {{"db", db}}); }), Catch::Contains("faceatt.toml:2:"));
  write(folder / "faceatt.toml", "log = true\n");
  CHECK_THAT(usage_error([&] { resolved({}, {{"db", db}}); }), Catch::Contains("faceatt.toml:1:"));
  write(folder / "faceatt.toml", "log = [\"a\"]\n");
  CHECK_THAT(usage_error([&] { resolved({}, {{"db", db}}); }), Catch::Contains("faceatt.toml:1:"));
  std::filesystem::remove(folder / "faceatt.toml");
  std::filesystem::create_directory(folder / "faceatt.toml");
  CHECK_THAT(usage_error([&] { resolved({}, {{"db", db}}); }), Catch::Contains("faceatt.toml"));
}

TEST_CASE("settings: bad values are refused with their origin") {
  const TempFolder folder;
  const std::string db = folder.path().string();
  CHECK_THAT(usage_error([&] { make().set_flag("level", "lax"); }),
             Catch::StartsWith("--level:") && Catch::Contains("'lax'") && Catch::Contains("strict, normal, loose"));
  CHECK_THAT(usage_error([&] { resolved({{"FACEATT_LEVEL", "lax"}}); }), Catch::StartsWith("FACEATT_LEVEL:"));
  write(folder / "faceatt.toml", "\nlevel = \"lax\"\n");
  CHECK_THAT(usage_error([&] { resolved({}, {{"db", db}}); }), Catch::StartsWith(db + "/faceatt.toml:2:"));
  // A bad value that something stronger replaces does no harm.
  CHECK(resolved({}, {{"db", db}, {"level", "strict"}}).text("level") == "strict");
}

TEST_CASE("settings: a value that is needed cannot be empty") {
  CHECK_THAT(usage_error([&] { make().set_flag("log", ""); }), Catch::StartsWith("--log:"));
  CHECK(resolved({{"FACEATT_LOG", ""}}).text("log") == "Attendance.csv");  // an empty variable says nothing
  CHECK_THAT(usage_error([&] {
               resolved({}, {{"threshold", ""}}).number("threshold", 0, 1);
             }),
             Catch::StartsWith("--threshold:"));
}

TEST_CASE("settings: describe is one line each, whatever the value") {
  const std::string text = resolved({}, {{"log", "a\nb \"c\" \\ d"}}).describe();
  CHECK(std::count(text.begin(), text.end(), '\n') == 6);
  CHECK_THAT(text, Catch::Contains(R"(log = "a\u000Ab \"c\" \\ d")"));
}

TEST_CASE("settings: what describe shows can be read as a settings file") {
  const TempFolder folder;
  const std::string longest(160, '\x01');  // six bytes each
  std::string db = folder.path().string();
  for (int i = 0; i < 9; ++i) db += "/" + std::string(200, 'd') + "\n" + std::string(1, '\x02');
  std::filesystem::create_directories(db);
  write(std::filesystem::path(db) / "faceatt.toml", "level = 'strict'\n");

  CHECK(usage_error([&] { resolved({}, {{"db", db}}); }) == "--db: longer than 1,000 bytes");
  CHECK(usage_error([&] {
          resolved({{"FACEATT_LOG", std::string(1001, 'x')}});
        }) == "FACEATT_LOG: longer than 1,000 bytes");

  Settings s = resolved({{"FACEATT_LOG", longest}}, {{"db", db.substr(0, db.size() - 5 * 203)}});
  const auto table = parse_toml(s.describe());
  CHECK(table["log"].value<std::string>() == longest);
  CHECK(table["level"].value<std::string>() == "normal");  // no such file in that folder
  write(std::filesystem::path(s.text("db")) / "faceatt.toml", "level = 'strict'\n");
  s = resolved({{"FACEATT_LOG", longest}}, {{"db", s.text("db")}});
  CHECK(parse_toml(s.describe())["level"].value<std::string>() == "strict");
  CHECK_THAT(s.describe(), Catch::Contains("..."));
}

TEST_CASE("settings: numbers have a range") {
  const auto number = [](const std::string& text) {
    return [text] { resolved({}, {{"threshold", text}}).number("threshold", 0.1, 0.95); };
  };
  for (const char* text : {"0.05", "0.96", "-1", "nan", "inf", "0,5", "0.5x", "x", " 0.5", "1e999"}) {
    INFO(text);
    CHECK_THAT(usage_error(number(text)),
               Catch::StartsWith("--threshold:") && Catch::Contains(text) && Catch::Contains("from 0.1 to 0.95"));
  }
  for (const char* text : {"0.1", "0.5", "0.95", "1e-1"}) {
    INFO(text);
    CHECK(usage_error(number(text)) == "no error");
  }
}

TEST_CASE("settings: one key of a file is changed, and nothing else") {
  CHECK(with_setting("", "level", "\"strict\"") == "level = \"strict\"\n");
  CHECK(with_setting("log = \"ä\"", "level", "\"loose\"") == "log = \"ä\"\nlevel = \"loose\"\n");
  CHECK(with_setting("# a\r\nlog = 'x'\r\n", "threshold", "0.5") == "# a\r\nlog = 'x'\r\nthreshold = 0.5\r\n");
  CHECK(with_setting("  \"level\"= 'normal' # level = \"strict\"\n", "level", "\"loose\"") ==
        "  \"level\"= \"loose\" # level = \"strict\"\n");
  CHECK(with_setting("log = \"\"\"\nlevel = 'x'\n\"\"\"\nlevel = 'y'", "level", "\"z\"") ==
        "log = \"\"\"\nlevel = 'x'\n\"\"\"\nlevel = \"z\"");
  CHECK(with_setting("a = 'ä' # ö\nthreshold = 0.5 # x\n", "threshold", "") == "a = 'ä' # ö\n# threshold = 0.5 # x\n");
  CHECK(with_setting("a = 1\n", "threshold", "") == "a = 1\n");
  CHECK(with_setting("level = \"\"\"\nx\n\"\"\"\nb = 2\n", "level", "") == "# level = \"\"\"\n# x\n# \"\"\"\nb = 2\n");
  CHECK(with_setting("level = 'x'", "level", "") == "# level = 'x'");
  const std::string mark = "\xEF\xBB\xBF";  // of a Windows editor
  CHECK(with_setting(mark + "level = 'x'\nlog = 'y'\n", "level", "\"z\"") == mark + "level = \"z\"\nlog = 'y'\n");
  CHECK(with_setting(mark + "level = 'x'\n", "level", "") == mark + "# level = 'x'\n");
  CHECK_THROWS_AS(with_setting("level = ", "level", "\"strict\""), UsageError);
}

TEST_CASE("settings: numbers with a range are checked wherever they are from") {
  const TempFolder folder;
  const std::string db = folder.path().string();
  CHECK(resolved({}).number("keep_days") == 30);
  CHECK(resolved({{"FACEATT_KEEP_DAYS", "7"}}).number("keep_days") == 7);
  CHECK(resolved({}, {{"keep_days", "0"}}).number("keep_days") == 0);
  write(folder / "faceatt.toml", "keep_days = 90\nfps = 7.5\n");
  CHECK(resolved({}, {{"db", db}}).number("keep_days") == 90);
  CHECK(resolved({}, {{"db", db}}).number("fps") == 7.5);
  for (const char* text : {"-1", "36501", "1.5", "x", "nan", ""}) {
    INFO(text);
    CHECK_THAT(usage_error([&] { make().set_flag("keep_days", text); }), Catch::StartsWith("--keep-days: "));
  }
  CHECK(usage_error([&] {
          resolved({{"FACEATT_KEEP_DAYS", "1.5"}});
        }) == "FACEATT_KEEP_DAYS: '1.5' is not a whole number from 0 to 36500");
  CHECK(usage_error([&] { resolved({{"FACEATT_FPS", "-1"}}); }) == "FACEATT_FPS: '-1' is not a number from 0 to 1000");
  write(folder / "faceatt.toml", "\nkeep_days = 36501\n");
  CHECK_THAT(usage_error([&] { resolved({}, {{"db", db}}); }), Catch::StartsWith(db + "/faceatt.toml:2: '36501'"));
}

TEST_CASE("settings: reload is all or nothing, and says what changed") {
  const TempFolder folder;
  const std::string db = folder.path().string();
  Variables variables = {{"FACEATT_FPS", "5"}};
  const auto environment = [&](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
  const auto toml = [&](const std::string& text) { write(folder / "faceatt.toml", text); };
  using Keys = std::vector<std::string>;
  const Keys live = {"log", "level", "threshold", "fps", "keep_days"};

  Settings s = make();
  s.set_flag("db", db);
  s.set_flag("log", "flag.csv");
  toml("level = 'loose'\nkeep_days = 10\nfps = 9\n");
  s.resolve(environment);
  CHECK(s.reload(environment, live) == Keys{});

  toml("\n\nlevel = 'strict'\nlog = 'file.csv'\nfps = 3\nthreshold = 0.5\n");
  CHECK(s.reload(environment, live) == Keys{"level", "threshold", "keep_days"});
  CHECK(s.text("level") == "strict");
  CHECK(s.text("log") == "flag.csv");  // a flag stays the strongest
  CHECK(s.number("fps") == 5);         // the environment is stronger than the file
  CHECK(s.number("keep_days") == 30);  // what is not said any more is built in again
  CHECK_THAT(s.describe(), Catch::Contains("faceatt.toml:3"));

  const std::string before = s.describe();
  for (const char* bad :
       {"level = 'loose'\nkeep_days = -1\n", "level = 'loose'\nkeep_day = 1\n", "level = 'loose'\nlog"}) {
    toml(bad);
    CHECK_THAT(usage_error([&] { s.reload(environment, live); }), Catch::Contains("faceatt.toml:2"));
    CHECK(s.describe() == before);
  }
  std::filesystem::remove(folder / "faceatt.toml");
  CHECK(s.reload(environment, live) == Keys{"level", "threshold"});
  CHECK(s.text("level") == "normal");

  // What cannot change meanwhile stays, and is named each time.
  toml("level = 'strict'\nkeep_days = 3\n");
  for (int i = 0; i < 2; ++i) {
    CHECK(s.reload(environment, {"level"}) == (i == 0 ? Keys{"level", "keep_days"} : Keys{"keep_days"}));
    CHECK(s.text("level") == "strict");
    CHECK(s.number("keep_days") == 30);
    CHECK(s.origin("keep_days") == "built-in");
  }
}
