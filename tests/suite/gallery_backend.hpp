// The people that the suite is run over: of a folder, or of a store when FACEATT_TEST_STORE names one, to which the
// folder is published.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../unit/fake_people.hpp"
#include "faceatt/people/store_gallery.hpp"
#include "faceatt/people/store_publish.hpp"

namespace faceatt::test {

class GalleryBackend {
 public:
  GalleryBackend() {
    std::filesystem::create_directory(folder());
    const char* const text = std::getenv("FACEATT_TEST_STORE");
    if (text == nullptr || *text == '\0') return;
    static int number = 0;
    StoreUrl url = parse_store_url(text);
    url.site = fmt::format("people-{}-{}", ::getpid(), ++number);  // nothing of it is there before
    link_.emplace(url);
  }

  std::filesystem::path folder() const { return temp_ / "people"; }
  void photo(const std::filesystem::path& name, std::string_view text) const { write(folder() / name, text); }

  Gallery load(const std::string& fingerprint = "fake 1") {
    warnings.clear();
    fake.read.clear();
    const GalleryOptions options{folder(), fingerprint, "fake.bin", 3, 1, {}, {}};
    Gallery gallery = Gallery::load(
        options, [&] { return fake.reader(); }, warnings);
    if (!link_) return gallery;
    StorePeople people(*link_);
    publish_people(people, gallery, {folder(), fingerprint, {}, false, true, false});
    StorePeople::Changes changes;
    people.update(copy_, changes, warnings);
    // A machine that starts now has the same as one that has followed.
    PeopleCopy fresh;
    people.update(fresh, changes, warnings);
    CHECK(fresh.records == copy_.records);
    auto made = faceatt::gallery_of(copy_.records, {fingerprint, 3}, warnings);
    CHECK(made.unread.empty());
    return std::move(made.gallery);
  }

  std::vector<std::string> warnings;
  FakeReader fake;

 private:
  TempFolder temp_;
  std::optional<StoreLink> link_;
  PeopleCopy copy_;
};

}  // namespace faceatt::test
