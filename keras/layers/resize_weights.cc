#include "dagrad/keras/layers/resize_weights.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"

namespace dagrad::keras::layers_internal {

absl::Status CheckImageSize(int64_t height, int64_t width) {
  constexpr int64_t kMost = 1 << 20;
  if (height >= 1 && width >= 1 && height <= kMost && width <= kMost) return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat("height and width must be from 1 to ", kMost, ", not ", height, " and ", width));
}

absl::Status CheckInterpolation(const std::string& interpolation) {
  for (const char* known : {"bilinear", "nearest", "bicubic"}) {
    if (interpolation == known) return absl::OkStatus();
  }
  return UnimplementedError(absl::StrCat(
      "interpolation can be bilinear, nearest or bicubic, not \"", interpolation, "\""));
}

Box MiddleOf(int64_t height, int64_t width, int64_t target_height, int64_t target_width) {
  const auto part = [](int64_t all, int64_t other, int64_t target, int64_t target_other) {
    const auto size = static_cast<int64_t>(static_cast<double>(other * target) /
                                           static_cast<double>(target_other));
    return std::clamp<int64_t>(size, 1, all);
  };
  const int64_t h = part(height, width, target_height, target_width);
  const int64_t w = part(width, height, target_width, target_height);
  return {(height - h) / 2, (width - w) / 2, h, w};
}

namespace {

double KernelAt(double distance, bool cubic) {
  const double d = std::abs(distance), a = -0.5;
  if (!cubic) return std::max(1 - d, 0.0);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

WeightedElements ElementAt(double place, double wide, bool cubic, int64_t in) {
  const double reach = wide * (cubic ? 2 : 1);
  const auto begin = static_cast<int64_t>(std::max(std::ceil(place - reach), 0.0));
  const auto end = std::min(in, static_cast<int64_t>(std::floor(place + reach)) + 1);
  WeightedElements element{begin, {}};
  double sum = 0;
  for (int64_t j = begin; j < end; ++j) {
    element.weights.push_back(KernelAt((place - static_cast<double>(j)) / wide, cubic));
    sum += element.weights.back();
  }
  for (double& w : element.weights) w /= sum;
  return element;
}

}  // namespace

std::vector<WeightedElements> ResizedAxis(int64_t in, int64_t out, const std::string& interpolation,
                                          bool antialias) {
  const double scale = static_cast<double>(in) / static_cast<double>(out);
  const double wide = antialias ? std::max(scale, 1.0) : 1.0;
  std::vector<WeightedElements> elements(out);
  for (int64_t i = 0; i < out; ++i) {
    if (interpolation == "nearest") {
      elements[i] = {(2 * i + 1) * in / (2 * out), {1}};
    } else {
      elements[i] = ElementAt((static_cast<double>(i) + 0.5) * scale - 0.5, wide,
                              interpolation == "bicubic", in);
    }
  }
  return elements;
}

}  // namespace dagrad::keras::layers_internal
