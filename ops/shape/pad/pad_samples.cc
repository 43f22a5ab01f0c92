#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/ops/shape/pad/pad_internal.h"

namespace dagrad::ops::pad_internal {
namespace {

using Ints = std::vector<int64_t>;

AttrMap Attrs(Ints low, Ints high, absl::string_view mode) {
  return {{"low", std::move(low)}, {"high", std::move(high)}, {"mode", std::string(mode)}};
}

AttrMap Constant(Ints low, Ints high, double value) {
  AttrMap attrs = Attrs(std::move(low), std::move(high), "constant");
  attrs.Set("value", value);
  return attrs;
}

void AddKnown(std::string name, Dims from, std::initializer_list<double> x, AttrMap attrs, Dims to,
              std::initializer_list<double> y, Samples* s) {
  s->samples.push_back({std::move(name),
                        {InputSample::Given(Tensor::Of<double>(from, x))},
                        std::move(attrs),
                        true,
                        1e-6,
                        {Tensor::Of<double>(to, y)}});
}

}  // namespace

// The expected values are numpy.pad's.
Samples PadSamples() {
  Samples s;
  AddKnown("constant_1d", {3}, {1, 2, 3}, Constant({1}, {2}, 9), {6}, {9, 1, 2, 3, 9, 9}, &s);
  AddKnown("reflect_1d", {4}, {1, 2, 3, 4}, Attrs({3}, {2}, "reflect"), {9},
           {4, 3, 2, 1, 2, 3, 4, 3, 2}, &s);
  AddKnown("edge_1d", {3}, {1, 2, 3}, Attrs({2}, {1}, "edge"), {6}, {1, 1, 1, 2, 3, 3}, &s);
  AddKnown("reflect_2d", {2, 2}, {1, 2, 3, 4}, Attrs({1, 0}, {0, 1}, "reflect"), {3, 3},
           {3, 4, 3, 1, 2, 1, 3, 4, 3}, &s);
  for (absl::string_view mode : {"constant", "reflect", "edge"}) {
    const auto add = [&](absl::string_view name, Dims dims, Ints low, Ints high) {
      s.samples.push_back({absl::StrCat(mode, "_", name),
                           {InputSample::Float(std::move(dims))},
                           Attrs(std::move(low), std::move(high), mode)});
    };
    add("3d", {3, 4, 5}, {1, 2, 0}, {2, 0, 3});
    add("by_nothing", {2, 3}, {0, 0}, {0, 0});
    add("scalar", {}, {}, {});
    add("empty", {0, 3}, {0, 1}, {0, 2});
    add("single", {1, 3}, {0, 1}, {0, 1});
    add("shards", {250, 300}, {3, 4}, {5, 6});
    for (DType dtype : {DType::kInt32, DType::kInt64, DType::kUInt8, DType::kBool}) {
      s.samples.push_back({absl::StrCat(mode, "_", DTypeName(dtype)),
                           {InputSample::Of(dtype, {3, 4}, 0, 100)},
                           Attrs({1, 2}, {2, 0}, mode),
                           false});
    }
  }
  s.samples.push_back({"edge_far", {InputSample::Float({1, 2})}, Attrs({2, 5}, {3, 0}, "edge")});
  s.samples.push_back(
      {"int32_value", {InputSample::Of(DType::kInt32, {2})}, Constant({1}, {1}, -7), false});
  const std::vector<ValueType> x = {{DType::kFloat32, {2, 3}}};
  s.violations = {{"pad_c1", x, Constant({1}, {1, 1}, 0)},
                  {"pad_c1", x, Constant({1, 1}, {1}, 0)},
                  {"pad_c2", x, Constant({1, -1}, {1, 1}, 0)},
                  {"pad_c2", x, Constant({1, 1}, {-1, 1}, 0)},
                  {"pad_c3", x, Attrs({1, 1}, {1, 1}, "wrap")},
                  {"pad_c4", {{DType::kInt32, {2}}}, Constant({1}, {1}, 0.5)},
                  {"pad_c4", {{DType::kUInt8, {2}}}, Constant({1}, {1}, 256)},
                  {"pad_c4", {{DType::kInt64, {2}}}, Constant({1}, {1}, 9223372036854775808.0)},
                  {"pad_c4", {{DType::kBool, {2}}}, Constant({1}, {1}, 2)},
                  {"pad_c5", x, Attrs({0, 0}, {0, 3}, "reflect")},
                  {"pad_c5", {{DType::kFloat32, {0}}}, Attrs({1}, {0}, "edge")},
                  {"pad_c5", {{DType::kFloat32, {0}}}, Attrs({INT64_MAX}, {INT64_MAX}, "edge")}};
  return s;
}

Samples PadGradSamples() {
  Samples s;
  AddKnown("reflect_1d", {7}, {1, 2, 3, 4, 5, 6, 7}, Attrs({2}, {2}, "reflect"), {3},
           {3 + 7, 2 + 4 + 6, 1 + 5}, &s);
  AddKnown("edge_1d", {6}, {1, 2, 3, 4, 5, 6}, Attrs({2}, {1}, "edge"), {3}, {1 + 2 + 3, 4, 5 + 6},
           &s);
  for (absl::string_view mode : {"reflect", "edge"}) {
    const auto add = [&](absl::string_view name, Dims dims, Ints low, Ints high) {
      s.samples.push_back({absl::StrCat(mode, "_", name),
                           {InputSample::Float(std::move(dims))},
                           Attrs(std::move(low), std::move(high), mode)});
    };
    add("3d", {6, 6, 8}, {1, 2, 0}, {2, 0, 3});
    add("by_nothing", {2, 3}, {0, 0}, {0, 0});
    add("scalar", {}, {}, {});
    add("empty", {0, 6}, {0, 1}, {0, 2});
    add("shards", {250, 300}, {3, 4}, {5, 6});
  }
  s.samples.push_back({"edge_of_one", {InputSample::Float({6, 7})}, Attrs({2, 5}, {3, 0}, "edge")});
  const std::vector<ValueType> dy = {{DType::kFloat32, {4, 3}}};
  s.violations = {{"pad_grad_c1", dy, Attrs({1}, {1, 1}, "edge")},
                  {"pad_grad_c2", dy, Attrs({1, -1}, {1, 1}, "edge")},
                  {"pad_grad_c3", dy, Attrs({1, 1}, {1, 1}, "constant")},
                  {"pad_grad_c4", dy, Attrs({1, 2}, {1, 2}, "edge")},
                  {"pad_grad_c4", dy, Attrs({1, 1}, {1, 1}, "reflect")}};
  return s;
}

}  // namespace dagrad::ops::pad_internal
