#include "faceatt/people/encodings.hpp"

#include <bit>
#include <stdexcept>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace faceatt {
namespace {

float to_float(std::uint16_t half) { return static_cast<float>(std::bit_cast<_Float16>(half)); }
std::uint16_t to_half(float value) { return std::bit_cast<std::uint16_t>(static_cast<_Float16>(value)); }

void dot_portable(const std::uint16_t* rows, std::size_t count, std::size_t dimension, const float* probe, float* out) {
  for (std::size_t r = 0; r < count; ++r, rows += dimension) {
    float sum = 0;
    for (std::size_t i = 0; i < dimension; ++i) sum += to_float(rows[i]) * probe[i];
    out[r] = sum;
  }
}

#if defined(__x86_64__)
// Eight numbers per instruction; limited by memory, not by arithmetic. Asks for the rows ahead, which hides most of the
// time that memory takes.
__attribute__((target("avx2,fma,f16c"))) void dot_avx2(const std::uint16_t* rows, std::size_t count,
                                                       std::size_t dimension, const float* probe, float* out) {
  constexpr std::size_t kAhead = 2048;  // numbers
  for (std::size_t r = 0; r < count; ++r, rows += dimension) {
    __m256 sum0 = _mm256_setzero_ps(), sum1 = sum0, sum2 = sum0, sum3 = sum0;
    std::size_t i = 0;
    for (; i + 32 <= dimension; i += 32) {
      const auto* at = reinterpret_cast<const __m128i*>(rows + i);
      _mm_prefetch(reinterpret_cast<const char*>(rows + i + kAhead), _MM_HINT_T0);
      sum0 = _mm256_fmadd_ps(_mm256_cvtph_ps(_mm_loadu_si128(at)), _mm256_loadu_ps(probe + i), sum0);
      sum1 = _mm256_fmadd_ps(_mm256_cvtph_ps(_mm_loadu_si128(at + 1)), _mm256_loadu_ps(probe + i + 8), sum1);
      sum2 = _mm256_fmadd_ps(_mm256_cvtph_ps(_mm_loadu_si128(at + 2)), _mm256_loadu_ps(probe + i + 16), sum2);
      sum3 = _mm256_fmadd_ps(_mm256_cvtph_ps(_mm_loadu_si128(at + 3)), _mm256_loadu_ps(probe + i + 24), sum3);
    }
    const __m256 sum = _mm256_add_ps(_mm256_add_ps(sum0, sum1), _mm256_add_ps(sum2, sum3));
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps(sum, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    float total = _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
    for (; i < dimension; ++i) total += _cvtsh_ss(rows[i]) * probe[i];
    out[r] = total;
  }
}

bool has_avx2() {
  static const bool has =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  return has;
}
#endif

}  // namespace

void EncodingMatrix::add(std::span<const float> encoding) {
  if (encoding.size() != dimension_) throw std::invalid_argument("encoding of another dimension");
  for (const float value : encoding) halves_.push_back(to_half(value));
}

void EncodingMatrix::add(std::span<const std::uint16_t> packed) {
  if (packed.size() != dimension_) throw std::invalid_argument("encoding of another dimension");
  halves_.insert(halves_.end(), packed.begin(), packed.end());
}

std::vector<float> EncodingMatrix::unpacked(std::size_t index) const {
  std::vector<float> encoding;
  encoding.reserve(dimension_);
  for (const std::uint16_t half : row(index)) encoding.push_back(to_float(half));
  return encoding;
}

void EncodingMatrix::dot(const float* probe, std::size_t first, std::size_t count, float* out) const {
  const std::uint16_t* const rows = halves_.data() + first * dimension_;
#if defined(__x86_64__)
  if (has_avx2()) return dot_avx2(rows, count, dimension_, probe, out);
#endif
  dot_portable(rows, count, dimension_, probe, out);
}

}  // namespace faceatt
