#include "faceatt/vision/draw.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <opencv2/core.hpp>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "faceatt/vision/typeset.hpp"

namespace faceatt {
namespace {

constexpr std::size_t kMaxKept = 64;    // texts
constexpr int kWideLabel = 20;          // times the size of its title: the most
constexpr int kNarrowLabel = 6;         // the most where there is no room
constexpr double kLabelOpacity = 0.9;   // of a label's background
constexpr double kStatusOpacity = 0.6;  // of the bar's
const cv::Scalar kInk(13, 13, 13);      // black enough, and softer than black
const cv::Scalar kOutline(20, 20, 20);  // around lines, so that they show on any picture

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
  const cv::Scalar colour = style_of(look).colour;
  for (const cv::Rect& bar : bars) {
    bgr(cv::Rect(bar.x - 1, bar.y - 1, bar.width + 2, bar.height + 2) & bounds(bgr)).setTo(kOutline);
  }
  for (const cv::Rect& bar : bars) bgr(bar & bounds(bgr)).setTo(colour);
}

struct Place {
  cv::Rect rect;
  std::int64_t hidden =
      std::numeric_limits<std::int64_t>::max();  // pixels of faces and labels that it covers, weighted
  std::int64_t taken = 0;                        // of where other faces' labels would be best
  // Less harm is before more.
  bool operator<(const Place& other) const { return 4 * hidden + taken < 4 * other.hidden + other.taken; }
};

// Where a label of `size` does least harm: above or below its face if possible, else beside it or inside.
Place place(cv::Size size, std::size_t face, const std::vector<cv::Rect>& faces, const std::vector<cv::Rect>& labels,
            const cv::Rect& area) {
  const cv::Rect& own = faces[face];
  const int right = own.x + own.width, bottom = own.y + own.height, middle = own.x + (own.width - size.width) / 2;
  const std::array<cv::Point, 11> choices = {{{own.x, own.y - size.height},
                                              {own.x, bottom},
                                              {right - size.width, own.y - size.height},
                                              {right - size.width, bottom},
                                              {middle, own.y - size.height},
                                              {middle, bottom},
                                              {right, own.y},
                                              {own.x - size.width, own.y},
                                              {right, bottom - size.height},
                                              {own.x - size.width, bottom - size.height},
                                              {own.x, bottom - size.height}}};
  const auto at = [&](const cv::Rect& rect) {
    Place here{rect, (rect & own).area(), 0};
    for (std::size_t i = 0; i < faces.size(); ++i) {
      if (i == face) continue;
      const cv::Rect& other = faces[i];
      const cv::Rect with_labels(other.x, other.y - size.height, other.width, other.height + 2 * size.height);
      here.hidden += (rect & other).area();
      here.taken += (rect & with_labels).area();
    }
    for (const cv::Rect& label : labels) here.hidden += (rect & label).area();
    return here;
  };
  std::optional<Place> best;
  for (const cv::Point& choice : choices) {
    const int x = std::max(area.x, std::min(choice.x, area.x + area.width - size.width));
    const int y = std::max(area.y, std::min(choice.y, area.y + area.height - size.height));
    const Place here = at(cv::Rect({x, y}, size));
    if (!best || here < *best) best = here;
  }
  return *best;
}

cv::Mat render_label(const Typesetter& typesetter, const FaceLabel& face, int em, int max_width) {
  const LookStyle style = style_of(face.look);
  const int pad = std::max(2, em / 4);
  const int note_em = std::max(11, em * 4 / 5);
  const auto set = [&](const std::string& text, int size, int room, bool is_bold, const cv::Scalar& colour) {
    return typesetter.set(text, {.em = size, .max_width = room, .is_bold = is_bold, .colour = colour});
  };
  const cv::Mat sign = set(style.sign, em, max_width, true, style.colour);
  const int sign_width = sign.empty() ? 0 : std::max(em, sign.cols) + pad;
  const int room = std::max(1, max_width - sign_width - 2 * pad);
  const cv::Mat title = set(face.title, em, room, true, kInk);
  const cv::Mat note = set(face.note, note_em, room, false, kInk);

  const int words = std::max(title.cols, note.cols);
  const cv::Size size(std::min(max_width, sign_width + (words > 0 ? words + 2 * pad : 0)),
                      std::max(title.rows + note.rows, sign.rows) + pad);
  cv::Scalar background = style.colour;
  background[3] = 255;
  cv::Mat label(size, CV_8UC4, kLabelOpacity * background);
  if (!sign.empty()) {
    label.colRange(0, std::min(sign_width, size.width)).setTo(cv::Scalar(kInk[0], kInk[1], kInk[2], 255));
    blend(label, sign, {(sign_width - sign.cols) / 2, (size.height - sign.rows) / 2});
  }
  const int top = (size.height - title.rows - note.rows) / 2;
  blend(label, title, {sign_width + pad, top});
  blend(label, note, {sign_width + pad, top + title.rows});
  return label;
}

}  // namespace

LookStyle style_of(Look look) {
  static const std::array<LookStyle, 6> kStyles = {{{{217, 217, 217}, ""},
                                                    {{233, 180, 86}, ""},
                                                    {{115, 158, 0}, "\u2713"},
                                                    {{0, 159, 230}, "?"},
                                                    {{167, 121, 204}, "\u2248"},
                                                    {{0, 94, 213}, "\u2715"}}};
  return kStyles[static_cast<std::size_t>(look)];
}

// The texts that were drawn last.
class FacePainter::Texts {
 public:
  // `em` is the size of the title in pixels. Empty when there is nothing to say.
  cv::Mat label(const FaceLabel& face, int em, int max_width) {
    if (face.title.empty() && face.note.empty() && *style_of(face.look).sign == '\0') return {};
    const std::string what =
        fmt::format("{} {} {}\n{}\n{}", static_cast<int>(face.look), em, max_width, face.title, face.note);
    return keep(what, [&] { return render_label(typesetter_, face, em, max_width); });
  }

  // White on nothing.
  cv::Mat line(const std::string& text, int em, int max_width) {
    return keep(fmt::format("{} {}\n{}", em, max_width, text), [&] {
      return typesetter_.set(text, {.em = em, .max_width = max_width, .colour = cv::Scalar::all(255)});
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
  cv::Mat keep(const std::string& what, const Render& render) {
    auto found = kept_.find(what);
    if (found == kept_.end()) found = kept_.emplace(what, Kept{render(), picture_}).first;
    found->second.picture = picture_;
    return found->second.bgra;
  }

  Typesetter typesetter_;
  std::unordered_map<std::string, Kept> kept_;
  std::uint64_t picture_ = 0;
};

FacePainter::FacePainter() : texts_(std::make_unique<Texts>()) {}
FacePainter::~FacePainter() = default;
std::size_t FacePainter::kept() const { return texts_->kept(); }

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
    const cv::Mat text = texts_->line(words, em, std::max(1, bgr.cols - 2 * pad));
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
    const int least = std::max(12, shorter / 100);
    const auto even = [&](int em) { return std::max(least, em) / 2 * 2; };
    const int em = even(std::min(rects[i].height / 8, std::max(14, shorter / 36)));
    FaceLabel short_label = *seen[i];
    if (!short_label.title.empty()) short_label.note.clear();
    // The first that hides no face and no label; else the one that hides least. The name is cut last of all.
    struct Form {
      const FaceLabel* label;
      int em, ems;
    };
    const std::array<Form, 5> forms = {{{seen[i], em, kWideLabel},
                                        {seen[i], even(em * 2 / 3), kWideLabel},
                                        {&short_label, even(em * 2 / 3), kWideLabel},
                                        {&short_label, even(0), kWideLabel},
                                        {&short_label, even(0), kNarrowLabel}}};
    cv::Mat label;
    std::optional<Place> best;
    for (const Form& form : forms) {
      const cv::Mat set = texts_->label(*form.label, form.em, std::min(bgr.cols, form.ems * form.em));
      if (set.empty()) break;
      const Place here = place(set.size(), i, rects, labels, area);
      if (best && here.hidden >= best->hidden) continue;
      label = set;
      best = here;
      if (best->hidden == 0) break;
    }
    if (!best) continue;
    labels.push_back(best->rect);
    blend(bgr, label, best->rect.tl());
  }
  texts_->end_picture();
}

}  // namespace faceatt
