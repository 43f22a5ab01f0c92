#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/nn/pool/pool2d_internal.h"
#include "dagrad/ops/nn/window/window.h"

namespace dagrad::ops::pool2d_internal {
namespace {

using Ints = std::vector<int64_t>;

// The attributes with strides given.
AttrMap Resolved(const AttrMap& attrs) {
  AttrMap resolved = attrs;
  if (attrs.Get<Ints>("strides").empty()) {
    resolved.Set("strides", Attribute(attrs.Get<Ints>("pool_size")));
  }
  return resolved;
}

absl::Status CheckPoolSize(const Ints& pool, absl::string_view label) {
  const auto good = [](int64_t v) { return v >= 1 && v <= int64_t{1} << 31; };
  if (pool.size() == 2 && good(pool[0]) && good(pool[1])) return absl::OkStatus();
  return InferContext::Fail(
      absl::StrCat(label, "_c2"),
      absl::StrCat("pool_size is two numbers from 1 to 2^31 (height, width), not {",
                   absl::StrJoin(pool, ", "), "}"));
}

absl::Status CheckFit(const Window& window, const Ints& pool, const Shape& x,
                      absl::string_view label) {
  for (int axis : {0, 1}) {
    const bool less = window.explicit_padding[2 * axis] < pool[axis] &&
                      window.explicit_padding[2 * axis + 1] < pool[axis];
    if (less && WindowFits(window, axis, x.dim(1 + axis), Dim(pool[axis]))) continue;
    return InferContext::Fail(
        absl::StrCat(label, "_c5"),
        absl::StrCat("the pool {", absl::StrJoin(pool, ", "), "} does not fit the padded image ",
                     x.ToString(), ", or is not larger than its padding"));
  }
  return absl::OkStatus();
}

Axis MakeAxis(const Window& window, int axis, int64_t input, int64_t size, int64_t output) {
  return {input, output, size, window.strides[axis],
          WindowPadBegin(window, axis, input, size, output)};
}

}  // namespace

std::vector<AttrSpec> SharedAttrs() {
  return {
      {"pool_size", AttrKind::kInts, Ints{2, 2}, "size of the window: height, width"},
      {"strides", AttrKind::kInts, Ints{}, "steps of the window: height, width; empty: pool_size"},
      {"padding", AttrKind::kString, "valid", "valid, same or explicit"},
      {"explicit_padding", AttrKind::kInts, Ints{0, 0, 0, 0},
       "lines around the image that take no part: top, bottom, left, right"}};
}

AttrMap ToAttrs(const Pool2DOptions& o) {
  return {{"pool_size", o.pool_size},
          {"strides", o.strides},
          {"padding", o.padding},
          {"explicit_padding", o.explicit_padding}};
}

Pool2DOptions OptionsOf(const GradContext& c) {
  return {.pool_size = c.attr<Ints>("pool_size"),
          .strides = c.attr<Ints>("strides"),
          .padding = c.attr<std::string>("padding"),
          .explicit_padding = c.attr<Ints>("explicit_padding")};
}

absl::StatusOr<Shape> InferOutput(const InferContext& c, absl::string_view label, const Shape& x) {
  if (x.rank() != 4) {
    return InferContext::Fail(
        absl::StrCat(label, "_c1"),
        absl::StrCat("an image is [batch, height, width, channels], not ", x.ToString()));
  }
  const Ints& pool = c.attr<Ints>("pool_size");
  DAGRAD_RETURN_IF_ERROR(CheckPoolSize(pool, label));
  DAGRAD_ASSIGN_OR_RETURN(const Window window, ReadWindow(Resolved(c.attrs()), label));
  DAGRAD_RETURN_IF_ERROR(CheckFit(window, pool, x, label));
  return Shape({x.dim(0), WindowOutput(window, 0, x.dim(1), pool[0]),
                WindowOutput(window, 1, x.dim(2), pool[1]), x.dim(3)});
}

Sizes ReadSizes(const AttrMap& attrs, absl::Span<const int64_t> x, absl::Span<const int64_t> y) {
  const Ints& pool = attrs.Get<Ints>("pool_size");
  // Inference has read the same attributes.
  const Window window = *ReadWindow(Resolved(attrs), "pool2d");
  return {x[0], x[3], MakeAxis(window, 0, x[1], pool[0], y[1]),
          MakeAxis(window, 1, x[2], pool[1], y[2])};
}

Bands BandsOf(const Sizes& s, int64_t rows, double cost) {
  if (s.y.Apart()) return {s.batch * s.y.output, rows / s.y.output, true};
  if (s.batch >= runtime::ShardsFor(s.batch * rows, cost)) return {s.batch, rows, true};
  return {s.batch * rows, 1, false};
}

}  // namespace dagrad::ops::pool2d_internal
