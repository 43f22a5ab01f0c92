#include <string>
#include <utility>

#include "dagrad/graph/tensor.h"
#include "dagrad/ops/training/adam_update/adam_update_internal.h"

namespace dagrad::ops::adam_update_internal {

Samples MakeSamples() {
  Samples s;
  auto add = [&s](absl::string_view name, const Dims& dims, AttrMap attrs) {
    s.samples.push_back(
        {std::string(name),
         {InputSample::Float(dims), InputSample::Float(dims), InputSample::Float(dims),
          InputSample::Float(dims, 0.1, 1), InputSample::Float({}, 0.001, 0.1)},
         std::move(attrs)});
  };
  add("matrix", {7, 5}, {});
  add("scalar", Dims(), {});
  add("empty", {0, 3}, {});
  add("vectors_and_a_rest", {83}, {{"beta_1", 0.5}, {"beta_2", 0.75}, {"epsilon", 1e-3}});
  add("no_memory", {9}, {{"beta_1", 0.0}, {"beta_2", 0.0}});
  add("nothing_new", {9}, {{"beta_1", 1.0}, {"beta_2", 1.0}, {"epsilon", 0.0}});
  // m' = 1 + (3 - 1) 0.5 = 2, v' = 1 + (9 - 1) 0.375 = 4,
  // w' = 10 - 0.5 * 2 / (2 + 0) = 9.5.
  s.samples.push_back({"by_hand",
                       {InputSample::Given(Tensor::Of<double>({1}, {10})),
                        InputSample::Given(Tensor::Of<double>({1}, {3})),
                        InputSample::Given(Tensor::Of<double>({1}, {1})),
                        InputSample::Given(Tensor::Of<double>({1}, {1})),
                        InputSample::Given(Tensor::Of<double>({}, {0.5}))},
                       {{"beta_1", 0.5}, {"beta_2", 0.625}, {"epsilon", 0.0}},
                       true,
                       1e-5,
                       {Tensor::Of<double>({1}, {9.5}), Tensor::Of<double>({1}, {2}),
                        Tensor::Of<double>({1}, {4})}});
  const ValueType pair = {DType::kFloat32, {2}}, three = {DType::kFloat32, {3}},
                  scalar = {DType::kFloat32, {}};
  s.violations = {
      {"adam_update_c1", {pair, three, pair, pair, scalar}, {}},
      {"adam_update_c1", {pair, pair, scalar, pair, scalar}, {}},
      {"adam_update_c1", {pair, pair, pair, three, scalar}, {}},
      {"adam_update_c2", {pair, pair, pair, pair, pair}, {}},
      {"adam_update_c3", {pair, pair, pair, pair, scalar}, {{"beta_1", 1.5}}},
      {"adam_update_c3", {pair, pair, pair, pair, scalar}, {{"beta_2", -0.5}}},
      {"adam_update_c3", {pair, pair, pair, pair, scalar}, {{"epsilon", -1.0}}},
  };
  return s;
}

}  // namespace dagrad::ops::adam_update_internal
