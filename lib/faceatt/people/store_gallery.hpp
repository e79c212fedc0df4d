// A gallery of the people of a store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "faceatt/people/gallery.hpp"
#include "faceatt/people/person_record.hpp"

namespace faceatt {

struct StoreGalleryOptions {
  std::string fingerprint;  // of model and parameters: encodings of another are not used
  std::size_t dimension = 0;
};

struct StoreGallery {
  Gallery gallery;
  // Photos that this model has not looked at; of no use in the gallery.
  std::vector<JoinedPerson::Photo> unread;
};

// Records that are none are told in `warnings`. Made anew at every change: 100,000 people take 0.1 s.
StoreGallery gallery_of(const Records& records, const StoreGalleryOptions& options, std::vector<std::string>& warnings);

// Row `row` of an encoding matrix as a record has it.
std::string encoding_bytes(std::span<const std::uint16_t> row);

}  // namespace faceatt
