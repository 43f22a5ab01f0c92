#ifndef DAGRAD_RUNTIME_TESTING_RUN_EXECUTABLE_H_
#define DAGRAD_RUNTIME_TESTING_RUN_EXECUTABLE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/runtime/run/executable.h"

// What the tests of the executor share.
namespace dagrad::testing {

inline constexpr DType kF32 = DType::kFloat32;

// A float32 vector, and the numbers of a float32 tensor.
Tensor Vec(std::initializer_list<float> values);
std::vector<float> Values(const Tensor& t);

// Builds and compiles; a failure of the test where that fails.
std::unique_ptr<Executable> CompileOrDie(GraphBuilder* g, const CompileOptions& options = {});

// Runs `e` in a fresh context over a store of copies of `states`; gives the numbers of outputs and,
// as "state:<name>", of states. They are float32.
using Result = std::map<std::string, std::vector<float>>;
Result RunWith(const Executable& e, const TensorMap& feeds, const TensorMap& states = {});

// The memory limit of a run that has `part` of the arena of one without a limit.
int64_t LimitOf(const PlanSummary& free, double part);

// Whether all parts are in the text.
::testing::AssertionResult Mentions(const std::string& text, const std::vector<std::string>& parts);

}  // namespace dagrad::testing

#endif  // DAGRAD_RUNTIME_TESTING_RUN_EXECUTABLE_H_
