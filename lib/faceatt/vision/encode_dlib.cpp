// The slowest file to compile: each network is one C++ type of some two hundred nested templates.
#include "faceatt/vision/encode_dlib.hpp"

#include <dlib/dnn.h>
#include <dlib/image_transforms.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <exception>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "faceatt/core/error.hpp"
#include "faceatt/vision/dlib_tools.hpp"

namespace faceatt {

namespace {

namespace net {

using namespace dlib;  // the layers; nothing else is in this namespace

// Both networks end alike: one mean per channel, a linear map to 128 numbers, trained with dlib's metric loss (two
// pictures of a person less than 0.6 apart, Euclidean). `affine` reads the batch normalisation of the training.
template <typename Features>
using Embedding = loss_metric<fc_no_bias<128, avg_pool_everything<Features>>>;

// ---- ResNet-29 of dlib_face_recognition_resnet_model_v1.dat, as in dlib's dnn_face_recognition_ex ----

template <long filters, int stride, typename Input>
using TwoConvolutions = affine<con<filters, 3, 3, 1, 1, relu<affine<con<filters, 3, 3, stride, stride, Input>>>>>;

template <long filters, typename Input>
using Residual = relu<add_prev1<TwoConvolutions<filters, 1, tag1<Input>>>>;

// Halves the picture; the shortcut is averaged down to the same size.
template <long filters, typename Input>
using ResidualHalf = relu<add_prev2<avg_pool<2, 2, 2, 2, skip1<tag2<TwoConvolutions<filters, 2, tag1<Input>>>>>>>;

template <typename Input>
using Residual32 = Residual<32, Input>;
template <typename Input>
using Residual64 = Residual<64, Input>;
template <typename Input>
using Residual128 = Residual<128, Input>;
template <typename Input>
using Residual256 = Residual<256, Input>;

// The file has its blocks one after the other: dlib's repeat<> writes another format.
template <typename Input>
using Stem = max_pool<3, 3, 2, 2, relu<affine<con<32, 7, 7, 2, 2, Input>>>>;
template <typename Input>
using Level32 = Residual32<Residual32<Residual32<Input>>>;
template <typename Input>
using Level64 = Residual64<Residual64<Residual64<ResidualHalf<64, Input>>>>;
template <typename Input>
using Level128 = Residual128<Residual128<ResidualHalf<128, Input>>>;
template <typename Input>
using Level256 = ResidualHalf<256, Residual256<Residual256<ResidualHalf<256, Input>>>>;

using ResNet = Embedding<Level256<Level128<Level64<Level32<Stem<input_rgb_image_sized<150>>>>>>>;

// ---- DenseNet of face_recognition_densenet_model_v1.dat (BAREL): growth 16, blocks of 3, 6, 12 and 8 layers ----

constexpr long kGrowth = 16;

// Convolution that keeps the size at stride 1 (dlib's `con` pads differently at stride 2).
template <long filters, long size, int stride, typename Input>
using Convolution = add_layer<con_<filters, size, size, stride, stride, size / 2, size / 2>, Input>;

template <typename Input>
using Activated = relu<affine<Input>>;

// Each layer appends kGrowth channels to those it was given.
template <typename Input>
using DenseLayer =
    concat2<tag1, tag2,
            tag2<Convolution<kGrowth, 3, 1, Activated<Convolution<4 * kGrowth, 1, 1, Activated<tag1<Input>>>>>>>;

// Halves the picture and the channels.
template <long filters, typename Input>
using Transition = avg_pool<2, 2, 2, 2, con<filters, 1, 1, 1, 1, Activated<Input>>>;

template <typename Input>
using DenseStem = add_layer<max_pool_<3, 3, 2, 2, 1, 1>, Activated<Convolution<2 * kGrowth, 7, 2, Input>>>;

constexpr long kChannels1 = (2 * kGrowth + 3 * kGrowth) / 2;  // after the first transition: 40
constexpr long kChannels2 = (kChannels1 + 6 * kGrowth) / 2;   // 68
constexpr long kChannels3 = (kChannels2 + 12 * kGrowth) / 2;  // 130

template <typename Input>
using Dense1 = Transition<kChannels1, repeat<3, DenseLayer, Input>>;
template <typename Input>
using Dense2 = Transition<kChannels2, repeat<6, DenseLayer, Input>>;
template <typename Input>
using Dense3 = Transition<kChannels3, repeat<12, DenseLayer, Input>>;
template <typename Input>
using Dense4 = Activated<repeat<8, DenseLayer, Input>>;

using DenseNet = Embedding<Dense4<Dense3<Dense2<Dense1<DenseStem<input_rgb_image>>>>>>;

}  // namespace net

using dlib_tools::Pixels;

constexpr int kDimension = 128;
constexpr unsigned long kChipSide = 150;  // pixels
constexpr double kChipPadding = 0.25;     // of the face's size, on each side: what both networks were trained with
// Side of the face's square, in pixels of the patch that the chip is cut from. The chip shows the face at about half
// of this, so nothing is lost; small faces are enlarged to it because dlib rounds landmarks to whole pixels.
constexpr double kPatchSquare = 240;

using Offset = std::array<float, kDimension>;

// DenseNet encodings of all people lie close together far from the origin (norm 11.8, spread 0.6), so that their
// cosines would all be 0.998..0.9997. Taken from each encoding, this leaves the mean at distance 2: cosines then rank
// pairs as Euclidean distance does, which is what the network was trained for (TAR at FAR 0.1 %: 0.69; with the whole
// mean taken away: 0.60). It is the mean of 1944 LFW photos times 1 - 2 / 11.8. Thresholds in models.toml depend on it.
constexpr Offset kDenseNetOffset = {
    1.09f,  0.51f,  0.27f,  -1.10f, -0.02f, 1.06f,  -1.05f, -0.84f, -0.50f, 0.68f,  -0.05f, -0.37f, 1.25f,
    -0.71f, 0.28f,  0.15f,  0.18f,  2.44f,  -0.31f, 0.67f,  1.02f,  -0.55f, -1.75f, 0.34f,  1.38f,  0.19f,
    0.84f,  -0.46f, 0.97f,  -0.24f, -0.39f, -0.03f, 0.19f,  -1.47f, -0.01f, -0.66f, -1.18f, 1.32f,  0.32f,
    1.27f,  1.02f,  -1.37f, -0.63f, 0.89f,  -1.95f, 0.37f,  1.98f,  -0.80f, -1.37f, 1.85f,  -0.09f, -0.77f,
    0.37f,  0.31f,  -0.21f, -0.86f, -1.11f, 0.99f,  0.98f,  0.52f,  0.10f,  0.35f,  0.10f,  -0.33f, -0.48f,
    0.98f,  -1.17f, -0.73f, -0.18f, 0.17f,  0.67f,  0.80f,  -0.73f, 1.04f,  0.86f,  -0.42f, 0.76f,  -1.45f,
    -0.97f, -0.67f, -0.73f, -0.55f, 1.01f,  -0.49f, -0.04f, -0.86f, 0.59f,  0.47f,  0.00f,  0.17f,  0.54f,
    -0.59f, 0.27f,  -0.95f, -0.86f, 0.57f,  0.14f,  -0.26f, 1.73f,  -1.83f, 0.85f,  -1.39f, 0.18f,  -0.11f,
    -1.19f, -0.64f, 0.79f,  -0.44f, -0.89f, 0.87f,  0.93f,  -0.54f, 0.54f,  -0.11f, 0.33f,  -1.56f, 0.76f,
    -0.37f, -0.64f, -0.48f, 0.62f,  -1.18f, -1.54f, 0.29f,  0.12f,  0.98f,  -0.19f, -0.18f};

constexpr Offset kNoOffset = {};

// The square that dlib's HOG detector would report for this face: brows to chin. Measured against that detector on
// 814 faces (LFW, dlib's examples): side within 9 % (standard deviation), centre within 4 % (x) and 6 % (y) of the
// side; the detector's own sizes are 20 % apart.
Box hog_square(const Face& face) {
  const Landmarks& l = face.landmarks;
  const float side = 0.47f * (face.box.width + face.box.height);
  const float x = (l.left_eye.x + l.right_eye.x + l.left_mouth.x + l.right_mouth.x) / 4;
  const float y = (l.left_eye.y + l.right_eye.y + l.left_mouth.y + l.right_mouth.y) / 4 - 0.01f * side;
  return {x - side / 2, y - side / 2, side, side};
}

template <typename Net>
class DlibEncoder final : public Encoder {
 public:
  DlibEncoder(const Model& model, const Offset& offset) : offset_(offset), mirror_(model.input.mirror) {
    if (model.dimension != 0 && model.dimension != kDimension) {
      throw Error(ErrorCode::kCannotRun, "model " + model.name + ": dimension " + std::to_string(model.dimension) +
                                             " in models.toml, but " + model.backend + " networks have 128");
    }
    dlib_tools::load_points_predictor();
    std::istringstream in(read_model_file(model));
    try {
      deserialize(net_, in);
    } catch (const std::exception& e) {
      throw Error(ErrorCode::kCannotRun,
                  model.path.string() + ": not a dlib network of kind " + model.backend + ": " + e.what());
    }
  }

  // All zeros for a face without size or wholly outside the frame.
  Encoding encode(const Frame& frame, const Face& face) override {
    Encoding encoding(kDimension, 0.0f);
    const Box square = hog_square(face);
    if (!(square.width >= 1 && std::isfinite(square.x) && std::isfinite(square.y) && std::isfinite(square.width))) {
      return encoding;
    }
    // Twice the square holds the chip at any angle.
    const float side = square.width;
    const auto patch = dlib_tools::cut_patch(
        frame.image, {square.x - side / 2, square.y - side / 2, 2 * side, 2 * side}, kPatchSquare / side);
    if (patch.pixels.size() == 0) return encoding;

    const auto points = dlib_tools::find_points(patch.pixels, patch.from_frame(square));
    std::vector<Pixels> chips(1);
    extract_image_chip(patch.pixels, dlib::get_face_chip_details(points, kChipSide, kChipPadding), chips[0]);
    if (mirror_) {
      chips.emplace_back();
      flip_image_left_right(chips[0], chips[1]);
    }
    for (const auto& output : net_(chips)) {
      for (std::size_t i = 0; i < encoding.size(); ++i) encoding[i] += output(static_cast<long>(i)) - offset_[i];
    }
    normalise(encoding);
    return encoding;
  }

  int dimension() const override { return kDimension; }

 private:
  Net net_;
  const Offset& offset_;
  bool mirror_;
};

}  // namespace

std::unique_ptr<Encoder> create_dlib_encoder(const Model& model) {
  if (model.backend == "dlib-densenet") return std::make_unique<DlibEncoder<net::DenseNet>>(model, kDenseNetOffset);
  if (model.backend == "dlib-resnet") return std::make_unique<DlibEncoder<net::ResNet>>(model, kNoOffset);
  throw Error(ErrorCode::kCannotRun, "model " + model.name + ": unknown backend " + model.backend);
}

}  // namespace faceatt
