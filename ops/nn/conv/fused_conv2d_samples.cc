#include <limits>
#include <string>

#include "dagrad/ops/nn/conv/conv2d_internal.h"
#include "dagrad/ops/nn/conv/fused_conv2d_internal.h"

namespace dagrad::ops::fused_conv2d_internal {
namespace {

AttrMap Attrs(const std::string& activation, const Conv2DOptions& options = {}) {
  AttrMap attrs = conv2d_internal::ToAttrs(options);
  attrs.Set("activation", activation);
  return attrs;
}

// A bias that takes each channel to a side of the kinks: below 0, between 0 and 6, above 6.
InputSample Bias(int64_t channels) {
  constexpr double kSides[] = {-40, 3, 50};
  Tensor bias = *Tensor::Zeros(DType::kFloat64, {channels});
  const auto numbers = bias.mutable_data<double>();
  for (int64_t i = 0; i < channels; ++i) numbers[i] = kSides[i % 3];
  return InputSample::Given(bias);
}

InputSample Small(Dims dims) { return InputSample::Float(std::move(dims), -0.2, 0.2); }

}  // namespace

std::vector<Constraint> Constraints() {
  return {{"fused_conv2d_c1", "image, filter and result have rank 4"},
          {"fused_conv2d_c2", "strides and dilations are two numbers each, at least 1"},
          {"fused_conv2d_c3", "padding is \"valid\", \"same\" or \"explicit\""},
          {"fused_conv2d_c4",
           "explicit_padding is four numbers, at least 0, all 0 unless padding is \"explicit\""},
          {"fused_conv2d_c5",
           "the image has groups times the filter's input channels, and groups divides its output "
           "channels"},
          {"fused_conv2d_c6", "the dilated filter has elements and fits the padded image"},
          {"fused_conv2d_c7", "bias is [channels], residual is of y's shape"},
          {"fused_conv2d_c8", "activation is \"\", \"relu\" or \"relu6\""}};
}

Samples MakeSamples() {
  const Dims x = {2, 5, 4, 2}, f = {3, 3, 2, 5}, y = {2, 5, 4, 5};
  const Conv2DOptions same = {.padding = "same"};
  Samples s;
  for (const char* activation : {"", "relu", "relu6"}) {
    s.samples.push_back({std::string("bias_") + activation,
                         {Small(x), Small(f), Bias(5)},
                         Attrs(activation, same)});
    s.samples.push_back({std::string("residual_") + activation,
                         {Small(x), Small(f), Bias(5), Small(y)},
                         Attrs(activation, same)});
  }
  s.samples.push_back(
      {"many_channels",
       {Small({2, 6, 6, 32}), Small({3, 3, 32, 16}), Bias(16), Small({2, 6, 6, 16})},
       Attrs("relu", same)});
  s.samples.push_back({"pointwise",
                       {Small({2, 6, 5, 16}), Small({1, 1, 16, 8}), Bias(8), Small({2, 6, 5, 8})},
                       Attrs("relu")});
  // By parts of the filter, then a pass of its own.
  s.samples.push_back(
      {"few_pixels",
       {Small({1, 2, 2, 520}), Small({1, 1, 520, 512}), Bias(512), Small({1, 2, 2, 512})},
       Attrs("relu")});
  s.samples.push_back({"depthwise",
                       {Small({2, 6, 5, 16}), Small({3, 3, 1, 16}), Bias(16)},
                       Attrs("relu6", {.padding = "same", .groups = 16})});
  s.samples.push_back({"one_image",
                       {Small({1, 9, 7, 4}), Small({2, 2, 2, 6}), Bias(6)},
                       Attrs("relu", {.strides = {2, 1}, .groups = 2})});
  s.samples.push_back(
      {"empty_batch", {Small({0, 4, 4, 2}), Small({3, 3, 2, 3}), Bias(3)}, Attrs("relu")});
  s.samples.push_back(
      {"no_input_channels", {Small({1, 4, 4, 0}), Small({3, 3, 0, 2}), Bias(2)}, Attrs("relu")});
  s.samples.push_back({"by_hand",
                       {InputSample::Given(Tensor::Of<double>({1, 2, 3, 1}, {1, 2, 3, 4, 5, 6})),
                        InputSample::Given(Tensor::Of<double>({2, 2, 1, 1}, {1, 10, 100, 1000})),
                        InputSample::Given(Tensor::Of<double>({1}, {-6000})),
                        InputSample::Given(Tensor::Of<double>({1, 1, 2, 1}, {1, -2}))},
                       Attrs("relu"),
                       true,
                       1e-5,
                       {Tensor::Of<double>({1, 1, 2, 1}, {0, 530})}});
  const DType f32 = DType::kFloat32;
  const ValueType image{f32, {1, 4, 4, 2}}, filter{f32, {3, 3, 2, 2}}, bias{f32, {2}},
      result{f32, {1, 2, 2, 2}};
  const auto violate = [&](absl::string_view label, std::vector<ValueType> inputs, AttrMap attrs) {
    s.violations.push_back({label, std::move(inputs), std::move(attrs)});
  };
  violate("fused_conv2d_c1", {{f32, {4, 4, 2}}, filter, bias}, Attrs(""));
  violate("fused_conv2d_c2", {image, filter, bias}, Attrs("", {.strides = {0, 1}}));
  violate("fused_conv2d_c3", {image, filter, bias}, Attrs("", {.padding = "full"}));
  violate("fused_conv2d_c4", {image, filter, bias},
          Attrs("", {.padding = "explicit", .explicit_padding = {1, 1}}));
  violate("fused_conv2d_c5", {image, {f32, {3, 3, 1, 2}}, bias}, Attrs(""));
  violate("fused_conv2d_c6", {image, {f32, {5, 3, 2, 2}}, bias}, Attrs(""));
  violate("fused_conv2d_c7", {image, filter, {f32, {3}}}, Attrs(""));
  violate("fused_conv2d_c7", {image, filter, bias, bias}, Attrs(""));
  violate("fused_conv2d_c8", {image, filter, bias}, Attrs("gelu"));
  return s;
}

}  // namespace dagrad::ops::fused_conv2d_internal
