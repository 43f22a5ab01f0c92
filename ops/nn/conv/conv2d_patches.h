#ifndef DAGRAD_OPS_NN_CONV_CONV2D_PATCHES_H_
#define DAGRAD_OPS_NN_CONV_CONV2D_PATCHES_H_

#include <cstdint>

#include "dagrad/ops/nn/conv/conv2d_internal.h"

namespace dagrad::ops::conv2d_internal {

// What the window covers, as rows of a matrix: row p is the patch of output pixel p, counted
// through all images, of one group of channels: `size` elements [filter row, filter column,
// channel], 0 where the window covers padding. Rows are `ld` apart.
struct Patches {
  explicit Patches(const Sizes& sizes);

  // Rows [begin, end) of x's matrix.
  void Copy(const float* x, int64_t group, int64_t begin, int64_t end, float* to) const;
  // The adjoint: adds each element to the one of dx that it would be copied from.
  void Add(const float* patches, int64_t group, int64_t begin, int64_t end, float* dx) const;

  int64_t pixels_per_image() const { return s.out_height * s.out_width; }

  Sizes s;
  int64_t group_in, group_out;  // channels
  int64_t size, ld;

 private:
  // An output pixel, and the first element that its window covers, where that is not padding.
  struct Pixel {
    int64_t image, oy, ox;
  };
  Pixel At(int64_t index) const;
  void Advance(Pixel* p) const;
  bool IsInside(const Pixel& p) const;
  void CopyInside(const float* from, const Pixel& p, float* to) const;
  template <typename F>
  void ForEachPart(const Pixel& p, F f) const;
  int64_t Offset(const Pixel& p, int64_t iy, int64_t ix) const {
    return ((p.image * s.height + iy) * s.width + ix) * s.in_channels;
  }

  int64_t taps_;  // neighbours along a filter's row whose elements are neighbours in the image too
};

}  // namespace dagrad::ops::conv2d_internal

#endif  // DAGRAD_OPS_NN_CONV_CONV2D_PATCHES_H_
