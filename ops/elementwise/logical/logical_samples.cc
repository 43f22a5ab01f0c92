#include <string>
#include <utility>

#include "dagrad/graph/tensor.h"
#include "dagrad/ops/elementwise/logical/logical_internal.h"

namespace dagrad::ops::logical_internal {
namespace {

Tensor TruthTable(Connective connective) {
  switch (connective) {
    case Connective::kAnd:
      return Tensor::Of<bool>({4}, {false, false, false, true});
    case Connective::kOr:
      return Tensor::Of<bool>({4}, {false, true, true, true});
    case Connective::kXor:
      return Tensor::Of<bool>({4}, {false, true, true, false});
  }
  return Tensor();
}

Sample Draw(std::string name, Dims a, Dims b) {
  Sample s;
  s.name = std::move(name);
  s.inputs = {InputSample::Of(DType::kBool, std::move(a)),
              InputSample::Of(DType::kBool, std::move(b))};
  s.smooth = false;
  return s;
}

}  // namespace

Samples MakeBinarySamples(const Entry& entry) {
  Samples s;
  Sample table;
  table.name = "truth_table";
  table.inputs = {InputSample::Given(Tensor::Of<bool>({4}, {false, false, true, true})),
                  InputSample::Given(Tensor::Of<bool>({4}, {false, true, false, true}))};
  table.smooth = false;
  table.expected = {TruthTable(entry.connective)};
  s.samples = {
      std::move(table),           Draw("rows", {3, 5}, {5}), Draw("columns", {3, 1}, {3, 5}),
      Draw("scalar", {3, 5}, {}), Draw("rank_0", {}, {}),    Draw("empty", {2, 0}, {2, 1})};
  s.violations = {{entry.c1, {{DType::kBool, {2, 3}}, {DType::kBool, {2}}}, {}}};
  return s;
}

Samples MakeNotSamples() {
  Samples s;
  s.samples = {{"known",
                {InputSample::Given(Tensor::Of<bool>({2}, {false, true}))},
                {},
                false,
                0,
                {Tensor::Of<bool>({2}, {true, false})}},
               {"drawn", {InputSample::Of(DType::kBool, {3, 7})}, {}, false},
               {"rank_0", {InputSample::Of(DType::kBool, {})}, {}, false},
               {"empty", {InputSample::Of(DType::kBool, {0})}, {}, false}};
  return s;
}

}  // namespace dagrad::ops::logical_internal
