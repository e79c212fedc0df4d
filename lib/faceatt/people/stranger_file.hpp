// A stranger's visit on disk: a picture STEM.jpg, and beside it a sidecar STEM.json that says what was seen.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "faceatt/core/seal.hpp"
#include "faceatt/core/time.hpp"
#include "faceatt/vision/encode.hpp"

namespace faceatt {

struct StrangerVisit {
  LocalTime time;
  std::string camera;
  int track = 0;
  double seconds = 0;      // that it lasted
  int frames = 0;          // in which the face was found
  int quality = 0;         // percent, of the best view
  std::string closest_id;  // the enrolled person it was most like; empty when there is none
  double closest_score = 0;
  Encoding encoding;  // of the best view
};

// What a sidecar holds.
struct Sidecar {
  StrangerVisit visit;
  int group = 0;            // from 1; visits of one number are of the same person
  std::string fingerprint;  // of detector and encoder; encodings of another one cannot be compared
};

std::string group_name(int group);  // "unknown-17"

// One line of JSON; numbers of the encoding have six decimals.
std::string sidecar_text(const Sidecar& sidecar);

// Empty when it is not a whole sidecar of this version: cut short, altered, or another kind of JSON. Never throws,
// whatever the bytes.
std::optional<Sidecar> parse_sidecar(std::string_view bytes);

// Empty also when the file is missing or cannot be read. Throws Error(kCannotRun) when it is sealed with a key that is
// not in `seal`.
std::optional<Sidecar> read_sidecar(const std::filesystem::path& file, const Seal& seal = {});

// Replaces it, sealed when there is a key. Throws std::system_error.
void write_sidecar(const std::filesystem::path& file, const Sidecar& sidecar, const Seal& seal = {});

// "2026-11-21T08-59-58-door-track3". What of the camera's name does not belong into a file name becomes '_'.
std::string visit_stem(const LocalTime& time, std::string_view camera, int track);

// The time in a stem that visit_stem() made, "-2" and so on behind it allowed, in the system's time zone; empty for any
// other name.
std::optional<LocalTime> time_of_stem(std::string_view stem);

}  // namespace faceatt
