#ifndef DAGRAD_TOOLS_REPORT_H_
#define DAGRAD_TOOLS_REPORT_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/graph/budget.h"
#include "dagrad/graph/graph.h"

namespace dagrad::tools {

// What `dagrad show` says of a model, before it becomes text or JSON. Names are as in the model:
// not escaped.
struct NodeReport {
  std::string name;
  std::string op;
  std::vector<std::string> inputs;  // "node" or "node:port"
  std::vector<std::string> types;
  std::string attributes;
  std::string source;       // "train.cc:41"
  std::string gradient_of;  // of which node
};

struct FunctionReport {
  std::string name;
  std::vector<std::pair<std::string, std::string>> inputs;  // names and types
  std::vector<std::pair<std::string, std::string>> outputs;
  std::vector<std::string> reads;                    // states
  std::vector<std::string> updates;                  // states
  std::vector<std::pair<std::string, int64_t>> ops;  // most frequent first
  Bindings bindings;  // of the function's symbols; 1 where none was given
  double flops = 0;
  double bytes = 0;
  std::string cost_error;      // why flops and bytes are unknown
  int64_t peak_bytes = 0;      // planned: values and scratch
  int64_t unshared_bytes = 0;  // if no value shared memory with another
  int64_t state_bytes = 0;
  std::string plan_error;  // why the three above are unknown
  std::vector<NodeReport> nodes;
};

struct StateReport {
  std::string name;
  std::string type;
  bool trainable = false;
};

// Whether a model was saved with weights, and their file is there.
enum class Weights { kNone, kMissing, kPresent };

struct ModelReport {
  std::string file;
  std::string name;
  Weights weights = Weights::kNone;
  std::map<std::string, std::string> metadata;
  std::vector<StateReport> states;
  // Sums that are too large for the type are its greatest number.
  int64_t elements = 0;                   // of all states
  int64_t trainable = 0;                  // of those that are trained
  int64_t bytes = 0;                      // of all states
  std::vector<FunctionReport> functions;  // each before the functions within it, under their paths
};

// What is unknown because it cannot be computed, the report says; Cancelled or DeadlineExceeded
// once `budget` says so.
absl::StatusOr<ModelReport> ReportOf(const Model& model, const Bindings& bindings,
                                     const Budget& budget);
std::string JsonOf(const ModelReport& report, bool nodes);

}  // namespace dagrad::tools

#endif  // DAGRAD_TOOLS_REPORT_H_
