#ifndef DAGRAD_IO_ONNX_EXPORT_ROWS_COMMON_H_
#define DAGRAD_IO_ONNX_EXPORT_ROWS_COMMON_H_

#include <string>
#include <vector>

#include "dagrad/io/onnx/export/node_export.h"
#include "dagrad/io/onnx/export/rows/rows.h"

// What the exporters of several ops share.
namespace dagrad::onnx {

// An op that ONNX has too, for some dtypes from an opset on.
struct SameOp {
  absl::string_view op;    // dagrad's
  absl::string_view onnx;  // its name there
  DTypeSet types;          // of its first input
  int64_t wide_opset = 0;  // from which on it has `wide` too; 0: never
  DTypeSet wide = {};
  int64_t opset = 17;  // that has it; before, it is no op of ONNX
};

// Whether ONNX has the op for the node's dtype.
bool Has(const SameOp& op, const NodeExport& c);
// f(inputs) in a dtype that ONNX's op has, and cast back, for one that it has not: as dagrad
// computes it.
Var Widened(NodeExport& c, const std::vector<Var>& inputs,
            const std::function<Var(const std::vector<Var>&)>& f);

inline constexpr DTypeSet kHalvesAndFloats = {DType::kFloat16, DType::kFloat32, DType::kFloat64};
inline constexpr DTypeSet kWideNumbers =
    kFloatTypes | DTypeSet{DType::kInt32, DType::kInt64, DType::kUInt32, DType::kUInt64};

// Whether an attribute of ONNX, which is a float32, says `number` to a kernel of `dtype`.
bool FitsFloat(double number, DType dtype);

// {axis, …} counted from 0.
int64_t FromZero(int64_t axis, int rank);

// e^x - 1 without cancellation: tanh(x/2)·(e^x + 1).
Var Expm1(const Var& x);
Var Sqrt(const Var& x);
Var Exp(const Var& x);
Var Log(const Var& x);
Var Sigmoid(const Var& x);
Var Tanh(const Var& x);
Var Erf(const Var& x);
Var Max(const Var& a, const Var& b);
Var Min(const Var& a, const Var& b);
Var Not(const Var& x);

// All elements as a vector.
Var Flat(const Var& x);
// 0, 1, …, n - 1: in the dtype of a scalar, or int64.
Var Counted(const Var& n);
Var Counted(NodeExport& c, const Dim& n);

// int64, whose bits stand for those of uint64, as ONNX's runtimes compute few things on that.
Var Word(NodeExport& c, uint64_t bits);
Var Xor(const Var& a, const Var& b);
Var ShiftRight(const Var& x, uint64_t bits);

}  // namespace dagrad::onnx

#endif  // DAGRAD_IO_ONNX_EXPORT_ROWS_COMMON_H_
