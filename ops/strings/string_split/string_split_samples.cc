#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "dagrad/ops/strings/string_split/string_split_internal.h"

namespace dagrad::ops::string_split_internal {
namespace {

Tensor Strings(Dims dims, std::initializer_list<absl::string_view> values) {
  return Tensor::Of<absl::string_view>(dims, values);
}

// So many that they are cut into shards, each of two words.
InputSample Many() { return InputSample::Of(DType::kString, {1000}, 0, 100); }

// What Python's str.split gives.
struct Case {
  std::string name;
  Tensor x;
  std::string delimiter;
  int64_t max_splits;
  std::vector<int64_t> counts;
  Tensor parts;  // of three
};

std::vector<Case> Cases() {
  return {{"words",
           Strings({3}, {"a b", "  c \t d  e ", ""}),
           "",
           -1,
           {2, 3, 0},
           Strings({3, 3}, {"a", "b", "", "c", "d", "e", "", "", ""})},
          {"two_words",
           Strings({2}, {" a  b c ", "d"}),
           "",
           1,
           {2, 1},
           Strings({2, 3}, {"a", "b c ", "", "d", "", ""})},
          {"fields",
           Strings({3}, {"a,,b", ",", ""}),
           ",",
           -1,
           {3, 2, 1},
           Strings({3, 3}, {"a", "", "b", "", "", "", "", "", ""})},
          {"two_fields",
           Strings({2}, {"a--b--c", "d"}),
           "--",
           1,
           {2, 1},
           Strings({2, 3}, {"a", "b--c", "", "d", "", ""})},
          {"no_splits", Strings({1}, {" a b"}), "", 0, {1}, Strings({1, 3}, {"a b", "", ""})}};
}

AttrMap Attrs(const Case& c) { return {{"delimiter", c.delimiter}, {"max_splits", c.max_splits}}; }

}  // namespace

Samples MakeSamples() {
  Samples s;
  for (const Case& c : Cases()) {
    AttrMap attrs = Attrs(c);
    attrs.Set("size", Shape{3});
    s.samples.push_back({c.name, {InputSample::Given(c.x)}, attrs, false, 0, {c.parts}});
  }
  s.samples.push_back({"first",
                       {InputSample::Given(Strings({1}, {"a b"}))},
                       {{"size", Shape{1}}},
                       false,
                       0,
                       {Strings({1, 1}, {"a"})}});
  s.samples.push_back(
      {"no_parts", {InputSample::Given(Strings({2}, {"a b", "c"}))}, {{"size", Shape{0}}}, false});
  s.samples.push_back({"shards", {Many()}, {{"size", Shape{3}}}, false});
  s.violations = {{"string_split_c1", {{DType::kString, {2}}}, {{"size", Shape{2, 2}}}}};
  return s;
}

Samples MakeCountSamples() {
  Samples s;
  for (const Case& c : Cases()) {
    const Tensor counts =
        Tensor::Of<int64_t>({static_cast<int64_t>(c.counts.size())}, absl::MakeSpan(c.counts));
    s.samples.push_back({c.name, {InputSample::Given(c.x)}, Attrs(c), false, 0, {counts}});
  }
  s.samples.push_back({"shards", {Many()}, {}, false});
  return s;
}

}  // namespace dagrad::ops::string_split_internal
