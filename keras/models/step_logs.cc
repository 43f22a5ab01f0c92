#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/keras/models/step.h"

// What the outputs of steps add up to over an epoch.
namespace dagrad::keras {

LogAccumulator::LogAccumulator(const Step* step)
    : step_(step), losses_(step->losses.size()), sums_(step->slots.size()) {
  for (size_t i = 0; i < sums_.size(); ++i) sums_[i].resize(step->slots[i].count);
}

void LogAccumulator::Add(absl::Span<const Tensor> outputs, int64_t examples) {
  auto each = [](const Tensor& t, auto f) {
    DispatchDType(t.dtype(), [&](auto zero) {
      int64_t i = 0;
      for (auto v : t.data<decltype(zero)>()) f(i++, static_cast<double>(v));
    });
  };
  examples_ += static_cast<double>(examples);
  for (size_t i = 0; i < losses_.size(); ++i) {
    each(outputs[i], [&](int64_t, double v) { losses_[i] += v * static_cast<double>(examples); });
  }
  for (size_t s = 0; s < sums_.size(); ++s) {
    for (int a = 0; a < step_->slots[s].count; ++a) {
      const Tensor& t = outputs[step_->slots[s].first + a];
      Tensor& sum = sums_[s][a];
      if (!sum.defined()) sum = Tensor::Full(DType::kFloat64, t.dims(), 0);
      const absl::Span<double> sums = sum.mutable_data<double>();
      each(t, [&](int64_t i, double v) { sums[i] += v; });
    }
  }
}

Logs LogAccumulator::Result() const {
  std::vector<std::pair<std::string, Tensor>> entries;
  if (examples_ > 0) {
    for (size_t i = 0; i < losses_.size(); ++i)
      entries.emplace_back(step_->losses[i], Tensor::Scalar<double>(losses_[i] / examples_));
    for (size_t s = 0; s < sums_.size(); ++s) {
      const Tensor result = step_->slots[s].metric.Result(sums_[s]);
      const absl::StatusOr<Tensor> own = result.Clone();  // it may be the very sums, which go on
      entries.emplace_back(step_->slots[s].name, own.ok() ? *own : Tensor());
    }
  }
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  Logs logs;
  for (auto& [name, value] : entries) {
    if (value.defined() && value.rank() == 0) {
      logs.Set(name, value.data<double>()[0]);
    } else {
      logs.Set(name, std::move(value));
    }
  }
  return logs;
}

}  // namespace dagrad::keras
