#ifndef DAGRAD_LEARN_HYPER_PARAMETERS_H_
#define DAGRAD_LEARN_HYPER_PARAMETERS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/json_fwd.h"

namespace dagrad::learn {

using HyperValue = std::variant<bool, int64_t, double, std::string>;
std::string HyperValueText(const HyperValue& value);
// A point of a search space: values by name.
using HyperPoint = std::map<std::string, HyperValue>;

enum class Sampling {
  kLinear,
  kLog,  // evenly in the logarithm; the least value must be positive
};

struct IntRange {
  // Between values: a difference, with kLog a factor. A grid has by default 1 and 2; without one a
  // random search takes every integer.
  std::optional<int64_t> step = {};
  Sampling sampling = Sampling::kLinear;
};
struct FloatRange {
  // As IntRange's. Without one a grid has ten values from least to greatest, and a random search
  // takes all numbers.
  std::optional<double> step = {};
  Sampling sampling = Sampling::kLinear;
};

// What a function that builds a model asks for its options, which declares the space that is
// searched: the names, kinds and ranges that it asks for. It must ask for the same ones at every
// point. Each function gives the value at hand; while the space is being declared the least, the
// first or false. Errors (a range upside down, no choice, a name that stands for two things) are
// kept in status() and end the search. Source: KerasTuner's HyperParameters.
//
//   absl::StatusOr<keras::Sequential> Build(learn::HyperParameters& hp) {
//     keras::Sequential model;
//     model.Add(keras::Dense(hp.Int("units", 8, 64, {.step = 8}),
//                            {.activation = hp.Choice("activation", {"relu", "tanh"})}));
//     … keras::Adam({.learning_rate = hp.Float("rate", 1e-4, 1e-1, {.sampling =
//                                              learn::Sampling::kLog})}) …
class HyperParameters {
 public:
  HyperParameters() = default;
  // At a point, as a search found it: results.Best().point.
  explicit HyperParameters(HyperPoint point) : point_(std::move(point)) {}

  int64_t Int(const std::string& name, int64_t min, int64_t max, const IntRange& range = {});
  double Float(const std::string& name, double min, double max, const FloatRange& range = {});
  bool Boolean(const std::string& name);
  std::string Choice(const std::string& name, const std::vector<std::string>& values);
  int64_t ChoiceOfInt(const std::string& name, const std::vector<int64_t>& values);

  const absl::Status& status() const { return status_; }

  // What was declared, in its order.
  struct Declared {
    std::string name;
    enum class Kind { kInt, kFloat, kChoice } kind = Kind::kChoice;
    std::vector<HyperValue> choices = {};  // of kChoice
    double min = 0, max = 0;
    std::optional<double> step = {};
    Sampling sampling = Sampling::kLinear;
    bool operator==(const Declared&) const = default;
    // All values of a grid, at most kMostValues.
    std::vector<HyperValue> Values() const;
    // The value at `share` in [0, 1) of the range.
    HyperValue At(double share) const;
  };
  static constexpr size_t kMostValues = 100000;
  const std::vector<Declared>& space() const { return space_; }

 private:
  HyperValue Declare(Declared declared);
  absl::Status Check(const Declared& declared) const;

  HyperPoint point_;
  std::vector<Declared> space_;
  absl::Status status_;
};

// A space as JSON, by which a file of results knows it again.
Json SpaceToJson(const std::vector<HyperParameters::Declared>& space);

}  // namespace dagrad::learn

#endif  // DAGRAD_LEARN_HYPER_PARAMETERS_H_
