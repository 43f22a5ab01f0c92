#include "dagrad/tests/keras/golden_kinds.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/callbacks/callbacks.h"
#include "dagrad/keras/layers/layers.h"
#include "dagrad/tests/keras/golden_callback.h"
#include "dagrad/tests/keras/golden_case.h"
#include "dagrad/tests/keras/golden_layer.h"
#include "dagrad/tests/keras/golden_loss.h"
#include "dagrad/tests/keras/golden_rules.h"

namespace dagrad::keras_parity {
namespace {

bool Has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<GoldenKind> MakeKinds() {
  return {
      // Models as layers: in Keras they are no classes of keras.layers.
      {"layers", keras::LayerClassNames(), {"Functional", "Sequential"}, CheckLayer},
      {"losses", RegisteredLosses(), {}, CheckLoss},
      // What the string "accuracy" is resolved to; and what Keras has within MeanIoU.
      {"metrics", RegisteredMetrics(), {"accuracy", "confusion_matrix"}, CheckMetric},
      {"optimizers", RegisteredOptimizers(), {}, CheckOptimizer},
      {"schedules", RegisteredSchedules(), {}, CheckSchedule},
      {"callbacks", keras::callbacks::Names(), {}, CheckCallback},
      {"regularizers", RegisteredRegularizers(), {}, CheckRegularizer},
      {"constraints", RegisteredConstraints(), {}, CheckConstraint},
      // "blocks": of weights that are several in one.
      {"initializers", RegisteredInitializers(), {"blocks"}, CheckInitializer},
      {"activations", RegisteredActivations(), {}, CheckActivation},
  };
}

}  // namespace

const std::vector<GoldenKind>& GoldenKinds() {
  static const auto* const kinds = new std::vector<GoldenKind>(MakeKinds());
  return *kinds;
}

absl::StatusOr<Coverage> CoverageOf(const GoldenKind& kind) {
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<std::string> of_keras, ReadKerasClasses(kind.name));
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<GoldenClass> golden, ReadGoldenClasses(kind.name));
  Coverage coverage{.of_keras = static_cast<int>(of_keras.size())};
  std::set<std::string> right, with_cases;
  for (const GoldenClass& c : golden) {
    with_cases.insert(c.name);
    bool all_right = true;
    if (!Has(kind.registered, c.name)) {
      coverage.faults.push_back(absl::StrCat(c.name, " has golden values, but is not registered"));
      continue;
    }
    for (const Json& one : c.cases) {
      const absl::Status status = kind.check(c.name, one);
      if (status.ok()) continue;
      all_right = false;
      coverage.faults.push_back(
          absl::StrCat(c.name, ", ", NameOfCase(one), ": ", status.message()));
    }
    if (all_right) right.insert(c.name);
  }
  for (const std::string& name : kind.registered) {
    const bool keras_has_it = Has(of_keras, name);
    if (keras_has_it) ++coverage.registered;
    if (keras_has_it && right.contains(name)) ++coverage.with_golden;
    if (Has(kind.own, name)) continue;
    if (!keras_has_it) {
      coverage.faults.push_back(absl::StrCat(name, " is not a class of Keras's"));
    } else if (!with_cases.contains(name)) {
      coverage.faults.push_back(absl::StrCat(name, " is registered, but has no golden values"));
    }
  }
  return coverage;
}

}  // namespace dagrad::keras_parity
