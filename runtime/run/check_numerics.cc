#include "dagrad/runtime/run/check_numerics.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/run/observed_run.h"

namespace dagrad {
namespace {

using runtime::TensorMap;

// The elements of one kind.
struct Found {
  int64_t first = 0;
  int64_t count = 0;
};

template <typename Is>
Found Find(const Tensor& tensor, Is is) {
  Found found;
  if (!IsFloating(tensor.dtype())) return found;
  DispatchDType(tensor.dtype(), [&](auto zero) {
    const absl::Span<const decltype(zero)> values = tensor.data<decltype(zero)>();
    for (size_t i = 0; i < values.size(); ++i) {
      if (!is(static_cast<double>(values[i]))) continue;
      if (found.count++ == 0) found.first = static_cast<int64_t>(i);
    }
  });
  return found;
}

Found FindNan(const Tensor& t) {
  return Find(t, [](double x) { return std::isnan(x); });
}
Found FindInfinity(const Tensor& t) {
  return Find(t, [](double x) { return std::isinf(x); });
}

// "at [3, 1], 2 of 320 elements"
std::string Where(const Tensor& tensor, const Found& found) {
  std::vector<int64_t> index(tensor.dims().size());
  int64_t rest = found.first;
  for (size_t axis = index.size(); axis-- > 0;) {
    index[axis] = rest % tensor.dims()[axis];
    rest /= tensor.dims()[axis];
  }
  return absl::StrCat("at [", absl::StrJoin(index, ", "), "], ", found.count, " of ",
                      tensor.num_elements(), " elements");
}

// Looks at what a run is given and at every node, in their order.
class Watch {
 public:
  absl::Status Given(const std::string& what, const Tensor& tensor) {
    const Found nan = FindNan(tensor);
    if (nan.count > 0)
      return InvalidArgumentError(absl::StrCat(what, " is NaN already, ", Where(tensor, nan)));
    NoteInfinity(what, tensor);
    return absl::OkStatus();
  }

  absl::Status Ran(const Node& node, absl::Span<const Tensor> in, absl::Span<const Tensor> out) {
    for (size_t port = 0; port < out.size(); ++port) {
      const Found nan = FindNan(out[port]);
      if (nan.count > 0 && !AnyNan(in)) return Error(node, in, port, Where(out[port], nan));
      NoteInfinity(absl::StrCat("output ", port, " of ", Describe(node)), out[port]);
    }
    return absl::OkStatus();
  }

 private:
  static bool AnyNan(absl::Span<const Tensor> tensors) {
    for (const Tensor& t : tensors)
      if (FindNan(t).count > 0) return true;
    return false;
  }

  void NoteInfinity(const std::string& what, const Tensor& tensor) {
    if (!first_infinity_.empty()) return;
    const Found infinite = FindInfinity(tensor);
    if (infinite.count > 0) first_infinity_ = absl::StrCat(what, ", ", Where(tensor, infinite));
  }

  absl::Status Error(const Node& node, absl::Span<const Tensor> in, size_t port,
                     const std::string& where) const {
    std::string text = absl::StrCat(Describe(node), ": output ", port,
                                    " is the first result that is NaN, ", where);
    for (size_t i = 0; i < in.size(); ++i) {
      const Found infinite = FindInfinity(in[i]);
      if (infinite.count == 0) continue;
      absl::StrAppend(&text, "; input ", i, " is infinite ", Where(in[i], infinite),
                      "; the first infinity is in ", first_infinity_);
      break;
    }
    return InvalidArgumentError(text);
  }

  std::string first_infinity_;
};

absl::Status LookAtGiven(const Function& function, const std::vector<NodeId>& placeholders,
                         const TensorMap& tensors, Watch* watch) {
  for (NodeId id : placeholders) {
    const Node& node = function.nodes[id];
    const auto it = tensors.find(node.name);
    if (it != tensors.end()) DAGRAD_RETURN_IF_ERROR(watch->Given(Describe(node), it->second));
  }
  return absl::OkStatus();
}

}  // namespace

bool HasNan(const Tensor& tensor) { return FindNan(tensor).count > 0; }

absl::Status CheckNumerics(const Function& function, const TensorMap& feeds,
                           const TensorMap& states, const Budget& budget) try {
  Watch watch;
  DAGRAD_RETURN_IF_ERROR(LookAtGiven(function, function.inputs, feeds, &watch));
  DAGRAD_RETURN_IF_ERROR(LookAtGiven(function, function.states, states, &watch));
  return runtime::EvaluateObserved(function, feeds, states, runtime::KernelMode::kFast,
                                   [&](const Node& node, absl::Span<const Tensor> in,
                                       absl::Span<const Tensor> out) -> absl::Status {
                                     DAGRAD_RETURN_IF_ERROR(watch.Ran(node, in, out));
                                     return budget.Check();
                                   })
      .status();
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad
