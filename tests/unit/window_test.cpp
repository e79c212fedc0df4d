#include "faceatt/vision/window.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <optional>
#include <string>

#include "faceatt/core/error.hpp"

using namespace faceatt;

namespace {

// The environment has `name` set to `value` (null: not at all) while this lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    set(value);
  }
  ~Variable() { set(before_ ? before_->c_str() : nullptr); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const char* value) { value ? ::setenv(name_, value, 1) : ::unsetenv(name_); }

  const char* name_;
  std::optional<std::string> before_;
};

std::string reason() {
  try {
    Window::create("faceatt");
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::kCannotRun);
    return e.what();
  } catch (const UsageError& e) {
    return std::string("no display in this build: ") + e.what();
  }
  return "opened";
}

}  // namespace

TEST_CASE("a window without a display is an error, not the end of the process") {
  const Variable no_wayland("WAYLAND_DISPLAY", nullptr), no_choice("QT_QPA_PLATFORM", nullptr);
  const auto with = [](const char* display) {
    const Variable variable("DISPLAY", display);
    return reason();
  };
  CHECK_THAT(with(nullptr), Catch::StartsWith("no display"));
  CHECK_THAT(with(""), Catch::StartsWith("no display"));
  CHECK_THAT(with(":4711"), Catch::StartsWith("no display"));
  const Variable no_such("QT_QPA_PLATFORM", "none");
  CHECK_THAT(with(":4711"), Catch::StartsWith("no display"));
}
