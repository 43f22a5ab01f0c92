#ifndef DAGRAD_RUNTIME_SIMD_FOR_EACH_TARGET_H_
#define DAGRAD_RUNTIME_SIMD_FOR_EACH_TARGET_H_

#include <cstdint>

#include "gtest/gtest.h"
#include "hwy/targets.h"

namespace dagrad::runtime::simd {

// For tests: runs f once for each instruction set that was compiled and that this processor has.
template <typename F>
void ForEachTarget(F f) {
  for (int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    SCOPED_TRACE(hwy::TargetName(target));
    f();
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace dagrad::runtime::simd

#endif  // DAGRAD_RUNTIME_SIMD_FOR_EACH_TARGET_H_
