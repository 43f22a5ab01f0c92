#ifndef DAGRAD_OPS_NN_CONV_WINOGRAD_RANGE_H_
#define DAGRAD_OPS_NN_CONV_WINOGRAD_RANGE_H_

#include <cstdint>

#include "dagrad/ops/nn/conv/winograd_transforms.h"

namespace dagrad::ops::winograd {

// Which numbers Winograd's maps may mix. A result of a tile takes part in the rounding of all of
// the tile's pixels and of all taps of its filter, also of those that it does not depend on. So
// the norms (roots of sums of squares, over all channels) of what it does depend on must be at
// least 1/kMostRatio of the norms of all; and far from overflow, which the transforms come nearer
// to than the results: at most kMostNorm. Otherwise, or if there is an infinity or a NaN, the
// results are to be computed by their definition.
constexpr double kMostRatio = 16, kMostNorm = 1e17;
static_assert(kMostSquaredRatio == kMostRatio * kMostRatio);
// Sums of squares in float32 are used in between: none was infinite, and what was lost below is
// nothing beside them.
constexpr float kLeastSquares = 1e-25f, kMostSquares = 1e34f;

// Ranges of the `size` rows, or columns, of a tile or a filter.
class Ranges {
 public:
  explicit Ranges(int size) : size_(size) {}
  // [i, i + length) for i < n.
  static Ranges Sliding(int size, int64_t n, int64_t length);
  // Unless it is there.
  void Add(int64_t from, int64_t to);

  int size() const { return size_; }
  int count() const { return count_; }
  int begin(int i) const { return begin_[i]; }
  int end(int i) const { return end_[i]; }
  bool AllAreWhole() const { return last_begin_ == 0 && first_end_ == size_; }
  // Each range has one of these two, which may be the same, if HasPair().
  bool HasPair() const { return has_pair_; }
  int first() const { return first_end_ - 1; }
  int second() const { return last_begin_; }

 private:
  static constexpr int kMost = 6;
  int size_, count_ = 0;
  int begin_[kMost], end_[kMost];
  int last_begin_ = 0, first_end_ = size_;
  bool has_pair_ = false;
};

// Whether pixels, or taps, may be mixed where each result depends on one of `rows` and one of
// `columns`: a rectangle. sums[i * size + j] is the sum of the squares of (i, j) over the channels.
// Never false where all are 0.
bool MayMix(const double* sums, const Ranges& rows, const Ranges& columns);
// The same for the first pixels of a tile.
bool MayMixPixels(const TileOf<const float>& t, const Ranges& rows, const Ranges& columns);

// Whether every tap of `count` filters may be mixed with all others, by channels `rows` that are
// row_step apart: then this holds whatever results depend on. If false, it says nothing.
bool EveryTapCounts(const Taps& taps, int64_t row_step, int64_t rows, int64_t count);
// sums[j] = Σ_i p[i * row_step + j * column_step]², i < rows, j < columns.
void SumSquares(const float* p, int64_t row_step, int64_t column_step, int64_t rows,
                int64_t columns, double* sums);

}  // namespace dagrad::ops::winograd

#endif  // DAGRAD_OPS_NN_CONV_WINOGRAD_RANGE_H_
