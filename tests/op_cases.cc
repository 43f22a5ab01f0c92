#include "dagrad/tests/op_cases.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/body.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::tests {
namespace {

using ops::InputSample;

// FNV-1a: the same on every machine.
uint64_t SeedOf(absl::string_view op, absl::string_view sample) {
  uint64_t h = 14695981039346656037u ^ BaseSeed();
  for (char c : absl::StrCat(op, "/", sample))
    h = (h ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return h;
}

double Uniform(std::mt19937_64* random, double lo, double hi) {
  const double v = lo + (hi - lo) * (static_cast<double>((*random)() >> 11) * 0x1p-53);
  return static_cast<double>(static_cast<float>(v));
}

void FillDistinct(const InputSample& s, std::mt19937_64* random, absl::Span<double> out) {
  const double step = (s.hi - s.lo) / static_cast<double>(out.size());
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] =
        static_cast<float>(s.lo + step * (static_cast<double>(i) + Uniform(random, 0.25, 0.75)));
  }
  for (size_t i = out.size(); i > 1; --i) std::swap(out[i - 1], out[(*random)() % i]);
}

Tensor DrawStrings(const InputSample& s, std::mt19937_64* random) {
  std::vector<std::string> texts;
  for (int64_t i = 0; i < NumElements(s.dims); ++i)
    texts.push_back(absl::StrCat(static_cast<int64_t>(Uniform(random, s.lo, s.hi)), " é"));
  const std::vector<absl::string_view> views(texts.begin(), texts.end());
  return Tensor::Of<absl::string_view>(s.dims, views);
}

// Drawn as float64 or as integers; then converted.
Tensor Draw(const InputSample& s, std::mt19937_64* random) {
  if (s.fill == InputSample::Fill::kGiven) return *s.given.Clone();
  if (IsFloating(s.dtype)) {
    Tensor t = *Tensor::Zeros(DType::kFloat64, s.dims);
    const auto out = t.mutable_data<double>();
    if (s.fill == InputSample::Fill::kDistinct) {
      FillDistinct(s, random, out);
    } else {
      for (double& v : out) v = Uniform(random, s.lo, s.hi);
    }
    return *t.Cast(s.dtype);
  }
  if (s.dtype == DType::kString) return DrawStrings(s, random);
  Tensor t = *Tensor::Zeros(DType::kInt64, s.dims);
  const int64_t lo = s.dtype == DType::kBool ? 0 : static_cast<int64_t>(s.lo);
  const int64_t hi = s.dtype == DType::kBool ? 1 : static_cast<int64_t>(s.hi);
  for (int64_t& v : t.mutable_data<int64_t>())
    v = lo + static_cast<int64_t>((*random)() % (hi - lo + 1));
  return *t.Cast(s.dtype);
}

AttrMap InFloat(const AttrMap& attrs, DType float_dtype);

// The body with float64 become `float_dtype` in all of its nodes.
BodyPtr InFloat(const BodyPtr& body, DType float_dtype) {
  Function f = body->function();
  for (Node& node : f.nodes) {
    node.attrs = InFloat(node.attrs, float_dtype);
    std::vector<ValueType> types;
    for (const ValueRef& in : node.inputs) types.push_back(f.type(in));
    node.outputs = *InferOp(*node.op, types, &node.attrs);
  }
  return *Body::Make(std::move(f));
}

AttrMap InFloat(const AttrMap& attrs, DType float_dtype) {
  AttrMap result = attrs;
  for (const AttrMap::Entry& e : attrs.entries()) {
    if (const DType* d = e.value.get_if<DType>(); d != nullptr && *d == DType::kFloat64) {
      result.Set(e.name, float_dtype);
    } else if (const Tensor* t = e.value.get_if<Tensor>();
               t != nullptr && t->dtype() == DType::kFloat64) {
      result.Set(e.name, *t->Cast(float_dtype));
    } else if (const BodyPtr* body = e.value.get_if<BodyPtr>(); body != nullptr) {
      result.Set(e.name, InFloat(*body, float_dtype));
    }
  }
  return result;
}

}  // namespace

std::string OpCase::Name() const {
  return absl::StrCat(op->name, "/", sample->name, " ", DTypeName(float_dtype), ", seed ", seed,
                      " (DAGRAD_TEST_SEED=", BaseSeed(), ")");
}

std::vector<ValueType> OpCase::InputTypes() const {
  std::vector<ValueType> types;
  for (const Tensor& t : inputs) types.push_back({t.dtype(), Shape(absl::MakeConstSpan(t.dims()))});
  return types;
}

bool OpCase::HasEmptyInput() const {
  return std::any_of(inputs.begin(), inputs.end(),
                     [](const Tensor& t) { return t.num_elements() == 0; });
}

bool IsBounded(const OpCase& c, size_t input) {
  return (c.op->name == "LstmGrad" && input == 6) || (c.op->name == "GruGrad" && input == 5);
}

const ops::Samples& SamplesOf(const OpDef& op) {
  static auto* const all = new std::map<const OpDef*, ops::Samples>();
  auto it = all->find(&op);
  if (it == all->end())
    it = all->emplace(&op, op.samples == nullptr ? ops::Samples() : op.samples()).first;
  return it->second;
}

uint64_t BaseSeed() {
  uint64_t seed = 1;
  const char* text = std::getenv("DAGRAD_TEST_SEED");
  return text != nullptr && absl::SimpleAtoi(text, &seed) ? seed : 1;
}

OpCase MakeCase(const OpDef& op, const ops::Sample& sample, DType float_dtype) {
  OpCase c{&op,         &sample,
           float_dtype, InFloat(sample.attrs, float_dtype),
           {},          SeedOf(op.name, sample.name)};
  std::mt19937_64 random(c.seed);
  for (const InputSample& s : sample.inputs) {
    Tensor t = Draw(s, &random);
    c.inputs.push_back(t.dtype() == DType::kFloat64 ? *t.Cast(float_dtype) : t);
  }
  return c;
}

bool HasFloat32Case(const OpDef& op, const ops::Sample& sample) {
  bool changes = !(InFloat(sample.attrs, DType::kFloat32) == sample.attrs);
  for (size_t i = 0; i < sample.inputs.size(); ++i) {
    if (sample.inputs[i].dtype != DType::kFloat64) continue;
    if (!op.InputPort(i).dtypes.Contains(DType::kFloat32)) return false;
    changes = true;
  }
  return changes;
}

bool HasDerivedCases(const OpDef& op, DType dtype) {
  if (op.name == "Cast" || op.Has(kControl)) return false;
  return ComputeDType(dtype) != dtype || dtype == DType::kUInt64;
}

std::vector<OpCase> Float64Cases(const OpDef& op) {
  std::vector<OpCase> cases;
  for (const ops::Sample& s : SamplesOf(op).samples)
    cases.push_back(MakeCase(op, s, DType::kFloat64));
  return cases;
}

std::vector<OpCase> AllCases(const OpDef& op) {
  std::vector<OpCase> cases = Float64Cases(op);
  for (const ops::Sample& s : SamplesOf(op).samples) {
    if (HasFloat32Case(op, s)) cases.push_back(MakeCase(op, s, DType::kFloat32));
  }
  return cases;
}

std::string InputName(int i) { return absl::StrCat("x", i); }
std::string OutputName(int i) { return absl::StrCat("y", i); }

absl::StatusOr<Function> MakeFunction(const OpCase& c, const OpDef& op,
                                      const std::vector<ValueType>& types) {
  GraphBuilder g(std::string(op.name));
  std::vector<Value> inputs;
  for (size_t i = 0; i < types.size(); ++i) {
    inputs.push_back(g.Input(InputName(static_cast<int>(i)), types[i].dtype, types[i].shape));
  }
  Value y = g.AddNode(op, inputs, c.attrs, SourceLocation::Current());
  if (y.valid()) {
    const std::vector<Value> outputs = g.Outputs(y, 1);
    for (size_t i = 0; i < outputs.size(); ++i)
      g.Output(OutputName(static_cast<int>(i)), outputs[i]);
  }
  return g.Build();
}

absl::StatusOr<Function> MakeFunction(const OpCase& c) {
  return MakeFunction(c, *c.op, c.InputTypes());
}

runtime::TensorMap Feeds(const OpCase& c) {
  runtime::TensorMap feeds;
  for (size_t i = 0; i < c.inputs.size(); ++i) feeds[InputName(static_cast<int>(i))] = c.inputs[i];
  return feeds;
}

absl::StatusOr<std::vector<Tensor>> EvaluateOutputs(const Function& function,
                                                    const runtime::TensorMap& feeds,
                                                    runtime::KernelMode mode) {
  DAGRAD_ASSIGN_OR_RETURN(const runtime::EvaluateResult r,
                          runtime::EvaluateFunction(function, feeds, {}, mode));
  std::vector<Tensor> outputs;
  for (const Function::Output& o : function.outputs) outputs.push_back(r.outputs.at(o.name));
  return outputs;
}

absl::StatusOr<std::vector<Tensor>> Evaluate(const OpCase& c, runtime::KernelMode mode) {
  DAGRAD_ASSIGN_OR_RETURN(const Function f, MakeFunction(c));
  return EvaluateOutputs(f, Feeds(c), mode);
}

}  // namespace dagrad::tests
