#ifndef DAGRAD_KERAS_LAYERS_CONVOLUTION_H_
#define DAGRAD_KERAS_LAYERS_CONVOLUTION_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/error.h"
#include "dagrad/keras/layers/layers.h"

// Checks that the layers with windows share.
namespace dagrad::keras::layers_internal {

inline bool Positive(const Size2D& s) { return s.height >= 1 && s.width >= 1; }

inline absl::Status CheckPadding(absl::string_view padding) {
  if (padding == "valid" || padding == "same") return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("padding is valid or same, not \"", padding, "\""));
}

// `counted` is what there are `count` of: filters, or a depthwise layer's depth_multiplier.
inline absl::Status CheckWindow(absl::string_view counted, int64_t count, const Size2D& kernel,
                                const Size2D& strides, const Size2D& dilation_rate) {
  if (count >= 1 && Positive(kernel) && Positive(strides) && Positive(dilation_rate))
    return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat(counted, ", kernel_size, strides and dilation_rate must be positive"));
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
