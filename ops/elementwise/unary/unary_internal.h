#ifndef DAGRAD_OPS_ELEMENTWISE_UNARY_UNARY_INTERNAL_H_
#define DAGRAD_OPS_ELEMENTWISE_UNARY_UNARY_INTERNAL_H_

#include <optional>
#include <type_traits>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"
#include "dagrad/ops/elementwise/loops.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"
#include "dagrad/runtime/simd/unary.h"

namespace dagrad::ops::unary_internal {

// Where a gradient is taken: the cotangent of y, the input, the output, and the op's parameter if
// it has one.
struct Point {
  Value dy;
  Value x;
  Value y;
  double alpha = 0;
};

// Makes the plain kernel, which defines the op.
using Maker = void (*)(const runtime::KernelRequest&, double cost, runtime::Kernel*);

// What tells one op of the family from another.
struct Entry {
  absl::string_view name;
  absl::string_view label;
  absl::string_view doc;
  DTypeSet dtypes;
  Maker make;
  double cost;  // of an element, beside that of an addition
  std::optional<runtime::simd::UnaryFunction> simd = std::nullopt;  // the fast kernel of float32
  Value (*vjp)(const Point&) = nullptr;                             // null: no gradient flows
  double lo, hi;  // where it is smooth, or between two jumps
  bool has_alpha = false;
  bool is_predicate = false;  // gives bool
  absl::Span<const runtime::Rule> (*rules)() = nullptr;
};

absl::Status Infer(const Entry& entry, InferContext& c);
absl::Status Gradient(const Entry& entry, GradContext& c);
absl::Status MakeKernel(const Entry& entry, const runtime::KernelRequest& request,
                        runtime::Kernel* kernel);
Samples MakeSamples(const Entry& entry);
OpDef MakeDef(const Entry& entry);  // all but the functions

template <const Entry& kEntry>
OpDef MakeWhole() {
  OpDef op = MakeDef(kEntry);
  op.infer = [](InferContext& c) { return Infer(kEntry, c); };
  if (kEntry.vjp != nullptr) op.gradient = [](GradContext& c) { return Gradient(kEntry, c); };
  op.make_kernel = [](const runtime::KernelRequest& request, runtime::Kernel* kernel) {
    return MakeKernel(kEntry, request, kernel);
  };
  op.samples = [] { return MakeSamples(kEntry); };
  return op;
}

template <const Entry& kEntry>
const OpDef& Def() {
  return Singleton<MakeWhole<kEntry>>();
}

// Kernels of kFunction for the dtypes that the op accepts: floats, all numbers, floats to bool,
// floats with the parameter. Functions of float32 are those of float64, rounded once, which takes
// the C library no longer.
template <auto kFunction>
void Floats(const runtime::KernelRequest& request, double cost, runtime::Kernel* kernel) {
  DispatchComputed(request.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_floating_point_v<T>) {
      UnaryLoop<T, T>(
          request.outputs[0].num_elements(), cost,
          [](T x) { return static_cast<T>(kFunction(static_cast<double>(x))); }, kernel);
    }
  });
}

template <auto kFunction>
void Numbers(const runtime::KernelRequest& request, double cost, runtime::Kernel* kernel) {
  DispatchComputed(request.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (!std::is_same_v<T, bool>) {
      UnaryLoop<T, T>(request.outputs[0].num_elements(), cost, kFunction, kernel);
    }
  });
}

template <auto kFunction>
void Predicate(const runtime::KernelRequest& request, double cost, runtime::Kernel* kernel) {
  DispatchComputed(request.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_floating_point_v<T>) {
      UnaryLoop<T, bool>(request.outputs[0].num_elements(), cost, kFunction, kernel);
    }
  });
}

template <auto kFunction>
void WithAlpha(const runtime::KernelRequest& request, double cost, runtime::Kernel* kernel) {
  DispatchComputed(request.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_floating_point_v<T>) {
      const double alpha = static_cast<T>(request.attr<double>("alpha"));
      UnaryLoop<T, T>(
          request.outputs[0].num_elements(), cost,
          [alpha](T x) { return static_cast<T>(kFunction(static_cast<double>(x), alpha)); },
          kernel);
    }
  });
}

}  // namespace dagrad::ops::unary_internal

#endif  // DAGRAD_OPS_ELEMENTWISE_UNARY_UNARY_INTERNAL_H_
