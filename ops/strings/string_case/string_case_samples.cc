#include <string>
#include <vector>

#include "dagrad/ops/strings/string_case/string_case_internal.h"

namespace dagrad::ops::string_case_internal {
namespace {

Tensor Strings(Dims dims, std::initializer_list<absl::string_view> values) {
  return Tensor::Of<absl::string_view>(dims, values);
}

// So many that they are cut into shards.
InputSample Many() { return InputSample::Of(DType::kString, {10, 100}, 0, 100); }

}  // namespace

Samples MakeCaseSamples() {
  Samples s;
  const Tensor x = Strings({2, 2}, {"Monday", "ÉTÉ", "", "x1"});
  s.samples = {{"lower",
                {InputSample::Given(x)},
                {{"to", "lower"}},
                false,
                0,
                {Strings({2, 2}, {"monday", "été", "", "x1"})}},
               {"upper",
                {InputSample::Given(x)},
                {{"to", "upper"}},
                false,
                0,
                {Strings({2, 2}, {"MONDAY", "ÉTÉ", "", "X1"})}},
               {"scalar", {InputSample::Given(Strings({}, {"A"}))}, {{"to", "lower"}}, false},
               {"none", {InputSample::Given(Strings({0}, {}))}, {{"to", "lower"}}, false},
               {"shards", {Many()}, {{"to", "upper"}}, false}};
  s.violations = {{"string_case_c1", {{DType::kString, {2}}}, {{"to", "title"}}}};
  return s;
}

Samples MakeIsInSamples() {
  Samples s;
  const Tensor x = Strings({4}, {"Monday", "monday", "", "tuesday"});
  const auto values = [](std::vector<std::string> v) { return Attribute(std::move(v)); };
  s.samples = {{"exact",
                {InputSample::Given(x)},
                {{"values", values({"monday", "sunday"})}},
                false,
                0,
                {Tensor::Of<bool>({4}, {false, true, false, false})}},
               {"any_case",
                {InputSample::Given(x)},
                {{"values", values({"MONDAY", ""})}, {"case_sensitive", false}},
                false,
                0,
                {Tensor::Of<bool>({4}, {true, true, true, false})}},
               {"no_values", {InputSample::Given(x)}, {{"values", values({})}}, false},
               {"shards", {Many()}, {{"values", values({"7 é"})}}, false}};
  return s;
}

}  // namespace dagrad::ops::string_case_internal
