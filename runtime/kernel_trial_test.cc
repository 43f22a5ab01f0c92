#include "dagrad/runtime/kernel_trial.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace dagrad::runtime {
namespace {

using std::chrono::milliseconds;

// Two inputs, of which the second one is fixed, and one output, of 5 floats each.
class KernelTrialTest : public ::testing::Test {
 protected:
  size_t Fastest(const std::vector<Kernel>& kernels) {
    const KernelRequest request = {
        .inputs = inputs_, .outputs = outputs_, .fixed_inputs = 0b10, .trial = true};
    return FastestKernel(kernels, request);
  }

  // One phase, which takes so long and then writes its output and what it asked for of scratch.
  Kernel Sleeper(int ms) {
    Kernel k;
    k.scratch_bytes = 64;
    k.phases.push_back({1, [this, ms](const KernelArgs& args, int) {
                          ++runs_;
                          std::this_thread::sleep_for(milliseconds(ms));
                          for (int i = 0; i < 5; ++i) args.out<float>(0)[i] = args.in<float>(0)[i];
                          std::fill_n(args.scratch, 64, std::byte{1});
                          return absl::OkStatus();
                        }});
    return k;
  }

  Kernel Failing() {
    Kernel k;
    k.phases.push_back(
        {1, [](const KernelArgs&, int) { return absl::InternalError("a kernel fails"); }});
    return k;
  }

  // Much to do for the input `bit` alone, which is kept, and little in each run.
  Kernel Keeping(uint32_t bit) {
    Kernel k = Sleeper(20);
    k.phases.back().inputs = bit;
    k.phases.back().outputs = 0;
    k.phases.back().kept = true;
    k.phases.push_back(Sleeper(0).phases[0]);
    return k;
  }

  std::vector<TensorSpec> inputs_ = {{DType::kFloat32, {5}}, {DType::kFloat32, {5}}};
  std::vector<TensorSpec> outputs_ = {{DType::kFloat32, {5}}};
  int runs_ = 0;
};

TEST_F(KernelTrialTest, TakesTheFastest) {
  EXPECT_EQ(Fastest({Sleeper(10), Sleeper(0), Sleeper(10)}), 1);
  EXPECT_EQ(Fastest({Sleeper(0), Sleeper(10)}), 0);
  EXPECT_EQ(Fastest({Sleeper(10), Sleeper(5), Sleeper(0)}), 2);
}

TEST_F(KernelTrialTest, StopsWhatIsHopelesslySlow) {
  EXPECT_EQ(Fastest({Sleeper(1), Sleeper(100)}), 0);
  EXPECT_EQ(runs_, 4 + 1);
}

TEST_F(KernelTrialTest, WhatFailsIsNotTaken) {
  EXPECT_EQ(Fastest({Sleeper(5), Failing()}), 0);
  EXPECT_EQ(Fastest({Failing(), Sleeper(0)}), 0);
}

TEST_F(KernelTrialTest, WhatIsKeptDoesNotCount) {
  EXPECT_EQ(Fastest({Sleeper(5), Keeping(0b10)}), 1);
  EXPECT_EQ(Fastest({Sleeper(5), Keeping(0b01)}), 0);
}

TEST_F(KernelTrialTest, OneIsNotTried) {
  EXPECT_EQ(Fastest({Sleeper(0)}), 0);
  EXPECT_EQ(runs_, 0);
}

}  // namespace
}  // namespace dagrad::runtime
