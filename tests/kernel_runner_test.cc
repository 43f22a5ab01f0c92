// Kernels that break their word on purpose, each in one way: the runner notices.

#include "dagrad/tests/kernel_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "dagrad/ops/elementwise/neg/neg.h"

namespace dagrad::tests {
namespace {

using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;
using ::testing::HasSubstr;

using MakeKernel = absl::Status (*)(const KernelRequest&, Kernel*);

// y = -x by rows of one element; x is read and y written `read` and `write` elements further on,
// where there are such.
void AddNegation(const KernelRequest& request, int64_t read, int64_t write, Kernel* kernel) {
  const int64_t n = request.outputs[0].num_elements();
  runtime::OverRows(
      {.count = n, .aligned = 1},
      [=](const KernelArgs& args, int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const double value = -args.in<double>(0)[std::min(i + read, n - 1)];
          args.out<double>(0)[std::min(i + write, n - 1)] = value;
        }
      },
      kernel);
}

absl::Status MakeRight(const KernelRequest& request, Kernel* kernel) {
  AddNegation(request, 0, 0, kernel);
  return absl::OkStatus();
}

absl::Status MakeReadOfOtherRow(const KernelRequest& request, Kernel* kernel) {
  AddNegation(request, 1, 0, kernel);
  return absl::OkStatus();
}

absl::Status MakeWriteOfOtherRow(const KernelRequest& request, Kernel* kernel) {
  AddNegation(request, 0, 1, kernel);
  return absl::OkStatus();
}

absl::Status MakeReadOfUnnamedInput(const KernelRequest& request, Kernel* kernel) {
  AddNegation(request, 0, 0, kernel);
  kernel->phases.back().inputs = 0;
  return absl::OkStatus();
}

absl::Status MakeWriteOfUnnamedOutput(const KernelRequest& request, Kernel* kernel) {
  AddNegation(request, 0, 0, kernel);
  kernel->phases.back().outputs = 0;
  return absl::OkStatus();
}

// On ten numbers; in ranges of rows if `in_ranges`.
absl::StatusOr<std::vector<Tensor>> RunOn(MakeKernel make, bool in_ranges) {
  OpDef op = ops::NegOp();
  op.make_kernel = make;
  OpCase c = Float64Cases(op).front();
  c.inputs = {Tensor::Of<double>({10}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})};
  std::mt19937 bits(1);
  return RunKernel(c, {.ranges = in_ranges ? &bits : nullptr});
}

Tensor Negated() { return Tensor::Of<double>({10}, {-1, -2, -3, -4, -5, -6, -7, -8, -9, -10}); }

TEST(KernelRunnerTest, RightKernel) {
  for (bool in_ranges : {false, true}) {
    const auto y = RunOn(MakeRight, in_ranges);
    ASSERT_TRUE(y.ok()) << y.status();
    EXPECT_TRUE(SameBits((*y)[0], Negated()));
  }
}

TEST(KernelRunnerTest, ReadOfOtherRowMeetsPoison) {
  const auto whole = RunOn(MakeReadOfOtherRow, false), ranges = RunOn(MakeReadOfOtherRow, true);
  ASSERT_TRUE(whole.ok() && ranges.ok());
  EXPECT_FALSE(SameBits((*whole)[0], (*ranges)[0]));
}

TEST(KernelRunnerTest, WriteOfOtherRow) {
  EXPECT_THAT(RunOn(MakeWriteOfOtherRow, true).status().message(), HasSubstr("wrote other rows"));
}

TEST(KernelRunnerTest, ReadOfUnnamedInputMeetsPoison) {
  for (bool in_ranges : {false, true}) {
    const auto y = RunOn(MakeReadOfUnnamedInput, in_ranges);
    ASSERT_TRUE(y.ok()) << y.status();
    EXPECT_FALSE(SameBits((*y)[0], Negated()));
  }
}

TEST(KernelRunnerTest, WriteOfUnnamedOutput) {
  for (bool in_ranges : {false, true}) {
    EXPECT_THAT(RunOn(MakeWriteOfUnnamedOutput, in_ranges).status().message(),
                HasSubstr("does not name"));
  }
}

}  // namespace
}  // namespace dagrad::tests
