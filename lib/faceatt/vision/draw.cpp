#include "faceatt/vision/draw.hpp"

#include <fmt/format.h>
#include <pango/pangocairo.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <opencv2/core.hpp>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/vision/quiet.hpp"

namespace faceatt {
namespace {

static_assert(std::endian::native == std::endian::little, "Cairo's ARGB32 is taken for BGRA bytes");

constexpr std::size_t kMaxKept = 64;    // texts
constexpr std::size_t kMaxBytes = 512;  // of a text; more than any picture has room for
constexpr int kWideLabel = 20;          // times the size of its title: the most
constexpr int kNarrowLabel = 6;         // the most where there is no room
constexpr double kInk = 0.05;           // black enough, and softer than black
constexpr double kLabelOpacity = 0.9;   // of a label's background
constexpr double kStatusOpacity = 0.6;  // of the bar's
const cv::Scalar kOutline(20, 20, 20);  // around lines, so that they show on any picture

struct Style {
  double red, green, blue;  // 0..1
  const char* sign;
};

const Style& style_of(Look look) {
  static constexpr std::array<Style, 6> kStyles = {{{0.85, 0.85, 0.85, ""},
                                                    {0.337, 0.706, 0.914, ""},
                                                    {0.0, 0.62, 0.451, "\u2713"},
                                                    {0.902, 0.624, 0.0, "?"},
                                                    {0.8, 0.475, 0.655, "\u2248"},
                                                    {0.835, 0.369, 0.0, "\u2715"}}};
  return kStyles[static_cast<std::size_t>(look)];
}

cv::Rect bounds(const cv::Mat& image) { return {0, 0, image.cols, image.rows}; }

// The box in whole pixels; one that is far larger than the picture is cut to what cannot be told from it. Empty when
// nothing of it can be seen.
std::optional<cv::Rect> pixels(const Box& box, cv::Size size) {
  if (!std::isfinite(box.x) || !std::isfinite(box.y) || !std::isfinite(box.width) || !std::isfinite(box.height)) {
    return std::nullopt;
  }
  const auto within = [](float at, int length) {
    const auto limit = static_cast<float>(length);
    return static_cast<int>(std::lround(std::clamp(at, -limit, 2 * limit)));
  };
  const int left = within(box.x, size.width), right = within(box.x + box.width, size.width);
  const int top = within(box.y, size.height), bottom = within(box.y + box.height, size.height);
  if (left >= right || top >= bottom) return std::nullopt;
  const cv::Rect rect(left, top, right - left, bottom - top);
  if ((rect & cv::Rect({0, 0}, size)).empty()) return std::nullopt;
  return rect;
}

// Pieces of `on` pixels along `length`, about `off` apart; the first starts at 0, the last ends at `length`.
std::vector<std::pair<int, int>> dashes(int length, int on, int off) {
  if (length <= on) return {{0, length}};
  const int gaps = std::max(1, (length - on) / (on + off));
  std::vector<std::pair<int, int>> pieces;
  for (int i = 0; i <= gaps; ++i) {
    const int begin = static_cast<int>(std::int64_t{length - on} * i / gaps);
    pieces.emplace_back(begin, begin + on);
  }
  return pieces;
}

// The four sides of `rect` as bars of `width` pixels that lie inside it.
void add_sides(std::vector<cv::Rect>& bars, const cv::Rect& rect, int width, int on, int off) {
  for (const auto& [begin, end] : dashes(rect.width, on, off)) {
    bars.emplace_back(rect.x + begin, rect.y, end - begin, width);
    bars.emplace_back(rect.x + begin, rect.y + rect.height - width, end - begin, width);
  }
  for (const auto& [begin, end] : dashes(rect.height, on, off)) {
    bars.emplace_back(rect.x, rect.y + begin, width, end - begin);
    bars.emplace_back(rect.x + rect.width - width, rect.y + begin, width, end - begin);
  }
}

void draw_frame(cv::Mat& bgr, const cv::Rect& rect, Look look) {
  constexpr int kWhole = std::numeric_limits<int>::max();
  const int shorter = std::min(rect.width, rect.height);
  const int line = std::clamp(std::min(bgr.cols, bgr.rows) / 240, 2, std::max(2, shorter / 25));
  std::vector<cv::Rect> bars;
  switch (look) {
    case Look::kUndecided:  // corners: the gap is all that is left
      add_sides(bars, rect, line, shorter / 4, kWhole / 2);
      break;
    case Look::kKnown:
      add_sides(bars, rect, line, kWhole, 0);
      break;
    case Look::kMarked:
      add_sides(bars, rect, 2 * line, kWhole, 0);
      break;
    case Look::kUnknown:
      add_sides(bars, rect, line, 6 * line, 4 * line);
      break;
    case Look::kAmbiguous:
      add_sides(bars, rect, 2 * line, 2 * line, 2 * line + 2);
      break;
    case Look::kSpoof: {
      add_sides(bars, rect, line, kWhole, 0);
      const int in = 2 * line + 2;
      const cv::Rect inner(rect.x + in, rect.y + in, rect.width - 2 * in, rect.height - 2 * in);
      if (inner.width > 0 && inner.height > 0) add_sides(bars, inner, line, kWhole, 0);
      break;
    }
  }
  const Style& style = style_of(look);
  const cv::Scalar colour(255 * style.blue, 255 * style.green, 255 * style.red);
  for (const cv::Rect& bar : bars) {
    bgr(cv::Rect(bar.x - 1, bar.y - 1, bar.width + 2, bar.height + 2) & bounds(bgr)).setTo(kOutline);
  }
  for (const cv::Rect& bar : bars) bgr(bar & bounds(bgr)).setTo(colour);
}

// Lays a picture with premultiplied opacity over another. What lies outside is left out.
void blend(cv::Mat& bgr, const cv::Mat& bgra, cv::Point at) {
  const cv::Rect inside = cv::Rect(at, bgra.size()) & bounds(bgr);
  for (int y = inside.y; y < inside.y + inside.height; ++y) {
    const auto* from = bgra.ptr<cv::Vec4b>(y - at.y) + (inside.x - at.x);
    auto* to = bgr.ptr<cv::Vec3b>(y) + inside.x;
    for (int x = 0; x < inside.width; ++x) {
      const int rest = 255 - from[x][3];
      for (int c = 0; c < 3; ++c) to[x][c] = cv::saturate_cast<uchar>(from[x][c] + (to[x][c] * rest + 127) / 255);
    }
  }
}

struct Place {
  cv::Rect rect;
  // Pixels of faces and labels that it covers, and of where other faces' labels would be best; weighted.
  std::int64_t harm = std::numeric_limits<std::int64_t>::max();
};

// Where a label of `size` does least harm: above or below its face if possible, else beside it or inside.
Place place(cv::Size size, std::size_t face, const std::vector<cv::Rect>& faces, const std::vector<cv::Rect>& labels,
            const cv::Rect& area) {
  const cv::Rect& own = faces[face];
  const int right = own.x + own.width, bottom = own.y + own.height;
  const std::array<cv::Point, 7> choices = {{{own.x, own.y - size.height},
                                             {own.x, bottom},
                                             {right - size.width, own.y - size.height},
                                             {right - size.width, bottom},
                                             {right, own.y},
                                             {own.x - size.width, own.y},
                                             {own.x, bottom - size.height}}};
  const auto harm_of = [&](const cv::Rect& rect) {
    std::int64_t sum = 2 * (rect & own).area();
    for (std::size_t i = 0; i < faces.size(); ++i) {
      if (i == face) continue;
      const cv::Rect& other = faces[i];
      const cv::Rect with_labels(other.x, other.y - size.height, other.width, other.height + 2 * size.height);
      sum += 3 * (rect & other).area() + (rect & with_labels).area();
    }
    for (const cv::Rect& label : labels) sum += 4 * (rect & label).area();
    return sum;
  };
  Place best;
  for (const cv::Point& choice : choices) {
    const int x = std::max(area.x, std::min(choice.x, area.x + area.width - size.width));
    const int y = std::max(area.y, std::min(choice.y, area.y + area.height - size.height));
    const cv::Rect rect({x, y}, size);
    if (const std::int64_t harm = harm_of(rect); harm < best.harm) best = {rect, harm};
  }
  return best;
}

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};
template <typename T>
using Object = std::unique_ptr<T, Unref>;

struct Extent {
  int x, y, width, height;
};

Extent extent_of(PangoLayout* layout) {
  PangoRectangle logical;
  pango_layout_get_pixel_extents(layout, nullptr, &logical);
  return {logical.x, logical.y, logical.width, logical.height};
}

// A picture that Cairo draws into.
class Canvas {
 public:
  explicit Canvas(cv::Size size) : bgra_(size, CV_8UC4, cv::Scalar::all(0)) {
    cairo_surface_t* surface = cairo_image_surface_create_for_data(bgra_.data, CAIRO_FORMAT_ARGB32, size.width,
                                                                   size.height, static_cast<int>(bgra_.step));
    cairo_ = cairo_create(surface);
    cairo_surface_destroy(surface);  // cairo_ keeps it
  }
  ~Canvas() { cairo_destroy(cairo_); }
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;

  void fill(const cv::Rect& rect, double red, double green, double blue, double opacity) {
    cairo_set_source_rgba(cairo_, red, green, blue, opacity);
    cairo_rectangle(cairo_, rect.x, rect.y, rect.width, rect.height);
    cairo_fill(cairo_);
  }
  void text(PangoLayout* layout, int x, int y, double red, double green, double blue) {
    const Extent extent = extent_of(layout);
    cairo_set_source_rgb(cairo_, red, green, blue);
    cairo_move_to(cairo_, x - extent.x, y - extent.y);
    pango_cairo_show_layout(cairo_, layout);
  }
  cv::Mat take() {
    cairo_surface_flush(cairo_get_target(cairo_));
    return bgra_;
  }

 private:
  cv::Mat bgra_;
  cairo_t* cairo_;
};

}  // namespace

class FacePainter::Typesetter {
 public:
  Typesetter() {
    const StderrCapture capture;  // Fontconfig complains there of its configuration
    fonts_.reset(pango_cairo_font_map_new());
    context_.reset(pango_font_map_create_context(fonts_.get()));
    cairo_font_options_t* options = cairo_font_options_create();
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT);
    pango_cairo_context_set_font_options(context_.get(), options);
    cairo_font_options_destroy(options);
    if (pango_layout_get_unknown_glyphs_count(set("A", 12, false, 100).get()) > 0) {
      throw Error(ErrorCode::kCannotRun, "there is no font to write names with: install fonts-dejavu-core");
    }
  }

  // `em` is the size of the title in pixels. Empty when there is nothing to say.
  cv::Mat label(const FaceLabel& face, int em, int max_width) {
    const Style& style = style_of(face.look);
    if (face.title.empty() && face.note.empty() && *style.sign == '\0') return {};
    const std::string what =
        fmt::format("{} {} {}\n{}\n{}", static_cast<int>(face.look), em, max_width, face.title, face.note);
    return keep(what, [&] { return render_label(face, style, em, max_width); });
  }

  // White on nothing.
  cv::Mat line(const std::string& text, int em, int max_width) {
    return keep(fmt::format("{} {}\n{}", em, max_width, text), [&] {
      const auto layout = set(text, em, false, max_width);
      const Extent extent = extent_of(layout.get());
      Canvas canvas({std::max(1, std::min(extent.width, max_width)), std::max(1, extent.height)});
      canvas.text(layout.get(), 0, 0, 1, 1, 1);
      return canvas.take();
    });
  }

  // The picture is drawn: what it did not use may go.
  void end_picture() {
    if (kept_.size() > kMaxKept)
      std::erase_if(kept_, [&](const auto& entry) { return entry.second.picture != picture_; });
    ++picture_;
  }
  std::size_t kept() const { return kept_.size(); }

 private:
  struct Kept {
    cv::Mat bgra;
    std::uint64_t picture;  // that used it last
  };

  template <typename Render>
  cv::Mat keep(const std::string& what, Render&& render) {
    auto found = kept_.find(what);
    if (found == kept_.end()) found = kept_.emplace(what, Kept{render(), picture_}).first;
    found->second.picture = picture_;
    return found->second.bgra;
  }

  Object<PangoLayout> set(const std::string& text, int em, bool bold, int max_width) const {
    const std::string clean = printable(std::string_view(text).substr(0, kMaxBytes));
    Object<PangoLayout> layout(pango_layout_new(context_.get()));
    PangoFontDescription* font = pango_font_description_from_string("sans-serif");
    pango_font_description_set_absolute_size(font, double{PANGO_SCALE} * em);
    if (bold) pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
    pango_layout_set_font_description(layout.get(), font);
    pango_font_description_free(font);
    pango_layout_set_text(layout.get(), clean.data(), static_cast<int>(clean.size()));
    pango_layout_set_single_paragraph_mode(layout.get(), TRUE);
    pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
    pango_layout_set_width(layout.get(), max_width * PANGO_SCALE);
    return layout;
  }

  cv::Mat render_label(const FaceLabel& face, const Style& style, int em, int max_width) const {
    const int pad = std::max(2, em / 4);
    const int note_em = std::max(11, em * 4 / 5);
    const bool has_sign = *style.sign != '\0';
    const auto sign = set(style.sign, em, true, max_width);
    const int sign_width = has_sign ? std::max(em, extent_of(sign.get()).width) + pad : 0;
    const int room = std::max(1, max_width - sign_width - 2 * pad);
    const auto title = set(face.title, em, true, room);
    const auto note = set(face.note, note_em, false, room);
    const Extent head = face.title.empty() ? Extent{} : extent_of(title.get());
    const Extent foot = face.note.empty() ? Extent{} : extent_of(note.get());
    const Extent mark = has_sign ? extent_of(sign.get()) : Extent{};

    const int words = std::max(head.width, foot.width);
    const cv::Size size(std::min(max_width, sign_width + (words > 0 ? words + 2 * pad : 0)),
                        std::max(head.height + foot.height, mark.height) + pad);
    Canvas canvas(size);
    canvas.fill({{0, 0}, size}, style.red, style.green, style.blue, kLabelOpacity);
    if (has_sign) {
      canvas.fill({0, 0, sign_width, size.height}, kInk, kInk, kInk, 1);
      canvas.text(sign.get(), (sign_width - mark.width) / 2, (size.height - mark.height) / 2, style.red, style.green,
                  style.blue);
    }
    const int top = (size.height - head.height - foot.height) / 2;
    if (!face.title.empty()) canvas.text(title.get(), sign_width + pad, top, kInk, kInk, kInk);
    if (!face.note.empty()) canvas.text(note.get(), sign_width + pad, top + head.height, kInk, kInk, kInk);
    return canvas.take();
  }

  Object<PangoFontMap> fonts_;
  Object<PangoContext> context_;
  std::unordered_map<std::string, Kept> kept_;
  std::uint64_t picture_ = 0;
};

FacePainter::FacePainter() : typesetter_(std::make_unique<Typesetter>()) {}
FacePainter::~FacePainter() = default;
std::size_t FacePainter::kept() const { return typesetter_->kept(); }

void FacePainter::draw(cv::Mat& bgr, std::span<const FaceLabel> faces, const std::string& status,
                       const std::string& request) {
  CV_Assert(bgr.type() == CV_8UC3);
  const int shorter = std::min(bgr.cols, bgr.rows);

  std::vector<const FaceLabel*> seen;
  std::vector<cv::Rect> rects;
  for (const FaceLabel& face : faces) {
    if (const auto rect = pixels(face.box, bgr.size())) {
      draw_frame(bgr, *rect, face.look);
      seen.push_back(&face);
      rects.push_back(*rect);
    }
  }

  cv::Rect area = bounds(bgr);  // for labels
  const auto draw_bar = [&](const std::string& words, int em) {
    if (words.empty()) return;
    const int pad = em / 2;
    const cv::Mat text = typesetter_->line(words, em, std::max(1, bgr.cols - 2 * pad));
    const int height = std::min(area.height, text.rows + pad);
    const int top = area.height - height;
    cv::Mat bar = bgr.rowRange(top, area.height);
    bar.convertTo(bar, -1, 1 - kStatusOpacity);
    blend(bgr, text, {pad, top + (height - text.rows) / 2});
    area.height = top;
  };
  draw_bar(status, std::max(12, shorter / 45));
  // As large as it fits: the end of the line says what to do. A letter is about half an em wide.
  const auto fits = static_cast<int>(1.7 * bgr.cols / static_cast<double>(std::max<std::size_t>(request.size(), 1)));
  draw_bar(request, std::clamp(fits, 12, std::max(16, shorter / 16)));

  std::vector<cv::Rect> labels;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    // Even sizes and whole ems: a face that comes nearer does not have its label set anew in every frame.
    const int em = std::clamp(rects[i].height / 8, std::max(12, shorter / 100), std::max(14, shorter / 36)) / 2 * 2;
    const auto set = [&](int ems) { return typesetter_->label(*seen[i], em, std::min(bgr.cols, ems * em)); };
    const auto placed = [&](const cv::Mat& label) { return place(label.size(), i, rects, labels, area); };
    cv::Mat label = set(kWideLabel);
    if (label.empty()) continue;
    Place best = placed(label);
    if (best.harm > 0) {  // is there more room for a shorter one? It says less, so it must be worth it.
      const cv::Mat narrow = set(std::clamp(rects[i].width / em, kNarrowLabel, kWideLabel));
      const Place other = placed(narrow);
      const auto lost = static_cast<std::int64_t>(label.total() - narrow.total()) / 2;
      if (other.harm + lost < best.harm) {
        label = narrow;
        best = other;
      }
    }
    labels.push_back(best.rect);
    blend(bgr, label, best.rect.tl());
  }
  typesetter_->end_picture();
}

}  // namespace faceatt
