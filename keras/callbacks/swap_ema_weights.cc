#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/callbacks/callbacks.h"
#include "dagrad/keras/models/model.h"

namespace dagrad::keras {
namespace {

constexpr const char* kAveragesInModel = "averages_in_model";

class SwapCallback : public CallbackImpl {
 public:
  explicit SwapCallback(callbacks::SwapEMAWeightsOptions options) : o_(options) {}

  absl::Status OnEpochBegin(const Context& c, int64_t) override {
    return o_.swap_on_epoch ? Show(c, /*averages=*/false) : absl::OkStatus();
  }
  absl::Status OnEpochEnd(const Context& c, int64_t, Logs*) override {
    return o_.swap_on_epoch ? Show(c, /*averages=*/true) : absl::OkStatus();
  }
  // At the end of Fit the weights become the averages: these must be what is in the model.
  absl::Status AfterEpoch(const Context& c, int64_t epoch, bool last) override {
    if (!averages_in_model_ || (!last && epoch + 1 != c.epochs)) return absl::OkStatus();
    return Change(c, [](Tensor* weight, Tensor* average) { *average = *weight; });
  }
  absl::Status OnTestBegin(const Context& c) override { return Show(c, true); }
  absl::Status OnTestEnd(const Context& c, const Logs&) override { return Show(c, false); }
  absl::Status OnPredictBegin(const Context& c) override { return Show(c, true); }
  absl::Status OnPredictEnd(const Context& c) override { return Show(c, false); }
  // The next steps are of the weights, not of their averages.
  void OnFailure(const Context& c) override { Show(c, false).IgnoreError(); }

  CallbackState State() const override {
    return {{kAveragesInModel, Tensor::Scalar<int64_t>(averages_in_model_ ? 1 : 0)}};
  }
  absl::Status SetState(const CallbackState& state) override {
    const auto found = state.find(kAveragesInModel);
    if (state.size() != 1 || found == state.end() || found->second.dtype() != DType::kInt64 ||
        found->second.rank() != 0)
      return InvalidArgumentError("SwapEMAWeights: not what it keeps");
    averages_in_model_ = found->second.data<int64_t>()[0] != 0;
    return absl::OkStatus();
  }

 private:
  absl::Status Show(const Context& c, bool averages) {
    if (averages == averages_in_model_) return absl::OkStatus();
    DAGRAD_RETURN_IF_ERROR(
        Change(c, [](Tensor* weight, Tensor* average) { std::swap(*weight, *average); }));
    averages_in_model_ = averages;
    return absl::OkStatus();
  }

  // Of every weight that has an average.
  template <typename F>
  static absl::Status Change(const Context& c, F change) {
    DAGRAD_ASSIGN_OR_RETURN(auto state, c.model.GetState());
    int changed = 0;
    for (auto& [name, weight] : state) {
      const auto average = state.find(dagrad::Optimizer::AverageOf(name));
      if (average == state.end()) continue;
      change(&weight, &average->second);
      ++changed;
    }
    if (changed > 0) return c.model.SetState(state);
    return InvalidArgumentError("SwapEMAWeights: the optimizer must have use_ema");
  }

  callbacks::SwapEMAWeightsOptions o_;
  bool averages_in_model_ = false;
};

}  // namespace

Callback callbacks::SwapEMAWeights(const SwapEMAWeightsOptions& options) {
  return {.object = std::make_shared<SwapCallback>(options)};
}

}  // namespace dagrad::keras
