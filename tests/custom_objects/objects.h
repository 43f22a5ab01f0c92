#ifndef DAGRAD_TESTS_CUSTOM_OBJECTS_OBJECTS_H_
#define DAGRAD_TESTS_CUSTOM_OBJECTS_OBJECTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "dagrad/config/configured.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/keras/keras.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"

// A class of each kind of a user's own, that two programs share.
namespace dagrad::keras::custom {

// y = x factor + offset, with a weight factor [features].
class Scale : public LayerImpl {
 public:
  Scale(double offset, std::string name, SourceLocation location)
      : LayerImpl(std::move(name), location), offset_(offset) {}
  absl::string_view class_name() const override { return "Scale"; }
  absl::Status Build(absl::Span<const ValueType> inputs) override {
    factor_ = AddWeight("factor", inputs[0].dtype, {inputs[0].shape.dim(-1).value()}, "ones");
    return absl::OkStatus();
  }
  bool supports_masking() const override { return true; }
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    return inputs[0] * WeightValue(context, factor_) + offset_;
  }
  Json Config() const override { return {{"offset", NumberToJson(offset_)}}; }

  static LayerClass Class() {
    return {"Scale",
            [](const std::string& name, const Json& config,
               const CustomObjects&) -> absl::StatusOr<Layer> {
              double offset = 0;
              if (!ReadJson(Member(config, "offset"), &offset))
                return InvalidArgumentError("\"offset\" is no number");
              return Layer(std::make_shared<Scale>(offset, name, SourceLocation{}));
            }};
  }

 private:
  double offset_;
  int factor_ = -1;
};

struct PinballOptions {
  double quantile = 0.5;
};
// mean over the last axis of max(q (y - p), (q - 1)(y - p)).
class Pinball : public Configured<Pinball, LossImpl, PinballOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "pinball";
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("quantile", o.quantile);
  }
  Value PerExample(Value y, Value p) const override {
    const Value d = y - p;
    return ReduceMean(Maximum(d * options().quantile, d * (options().quantile - 1)),
                      {.axes = {-1}});
  }
};

struct CloseOptions {
  double bound = 0.5;
};
// The share of elements with |y - p| < bound.
class Close : public Configured<Close, MetricImpl, CloseOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "close";
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("bound", o.bound);
  }
  std::vector<Value> Accumulate(Value y, Value p, Value /*weights*/) const override {
    const Value close = Cast(Less(Abs(y - p), options().bound), p.dtype());
    return {ReduceSum(close), ReduceSum(close * 0.0 + 1.0)};
  }
  Tensor Result(absl::Span<const Tensor> sums) const override {
    return Tensor::Scalar<double>(sums[0].data<double>()[0] / sums[1].data<double>()[0]);
  }
};

struct WarmupOptions {
  double peak = 0.1;
  double steps = 10;
};
// peak min((s + 1)/steps, sqrt(steps/(s + 1))) behind s steps.
class Warmup : public Configured<Warmup, ScheduleImpl, WarmupOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "warmup";
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("peak", o.peak);
    visit("steps", o.steps);
  }
  Value Rate(Value steps) const override {
    const Value s = steps + 1.0;
    return options().peak * Minimum(s / options().steps, Sqrt(options().steps / s));
  }
};

struct CubesOptions {
  double factor = 0.01;
};
// factor Σ |w|³
class Cubes : public Configured<Cubes, RegularizerImpl, CubesOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "cubes";
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("factor", o.factor);
  }
  Value Penalty(Value w) const override { return options().factor * ReduceSum(Abs(w) * Square(w)); }
};

struct BoxOptions {
  double side = 1;
};
// Every element into [-side, side].
class Box : public Configured<Box, ConstraintImpl, BoxOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "box";
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("side", o.side);
  }
  Value Apply(Value w) const override { return Clip(w, -options().side, options().side); }
};

struct RampOptions {
  double end = 1;
};
// Rising from 0 to `end`, in row-major order.
class Ramp : public Configured<Ramp, InitializerImpl, RampOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "ramp";
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("end", o.end);
  }
  Value Build(Value key, int64_t, DType dtype, absl::Span<const int64_t> dims) const override {
    Tensor t = Tensor::Full(DType::kFloat64, dims, 0);
    const auto last = static_cast<double>(t.num_elements() - 1);
    double i = 0;
    for (double& v : t.mutable_data<double>()) v = options().end * i++ / last;
    return Constant(key.builder(), *t.Cast(dtype));
  }
};

// Trains from epoch `first` to `epochs`, then saves the model in `out`.
inline absl::Status Train(Model* model, const std::string& first, const std::string& epochs,
                          const std::string& out) {
  FitOptions options{.batch_size = 4, .verbose = 0};
  if (!absl::SimpleAtoi(first, &options.initial_epoch) ||
      !absl::SimpleAtoi(epochs, &options.epochs))
    return InvalidArgumentError("no epochs");
  Tensor x = Tensor::Full(DType::kFloat32, {8, 3}, 0), y = Tensor::Full(DType::kFloat32, {8, 1}, 0);
  for (int64_t i = 0; i < 24; ++i) x.mutable_data<float>()[i] = static_cast<float>(i % 7) - 3;
  for (int64_t i = 0; i < 8; ++i) y.mutable_data<float>()[i] = static_cast<float>(i % 3);
  const absl::StatusOr<History> history = model->Fit(x, y, options);
  return history.ok() ? model->Save(out) : history.status();
}

}  // namespace dagrad::keras::custom

#endif  // DAGRAD_TESTS_CUSTOM_OBJECTS_OBJECTS_H_
