#ifndef DAGRAD_IO_ONNX_CONFORM_H_
#define DAGRAD_IO_ONNX_CONFORM_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/graph/budget.h"

namespace dagrad::onnx {

// How one conformance case of ONNX ended.
struct CaseResult {
  enum class Outcome {
    kPassed,
    kMismatched,   // it ran, and gave something else
    kUnsupported,  // Unimplemented: an op, an attribute or a dtype that dagrad does not have
    kFailed,       // any other error
  };
  std::string name;  // the case's folder, from the folder that was searched
  Outcome outcome = Outcome::kFailed;
  std::string reason;  // empty if passed
  // What is not supported: "op NonZero", "dtype float16", …; several for several ops.
  std::vector<std::string> missing;
  // Inputs that were taken as constants, since the graph must be made for their values (shapes,
  // axes, …): ImportOnnxOptions::constants.
  int constants = 0;
};

absl::string_view OutcomeName(CaseResult::Outcome outcome);  // "passed", "mismatched", …

struct ConformOptions {
  std::string only;  // cases whose name has this in it; empty: all
  // ONNX's own: |y - expected| <= absolute + relative |expected|.
  double relative = 1e-3, absolute = 1e-7;
  Budget budget = {};
  // Called after each case, with its number from 1 on and how many there are; an error ends the
  // run.
  std::function<absl::Status(const CaseResult&, int number, int cases)> report = nullptr;
};

// Runs all cases below `directory`, in the order of their names: folders with model.onnx and
// test_data_set_0/input_0.pb, output_0.pb, … . Weights are state, all data sets of a case must
// pass. NotFound if there is no case.
absl::StatusOr<std::vector<CaseResult>> RunConformance(const std::string& directory,
                                                       const ConformOptions& options = {});

}  // namespace dagrad::onnx

#endif  // DAGRAD_IO_ONNX_CONFORM_H_
