#ifndef DAGRAD_KERAS_LAYERS_CONVOLUTION_H_
#define DAGRAD_KERAS_LAYERS_CONVOLUTION_H_

#include <cstdint>
#include <limits>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/error.h"
#include "dagrad/keras/layers/layers.h"
#include "dagrad/ops/nn/conv/conv2d.h"
#include "dagrad/ops/shape/reshape/reshape.h"

// Checks that the layers with windows share.
namespace dagrad::keras::layers_internal {

inline bool Positive(int64_t s) { return s >= 1; }
inline bool Positive(const Size2D& s) { return s.height >= 1 && s.width >= 1; }

inline bool Positive(const Size3D& s) { return s.depth >= 1 && s.height >= 1 && s.width >= 1; }

// Of counts, sizes and steps of a window: the product of two fits into 64 bits.
inline constexpr int64_t kMostWindow = std::numeric_limits<int32_t>::max();
inline bool Within(int64_t s) { return s <= kMostWindow; }
inline bool Within(const Size2D& s) { return Within(s.height) && Within(s.width); }
inline bool Within(const Size3D& s) {
  return Within(s.depth) && Within(s.height) && Within(s.width);
}

inline absl::Status CheckPadding(absl::string_view padding) {
  if (padding == "valid" || padding == "same") return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("padding is valid or same, not \"", padding, "\""));
}

// `counted` is what there are `count` of: filters, or a depthwise layer's depth_multiplier.
template <typename Size>
absl::Status CheckWindow(absl::string_view counted, int64_t count, const Size& kernel,
                         const Size& strides, const Size& dilation_rate) {
  if (count < 1 || !Positive(kernel) || !Positive(strides) || !Positive(dilation_rate)) {
    return InvalidArgumentError(
        absl::StrCat(counted, ", kernel_size, strides and dilation_rate must be positive"));
  }
  if (count <= kMostWindow && Within(kernel) && Within(strides) && Within(dilation_rate))
    return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat(
      counted, ", kernel_size, strides and dilation_rate must be at most ", kMostWindow));
}

// What layers over steps and over images differ in. Steps are the width of images of height 1.
struct Steps {
  using Size = int64_t;
  static constexpr int kRank = 3;
  static Dims Of(Size s) { return {s}; }
  static Size2D Flat(Size s, int64_t height) { return {height, s}; }
  static Value ToImage(Value x) { return ExpandDims(x, 1); }
  static Value FromImage(Value y) { return Squeeze(y, {1}); }
  // A kernel [size, …] as one of images.
  static Value Kernel(Value k) { return ExpandDims(k, 0); }
};
struct Images {
  using Size = Size2D;
  static constexpr int kRank = 4;
  static Dims Of(const Size& s) { return {s.height, s.width}; }
  static Size2D Flat(const Size& s, int64_t) { return s; }
  static Value ToImage(Value x) { return x; }
  static Value FromImage(Value y) { return y; }
  static Value Kernel(Value k) { return k; }
};

// x with each channel convolved by its own filters: kernel [height, width, channels, filters of
// each], in the order of the result's channels.
inline Value DepthwiseConvolution(Value x, Value kernel, const Size2D& strides,
                                  const std::string& padding, const Size2D& dilation_rate) {
  if (!x.valid() || !kernel.valid()) return {};
  const Shape& k = kernel.shape();
  const int64_t channels = k.dim(2).value();
  const Value filter = dagrad::Reshape(kernel, {k.dim(0), k.dim(1), Dim(1), k.dim(2) * k.dim(3)});
  return dagrad::Conv2D(x, filter,
                        {.strides = {strides.height, strides.width},
                         .padding = padding,
                         .dilations = {dilation_rate.height, dilation_rate.width},
                         .groups = channels});
}

// The channels that a depthwise convolution of so many makes.
inline absl::StatusOr<int64_t> ChannelsTimes(int64_t channels, int64_t depth_multiplier) {
  int64_t product = 0;
  if (!__builtin_mul_overflow(channels, depth_multiplier, &product)) return product;
  return InvalidArgumentError(absl::StrCat("depth_multiplier ", depth_multiplier,
                                           " is too large for ", channels, " channels"));
}

inline absl::Status CheckGroups(int64_t groups, int64_t channels, int64_t filters) {
  if (groups >= 1 && channels % groups == 0 && filters % groups == 0) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("groups (", groups, ") must divide the channels (",
                                           channels, ") and the filters (", filters, ")"));
}

}  // namespace dagrad::keras::layers_internal

#endif  // DAGRAD_KERAS_LAYERS_CONVOLUTION_H_
