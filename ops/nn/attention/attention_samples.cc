#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/ops/nn/attention/attention_golden.inc"
#include "dagrad/ops/nn/attention/attention_internal.h"

namespace dagrad::ops::attention_internal {
namespace {

namespace golden = attention_golden;

struct Sizes {
  int64_t batch, q_len, kv_len, heads, kv_heads, head_dim, value_dim;

  Dims Q() const { return {batch, q_len, heads, head_dim}; }
  Dims K() const { return {batch, kv_len, kv_heads, head_dim}; }
  Dims V() const { return {batch, kv_len, kv_heads, value_dim}; }
};

std::vector<InputSample> Inputs(const Sizes& s) {
  return {InputSample::Float(s.Q(), -2, 2), InputSample::Float(s.K(), -2, 2),
          InputSample::Float(s.V())};
}

// lse is about what it is for these inputs, so that P is about 1 / kv_len.
std::vector<InputSample> GradInputs(const Sizes& s) {
  std::vector<InputSample> inputs = Inputs(s);
  const double lse = std::log(static_cast<double>(s.kv_len + 1)) + 1;
  inputs.push_back(InputSample::Float({s.batch, s.heads, s.q_len}, lse, lse + 1));
  inputs.push_back(InputSample::Float({s.batch, s.q_len, s.heads}));
  inputs.push_back(InputSample::Float({s.batch, s.q_len, s.heads, s.value_dim}));
  return inputs;
}

// Where every row of 2 or more holds true and false.
InputSample BoolMask(const Dims& dims) {
  std::vector<double> values;
  for (int64_t i = 0; i < NumElements(dims); ++i) values.push_back(i % 3 != 1);
  return InputSample::Given(*Tensor::Of<double>(dims, values).Cast(DType::kBool));
}

InputSample NoKeySeen(const Dims& dims) {
  return InputSample::Given(Tensor::Full(DType::kBool, dims, 0));
}

const AttrMap& Causal() {
  static const AttrMap* const attrs = new AttrMap({{"is_causal", true}});
  return *attrs;
}

struct Case {
  const char* name;
  Sizes sizes;
  AttrMap attrs;
  // False: too many inputs to differentiate numerically by each.
  bool smooth = true;
};

// Blocks are of 64 queries and 128 keys.
std::vector<Case> Cases() {
  return {{"one_head", {1, 3, 4, 1, 1, 2, 2}, {}},
          {"several_heads", {2, 3, 4, 3, 3, 5, 2}, {{"scale", 0.7}}},
          {"grouped", {2, 3, 2, 4, 2, 3, 3}, {}},
          {"one_head_of_keys", {2, 2, 5, 3, 1, 2, 4}, Causal()},
          {"causal", {2, 5, 5, 2, 2, 3, 3}, Causal()},
          {"causal_more_queries", {1, 5, 2, 2, 1, 3, 3}, Causal()},
          {"causal_more_keys", {1, 2, 5, 2, 1, 3, 3}, Causal()},
          {"one_query", {2, 1, 7, 2, 1, 4, 4}, {}},
          {"several_blocks", {1, 66, 131, 1, 1, 2, 1}, {}, false},
          {"several_causal_blocks", {1, 131, 130, 2, 1, 1, 1}, Causal(), false},
          {"many_heads", {2, 66, 3, 8, 8, 1, 1}, {}, false},
          {"no_keys", {2, 3, 0, 2, 2, 4, 3}, {}},
          {"no_queries", {2, 0, 3, 2, 2, 4, 3}, {}},
          {"no_batch", {0, 3, 3, 2, 2, 4, 3}, {}},
          {"empty_heads", {2, 3, 3, 2, 2, 0, 0}, {}}};
}

struct MaskedCase {
  const char* name;
  Sizes sizes;
  InputSample mask;
  AttrMap attrs;
  bool smooth = true;
};

std::vector<MaskedCase> MaskedCases() {
  const Sizes s = {2, 3, 5, 4, 2, 3, 2};
  return {
      {"masked_bool", s, BoolMask({2, 4, 3, 5}), {}},
      {"masked_bool_causal", {1, 5, 5, 2, 2, 2, 2}, BoolMask({5}), Causal()},
      {"masked_padding", s, BoolMask({2, 1, 1, 5}), {{"scale", 0.3}}},
      {"masked_bias", s, InputSample::Float({2, 4, 3, 5}, -2, 2), {}},
      {"masked_bias_of_heads", s, InputSample::Float({4, 3, 5}, -2, 2), {}},
      {"masked_bias_of_queries", s, InputSample::Float({3, 1}, -2, 2), {}},
      {"masked_scalar_bias", s, InputSample::Float({}, -2, 2), Causal()},
      {"masked_blocks", {1, 66, 131, 1, 1, 1, 1}, InputSample::Float({66, 131}, -2, 2), {}, false},
      {"masked_sees_none", s, NoKeySeen({2, 1, 3, 1}), {}, false}};
}

Tensor Given(Dims dims, absl::Span<const double> values) {
  return Tensor::Of<double>(dims, values);
}

Sample Known() {
  return {"known_values",
          {InputSample::Given(Given({2, 3, 4, 2}, golden::kQ)),
           InputSample::Given(Given({2, 5, 2, 2}, golden::kK)),
           InputSample::Given(Given({2, 5, 2, 3}, golden::kV))},
          {{"is_causal", true}},
          true,
          1e-5,
          {Given({2, 3, 4, 3}, golden::kCausalY), Given({2, 4, 3}, golden::kCausalLse)}};
}

Sample KnownGrad() {
  return {"known_values",
          {InputSample::Given(Given({2, 3, 4, 2}, golden::kQ)),
           InputSample::Given(Given({2, 5, 2, 2}, golden::kK)),
           InputSample::Given(Given({2, 5, 2, 3}, golden::kV)),
           InputSample::Given(Given({2, 4, 3}, golden::kCausalLse)),
           InputSample::Given(Given({2, 3, 4}, golden::kCausalDelta)),
           InputSample::Given(Given({2, 3, 4, 3}, golden::kDy))},
          {{"is_causal", true}},
          true,
          1e-5,
          {Given({2, 3, 4, 2}, golden::kCausalDq), Given({2, 5, 2, 2}, golden::kCausalDk),
           Given({2, 5, 2, 3}, golden::kCausalDv)}};
}

ValueType F(Shape shape) { return {DType::kFloat32, std::move(shape)}; }

// Types that violate c1 … c4, before `more`; `label` is the op's.
struct Wrong {
  absl::string_view c1, c2, c3, c4;
};
std::vector<Violation> Violations(const Wrong& wrong, const std::vector<ValueType>& more) {
  const ValueType q = F({"batch", "time", 4, 8}), k = F({"batch", "past", 2, 8});
  const auto with = [&](ValueType a, ValueType b, ValueType c) {
    std::vector<ValueType> types = {std::move(a), std::move(b), std::move(c)};
    types.insert(types.end(), more.begin(), more.end());
    return types;
  };
  return {{wrong.c1, with(F({"batch", "time", 8}), k, k)},
          {wrong.c1, with(q, F({"batch", 8}), k)},
          {wrong.c1, with(q, k, F({"batch", "past", 2, 2, 4}))},
          {wrong.c2, with(F({3, "time", 4, 8}), k, k)},
          {wrong.c2, with(q, F({"batch", "past", 2, 7}), k)},
          {wrong.c2, with(q, k, F({"batch", "time", 2, 8}))},
          {wrong.c2, with(q, k, F({"batch", "past", 1, 8}))},
          {wrong.c3, with(F({"batch", "time", 3, 8}), k, k)},
          {wrong.c3, with(F({"batch", "time", "heads", 8}), k, k)},
          {wrong.c3, with(q, F({"batch", "past", 0, 8}), F({"batch", "past", 0, 8}))},
          {wrong.c3, with(F({"batch", "time", 4, "d"}), F({"batch", "past", 2, "d"}), k)},
          {wrong.c4, with(q, k, k), {{"scale", -1.0}}},
          {wrong.c4, with(q, k, k), {{"scale", std::numeric_limits<double>::infinity()}}}};
}

const std::vector<ValueType>& Valid() {
  static const auto* const types = new std::vector<ValueType>{
      F({"batch", "time", 4, 8}), F({"batch", "past", 2, 8}), F({"batch", "past", 2, 3})};
  return *types;
}
const std::vector<ValueType>& ValidGrad() {
  static const auto* const types = new std::vector<ValueType>{
      F({"batch", 4, "time"}), F({"batch", "time", 4}), F({"batch", "time", 4, 3})};
  return *types;
}

std::vector<ValueType> Join(std::vector<ValueType> a, const std::vector<ValueType>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// Masks that do not fit Valid().
std::vector<ValueType> WrongMasks() {
  return {F({"past", 1}),
          F({3, "time", "past"}),
          F({1, 1, 1, 1, 1}),
          {DType::kFloat64, {"time", "past"}},
          {DType::kBool, {4, 1, 1, 1}}};
}

std::vector<Violation> WrongShapes(absl::string_view c6, const std::vector<ValueType>& mask) {
  std::vector<Violation> violations;
  for (int i = 0; i < 3; ++i) {
    std::vector<ValueType> types = ValidGrad();
    types[i].shape = {"batch", "time", 5};
    violations.push_back({c6, Join(Join(Valid(), types), mask)});
  }
  return violations;
}

// Adds the cases with a mask, the last input after those that `inputs` gives.
void AddMasked(std::vector<InputSample> (*inputs)(const Sizes& sizes), Samples* s) {
  for (const MaskedCase& c : MaskedCases()) {
    std::vector<InputSample> all = inputs(c.sizes);
    all.push_back(c.mask);
    s->samples.push_back({c.name, std::move(all), c.attrs, c.smooth});
  }
}

void Append(const std::vector<Violation>& violations, Samples* s) {
  s->violations.insert(s->violations.end(), violations.begin(), violations.end());
}

}  // namespace

Samples MakeSamples() {
  Samples s;
  s.samples = {Known()};
  for (const Case& c : Cases()) {
    // Of no keys, lse is -inf.
    s.samples.push_back({c.name, Inputs(c.sizes), c.attrs, c.smooth && c.sizes.kv_len > 0});
  }
  AddMasked(Inputs, &s);
  const Wrong wrong = {"attention_c1", "attention_c2", "attention_c3", "attention_c4"};
  s.violations = Violations(wrong, {});
  Append(Violations(wrong, {F({})}), &s);
  for (const ValueType& mask : WrongMasks())
    s.violations.push_back({"attention_c5", Join(Valid(), {mask})});
  return s;
}

Samples MakeGradSamples() {
  Samples s;
  s.samples = {KnownGrad()};
  for (const Case& c : Cases())
    s.samples.push_back({c.name, GradInputs(c.sizes), c.attrs, c.smooth});
  AddMasked(GradInputs, &s);
  const Wrong wrong = {"attention_grad_c1", "attention_grad_c2", "attention_grad_c3",
                       "attention_grad_c4"};
  s.violations = Violations(wrong, ValidGrad());
  Append(Violations(wrong, Join(ValidGrad(), {F({})})), &s);
  for (const ValueType& mask : WrongMasks())
    s.violations.push_back({"attention_grad_c5", Join(Join(Valid(), ValidGrad()), {mask})});
  Append(WrongShapes("attention_grad_c6", {}), &s);
  Append(WrongShapes("attention_grad_c6", {F({})}), &s);
  return s;
}

}  // namespace dagrad::ops::attention_internal
