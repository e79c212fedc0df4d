// Many encodings, packed, and the search among them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace faceatt {

// Rows of IEEE 754 half-precision numbers, 2 bytes each. The similarity of two unit vectors changes by less than 0.0003
// through the rounding, far under what two photos of one person differ by.
class EncodingMatrix {
 public:
  explicit EncodingMatrix(std::size_t dimension = 0) : dimension_(dimension) {}

  std::size_t dimension() const { return dimension_; }
  std::size_t rows() const { return dimension_ == 0 ? 0 : halves_.size() / dimension_; }

  void add(std::span<const float> encoding);        // dimension() numbers
  void add(std::span<const std::uint16_t> packed);  // as row() gives them
  void clear() { halves_.clear(); }
  void reserve(std::size_t rows) { halves_.reserve(rows * dimension_); }

  std::span<const std::uint16_t> row(std::size_t index) const { return {&halves_[index * dimension_], dimension_}; }
  std::vector<float> unpacked(std::size_t index) const;

  // out[i] = dot product of `probe` and row first + i, for `count` rows. `probe` has dimension() numbers.
  void dot(const float* probe, std::size_t first, std::size_t count, float* out) const;

 private:
  std::size_t dimension_;
  std::vector<std::uint16_t> halves_;
};

}  // namespace faceatt
