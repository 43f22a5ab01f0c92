#include "dagrad/keras/regularizers/regularizers.h"

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/config/configured.h"
#include "dagrad/config/object_option_functions.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/reduction/reduce/reduce.h"

namespace dagrad {

template class ObjectOption<keras::RegularizerImpl>;

namespace keras {
namespace {

absl::Status CheckFactor(const char* name, double factor) {
  if (factor >= 0 && std::isfinite(factor)) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat(name, " must be finite and not negative, not ", factor));
}

Value AbsoluteSum(Value w, double factor) { return factor * ReduceSum(Abs(w)); }
Value SquareSum(Value w, double factor) { return factor * ReduceSum(Square(w)); }

struct L1Options {
  double l1 = 0.01;
};

class L1Regularizer : public Configured<L1Regularizer, RegularizerImpl, L1Options> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "l1";
  static constexpr const char* kAliases[] = {"L1"};
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("l1", o.l1);
  }
  absl::Status Validate() const override { return CheckFactor("l1", options().l1); }
  Value Penalty(Value w) const override { return AbsoluteSum(w, options().l1); }
};

struct L2Options {
  double l2 = 0.01;
};

class L2Regularizer : public Configured<L2Regularizer, RegularizerImpl, L2Options> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "l2";
  static constexpr const char* kAliases[] = {"L2"};
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("l2", o.l2);
  }
  absl::Status Validate() const override { return CheckFactor("l2", options().l2); }
  Value Penalty(Value w) const override { return SquareSum(w, options().l2); }
};

struct BothOptions {
  double l1 = 0;
  double l2 = 0;
};

class L1L2Regularizer : public Configured<L1L2Regularizer, RegularizerImpl, BothOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "l1_l2";
  static constexpr const char* kAliases[] = {"L1L2", "l1l2"};
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("l1", o.l1);
    visit("l2", o.l2);
  }
  absl::Status Validate() const override {
    DAGRAD_RETURN_IF_ERROR(CheckFactor("l1", options().l1));
    return CheckFactor("l2", options().l2);
  }
  Value Penalty(Value w) const override {
    const auto [l1, l2] = options();
    if (l1 == 0 && l2 == 0) return Full(w.builder(), w.dtype(), Shape(), 0);
    if (l1 == 0) return SquareSum(w, l2);
    if (l2 == 0) return AbsoluteSum(w, l1);
    return AbsoluteSum(w, l1) + SquareSum(w, l2);
  }
};

struct OrthogonalOptions {
  double factor = 0.01;
  std::string mode = "rows";
};

class Orthogonal : public Configured<Orthogonal, RegularizerImpl, OrthogonalOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "orthogonal_regularizer";
  static constexpr const char* kAliases[] = {"OrthogonalRegularizer"};
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("factor", o.factor);
    visit("mode", o.mode);
  }
  absl::Status Validate() const override {
    if (options().mode != "rows" && options().mode != "columns") {
      return InvalidArgumentError(
          absl::StrCat("mode must be rows or columns, not \"", options().mode, "\""));
    }
    return CheckFactor("factor", options().factor);
  }
  Value Penalty(Value w) const override {
    if (w.rank() != 2 || !w.dim(0).is_known() || !w.dim(1).is_known()) {
      return w.builder()->Fail(
          InvalidArgumentError(absl::StrCat(kName, " takes a matrix, not ", w.type().ToString())));
    }
    const bool rows = options().mode == "rows";
    const ReduceOptions along = {.axes = {rows ? 1 : 0}, .keepdims = true};
    const Value u = w * Rsqrt(Maximum(ReduceSum(Square(w), along), 1e-12));
    const int64_t count = w.dim(rows ? 0 : 1).value();
    if (count < 2) return Full(w.builder(), w.dtype(), Shape(), 0);
    Tensor others = Tensor::Full(DType::kFloat64, {count, count}, 1);
    for (int64_t i = 0; i < count; ++i) others.mutable_data<double>()[i * (count + 1)] = 0;
    const absl::StatusOr<Tensor> cast = others.Cast(w.dtype());
    if (!cast.ok()) return w.builder()->Fail(cast.status());
    const Value angles = MatMul(u, u, {.transpose_a = !rows, .transpose_b = rows});
    const auto pairs = static_cast<double>(count * (count - 1));
    return AbsoluteSum(angles * Constant(w.builder(), *cast), options().factor / pairs);
  }
};

}  // namespace

const Registry<RegularizerImpl>& RegularizerImpl::All() {
  static const auto* const all = new Registry<RegularizerImpl>(
      "a regularizer", {L1Regularizer::Class(), L2Regularizer::Class(), L1L2Regularizer::Class(),
                        Orthogonal::Class()});
  return *all;
}

const std::vector<RegularizerClass>& RegularizerClasses() {
  return RegularizerImpl::All().classes();
}

Regularizer regularizers::L1(double l1) {
  return Regularizer(std::make_shared<L1Regularizer>(L1Options{l1}));
}
Regularizer regularizers::L2(double l2) {
  return Regularizer(std::make_shared<L2Regularizer>(L2Options{l2}));
}
Regularizer regularizers::L1L2(double l1, double l2) {
  return Regularizer(std::make_shared<L1L2Regularizer>(BothOptions{l1, l2}));
}
Regularizer regularizers::OrthogonalRegularizer(double factor, const std::string& mode) {
  return Regularizer(std::make_shared<Orthogonal>(OrthogonalOptions{factor, mode}));
}

}  // namespace keras
}  // namespace dagrad
