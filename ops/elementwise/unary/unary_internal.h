#ifndef DAGRAD_OPS_ELEMENTWISE_UNARY_UNARY_INTERNAL_H_
#define DAGRAD_OPS_ELEMENTWISE_UNARY_UNARY_INTERNAL_H_

#include "absl/strings/string_view.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/op.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::unary_internal {

// In the order of the tables in unary.cc and unary_kernels.cc.
enum class Unary {
  kAbs,
  kSign,
  kSquare,
  kRelu,
  kRelu6,
  kExp,
  kExpm1,
  kLog,
  kLog1p,
  kSqrt,
  kRsqrt,
  kReciprocal,
  kSin,
  kCos,
  kTan,
  kAsin,
  kAcos,
  kAtan,
  kSinh,
  kCosh,
  kTanh,
  kAsinh,
  kAcosh,
  kAtanh,
  kSigmoid,
  kSoftplus,
  kSoftsign,
  kErf,
  kLeakyRelu,
  kElu,
  kFloor,
  kCeil,
  kRound,
  kIsNan,
  kIsInf,
  kIsFinite,
};

// Where a gradient is taken: the cotangent of y, the input, the output, and the op's parameter if
// it has one.
struct Point {
  Value dy;
  Value x;
  Value y;
  double alpha = 0;
};

// What tells one op of the family from another.
struct Entry {
  Unary op;
  absl::string_view name;
  absl::string_view label;
  absl::string_view doc;
  DTypeSet dtypes;
  Value (*vjp)(const Point&);  // null: no gradient flows
  double lo, hi;               // where it is smooth, or between two jumps
  bool has_alpha = false;
  bool is_predicate = false;  // gives bool
};
const Entry& EntryOf(Unary op);

Value AbsVjp(const Point& p);
Value SquareVjp(const Point& p);
Value ReluVjp(const Point& p);
Value Relu6Vjp(const Point& p);
Value ExpVjp(const Point& p);
Value Expm1Vjp(const Point& p);
Value LogVjp(const Point& p);
Value Log1pVjp(const Point& p);
Value SqrtVjp(const Point& p);
Value RsqrtVjp(const Point& p);
Value ReciprocalVjp(const Point& p);
Value SinVjp(const Point& p);
Value CosVjp(const Point& p);
Value TanVjp(const Point& p);
Value AsinVjp(const Point& p);
Value AcosVjp(const Point& p);
Value AtanVjp(const Point& p);
Value SinhVjp(const Point& p);
Value CoshVjp(const Point& p);
Value TanhVjp(const Point& p);
Value AsinhVjp(const Point& p);
Value AcoshVjp(const Point& p);
Value AtanhVjp(const Point& p);
Value SigmoidVjp(const Point& p);
Value SoftplusVjp(const Point& p);
Value SoftsignVjp(const Point& p);
Value ErfVjp(const Point& p);
Value LeakyReluVjp(const Point& p);
Value EluVjp(const Point& p);

absl::Status MakeKernel(Unary op, const runtime::KernelRequest& request, runtime::Kernel* kernel);
Samples MakeSamples(const Entry& entry);

}  // namespace dagrad::ops::unary_internal

#endif  // DAGRAD_OPS_ELEMENTWISE_UNARY_UNARY_INTERNAL_H_
