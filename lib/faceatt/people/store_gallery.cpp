#include "faceatt/people/store_gallery.hpp"

#include <utility>

namespace faceatt {
namespace {

constexpr const char* kUnread = "has no encoding of this model";

class Joiner {
 public:
  Joiner(const StoreGalleryOptions& options, std::size_t photos)
      : dimension_(options.dimension), key_(reading_key(options.fingerprint)), builder_(options.dimension, photos) {}

  void add(JoinedPerson&& person) {
    builder_.add_person(person.id, person.name, std::move(person.groups));
    for (auto& photo : person.photos) {
      const bool has_encoding = photo.reading.encoding.size() == 2 * dimension_;
      if (photo.is_read && photo.reading.problem.empty() && !has_encoding) photo.is_read = false;
      GalleryPhoto as_shown{photo.path, photo.sha256, photo.is_read ? photo.reading.problem : kUnread,
                            photo.reading.quality, GalleryPhoto::kNoRow};
      if (as_shown.usable()) unpack(photo.reading.encoding);
      builder_.add_photo(std::move(as_shown), row_);
      if (!photo.is_read) unread_.push_back(std::move(photo));
    }
  }

  const std::string& key() const { return key_; }
  StoreGallery take() { return {builder_.take(), std::move(unread_)}; }

 private:
  void unpack(const std::string& bytes) {
    row_.resize(dimension_);
    for (std::size_t i = 0; i < dimension_; ++i) {
      row_[i] = static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[2 * i]) |
                                           static_cast<unsigned char>(bytes[2 * i + 1]) << 8U);
    }
  }

  std::size_t dimension_;
  std::string key_;
  GalleryBuilder builder_;
  std::vector<std::uint16_t> row_;
  std::vector<JoinedPerson::Photo> unread_;
};

}  // namespace

StoreGallery gallery_of(const Records& records, const StoreGalleryOptions& options,
                        std::vector<std::string>& warnings) {
  Joiner joiner(options, records.size());
  for (auto at = records.begin(); at != records.end();) {
    joiner.add(join_records(at, records.end(), joiner.key(), warnings));
  }
  return joiner.take();
}

std::string encoding_bytes(std::span<const std::uint16_t> row) {
  std::string bytes;
  bytes.reserve(2 * row.size());
  for (const std::uint16_t half : row) {
    bytes += static_cast<char>(half & 0xFFU);
    bytes += static_cast<char>(half >> 8U);
  }
  return bytes;
}

}  // namespace faceatt
