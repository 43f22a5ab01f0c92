#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/inline.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/control/bodies.h"
#include "dagrad/ops/control/loop_gradient.h"
#include "dagrad/ops/control/scan/scan.h"
#include "dagrad/ops/control/scan/scan_internal.h"

namespace dagrad::ops::scan_internal {

// The loop backwards carries c̄ and the sums w̄, and scans H, x and ȳ (loop_gradient.h).
absl::Status Gradient(GradContext& c) {
  const auto carried = static_cast<size_t>(c.attr<int64_t>("num_carried"));
  const auto scanned = static_cast<size_t>(c.attr<int64_t>("num_scanned"));
  const auto body = c.attr<BodyPtr>("body");
  DAGRAD_ASSIGN_OR_RETURN(LoopGradient loop, LoopGradient::Make(c, body, carried, scanned,
                                                                body->function().outputs.size()));
  std::vector<Value> operands = loop.InitialCotangents();
  const size_t new_carried = operands.size();
  for (const Value& v : loop.KeptValues()) operands.push_back(v);
  for (size_t i = carried; i < carried + scanned; ++i) operands.push_back(c.input(i));
  for (const Value& v : loop.StepCotangents()) operands.push_back(v);
  const size_t new_scanned = operands.size() - new_carried;
  for (int i = static_cast<int>(carried + scanned); i < c.num_inputs(); ++i)
    operands.push_back(c.input(i));
  DAGRAD_ASSIGN_OR_RETURN(const BodyPtr step, loop.MakeStep(/*guarded=*/false));
  Shape length = c.attr<Shape>("length");
  if (length.rank() == 0) length = {c.input(static_cast<int>(carried)).dim(0)};
  const Value first = c.builder()->AddNode(ScanOp(), operands,
                                           {{"body", step},
                                            {"num_carried", static_cast<int64_t>(new_carried)},
                                            {"num_scanned", static_cast<int64_t>(new_scanned)},
                                            {"reverse", !c.attr<bool>("reverse")},
                                            {"length", length}},
                                           SourceLocation::Current());
  loop.SetGrads(c.builder()->Outputs(first, 0));
  return absl::OkStatus();
}

}  // namespace dagrad::ops::scan_internal
