// Encoders that run dlib's face networks on the CPU. Internal: use Encoder::create.
#pragma once

#include <memory>

#include "faceatt/vision/encode.hpp"
#include "faceatt/vision/models.hpp"

namespace faceatt {

// `model.backend` is "dlib-densenet" or "dlib-resnet". Throws Error(kCannotRun) when the file is not such a network or
// the landmarks of package libdlib-data are missing.
std::unique_ptr<Encoder> create_dlib_encoder(const Model& model);

}  // namespace faceatt
