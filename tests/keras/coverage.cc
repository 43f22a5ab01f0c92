// How much of Keras there is here: bazel run -c opt //tests/keras:coverage [-- --json]
//
// A table, or one line of JSON, {"layers": 56, …}: of each kind of Keras's classes, how many are
// registered and give what Keras gives in all their golden cases. Exits with 1, naming the class,
// where one that is registered has none, or one that disagrees.

#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "dagrad/graph/json.h"
#include "dagrad/tests/keras/golden_kinds.h"

namespace dagrad::keras_parity {
namespace {

int Main(bool as_json) {
  boost::json::object counts;
  bool good = true;
  if (!as_json)
    std::cout << absl::StrFormat("%-14s %8s %11s %6s\n", "", "golden", "registered", "Keras");
  for (const GoldenKind& kind : GoldenKinds()) {
    const absl::StatusOr<Coverage> coverage = CoverageOf(kind);
    if (!coverage.ok()) {
      std::cerr << coverage.status().message() << "\n";
      return 1;
    }
    counts[kind.name] = coverage->with_golden;
    if (!as_json) {
      std::cout << absl::StrFormat("%-14s %8d %11d %6d\n", kind.name, coverage->with_golden,
                                   coverage->registered, coverage->of_keras);
    }
    for (const std::string& fault : coverage->faults) {
      std::cerr << kind.name << ": " << fault << "\n";
      good = false;
    }
  }
  if (as_json) std::cout << JsonText(counts, {.sort_keys = false}) << "\n";
  return good ? 0 : 1;
}

}  // namespace
}  // namespace dagrad::keras_parity

int main(int argc, char** argv) {
  const bool as_json = argc == 2 && std::strcmp(argv[1], "--json") == 0;
  if (argc > 1 && !as_json) {
    std::cerr << "usage: coverage [--json]\n";
    return 2;
  }
  return dagrad::keras_parity::Main(as_json);
}
