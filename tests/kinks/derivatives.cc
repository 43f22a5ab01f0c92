#include "dagrad/tests/kinks/derivatives.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/file.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/runtime/run/interpreter.h"
#include "dagrad/tests/kinks/kink_cases.h"

namespace dagrad::tests {
namespace {

// What is no list is one without items.
const boost::json::array& List(const Json* json) {
  static const auto* const none = new boost::json::array();
  return json != nullptr && json->is_array() ? json->get_array() : *none;
}

double Number(const Json& json) {
  double number = std::numeric_limits<double>::quiet_NaN();
  if (json == "-0") return -0.0;
  NumberFromJson(json, &number);
  return number;
}

std::vector<double> Numbers(const Json* json) {
  std::vector<double> numbers;
  for (const Json& number : List(json)) numbers.push_back(Number(number));
  return numbers;
}

Derivatives ReadDerivatives(const Json& json) {
  Derivatives d;
  for (const Json& first : List(Member(json, "first"))) d.first.push_back(Numbers(&first));
  for (const Json& row : List(Member(json, "second"))) {
    d.second.emplace_back();
    for (const Json& second : List(&row)) d.second.back().push_back(Numbers(&second));
  }
  return d;
}

absl::StatusOr<GoldenCase> ReadCase(const Json& json) {
  GoldenCase c;
  const Json* const torch = Member(json, "torch");
  const Json* const jax = Member(json, "jax");
  if (!ReadJson(Member(json, "name"), &c.name) ||
      !ReadJson(Member(json, "elementwise"), &c.elementwise) || torch == nullptr || jax == nullptr)
    return absl::InvalidArgumentError("a case lacks name, elementwise, torch or jax");
  for (const Json& input : List(Member(json, "inputs"))) {
    std::vector<int64_t> dims;
    if (!ReadJson(Member(input, "dims"), &dims))
      return absl::InvalidArgumentError(absl::StrCat("an input of ", c.name, " has no dims"));
    c.inputs.push_back(Tensor::Of<double>(dims, Numbers(Member(input, "values"))));
  }
  c.torch = ReadDerivatives(*torch);
  c.jax = ReadDerivatives(*jax);
  return c;
}

// 1, 2, … along the last axis; 1 everywhere for an elementwise function.
Tensor Weights(const Dims& dims, bool elementwise) {
  Tensor w = Tensor::Full(DType::kFloat64, dims, 1);
  if (elementwise || dims.empty()) return w;
  for (int64_t i = 0; i < w.num_elements(); ++i)
    w.mutable_data<double>()[i] = static_cast<double>(1 + i % dims.back());
  return w;
}

absl::StatusOr<std::vector<Value>> Weighted(const GoldenCase& c, Value y,
                                            absl::Span<const Value> xs) {
  const Value w = Constant(y.builder(), Weights(y.shape().ToDims(), c.elementwise));
  return Gradients({y}, xs, {.cotangents = {w}});
}

std::vector<double> Flat(const Tensor& t) {
  const auto data = t.data<double>();
  return {data.begin(), data.end()};
}

std::string Name(size_t i, size_t count) {
  if (count == 1) return "x";
  if (count == 2) return i == 0 ? "a" : "b";
  return absl::StrCat("x", i);
}

// Where element `k` of a gradient for x_j is taken.
std::string At(const GoldenCase& c, size_t j, size_t k) {
  if (!c.elementwise) return absl::StrCat(Name(j, c.inputs.size()), "[", k, "]");
  std::string at;
  for (size_t i = 0; i < c.inputs.size(); ++i) {
    absl::StrAppend(&at, i == 0 ? "" : ", ",
                    absl::StrFormat("%.4g", c.inputs[i].data<double>()[k]));
  }
  return c.inputs.size() == 1 ? at : absl::StrCat("(", at, ")");
}

}  // namespace

absl::StatusOr<std::vector<GoldenCase>> ReadGolden(const std::string& path) {
  DAGRAD_ASSIGN_OR_RETURN(const std::string text, io::ReadFile(path, size_t{1} << 30));
  DAGRAD_ASSIGN_OR_RETURN(const Json json, ParseJson(text));
  std::vector<GoldenCase> cases;
  for (const Json& entry : List(Member(json, "cases"))) {
    DAGRAD_ASSIGN_OR_RETURN(GoldenCase c, ReadCase(entry));
    cases.push_back(std::move(c));
  }
  return cases;
}

absl::StatusOr<Derivatives> Differentiate(const GoldenCase& c,
                                          std::set<std::string>* differentiated) {
  const KinkFunction* f = FindKinkFunction(c.name);
  if (f == nullptr) return absl::NotFoundError(absl::StrCat("there is no function for ", c.name));
  GraphBuilder g(c.name);
  std::vector<Value> xs;
  runtime::TensorMap feeds;
  for (const Tensor& t : c.inputs) {
    const std::string name = absl::StrCat("x", xs.size());
    xs.push_back(g.Input(name, DType::kFloat64, Shape(absl::MakeConstSpan(t.dims()))));
    feeds[name] = t;
  }
  const Value y = f->build(xs);
  DAGRAD_RETURN_IF_ERROR(g.status());
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Value> first, Weighted(c, y, xs));
  for (const Node& node : g.function().nodes) differentiated->insert(std::string(node.op->name));
  for (size_t i = 0; i < xs.size(); ++i) {
    g.Output(absl::StrCat("first", i), first[i]);
    DAGRAD_ASSIGN_OR_RETURN(const std::vector<Value> second, Weighted(c, first[i], xs));
    for (size_t j = 0; j < xs.size(); ++j) g.Output(absl::StrCat("second", i, "_", j), second[j]);
  }
  DAGRAD_ASSIGN_OR_RETURN(const Function function, g.Build());
  DAGRAD_ASSIGN_OR_RETURN(const runtime::EvaluateResult result,
                          runtime::EvaluateFunction(function, feeds));
  Derivatives d;
  for (size_t i = 0; i < xs.size(); ++i) {
    d.first.push_back(Flat(result.outputs.at(absl::StrCat("first", i))));
    d.second.emplace_back();
    for (size_t j = 0; j < xs.size(); ++j)
      d.second.back().push_back(Flat(result.outputs.at(absl::StrCat("second", i, "_", j))));
  }
  return d;
}

std::vector<Place> Places(const GoldenCase& c, const Derivatives& dagrad) {
  std::vector<Place> places;
  const size_t n = c.inputs.size();
  for (size_t i = 0; i < n; ++i) {
    for (size_t k = 0; k < dagrad.first[i].size(); ++k) {
      places.push_back({absl::StrCat("∂/∂", Name(i, n)), At(c, i, k), dagrad.first[i][k],
                        c.torch.first[i][k], c.jax.first[i][k]});
    }
  }
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) {
      for (size_t k = 0; k < dagrad.second[i][j].size(); ++k) {
        places.push_back({absl::StrCat("∂²/∂", Name(i, n), "∂", Name(j, n)), At(c, j, k),
                          dagrad.second[i][j][k], c.torch.second[i][j][k], c.jax.second[i][j][k]});
      }
    }
  }
  return places;
}

}  // namespace dagrad::tests
