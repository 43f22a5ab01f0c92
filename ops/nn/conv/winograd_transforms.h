#ifndef DAGRAD_OPS_NN_CONV_WINOGRAD_TRANSFORMS_H_
#define DAGRAD_OPS_NN_CONV_WINOGRAD_TRANSFORMS_H_

#include <cstdint>
#include <limits>

namespace dagrad::ops::winograd {

// The linear maps of Winograd's minimal filtering F(m x m, 3 x 3), m = 2 or 4. With n = m + 2, for
// a tile d of n x n pixels of an image, a filter g and the tile y of m x m results,
//   y = Aᵀ [(G g Gᵀ) ∘ (Bᵀ d B)] A
// where ∘ multiplies by elements, and Σ over channels is taken before the outer maps. The adjoint
// gives the filter's cotangent,
//   ḡ = Gᵀ [(A ȳ Aᵀ) ∘ (Bᵀ d B)] G.
// From the Toom-Cook points 0, 1, -1, ∞ for m = 2, and 0, ±11/16, ±3/2, ∞ for m = 4: there the
// common 0, ±1, ±2, ∞ give errors that are 2 (mean) to 4 (largest) times as large.
// Source: A. Lavin, S. Gray, Fast Algorithms for Convolutional Neural Networks, 2016.
//
// All are float32 maps of each channel by itself: the bits of a channel depend on its own elements
// only. Safe to call from many threads at once. Element (i, j) of a transformed tile is position
// i * n + j; positions are `step` elements apart.

// A tile of an image of height * width pixels, `pixel` elements apart, of which `channels` are
// meant: its first pixel is (y, x). Pixels outside the image are 0 when read, and not written.
// Never fewer than kLeastChannels channels.
template <typename T>
struct TileOf {
  T* image;
  int64_t height, width, pixel, channels;
  int64_t y, x;
};
constexpr int64_t kLeastChannels = 16;  // no vector has more lanes

// Which of the four pixels in the middle of a tile are meant: those in both of their rows and
// columns, or in the first; each by itself or, where m is 2, all four together.
struct Middle {
  bool together = false;
  bool both_rows = true, both_columns = true;
};

// Bᵀ d B, and A ȳ Aᵀ. Gives whether each of the pixels in the middle of d that `middle` says, or of
// the four in the middle of ȳ, has at least 1/kMostSquaredRatio of the squares of all pixels, which
// are in the range of winograd_range.h. If false, it says nothing.
constexpr float kMostSquaredRatio = 256;
bool TransformInput(int m, const TileOf<const float>& d, Middle middle, float* to, int64_t step);
bool TransformCotangent(int m, const TileOf<const float>& y, float* to, int64_t step);

// y = activation(Aᵀ p A + bias + residual), added in this order; bias and residual may be null.
struct OutputEpilogue {
  const float* bias = nullptr;
  const float* residual = nullptr;  // an image as that of y
  // What is not above 0 becomes 0, and what is above `most`, `most`. NaN stays.
  bool relu = false;
  float most = std::numeric_limits<float>::infinity();
};
void TransformOutput(int m, const float* p, int64_t step, const TileOf<float>& y,
                     const OutputEpilogue& epilogue);
// The same where result (i, j) stands at p[(i * m + j) * step] already.
void FinishOutput(int m, const float* p, int64_t step, const TileOf<float>& y,
                  const OutputEpilogue& epilogue);

// `count` filters at once, whose taps (i, j) are at g[(i * 3 + j) * tap_step + filter]; a flipped
// one has tap (2 - i, 2 - j) there. G g Gᵀ; zeros follow `count` up to `padded`.
struct Taps {
  const float* g;
  int64_t tap_step;
  bool flipped;
};
void TransformFilters(int m, const Taps& taps, int64_t count, int64_t padded, float* to,
                      int64_t step);
// Tap `tap` of `count` filters again, from their transforms: as precise as the largest of the taps.
void TapOfTransform(int m, int tap, const float* p, int64_t step, int64_t count, float* to);
// Gᵀ p G, and what stands there if `add`.
void TransformFilterCotangents(int m, const float* p, int64_t step, int64_t count, float* g,
                               int64_t tap_step, bool add);

}  // namespace dagrad::ops::winograd

#endif  // DAGRAD_OPS_NN_CONV_WINOGRAD_TRANSFORMS_H_
