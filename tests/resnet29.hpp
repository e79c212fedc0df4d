// The network of dlib's example dnn_face_recognition_ex.cpp, written down anew: what
// dlib_face_recognition_resnet_model_v1.dat holds. It takes half a minute to compile.
#pragma once

#include <dlib/dnn.h>

namespace faceatt::resnet29 {

using namespace dlib;

// One factor per channel, as what training left behind; dlib's own starts with one per pixel.
struct PerChannel : affine_ {
  PerChannel() : affine_(CONV_MODE) {}
};
template <typename Below>
using Affine = add_layer<PerChannel, Below>;

template <int channels, int stride, typename Below>
using Pair = Affine<con<channels, 3, 3, 1, 1, relu<Affine<con<channels, 3, 3, stride, stride, Below>>>>>;
template <int channels, typename Below>
using Same = relu<add_prev1<Pair<channels, 1, tag1<Below>>>>;
template <int channels, typename Below>
using Down = relu<add_prev2<avg_pool<2, 2, 2, 2, skip1<tag2<Pair<channels, 2, tag1<Below>>>>>>>;

using From150 = max_pool<3, 3, 2, 2, relu<Affine<con<32, 7, 7, 2, 2, input_rgb_image_sized<150>>>>>;
using To32 = Same<32, Same<32, Same<32, From150>>>;
using To64 = Same<64, Same<64, Same<64, Down<64, To32>>>>;
using To128 = Same<128, Same<128, Down<128, To64>>>;
using To256 = Down<256, Same<256, Same<256, Down<256, To128>>>>;
using Network = loss_metric<fc_no_bias<128, avg_pool_everything<To256>>>;

}  // namespace faceatt::resnet29
