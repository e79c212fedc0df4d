// The descriptors that every program starts with, and the progress line on the terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace faceatt::cli {

// A closed standard descriptor would be given to the next file that is opened, and records be written into that:
// /dev/null takes its place. To be called first of all.
void open_standard_descriptors();

// Standard error as it was at the first call, even while the library listens to descriptor 2.
int standard_error();

// To standard_error(), as it is.
void say(const std::string& text);

// Whether the locale says that the terminal shows UTF-8; else what the tools draw is ASCII. By the variables, since
// numbers keep their '.', which setlocale() would change, and the locale of a terminal far away may not be installed
// here.
bool terminal_is_utf8();

// Columns of the terminal that standard output is: as it says itself, else $COLUMNS, else 80.
std::size_t terminal_width();

// "NAME: enrolling [====      ] 12/496  41/s, 12 s left", over itself, on a terminal only; gone when done.
class Progress {
 public:
  // `total` 0: not known; then hide() ends it.
  void show(const std::string& program, const std::string& what, std::size_t done, std::size_t total);
  void hide();  // before anything else is written to the terminal

 private:
  std::string what_;
  std::chrono::steady_clock::time_point begun_, drawn_;
  bool shown_ = false;
};

}  // namespace faceatt::cli
