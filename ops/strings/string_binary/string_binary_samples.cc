#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "dagrad/ops/strings/string_binary/string_binary_internal.h"

namespace dagrad::ops::string_binary_internal {
namespace {

InputSample Strings(Dims dims, std::initializer_list<absl::string_view> values) {
  return InputSample::Given(Tensor::Of<absl::string_view>(dims, values));
}

// So many that they are cut into shards, with equal ones among them.
InputSample Many() { return InputSample::Of(DType::kString, {30, 100}, 0, 7); }

Samples MakeSamples(absl::string_view label, std::vector<Tensor> pairs, std::vector<Tensor> table) {
  Samples s;
  s.samples = {{"pairs",
                {Strings({3}, {"a", "", "é"}), Strings({3}, {"a", "b", "é"})},
                {},
                false,
                0,
                std::move(pairs)},
               {"table",
                {Strings({2, 1}, {"a", "b"}), Strings({2}, {"b", "c"})},
                {},
                false,
                0,
                std::move(table)},
               {"scalars", {Strings({}, {"a"}), Strings({}, {"b"})}, {}, false},
               {"none", {Strings({0, 2}, {}), Strings({2}, {"x", "y"})}, {}, false},
               {"shards", {Many(), Many()}, {}, false},
               {"shards_and_one", {Many(), Strings({1}, {"3 é"})}, {}, false}};
  s.violations = {{label, {{DType::kString, {2}}, {DType::kString, {3}}}, {}}};
  return s;
}

}  // namespace

Samples MakeConcatSamples() {
  return MakeSamples("string_concat_c1", {Strings({3}, {"aa", "b", "éé"}).given},
                     {Strings({2, 2}, {"ab", "ac", "bb", "bc"}).given});
}

Samples MakeEqualSamples() {
  return MakeSamples("string_equal_c1", {Tensor::Of<bool>({3}, {true, false, true})},
                     {Tensor::Of<bool>({2, 2}, {false, false, true, false})});
}

}  // namespace dagrad::ops::string_binary_internal
