// Kernels that are wrong on purpose are found by the walk, and right ones pass: so fuzzing with it
// can be trusted.
#include "dagrad/tests/hostile/function_walk.h"

#include <string>

#include "dagrad/ops/table.h"
#include "dagrad/runtime/kernel.h"
#include "dagrad/tests/op_cases.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::tests {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelMode;
using runtime::KernelRequest;
using testing::HasSubstr;

// Twice the input, but from the fast kernel half of a percent more.
absl::Status Inaccurate(const KernelRequest& request, Kernel* kernel) {
  const float factor = request.mode == KernelMode::kFast ? 2.01F : 2.0F;
  ParallelOver(
      request.outputs[0].num_elements(), 1,
      [factor](const KernelArgs& args, int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) args.out<float>(0)[i] = factor * args.in<float>(0)[i];
      },
      kernel);
  return absl::OkStatus();
}

// Writes an element too many.
absl::Status TooFar(const KernelRequest& request, Kernel* kernel) {
  ParallelOver(
      request.outputs[0].num_elements() + 1, 1,
      [](const KernelArgs& args, int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) args.out<float>(0)[i] = 7;
      },
      kernel);
  return absl::OkStatus();
}

// Fails as only dagrad's own faults do.
absl::Status Broken(const KernelRequest&, Kernel*) { return absl::InternalError("broken"); }

// The worst of some walks over a function that applies Tanh, with another kernel if one is given.
std::string Walked(absl::Status (*make_kernel)(const KernelRequest&, Kernel*)) {
  OpDef op = *ops::FindOp("Tanh");
  OpCase c = AllCases(op).back();
  if (make_kernel != nullptr) op.make_kernel = make_kernel;
  const absl::StatusOr<Function> f = MakeFunction(c, op, {{DType::kFloat32, Shape({"batch", 16})}});
  if (!f.ok()) return f.status().ToString();
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const absl::Status status = WalkFunction(*f, seed);
    if (!status.ok()) return status.ToString();
  }
  return "OK";
}

TEST(FunctionWalkTest, PassesWhatIsRight) { EXPECT_EQ(Walked(nullptr), "OK"); }

TEST(FunctionWalkTest, FindsWrongNumbers) {
  EXPECT_THAT(Walked(Inaccurate), HasSubstr("INTERNAL: output 0[0] is "));
}

TEST(FunctionWalkTest, FindsWritesBesideABuffer) {
  EXPECT_THAT(Walked(TooFar), HasSubstr("INTERNAL: a kernel wrote beside its buffer"));
}

TEST(FunctionWalkTest, FindsInternalErrors) {
  EXPECT_THAT(Walked(Broken), HasSubstr("INTERNAL: "));
}

}  // namespace
}  // namespace dagrad::tests
