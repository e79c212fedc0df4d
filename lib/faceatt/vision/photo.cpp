#include "faceatt/vision/photo.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <exiv2/exiv2.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/photo_name.hpp"
#include "faceatt/vision/quiet.hpp"

namespace faceatt {
namespace {

using namespace std::string_view_literals;

constexpr int kJpegQuality = 95;

enum class Kind { kJpeg, kPng, kWebp, kTiff, kBmp };

// The reason of a DamagedPhoto.
struct Damage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What the first bytes say, whatever the name says. Throws the reason when it is not a supported picture.
Kind sniff(std::string_view bytes) {
  if (bytes.empty()) throw Damage("empty file");
  if (bytes.starts_with("\xFF\xD8\xFF"sv)) return Kind::kJpeg;
  if (bytes.starts_with("\x89PNG\r\n\x1A\n"sv)) return Kind::kPng;
  if (bytes.starts_with("RIFF"sv) && bytes.substr(0, 12).ends_with("WEBP"sv)) {
    // What libwebp does not know OpenCV would hand on to its reader of DICOM, of whatever size that is then.
    if (bytes.size() > 128 && bytes.substr(128).starts_with("DICM"sv))
      throw Damage("damaged picture (two kinds in one)");
    return Kind::kWebp;
  }
  if (bytes.starts_with("II*\0"sv) || bytes.starts_with("MM\0*"sv)) return Kind::kTiff;
  if (bytes.starts_with("BM"sv) && bytes.size() > 26) return Kind::kBmp;
  if (bytes.starts_with("GIF8"sv)) throw std::runtime_error("GIF is not supported; convert it to JPEG or PNG");
  if (bytes.size() > 12 && bytes.substr(4, 4) == "ftyp"sv) {
    throw std::runtime_error("HEIC/AVIF is not supported; convert it to JPEG or PNG");
  }
  throw std::runtime_error("not a picture (JPEG, PNG, WebP, TIFF and BMP are read)");
}

// A JPEG that was cut short has no end-of-image marker after the start of its scan data. (A thumbnail inside the EXIF
// block has one of its own, so the block is skipped.)
bool is_complete_jpeg(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  std::size_t at = 2;
  while (at + 4 <= bytes.size() && byte(at) == 0xFF) {
    if (byte(at + 1) == 0xFF) {  // fill byte
      ++at;
      continue;
    }
    if (byte(at + 1) == 0xDA) return bytes.find("\xFF\xD9"sv, at) != std::string_view::npos;
    at += 2 + (static_cast<std::size_t>(byte(at + 2)) << 8 | byte(at + 3));
  }
  return false;
}

struct Header {
  std::uint64_t pixels = 0;
  int orientation = 1;  // EXIF 1..8
  std::optional<LocalTime> taken = std::nullopt;
};

std::optional<LocalTime> time_taken(const Exiv2::ExifData& exif) {
  const auto text = [&](const char* key) {
    const auto tag = exif.findKey(Exiv2::ExifKey(key));
    return tag == exif.end() ? std::string() : tag->toString();
  };
  const std::string offset = text("Exif.Photo.OffsetTimeOriginal");
  return parse_exif_time(text("Exif.Photo.DateTimeOriginal"), offset.empty() ? text("Exif.Photo.OffsetTime") : offset);
}

// Exiv2 takes the smallest BMP files for damaged ones; this header is simple, and has no orientation.
Header read_bmp_header(std::string_view bytes) {
  const auto number = [&](std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value |= std::uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
    return value;
  };
  if (number(14, 4) == 12) return {std::uint64_t{number(18, 2)} * number(20, 2)};  // OS/2
  const auto side = [&](std::size_t at) { return std::abs(std::int64_t{static_cast<std::int32_t>(number(at, 4))}); };
  return {static_cast<std::uint64_t>(side(18) * side(22))};  // a negative height: stored from the top
}

Header read_header(std::string_view bytes) {
  Exiv2::LogMsg::setLevel(Exiv2::LogMsg::mute);
  try {
    const auto image =
        Exiv2::ImageFactory::open(reinterpret_cast<const Exiv2::byte*>(bytes.data()), static_cast<long>(bytes.size()));
    image->readMetadata();
    Header header;
    header.pixels = std::uint64_t{static_cast<std::uint32_t>(image->pixelWidth())} *
                    static_cast<std::uint32_t>(image->pixelHeight());
    const auto& exif = image->exifData();
    const auto tag = exif.findKey(Exiv2::ExifKey("Exif.Image.Orientation"));
    if (tag != exif.end() && tag->count() > 0) header.orientation = static_cast<int>(tag->toLong());
    header.taken = time_taken(exif);
    return header;
  } catch (const Exiv2::Error&) {
    throw Damage("damaged picture (its header cannot be read)");
  }
}

// EXIF 2.3, tag 0x0112.
cv::Mat upright(cv::Mat image, int orientation) {
  switch (orientation) {
    case 2:
      cv::flip(image, image, 1);
      break;
    case 3:
      cv::rotate(image, image, cv::ROTATE_180);
      break;
    case 4:
      cv::flip(image, image, 0);
      break;
    case 5:
      cv::transpose(image, image);
      break;
    case 6:
      cv::rotate(image, image, cv::ROTATE_90_CLOCKWISE);
      break;
    case 7:
      cv::transpose(image, image);
      cv::rotate(image, image, cv::ROTATE_180);
      break;
    case 8:
      cv::rotate(image, image, cv::ROTATE_90_COUNTERCLOCKWISE);
      break;
    default:
      break;
  }
  return image;
}

cv::Mat decode(const std::string& bytes, const PhotoLimits& limits, std::optional<LocalTime>& taken) {
  const Kind kind = sniff(bytes);
  const Header header = kind == Kind::kBmp ? read_bmp_header(bytes) : read_header(bytes);
  taken = header.taken;
  if (header.pixels == 0) throw Damage("damaged picture (it has no size)");
  if (header.pixels > limits.max_pixels) {
    throw std::runtime_error(fmt::format("{} megapixels are over the limit of {}", header.pixels / 1'000'000,
                                         limits.max_pixels / 1'000'000));
  }
  if (kind == Kind::kJpeg && !is_complete_jpeg(bytes)) throw Damage("damaged picture (cut short)");

  const cv::Mat raw(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<char*>(bytes.data()));
  cv::Mat image;
  {
    const StderrCapture capture;
    try {
      image = cv::imdecode(raw, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
    } catch (const cv::Exception&) {
      image.release();
    }
    if (capture.text().find("Premature end") != std::string::npos) image.release();
  }
  if (image.empty()) throw Damage("damaged picture (it cannot be decoded)");
  // libtiff has turned the picture upright already.
  return kind == Kind::kTiff ? image : upright(std::move(image), header.orientation);
}

}  // namespace

Frame decode_photo(const std::string& bytes, const std::string& name, const PhotoLimits& limits) {
  Frame frame;
  frame.source = name;
  try {
    frame.image = decode(bytes, limits, frame.taken);
  } catch (const Error&) {
    throw;
  } catch (const Damage& e) {
    throw DamagedPhoto(fmt::format("{}: {}", name, e.what()));
  } catch (const std::exception& e) {
    throw Error(ErrorCode::kInput, fmt::format("{}: {}", name, e.what()));
  }
  return frame;
}

Frame read_photo(const std::filesystem::path& path, const PhotoLimits& limits) {
  return decode_photo(read_file(path, limits.max_bytes), path.string(), limits);
}

std::string encode_jpeg(const Frame& frame, const Box& part) {
  const auto pixel = [](float at) { return static_cast<int>(std::lround(at)); };
  const cv::Rect wanted(pixel(part.x), pixel(part.y), pixel(part.width), pixel(part.height));
  const cv::Rect inside = wanted & cv::Rect(0, 0, frame.image.cols, frame.image.rows);
  std::vector<unsigned char> bytes;
  if (inside.empty() || !cv::imencode(".jpg", frame.image(inside), bytes, {cv::IMWRITE_JPEG_QUALITY, kJpegQuality})) {
    throw Error(ErrorCode::kInput, fmt::format("{}: nothing to cut out", frame.source));
  }
  return {bytes.begin(), bytes.end()};
}

std::vector<std::filesystem::path> photos_in(const std::filesystem::path& path,
                                             std::vector<std::filesystem::path>& unreadable) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::is_directory(path, error)) return {path};
  std::vector<fs::path> photos;
  fs::directory_iterator entries(path, error);
  if (error) unreadable.push_back(path);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const fs::path& entry = entries->path();
    if (entry.filename().string().starts_with('.')) continue;
    std::error_code ignored;
    if (entries->is_directory(ignored)) {
      if (entries->is_symlink(ignored)) continue;
      const auto inside = photos_in(entry, unreadable);
      photos.insert(photos.end(), inside.begin(), inside.end());
    } else if (has_photo_name(entry)) {
      photos.push_back(entry);
    }
  }
  std::sort(photos.begin(), photos.end());
  return photos;
}

}  // namespace faceatt
