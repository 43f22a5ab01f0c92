// What inference says of an op is what its kernels do: for numbers, for symbols, and for empty
// tensors.

#include <string>
#include <vector>

#include "dagrad/tests/kernel_runner.h"
#include "dagrad/tests/op_test.h"

namespace dagrad::tests {
namespace {

using runtime::KernelMode;

// Outputs are allocated as inferred, so what shows a difference is a byte that the kernel does not
// write, or writes beside them.
TEST_P(OpTest, KernelsWriteWhatIsInferred) {
  if (op().make_kernel == nullptr) {
    EXPECT_TRUE(op().Has(kView));
    return;
  }
  for (const OpCase& c : AllCases(op())) {
    for (KernelMode mode : {KernelMode::kReference, KernelMode::kFast}) {
      SCOPED_TRACE(c.Name() + (mode == KernelMode::kFast ? ", fast" : ", reference"));
      const auto a = RunKernel(c, {.mode = mode, .poison = 0xA5});
      const auto b = RunKernel(c, {.mode = mode, .poison = 0x3C});
      ASSERT_TRUE(a.ok()) << a.status();
      ASSERT_TRUE(b.ok()) << b.status();
      for (size_t i = 0; i < a->size(); ++i) {
        EXPECT_TRUE(SameBits((*a)[i], (*b)[i]))
            << "output " << i << " depends on what was in the buffers:\n"
            << (*a)[i].ToString() << "\n"
            << (*b)[i].ToString();
      }
    }
  }
}

// Inputs whose first dimension is that of input 0 get the symbol "batch" there; empty if input 0 is
// a scalar.
std::vector<ValueType> WithSymbolicBatch(const OpCase& c) {
  std::vector<ValueType> types = c.InputTypes();
  if (types.empty() || types[0].shape.rank() == 0) return {};
  const Dim first = types[0].shape.dim(0);
  for (ValueType& t : types) {
    if (t.shape.rank() > 0 && t.shape.dim(0) == first) t.shape.set_dim(0, "batch");
  }
  return types;
}

TEST_P(OpTest, SymbolicInferenceAgreesWithExecution) {
  int accepted = 0;
  int refused = 0;
  for (const OpCase& c : AllCases(op())) {
    SCOPED_TRACE(c.Name());
    const std::vector<ValueType> types = WithSymbolicBatch(c);
    if (types.empty()) continue;
    const absl::StatusOr<Function> symbolic = MakeFunction(c, op(), types);
    const absl::StatusOr<Function> concrete = MakeFunction(c);
    ASSERT_TRUE(concrete.ok()) << concrete.status();
    if (!symbolic.ok()) {
      ++refused;
      EXPECT_EQ(symbolic.status().code(), absl::StatusCode::kInvalidArgument) << symbolic.status();
      continue;
    }
    ++accepted;
    const Bindings bindings = {{"batch", c.inputs[0].dims()[0]}};
    for (size_t i = 0; i < concrete->outputs.size(); ++i) {
      const ValueType& s = symbolic->type(symbolic->outputs[i].value);
      const ValueType& n = concrete->type(concrete->outputs[i].value);
      const absl::StatusOr<Dims> dims = s.shape.Bind(bindings);
      ASSERT_TRUE(dims.ok()) << dims.status();
      EXPECT_EQ(*dims, n.shape.ToDims()) << s.ToString() << " and " << n.ToString();
      EXPECT_EQ(s.dtype, n.dtype);
    }
    for (KernelMode mode : {KernelMode::kReference, KernelMode::kFast}) {
      const auto a = EvaluateOutputs(*symbolic, Feeds(c), mode);
      const auto b = EvaluateOutputs(*concrete, Feeds(c), mode);
      ASSERT_TRUE(a.ok()) << a.status();
      ASSERT_TRUE(b.ok()) << b.status();
      for (size_t i = 0; i < a->size(); ++i)
        EXPECT_TRUE(SameBits((*a)[i], (*b)[i])) << "output " << i;
    }
  }
  RecordProperty("accepted", accepted);
  RecordProperty("refused", refused);
}

// Each sample with its first dimension 0, where inference accepts that.
TEST_P(OpTest, EmptyTensors) {
  int accepted = 0;
  for (OpCase c : AllCases(op())) {
    SCOPED_TRACE(c.Name());
    if (c.inputs.empty() || c.inputs[0].rank() == 0) continue;
    const int64_t first = c.inputs[0].dims()[0];
    for (Tensor& t : c.inputs) {
      if (t.rank() == 0 || t.dims()[0] != first) continue;
      Dims dims = t.dims();
      dims[0] = 0;
      t = *Tensor::Zeros(t.dtype(), dims);
    }
    if (!MakeFunction(c).ok()) continue;
    ++accepted;
    for (KernelMode mode : {KernelMode::kReference, KernelMode::kFast}) {
      const auto outputs = Evaluate(c, mode);
      if (!outputs.ok()) {  // indices into nothing and the like: refused, not crashed
        EXPECT_EQ(outputs.status().code(), absl::StatusCode::kInvalidArgument) << outputs.status();
      }
    }
  }
  RecordProperty("accepted", accepted);
}

DAGRAD_FOR_ALL_OPS;

}  // namespace
}  // namespace dagrad::tests
