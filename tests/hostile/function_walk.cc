#include "dagrad/tests/hostile/function_walk.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/tests/hostile/hostile_values.h"

namespace dagrad::tests {
namespace {

// What is run: operations and bytes of all steps, elements of a feed or state.
constexpr double kMostOperations = 1e8;
constexpr double kMostBytes = 64e6;
constexpr int64_t kLargestTensor = int64_t{1} << 20;
constexpr int kRounds = 2;

// How the numbers of feeds and states are drawn.
struct Numbers {
  uint64_t seed = 0;
  bool tame = true;  // between -1 and 1, small integers; otherwise hostile ones too
  double noise = 0;  // each float is so much larger or smaller, relatively
};

class Drawing {
 public:
  explicit Drawing(const Numbers& numbers) : numbers_(numbers), rng_(numbers.seed) {}

  absl::StatusOr<Tensor> Next(DType dtype, const Dims& dims) {
    if (NumElements(dims) > kLargestTensor)
      return absl::ResourceExhaustedError("a feed or state that is too large for this test");
    if (dtype == DType::kString) return Texts(dims);
    const bool hostile = !numbers_.tame && OneIn(5, &rng_);
    DAGRAD_ASSIGN_OR_RETURN(
        Tensor t, Tensor::Zeros(IsFloating(dtype) ? DType::kFloat64 : DType::kInt64, dims));
    if (IsFloating(dtype)) {
      for (double& v : t.mutable_data<double>()) v = hostile ? HostileDouble(&rng_) : Real();
    } else {
      for (int64_t& v : t.mutable_data<int64_t>())
        v = hostile ? HostileInt(&rng_) : static_cast<int64_t>(Below(3, &rng_));
    }
    return t.Cast(dtype);
  }

 private:
  absl::StatusOr<Tensor> Texts(const Dims& dims) {
    constexpr absl::string_view kTexts[] = {"",         "a",   "A b  c", "\xC3\x89t\xC3\xA9",
                                            "\xFF\xC3", "a,,b"};
    DAGRAD_ASSIGN_OR_RETURN(Tensor t, Tensor::Zeros(DType::kString, dims));
    for (absl::string_view& s : t.mutable_data<absl::string_view>())
      s = kTexts[Below(std::size(kTexts), &rng_)];
    return t;
  }

  double Real() {
    const uint64_t bits = rng_();
    const double value = static_cast<double>(bits % 2001) / 1000 - 1;
    return value * (1 + (bits >> 63 != 0 ? numbers_.noise : -numbers_.noise));
  }

  Numbers numbers_;
  Rng rng_;
};

// Dims of the inputs of `f`, one number for each symbol.
absl::StatusOr<std::vector<Dims>> SomeSizes(const Function& f, Rng* rng) {
  static const std::vector<int64_t> numbers = {0, 1, 2, 2, 3, 5, 17};
  Bindings bindings;
  std::vector<Dims> sizes;
  for (const NodeId id : f.inputs) {
    const Shape& shape = f.nodes[id].outputs[0].shape;
    absl::btree_set<std::string> symbols;
    for (const Dim& d : shape.dims()) d.CollectSymbols(&symbols);
    for (const std::string& s : symbols) bindings.try_emplace(s, Pick(numbers, rng));
    DAGRAD_ASSIGN_OR_RETURN(Dims dims, shape.Bind(bindings));
    sizes.push_back(std::move(dims));
  }
  return sizes;
}

bool IsTooLarge(const PlanSummary& plan) {
  double operations = 0, bytes = static_cast<double>(plan.state_bytes);
  for (const PlanSummary::Step& s : plan.steps) {
    operations += s.cost.flops;
    bytes += s.cost.bytes;
  }
  return !(operations <= kMostOperations && bytes <= kMostBytes);
}

// The outputs of the second of two runs.
absl::StatusOr<std::vector<Tensor>> RunTwice(const Executable& executable, const Function& f,
                                             const std::vector<Dims>& sizes, const Numbers& numbers,
                                             const Budget& budget) {
  DAGRAD_ASSIGN_OR_RETURN(const PlanSummary plan, executable.Plan(sizes, budget));
  if (IsTooLarge(plan))
    return absl::ResourceExhaustedError("a plan that is too large for this test");
  Drawing drawing(numbers);
  StateStore store;
  for (const NodeId id : f.states) {
    const ValueType& type = f.nodes[id].outputs[0];
    DAGRAD_ASSIGN_OR_RETURN(const Dims dims, type.shape.Bind({}));
    DAGRAD_ASSIGN_OR_RETURN(Tensor state, drawing.Next(type.dtype, dims));
    store.Set(f.nodes[id].name, std::move(state));
  }
  std::vector<Tensor> feeds;
  for (size_t i = 0; i < sizes.size(); ++i) {
    DAGRAD_ASSIGN_OR_RETURN(Tensor feed,
                            drawing.Next(f.nodes[f.inputs[i]].outputs[0].dtype, sizes[i]));
    feeds.push_back(std::move(feed));
  }
  DAGRAD_ASSIGN_OR_RETURN(const std::unique_ptr<RunContext> context,
                          executable.NewContext(&store, budget));
  for (int run = 0; run < 2; ++run) {
    const absl::Status status = executable.Run(context.get(), feeds, {.budget = budget});
    if (!context->guards_intact()) return absl::InternalError("a kernel wrote beside its buffer");
    DAGRAD_RETURN_IF_ERROR(status);
  }
  std::vector<Tensor> outputs;
  for (const Tensor& t : context->outputs()) {
    DAGRAD_ASSIGN_OR_RETURN(Tensor copy, t.Clone());
    outputs.push_back(std::move(copy));
  }
  return outputs;
}

CompileOptions PlainOptions(const Budget& budget) {
  CompileOptions options;
  options.kernel_mode = runtime::KernelMode::kReference;
  options.optimize = options.fuse = options.flow = false;
  options.memory_limit_bytes = kWalkMemoryLimit;
  options.budget = budget;
  return options;
}

CompileOptions SomeOptions(Rng* rng, const Budget& budget) {
  CompileOptions options;
  if (OneIn(8, rng)) options.kernel_mode = runtime::KernelMode::kReference;
  options.optimize = !OneIn(8, rng);
  options.fuse = !OneIn(8, rng);
  options.flow = !OneIn(8, rng);
  options.memory_limit_bytes = kWalkMemoryLimit;
  options.budget = budget;
  return options;
}

// `f` with every value as an output behind its own: what stands between feeds and outputs is seen.
Function WithAllValues(const Function& f) {
  Function all = f;
  for (size_t i = 0; i < f.nodes.size(); ++i) {
    for (size_t port = 0; port < f.nodes[i].outputs.size(); ++port)
      all.outputs.push_back({absl::StrCat("walk/", i, "/", port),
                             {static_cast<NodeId>(i), static_cast<int32_t>(port)}});
  }
  return all;
}

// Whether a value is of float16 or bfloat16.
bool HasHalves(const Function& f) {
  return std::any_of(f.nodes.begin(), f.nodes.end(), [](const Node& node) {
    return std::any_of(node.outputs.begin(), node.outputs.end(), [](const ValueType& type) {
      return type.dtype == DType::kFloat16 || type.dtype == DType::kBFloat16;
    });
  });
}

// The floats of `t`.
std::vector<double> Elements(const Tensor& t) {
  const absl::StatusOr<Tensor> wide = t.Cast(DType::kFloat64);
  if (!wide.ok()) return {};
  return {wide->data<double>().begin(), wide->data<double>().end()};
}

// The largest magnitude of all floats; infinite if one is not finite.
double LargestOf(const std::vector<Tensor>& tensors) {
  double largest = 1;
  for (const Tensor& t : tensors) {
    if (!IsFloating(t.dtype())) continue;
    for (const double v : Elements(t)) {
      if (!std::isfinite(v)) return std::numeric_limits<double>::infinity();
      largest = std::max(largest, std::abs(v));
    }
  }
  return largest;
}

// The first float that differs by more than `tolerance`; "" if there is none.
std::string Difference(const std::vector<Tensor>& actual, const std::vector<Tensor>& expected,
                       double tolerance) {
  for (size_t k = 0; k < expected.size(); ++k) {
    if (!IsFloating(expected[k].dtype())) continue;
    const std::vector<double> a = Elements(actual[k]), b = Elements(expected[k]);
    for (size_t i = 0; i < b.size(); ++i) {
      if (a.size() != b.size() || !(std::abs(a[i] - b[i]) <= tolerance))
        return absl::StrCat("output ", k, "[", i, "] is ", a[i], ", by reference ", b[i]);
    }
  }
  return "";
}

// Whether results may jump where an input changes in its last bit: steps, and floats that become
// integers or truths.
bool MayJump(const Function& f) {
  static const auto* steps =
      new absl::btree_set<absl::string_view>({"Ceil", "Floor", "Mod", "Round", "Sign"});
  return std::any_of(f.nodes.begin(), f.nodes.end(), [&](const Node& node) {
    const auto takes_floats = [&](const ValueRef& v) { return IsFloating(f.type(v).dtype); };
    return steps->contains(node.op->name) ||
           (!node.outputs.empty() && !IsFloating(node.outputs[0].dtype) &&
            std::any_of(node.inputs.begin(), node.inputs.end(), takes_floats));
  });
}

// One function on the reference kernels and as users run it.
class Walk {
 public:
  Walk(const Function& f, uint64_t seed, const Budget& budget)
      : f_(f), budget_(budget), rng_(seed) {}

  absl::Status Go() {
    const CompileOptions options = SomeOptions(&rng_, budget_);
    DAGRAD_ASSIGN_OR_RETURN(fast_, Executable::Compile(f_, options));
    DAGRAD_ASSIGN_OR_RETURN(plain_, Executable::Compile(f_, PlainOptions(budget_)));
    absl::Status first;
    for (int round = 0; round < kRounds; ++round) {
      const absl::Status status = Round();
      if (absl::IsInternal(status)) return status;
      first.Update(status);
    }
    return first;
  }

 private:
  absl::Status Round() {
    DAGRAD_ASSIGN_OR_RETURN(const std::vector<Dims> sizes, SomeSizes(f_, &rng_));
    const Numbers numbers = {.seed = rng_(), .tame = !OneIn(3, &rng_)};
    DAGRAD_ASSIGN_OR_RETURN(const std::vector<Tensor> actual,
                            RunTwice(*fast_, f_, sizes, numbers, budget_));
    for (const Tensor& t : actual) (void)t.ToString();
    DAGRAD_ASSIGN_OR_RETURN(const std::vector<Tensor> expected,
                            RunTwice(*plain_, f_, sizes, numbers, budget_));
    for (size_t k = 0; k < actual.size(); ++k) {
      if (actual[k].dims() != expected[k].dims())
        return absl::InternalError(absl::StrCat("output ", k, " has another shape"));
    }
    return numbers.tame && !MayJump(f_) ? Compare(actual, expected, sizes, numbers)
                                        : absl::OkStatus();
  }

  absl::Status Compare(const std::vector<Tensor>& actual, const std::vector<Tensor>& expected,
                       const std::vector<Dims>& sizes, const Numbers& numbers) {
    const double largest = LargestOf(expected);
    if (largest > kLargestCompared) return absl::OkStatus();
    if (Difference(actual, expected, tolerance_ * largest).empty()) return absl::OkStatus();
    // Rounding is relative to the values inside.
    const absl::StatusOr<double> inside = LargestInside(sizes, numbers);
    if (!inside.ok() || *inside > kLargestCompared) return absl::OkStatus();
    const std::string difference = Difference(actual, expected, tolerance_ * *inside);
    if (difference.empty() || !IsSure(expected, tolerance_ / 10 * *inside, sizes, numbers))
      return absl::OkStatus();
    return absl::InternalError(difference);
  }

  absl::StatusOr<double> LargestInside(const std::vector<Dims>& sizes, const Numbers& numbers) {
    DAGRAD_ASSIGN_OR_RETURN(const std::unique_ptr<Executable> all,
                            Executable::Compile(WithAllValues(f_), PlainOptions(budget_)));
    DAGRAD_ASSIGN_OR_RETURN(const std::vector<Tensor> values,
                            RunTwice(*all, f_, sizes, numbers, budget_));
    return LargestOf(values);
  }

  // Whether the reference kernels' results stay about what they are when feeds and states change a
  // little: only then rounding cannot explain another result.
  bool IsSure(const std::vector<Tensor>& expected, double tolerance, const std::vector<Dims>& sizes,
              Numbers numbers) {
    for (const double noise : {1e-3, -1e-3, 1e-2, -1e-2}) {
      numbers.noise = noise * tolerance_;
      const auto changed = RunTwice(*plain_, f_, sizes, numbers, budget_);
      if (!changed.ok() || !Difference(*changed, expected, tolerance).empty()) return false;
    }
    return true;
  }

  static constexpr double kLargestCompared = 1e4;
  const Function& f_;
  const Budget& budget_;
  Rng rng_;
  const double tolerance_ = HasHalves(f_) ? 0.1 : 1e-3;  // of the largest value
  std::unique_ptr<Executable> fast_, plain_;
};

}  // namespace

absl::Status WalkFunction(const Function& function, uint64_t seed, const Budget& budget) {
  return Walk(function, seed, budget).Go();
}

}  // namespace dagrad::tests
