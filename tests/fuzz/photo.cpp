// Pictures: no more pixels come out than the limit, which is looked at before any memory is taken.
#include "faceatt/vision/photo.hpp"

#include <opencv2/core.hpp>

#include "faceatt/core/time.hpp"
#include "faceatt/pipeline/photo_time.hpp"
#include "fuzz.hpp"

using namespace faceatt;
using faceatt::fuzz::require;

FUZZ_TARGET(photo) {
  constexpr PhotoLimits kLimits{1 << 20, 100'000};
  fuzz::accepts([&] {
    const Frame frame = decode_photo(std::string(input), "p", kLimits);
    require(!frame.image.empty() && frame.image.type() == CV_8UC3, "a picture has three channels");
    require(frame.image.total() <= kLimits.max_pixels, "the header says how large it is");
    TimeClues clues;
    clues.exif = frame.taken;
    clues.file = LocalTime{1'795'000'000, 3600, true};
    photo_time("p", clues, {1'795'311'050, 3600, true});
    encode_jpeg(frame, {0, 0, 8, 8});
  });
}
