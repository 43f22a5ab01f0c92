#ifndef DAGRAD_TESTS_CONTROL_MODELS_H_
#define DAGRAD_TESTS_CONTROL_MODELS_H_

#include <string>
#include <vector>

#include "dagrad/graph/builder.h"
#include "dagrad/graph/graph.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/runtime/run/interpreter.h"

// Functions with control flow, which the suites of this folder walk.
namespace dagrad::tests {

struct ControlModel {
  std::string name;
  Function function;
  runtime::TensorMap feeds;
  bool smooth = true;  // differentiable at the feeds
};

// Of this float dtype; sizes of about `scale` (1: for gradient checks).
std::vector<ControlModel> ControlModels(DType dtype, int64_t scale);

// The model with the gradient of the sum of its float outputs by its float inputs as outputs more.
absl::StatusOr<Function> WithGradients(const Function& function);

struct LstmInputs {
  Value x, kernel, recurrent_kernel, bias, h0, c0;
};
// Inputs x [batch, time, features], …, of Lstm; and feeds for them.
LstmInputs AddLstmInputs(GraphBuilder* g, DType dtype);
runtime::TensorMap LstmFeeds(DType dtype, int64_t batch, int64_t time, int64_t features,
                             int64_t units);
// h of every step, [batch, time, units], by a Scan over an LSTM cell.
Value ScannedLstm(const LstmInputs& in, bool reverse);

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_CONTROL_MODELS_H_
