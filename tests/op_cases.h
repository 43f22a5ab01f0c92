#ifndef DAGRAD_TESTS_OP_CASES_H_
#define DAGRAD_TESTS_OP_CASES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/graph/graph.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/run/interpreter.h"

namespace dagrad::tests {

// A sample of an op with its inputs drawn and its attributes for one float dtype: what the suites
// run.
struct OpCase {
  const OpDef* op = nullptr;
  const ops::Sample* sample = nullptr;
  DType float_dtype = DType::kFloat64;
  AttrMap attrs;
  std::vector<Tensor> inputs;
  uint64_t seed = 0;

  std::string Name() const;  // "MatMul/transposed float32, seed 17"
  std::vector<ValueType> InputTypes() const;
  bool HasEmptyInput() const;
};

// Whether the case's op expects numbers in [-1, 1]: the gates that Lstm and Gru gave.
bool IsBounded(const OpCase& c, size_t input);

// The samples of `op`; made once per op, so that pointers to them stay.
const ops::Samples& SamplesOf(const OpDef& op);

// What the seeds of drawn inputs start from: the environment's DAGRAD_TEST_SEED, else 1.
uint64_t BaseSeed();

// `sample` with float64 inputs, and with float32 ones of the same numbers: drawn floats are float32
// numbers in both, and attributes of kind dtype and tensor follow. The seed comes from BaseSeed()
// and the names.
OpCase MakeCase(const OpDef& op, const ops::Sample& sample, DType float_dtype);
// False where float32 would change nothing (no float64 input or attribute), or the op accepts no
// float32 there.
bool HasFloat32Case(const OpDef& op, const ops::Sample& sample);
// Whether op_dtypes_test makes the op's cases of this dtype out of those of wider ones. It does not
// for Cast, which it casts with, nor for control flow, whose bodies round within.
bool HasDerivedCases(const OpDef& op, DType dtype);
// Every sample as it is, in float64.
std::vector<OpCase> Float64Cases(const OpDef& op);
// And those that have one, in float32.
std::vector<OpCase> AllCases(const OpDef& op);

// A function that applies `op` (the case's own, or a variant of it) to inputs "x0", "x1", … of
// these types; its outputs are "y0", ….
absl::StatusOr<Function> MakeFunction(const OpCase& c, const OpDef& op,
                                      const std::vector<ValueType>& types);
absl::StatusOr<Function> MakeFunction(const OpCase& c);
runtime::TensorMap Feeds(const OpCase& c);
std::string InputName(int i);
std::string OutputName(int i);

// The case's node on the reference or the fast kernel.
absl::StatusOr<std::vector<Tensor>> Evaluate(const OpCase& c, runtime::KernelMode mode);
// Outputs of `function` "y0", … on these feeds.
absl::StatusOr<std::vector<Tensor>> EvaluateOutputs(const Function& function,
                                                    const runtime::TensorMap& feeds,
                                                    runtime::KernelMode mode);

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_OP_CASES_H_
