#ifndef DAGRAD_KERAS_MODELS_PER_OUTPUT_H_
#define DAGRAD_KERAS_MODELS_PER_OUTPUT_H_

#include <concepts>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/keras/losses/loss.h"
#include "dagrad/keras/metrics/metric.h"

// What Compile is given for the outputs of a model: for all of them, for each in their order, or by
// their names. A name is that of the layer that gives the output ("price"). Where one layer gives
// several outputs, its name means all of them, and "price_1" the second. Compile says what is wrong
// with InvalidArgument: a number of entries that is not that of the outputs, a name that is none of
// theirs.
namespace dagrad::keras {

// One or several, by name or made: "mse", {"mse", "binary_crossentropy"}, {Loss(…), "mae"}.
template <typename T>
struct OneOrMore {
  std::vector<T> list;
  OneOrMore() = default;
  OneOrMore(const char* name) : list({T(name)}) {}         // NOLINT(google-explicit-constructor)
  OneOrMore(const std::string& name) : list({T(name)}) {}  // NOLINT(google-explicit-constructor)
  OneOrMore(T one) : list({std::move(one)}) {}             // NOLINT(google-explicit-constructor)
  OneOrMore(std::initializer_list<T> some) : list(some) {}
  OneOrMore(std::vector<T> some) : list(std::move(some)) {}  // NOLINT(google-explicit-constructor)
};

// One T for each output: .loss = "mse", {"mse", "mae"}, {{"price", "mse"}, {"kind", "bce"}}.
template <typename T>
struct PerOutput {
  std::vector<T> list;  // in the order of the outputs
  std::map<std::string, T> by_name;
  PerOutput() = default;
  template <std::convertible_to<T> U>
  PerOutput(U&& one) : list({T(std::forward<U>(one))}) {}  // NOLINT(google-explicit-constructor)
  PerOutput(std::initializer_list<T> some) : list(some) {}
  PerOutput(std::initializer_list<std::pair<const std::string, T>> some) : by_name(some) {}
  template <std::convertible_to<T> U>
  PerOutput(const std::vector<U>& some)  // NOLINT(google-explicit-constructor)
      : list(some.begin(), some.end()) {}
  template <std::convertible_to<T> U>
  PerOutput(const std::map<std::string, U>& some)  // NOLINT(google-explicit-constructor)
      : by_name(some.begin(), some.end()) {}
};

// Losses: one for every output, or one for each. std::nullopt: no loss for that output, which has
// no part in what is minimised.
using OutputLosses = PerOutput<std::optional<Loss>>;

// By the output's name; outputs without an entry have no metrics.
using MetricsByName = std::map<std::string, OneOrMore<Metric>>;

// Metrics.
//   "mae", {"mae", "mse"}                       all of them of every output
//   {{"mae"}, {"mse", "auc"}}, {{"mae"}, {}}    a list for each output: in braces, perhaps empty
//   MetricsByName{{"price", "mae"}, {"kind", {"accuracy", "auc"}}}
// Unlike in Keras, {"mae", "mse"} of two outputs is both metrics of both.
struct OutputMetrics {
  // A metric by itself, or, in braces, the list of one output; std::nullopt is an empty list.
  struct Item {
    std::vector<Metric> metrics;
    bool is_list = true;
    Item() = default;
    Item(std::nullopt_t) {}  // NOLINT(google-explicit-constructor)
    template <std::convertible_to<Metric> T>
    Item(T&& one)  // NOLINT(google-explicit-constructor)
        : metrics({Metric(std::forward<T>(one))}), is_list(false) {}
    Item(std::initializer_list<Metric> some) : metrics(some) {}
    Item(std::vector<Metric> some)  // NOLINT(google-explicit-constructor)
        : metrics(std::move(some)) {}
  };

  std::vector<Metric> list;                  // of every output
  std::vector<std::vector<Metric>> of_each;  // of each
  MetricsByName by_name;
  OutputMetrics() = default;
  template <std::convertible_to<Metric> T>
  OutputMetrics(T&& one)  // NOLINT(google-explicit-constructor)
      : list({Metric(std::forward<T>(one))}) {}
  // A list among the items makes each of them that of an output.
  OutputMetrics(std::initializer_list<Item> items);
  OutputMetrics(std::vector<Metric> some)  // NOLINT(google-explicit-constructor)
      : list(std::move(some)) {}
  OutputMetrics(std::vector<std::vector<Metric>> lists)  // NOLINT(google-explicit-constructor)
      : of_each(std::move(lists)) {}
  OutputMetrics(MetricsByName some)  // NOLINT(google-explicit-constructor)
      : by_name(std::move(some)) {}
};

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_MODELS_PER_OUTPUT_H_
