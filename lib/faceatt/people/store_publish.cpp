#include "faceatt/people/store_publish.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/people/store_gallery.hpp"
#include "faceatt/vision/photo.hpp"

namespace faceatt {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPeopleAtOnce = 500;
constexpr std::size_t kPhotoBytesAtOnce = 8 << 20;

std::optional<PersonRecord> parsed(const std::optional<std::string>& value) {
  if (!value) return std::nullopt;
  try {
    return PersonRecord::from_cbor(*value);
  } catch (const Error&) {  // damaged: what is published now takes its place
    return std::nullopt;
  }
}

class Publisher {
 public:
  Publisher(StorePeople& people, const Gallery& gallery, const PublishRequest& request)
      : people_(people), gallery_(gallery), request_(request), origin_(origin_of(request.folder)) {}

  PublishOutcome run(const std::function<void(std::size_t, std::size_t)>& progress) {
    std::vector<const Person*> all;
    for (const Person& person : gallery_.people()) {
      if (!request_.ids || request_.ids->contains(person.id)) all.push_back(&person);
    }
    for (std::size_t i = 0; i < all.size(); i += kPeopleAtOnce) {
      publish(std::span(all).subspan(i, std::min(kPeopleAtOnce, all.size() - i)));
      if (progress) progress(std::min(i + kPeopleAtOnce, all.size()), all.size());
    }
    if (!request_.ids) look_who_is_gone();
    return std::move(outcome_);
  }

 private:
  void publish(std::span<const Person* const> some) {
    std::vector<std::string> ids, fields;
    for (const Person* person : some) {
      ids.push_back(person->id);
      fields.push_back(RecordField{person->id, origin_}.text());
    }
    const auto old = people_.values(fields);
    const auto erased = people_.erased_at(ids);
    for (std::size_t i = 0; i < some.size(); ++i) {
      if (erased[i] > 0 && newest_photo(*some[i]) < erased[i]) {
        outcome_.erased.push_back(ids[i]);
      } else {
        publish(*some[i], fields[i], old[i]);
      }
    }
    send();
  }

  void publish(const Person& person, const std::string& field, const std::optional<std::string>& value) {
    PersonRecord record = record_of(gallery_, person, request_.folder, request_.fingerprint);
    const auto before = parsed(value);
    StorePeople::Publication publication{field, {}, {}, {}, {}};
    for (const PhotoRecord& old : before ? before->photos : std::vector<PhotoRecord>()) {
      bool stays = false;
      for (PhotoRecord& photo : record.photos) {
        if (photo.sha256 != old.sha256) continue;
        stays = true;
        photo.readings.insert(old.readings.begin(), old.readings.end());  // those of other models
      }
      if (!stays) publication.gone.push_back(old.sha256);
    }
    if (request_.with_photos && !request_.dry_run) add_photos(person, field, publication);
    const bool is_same = before && record.says_what(*before) && publication.photos.empty();
    ++(is_same ? outcome_.unchanged : before ? outcome_.changed : outcome_.added);
    if (is_same || request_.dry_run) return;
    publication.value = record.to_cbor();
    for (const auto& [digest, bytes] : publication.photos) waiting_bytes_ += bytes.size();
    waiting_.push_back(std::move(publication));
    if (waiting_bytes_ > kPhotoBytesAtOnce) send();
  }

  void add_photos(const Person& person, const std::string& field, StorePeople::Publication& publication) {
    for (const GalleryPhoto& photo : person.photos) {
      if (people_.has_photo(field, photo.sha256)) continue;
      try {
        std::string bytes = read_file(photo.path, PhotoLimits{}.max_bytes);
        if (sha256(bytes) == photo.sha256) {
          publication.photos.emplace_back(photo.sha256, std::move(bytes));
          continue;
        }
      } catch (const Error&) {
        // Gone, or not to be read: left out, too.
      }
      outcome_.left_out.push_back(photo.path);
    }
  }

  // Unix seconds when the latest of a person's files came to be; of who has none, the roster.
  std::int64_t newest_photo(const Person& person) const {
    std::int64_t newest = 0;
    const auto look = [&](const fs::path& file) {
      if (const auto stamp = stamp_of(file)) newest = std::max(newest, stamp->ctime_ns / 1'000'000'000);
    };
    for (const GalleryPhoto& photo : person.photos) look(photo.path);
    if (person.photos.empty()) look(request_.folder / "roster.csv");
    return newest;
  }

  void look_who_is_gone() {
    for (const auto& [field, value] : people_.records_of("")) {
      const auto at = field.find(kStoreSeparator);
      if (field.substr(at + 1) != origin_ || gallery_.find(field.substr(0, at)) != nullptr) continue;
      outcome_.gone.push_back(field.substr(0, at));
      if (!request_.prune || request_.dry_run) continue;
      StorePeople::Publication removal{field, {}, {}, {}, {}};
      for (const PhotoRecord& photo : parsed(value).value_or(PersonRecord{}).photos) {
        removal.gone.push_back(photo.sha256);
      }
      waiting_.push_back(std::move(removal));
    }
    send();
  }

  void send() {
    if (!waiting_.empty()) people_.publish(waiting_);
    waiting_.clear();
    waiting_bytes_ = 0;
  }

  StorePeople& people_;
  const Gallery& gallery_;
  const PublishRequest& request_;
  std::string origin_;
  PublishOutcome outcome_;
  std::vector<StorePeople::Publication> waiting_;
  std::size_t waiting_bytes_ = 0;
};

}  // namespace

PersonRecord record_of(const Gallery& gallery, const Person& person, const fs::path& folder,
                       const std::string& fingerprint) {
  PersonRecord record;
  if (person.name != name_of_id(person.id)) record.name = to_nfc(person.name);
  for (const auto& group : person.groups) record.groups.push_back(to_nfc(group));
  record.published =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  for (const GalleryPhoto& photo : person.photos) {
    PhotoReading reading{to_nfc(photo.problem), photo.quality, {}};
    if (photo.usable()) reading.encoding = encoding_bytes(gallery.encodings().row(photo.row));
    record.photos.push_back({to_nfc(fs::path(photo.path).lexically_relative(folder).string()),
                             photo.sha256,
                             {{reading_key(fingerprint), std::move(reading)}}});
  }
  return record;
}

PublishOutcome publish_people(StorePeople& people, const Gallery& gallery, const PublishRequest& request,
                              const std::function<void(std::size_t, std::size_t)>& progress) {
  return Publisher(people, gallery, request).run(progress);
}

}  // namespace faceatt
