#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/nn/conv/conv2d_internal.h"
#include "dagrad/ops/nn/window/window.h"
#include "dagrad/runtime/onednn/limits.h"

namespace dagrad::ops::conv2d_internal {
namespace {

using Ints = std::vector<int64_t>;

absl::Status CheckChannels(const InferContext& c, absl::string_view label, const Shape& x,
                           const Shape& filter) {
  const int64_t groups = c.attr<int64_t>("groups");
  if (groups < 1 || groups > kMaxDim || !(filter.dim(2) * Dim(groups) == x.dim(3))) {
    return InferContext::Fail(absl::StrCat(label, "_c5"),
                              absl::StrCat("the image's channels are not groups (", groups,
                                           ") times the filter's input channels: image ",
                                           x.ToString(), ", filter ", filter.ToString()));
  }
  if (!Dim::ExactDiv(filter.dim(3), Dim(groups)).has_value()) {
    return InferContext::Fail(
        absl::StrCat(label, "_c5"),
        absl::StrCat("groups (", groups,
                     ") do not divide the filter's output channels: ", filter.ToString()));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<AttrSpec> SharedAttrs() {
  return {{"strides", AttrKind::kInts, Ints{1, 1}, "steps of the window: height, width"},
          {"padding", AttrKind::kString, "valid", "valid, same or explicit"},
          {"explicit_padding", AttrKind::kInts, Ints{0, 0, 0, 0},
           "lines of zeros around the image: top, bottom, left, right"},
          {"dilations", AttrKind::kInts, Ints{1, 1}, "distances of the taps: height, width"},
          {"groups", AttrKind::kInt, 1, "number of groups of channels, convolved apart"}};
}

std::vector<Constraint> SharedConstraints(Kind kind) {
  static constexpr absl::string_view kTexts[] = {
      "image, filter and result have rank 4",
      "strides and dilations are two numbers each, at least 1",
      "padding is \"valid\", \"same\" or \"explicit\"",
      "explicit_padding is four numbers, at least 0, all 0 unless padding is \"explicit\"",
      "the image has groups times the filter's input channels, and groups divides its output "
      "channels",
      "the dilated filter has elements and fits the padded image",
      "dy has the shape of the convolution's result"};
  static constexpr absl::string_view kLabels[3][7] = {
      {"conv2d_c1", "conv2d_c2", "conv2d_c3", "conv2d_c4", "conv2d_c5", "conv2d_c6", ""},
      {"conv2d_input_grad_c1", "conv2d_input_grad_c2", "conv2d_input_grad_c3",
       "conv2d_input_grad_c4", "conv2d_input_grad_c5", "conv2d_input_grad_c6",
       "conv2d_input_grad_c7"},
      {"conv2d_filter_grad_c1", "conv2d_filter_grad_c2", "conv2d_filter_grad_c3",
       "conv2d_filter_grad_c4", "conv2d_filter_grad_c5", "conv2d_filter_grad_c6",
       "conv2d_filter_grad_c7"}};
  std::vector<Constraint> constraints;
  for (int i = 0; i < (kind == Kind::kForward ? 6 : 7); ++i) {
    constraints.push_back({kLabels[static_cast<int>(kind)][i], kTexts[i]});
  }
  return constraints;
}

AttrMap ToAttrs(const Conv2DOptions& o) {
  return {{"strides", o.strides},
          {"padding", o.padding},
          {"explicit_padding", o.explicit_padding},
          {"dilations", o.dilations},
          {"groups", o.groups}};
}

Conv2DOptions OptionsOf(const GradContext& c) {
  return {.strides = c.attr<Ints>("strides"),
          .padding = c.attr<std::string>("padding"),
          .explicit_padding = c.attr<Ints>("explicit_padding"),
          .dilations = c.attr<Ints>("dilations"),
          .groups = c.attr<int64_t>("groups")};
}

absl::StatusOr<Shape> InferOutput(const InferContext& c, absl::string_view label, const Shape& x,
                                  const Shape& filter) {
  if (x.rank() != 4 || filter.rank() != 4) {
    return InferContext::Fail(
        absl::StrCat(label, "_c1"),
        absl::StrCat(
            "image [batch, height, width, channels] and filter [height, width, input channels, "
            "output channels] have rank 4: image ",
            x.ToString(), ", filter ", filter.ToString()));
  }
  DAGRAD_ASSIGN_OR_RETURN(const Window window, ReadWindow(c.attrs(), label));
  DAGRAD_RETURN_IF_ERROR(CheckChannels(c, label, x, filter));
  for (int axis : {0, 1}) {
    if (!WindowFits(window, axis, x.dim(1 + axis), filter.dim(axis))) {
      return InferContext::Fail(absl::StrCat(label, "_c6"),
                                absl::StrCat("the filter does not fit the padded image: image ",
                                             x.ToString(), ", filter ", filter.ToString()));
    }
  }
  return Shape({x.dim(0), WindowOutput(window, 0, x.dim(1), filter.dim(0)),
                WindowOutput(window, 1, x.dim(2), filter.dim(1)), filter.dim(3)});
}

absl::Status CheckCotangent(absl::string_view label, const Shape& dy, const Shape& y) {
  if (dy == y) return absl::OkStatus();
  return InferContext::Fail(
      absl::StrCat(label, "_c7"),
      absl::StrCat("dy is ", dy.ToString(), "; the convolution's result is ", y.ToString()));
}

// Images of one column as ones of one row, which are the same bytes: kernels want rows to be long.
void Turn(Sizes* s) {
  std::swap(s->height, s->width);
  std::swap(s->filter_height, s->filter_width);
  std::swap(s->out_height, s->out_width);
  std::swap(s->stride_y, s->stride_x);
  std::swap(s->dilation_y, s->dilation_x);
  std::swap(s->pad_top, s->pad_left);
}

absl::StatusOr<Sizes> ReadSizes(const AttrMap& attrs, absl::Span<const int64_t> x,
                                absl::Span<const int64_t> filter, absl::Span<const int64_t> y) {
  DAGRAD_ASSIGN_OR_RETURN(const Window window, ReadWindow(attrs, "conv2d"));
  Sizes s;
  s.batch = x[0];
  s.height = x[1];
  s.width = x[2];
  s.in_channels = x[3];
  s.filter_height = filter[0];
  s.filter_width = filter[1];
  s.out_channels = filter[3];
  s.out_height = y[1];
  s.out_width = y[2];
  s.stride_y = window.strides[0];
  s.stride_x = window.strides[1];
  s.dilation_y = window.dilations[0];
  s.dilation_x = window.dilations[1];
  s.pad_top = WindowPadBegin(window, 0, s.height, s.filter_height, s.out_height);
  s.pad_left = WindowPadBegin(window, 1, s.width, s.filter_width, s.out_width);
  s.groups = attrs.Get<int64_t>("groups");
  if (s.width == 1 && s.filter_width == 1 && s.out_width == 1 && s.pad_left == 0) Turn(&s);
  return s;
}

int64_t FilterElements(const Sizes& s) {
  return s.filter_height * s.filter_width * (s.in_channels / s.groups) * s.out_channels;
}

bool IsOrdinary(const Sizes& s) {
  using runtime::onednn::CanCount;
  return CanCount({s.pad_top}) && CanCount({s.pad_left}) && CanCount({s.height}) &&
         CanCount({s.width}) &&
         CanCount({s.height + 2 * s.pad_top, s.width + 2 * s.pad_left, s.in_channels}) &&
         CanCount({s.out_height, s.out_width, s.out_channels}) &&
         CanCount({s.filter_height, s.filter_width, s.in_channels, s.out_channels}) &&
         CanCount({s.stride_y}) && CanCount({s.stride_x}) &&
         CanCount({s.filter_height, s.dilation_y}) && CanCount({s.filter_width, s.dilation_x});
}

double Flops(const Sizes& s) {
  return 2.0 * s.batch * s.out_height * s.out_width * FilterElements(s);
}

double Seconds(const Sizes& s) {
  const double images = static_cast<double>(XElements(s) + YElements(s));
  return std::max(Flops(s) / 80e9, 4.0 * s.batch * images / 20e9);
}

int CountShards(Kind kind, const Sizes& s, int64_t units) {
  int64_t most = std::min<int64_t>(16, units);
  if (kind == Kind::kFilterGrad) {
    const double images = static_cast<double>(s.batch * (XElements(s) + YElements(s)));
    most = std::min<int64_t>(most, 1 + static_cast<int64_t>(images / FilterElements(s)));
  }
  return static_cast<int>(std::clamp<int64_t>(static_cast<int64_t>(Seconds(s) / 16e-6), 1, most));
}

bool IsByImage(const Sizes& s) {
  return static_cast<double>(s.batch) >= std::min(16.0, Seconds(s) / 16e-6);
}

}  // namespace dagrad::ops::conv2d_internal
