#include <string>
#include <utility>
#include <vector>

#include "dagrad/graph/tensor.h"
#include "dagrad/ops/elementwise/bitwise/bitwise_internal.h"

namespace dagrad::ops::bitwise_internal {
namespace {

// Of {12, -1, 5, -8} and {10, 7, 40, 2}, by Python's integers, cut to 32 bits.
std::vector<int32_t> Known(Kind kind) {
  switch (kind) {
    case Kind::kAnd:
      return {8, 7, 0, 0};
    case Kind::kOr:
      return {14, -1, 45, -6};
    case Kind::kXor:
      return {6, -8, 45, -6};
    case Kind::kShiftLeft:
      return {12288, -128, 0, -32};
    case Kind::kShiftRight:
      return {0, -1, 0, -2};
  }
  return {};
}

Sample Draw(std::string name, DType dtype, Dims a, Dims b) {
  Sample s;
  s.name = std::move(name);
  s.inputs = {InputSample::Of(dtype, std::move(a), 0, 100),
              InputSample::Of(dtype, std::move(b), 0, 9)};
  s.smooth = false;
  return s;
}

}  // namespace

Samples MakeBinarySamples(const Entry& entry) {
  Samples s;
  Sample known;
  known.name = "known";
  known.inputs = {InputSample::Given(Tensor::Of<int32_t>({4}, {12, -1, 5, -8})),
                  InputSample::Given(Tensor::Of<int32_t>({4}, {10, 7, 40, 2}))};
  known.smooth = false;
  known.expected = {Tensor::Of<int32_t>({4}, Known(entry.kind))};
  s.samples = {std::move(known),
               Draw("rows", DType::kInt64, {3, 5}, {5}),
               Draw("columns", DType::kUInt8, {3, 1}, {3, 5}),
               Draw("scalar", DType::kInt32, {3, 5}, {}),
               Draw("rank_0", DType::kInt64, {}, {}),
               Draw("empty", DType::kInt32, {2, 0}, {2, 1})};
  s.violations = {{entry.c1, {{DType::kInt32, {2, 3}}, {DType::kInt32, {2}}}, {}}};
  return s;
}

Samples MakeNotSamples() {
  Samples s;
  s.samples = {{"known",
                {InputSample::Given(Tensor::Of<int32_t>({3}, {0, -1, 12}))},
                {},
                false,
                0,
                {Tensor::Of<int32_t>({3}, {-1, 0, -13})}},
               {"drawn", {InputSample::Of(DType::kUInt8, {3, 7}, 0, 200)}, {}, false},
               {"rank_0", {InputSample::Of(DType::kInt64, {}, -9, 9)}, {}, false},
               {"empty", {InputSample::Of(DType::kInt64, {0})}, {}, false}};
  return s;
}

}  // namespace dagrad::ops::bitwise_internal
