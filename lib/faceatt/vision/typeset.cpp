#include "faceatt/vision/typeset.hpp"

#include <pango/pangocairo.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <opencv2/core.hpp>
#include <string_view>

#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/vision/quiet.hpp"

namespace faceatt {
namespace {

static_assert(std::endian::native == std::endian::little, "Cairo's ARGB32 is taken for BGRA bytes");

constexpr std::size_t kMaxBytes = 512;  // of a text; more than any picture has room for

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};
template <typename T>
using Object = std::unique_ptr<T, Unref>;

Object<PangoLayout> layout_of(PangoContext* context, const std::string& text, const TextStyle& style) {
  const std::string clean = printable(std::string_view(text).substr(0, kMaxBytes));
  Object<PangoLayout> layout(pango_layout_new(context));
  PangoFontDescription* font = pango_font_description_from_string("sans-serif");
  pango_font_description_set_absolute_size(font, double{PANGO_SCALE} * style.em);
  if (style.is_bold) pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
  pango_layout_set_font_description(layout.get(), font);
  pango_font_description_free(font);
  pango_layout_set_text(layout.get(), clean.data(), static_cast<int>(clean.size()));
  pango_layout_set_single_paragraph_mode(layout.get(), TRUE);
  pango_layout_set_width(layout.get(), style.max_width * PANGO_SCALE);
  pango_layout_set_height(layout.get(), -style.max_lines);
  pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
  pango_layout_set_ellipsize(layout.get(), style.keeps_end ? PANGO_ELLIPSIZE_MIDDLE : PANGO_ELLIPSIZE_END);
  if (style.max_lines > 1) {
    pango_layout_set_alignment(layout.get(), PANGO_ALIGN_CENTER);
    PangoAttrList* attributes = pango_attr_list_new();
    pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));  // names are not to be altered
    pango_layout_set_attributes(layout.get(), attributes);
    pango_attr_list_unref(attributes);
  }
  return layout;
}

template <int kChannels>
void blend_over(cv::Mat& picture, const cv::Mat& bgra, cv::Point at) {
  const cv::Rect inside = cv::Rect(at, bgra.size()) & cv::Rect({0, 0}, picture.size());
  for (int y = inside.y; y < inside.y + inside.height; ++y) {
    const auto* from = bgra.ptr<cv::Vec4b>(y - at.y) + (inside.x - at.x);
    auto* to = picture.ptr<cv::Vec<uchar, kChannels>>(y) + inside.x;
    for (int x = 0; x < inside.width; ++x) {
      const int rest = 255 - from[x][3];
      for (int c = 0; c < kChannels; ++c) {
        to[x][c] = cv::saturate_cast<uchar>(from[x][c] + (to[x][c] * rest + 127) / 255);
      }
    }
  }
}

}  // namespace

struct Typesetter::Fonts {
  Object<PangoFontMap> map;
  Object<PangoContext> context;
};

Typesetter::Typesetter() : fonts_(std::make_unique<Fonts>()) {
  const StderrCapture capture;  // Fontconfig complains there of its configuration
  fonts_->map.reset(pango_cairo_font_map_new());
  fonts_->context.reset(pango_font_map_create_context(fonts_->map.get()));
  cairo_font_options_t* options = cairo_font_options_create();
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT);
  pango_cairo_context_set_font_options(fonts_->context.get(), options);
  cairo_font_options_destroy(options);
  const auto letter = layout_of(fonts_->context.get(), "A", {.max_width = 100});
  if (pango_layout_get_unknown_glyphs_count(letter.get()) > 0) {
    throw Error(ErrorCode::kCannotRun, "there is no font to write names with: install fonts-dejavu-core");
  }
}

Typesetter::~Typesetter() = default;

cv::Mat Typesetter::set(const std::string& text, const TextStyle& style) const {
  if (text.empty()) return {};
  const auto layout = layout_of(fonts_->context.get(), text, style);
  PangoRectangle ink, logical;
  pango_layout_get_pixel_extents(layout.get(), &ink, &logical);
  const int left = std::min(ink.x, logical.x);  // a J reaches to the left of its line
  const int width = std::max(ink.x + ink.width, logical.x + logical.width) - left;
  cv::Mat bgra(std::max(1, logical.height), std::max(1, std::min(width, style.max_width)), CV_8UC4, cv::Scalar::all(0));
  cairo_surface_t* surface = cairo_image_surface_create_for_data(bgra.data, CAIRO_FORMAT_ARGB32, bgra.cols, bgra.rows,
                                                                 static_cast<int>(bgra.step));
  cairo_t* cairo = cairo_create(surface);
  cairo_set_source_rgb(cairo, style.colour[2] / 255, style.colour[1] / 255, style.colour[0] / 255);
  cairo_move_to(cairo, -left, -logical.y);
  pango_cairo_show_layout(cairo, layout.get());
  cairo_destroy(cairo);
  cairo_surface_flush(surface);
  cairo_surface_destroy(surface);
  return bgra;
}

void blend(cv::Mat& picture, const cv::Mat& bgra, cv::Point at) {
  if (bgra.empty()) return;
  CV_Assert(bgra.type() == CV_8UC4 && (picture.type() == CV_8UC3 || picture.type() == CV_8UC4));
  if (picture.channels() == 3) {
    blend_over<3>(picture, bgra, at);
  } else {
    blend_over<4>(picture, bgra, at);
  }
}

}  // namespace faceatt
