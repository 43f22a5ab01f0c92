#include <memory>
#include <vector>

#include "dagrad/config/configured.h"
#include "dagrad/keras/losses/losses.h"
#include "dagrad/keras/losses/registry.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/identity/identity.h"

// Losses between distributions, and between directions.
namespace dagrad::keras {
namespace {

using losses_internal::kEpsilon;

Value LastSum(Value x) { return ReduceSum(x, {.axes = {-1}}); }

class PoissonLoss : public Configured<PoissonLoss, LossImpl> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "poisson";
  static constexpr const char* kAliases[] = {"Poisson"};
  Value PerExample(Value y, Value p) const override {
    return ReduceMean(p - y * Log(p + kEpsilon), {.axes = {-1}});
  }
};

class Divergence : public Configured<Divergence, LossImpl> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "kl_divergence";
  static constexpr const char* kAliases[] = {"KLDivergence", "kld", "KLD"};
  Value PerExample(Value y, Value p) const override {
    Value target = Clip(y, kEpsilon, 1);
    return LastSum(target * Log(target / Clip(p, kEpsilon, 1)));
  }
};

// x / max(‖x‖, 1e-7). The largest element is divided out before anything is squared, so that ‖x‖
// may be as large as a number; the result does not depend on it, nor does the gradient.
Value Normalized(Value x) {
  const ReduceOptions last = {.axes = {-1}, .keepdims = true};
  const Value largest = StopGradient(Maximum(ReduceMax(Abs(x), last), kEpsilon));
  const Value scaled = x / largest;
  return scaled * Rsqrt(Maximum(ReduceSum(Square(scaled), last), Square(kEpsilon / largest)));
}

class Cosine : public Configured<Cosine, LossImpl> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "cosine_similarity";
  static constexpr const char* kAliases[] = {"CosineSimilarity"};
  Value PerExample(Value y, Value p) const override {
    return Neg(LastSum(Normalized(y) * Normalized(p)));
  }
};

}  // namespace

Loss losses::Poisson() { return Loss(std::make_shared<PoissonLoss>()); }
Loss losses::KLDivergence() { return Loss(std::make_shared<Divergence>()); }
Loss losses::CosineSimilarity() { return Loss(std::make_shared<Cosine>()); }

std::vector<LossClass> losses_internal::DivergenceClasses() {
  return {PoissonLoss::Class(), Divergence::Class(), Cosine::Class()};
}

}  // namespace dagrad::keras
