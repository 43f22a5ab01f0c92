#ifndef DAGRAD_TESTS_KERAS_GOLDEN_KINDS_H_
#define DAGRAD_TESTS_KERAS_GOLDEN_KINDS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/json.h"

// Which classes of Keras's there are here, and which have golden values: registries joined with the
// cases that stand in golden/, every one of them checked.
namespace dagrad::keras_parity {

// Layers, losses, …: a registry, and what a case of it is compared by.
struct GoldenKind {
  std::string name;  // the folder in golden/, and the key of Keras's classes
  // Of the registry, as Keras names its classes; `own` are those that Keras does not have.
  std::vector<std::string> registered;
  std::vector<std::string> own;
  std::function<absl::Status(const std::string& class_name, const Json& golden)> check;
};
const std::vector<GoldenKind>& GoldenKinds();

struct Coverage {
  int with_golden = 0;  // of Keras's classes, those that are registered and have cases, all right
  int registered = 0;   // of Keras's classes
  int of_keras = 0;
  // A registered class without cases, or that is neither Keras's nor dagrad's own; a file of no
  // registered class; a case that does not agree.
  std::vector<std::string> faults;
};
absl::StatusOr<Coverage> CoverageOf(const GoldenKind& kind);

}  // namespace dagrad::keras_parity

#endif  // DAGRAD_TESTS_KERAS_GOLDEN_KINDS_H_
