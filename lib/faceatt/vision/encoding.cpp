#include <cmath>

#include "faceatt/vision/encode.hpp"

namespace faceatt {

void normalise(Encoding& encoding) {
  double sum = 0;
  for (const float v : encoding) sum += double{v} * v;
  const double norm = std::sqrt(sum);
  const bool usable = std::isfinite(norm) && norm > 1e-12;
  for (float& v : encoding) v = usable ? static_cast<float>(v / norm) : 0.0F;
}

}  // namespace faceatt
