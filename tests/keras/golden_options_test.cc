// Every option of every layer stands in a case of golden/layers, away from its default, or in the
// list of those that no case of a call can show.

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/keras/keras.h"
#include "dagrad/tests/keras/golden_case.h"
#include "dagrad/tests/keras/golden_layer.h"
#include "gtest/gtest.h"

namespace dagrad::keras_parity {
namespace {

// Options of all layers that no call shows, by their ends, and where they are compared instead.
struct Elsewhere {
  const char* end;
  const char* why;
};
constexpr Elsewhere kElsewhere[] = {
    {"_initializer", "cases set the weights; initial_weights_test"},
    {"kernel_regularizer", "a cost of weights, not of the call; regularizer_parity_test"},
    {"bias_regularizer", "as kernel_regularizer"},
    {"recurrent_regularizer", "as kernel_regularizer"},
    {"embeddings_regularizer", "as kernel_regularizer"},
    {"depthwise_regularizer", "as kernel_regularizer"},
    {"pointwise_regularizer", "as kernel_regularizer"},
    {"gamma_regularizer", "as kernel_regularizer"},
    {"beta_regularizer", "as kernel_regularizer"},
    {"alpha_regularizer", "as kernel_regularizer"},
    {"_constraint", "of the step of training; regularizer_parity_test"},
    {"input_shape", "of models; sequential_test"},
    {"seed", "random numbers are not Keras's"},
};

// Of single layers, "Layer option", and why there is no case: these alone.
const std::map<std::string, std::string>& Exceptions() {
  const char* const one_value = "there is one value, the default: others are refused";
  const char* const between_batches = "what a case of one batch does not show; model_parity_test";
  static const auto* const exceptions = new std::map<std::string, std::string>{
      {"Discretization num_bins", "of Adapt, before the first call; preprocessing_test"},
      {"GRU stateful", between_batches},
      {"LSTM stateful", between_batches},
      {"LSTM unit_forget_bias", "how a weight begins; initial_weights_test"},
      {"Lambda mask", "a function, which cases do not hold"},
      {"RMSNormalization axis", one_value},
      {"RNN stateful", between_batches},
      {"Resizing fill_mode", one_value},
      {"SimpleRNN activity_regularizer", "Keras 3.15 takes it and forgets it; here it counts"},
      {"SimpleRNN stateful", between_batches},
  };
  return *exceptions;
}

bool IsElsewhere(const std::string& option) {
  for (const Elsewhere& e : kElsewhere) {
    if (absl::EndsWith(option, e.end)) return true;
  }
  return false;
}

std::optional<boost::json::object> ConfigOf(const std::string& class_name,
                                            const boost::json::object& config) {
  const absl::StatusOr<keras::Layer> layer =
      keras::LayerFromConfig(class_name, "layer", config, GoldenFunctions());
  if (!layer.ok()) return std::nullopt;
  return (*layer)->Config().as_object();
}

// The options that `config` changes: without one the layer has another value of it, or is none.
void AddChanged(const std::string& class_name, const boost::json::object& config,
                std::set<std::string>* changed) {
  const auto whole = ConfigOf(class_name, config);
  ASSERT_TRUE(whole.has_value()) << class_name;
  for (const auto& member : config) {
    boost::json::object rest = config;
    rest.erase(member.key());
    const auto without = ConfigOf(class_name, rest);
    if (!without.has_value() || without->at(member.key()) != whole->at(member.key()))
      changed->insert(std::string(member.key()));
  }
}

// The options of all layers, "Layer option", that no case changes.
std::vector<std::string> OptionsWithoutCase(const std::vector<GoldenClass>& golden) {
  std::vector<std::string> missing;
  for (const GoldenClass& c : golden) {
    std::set<std::string> changed;
    boost::json::object last;
    for (const Json& one : c.cases) {
      const Json* const config = Member(one, "config");
      if (config == nullptr) continue;
      last = config->as_object();
      AddChanged(c.name, last, &changed);
    }
    const auto all = ConfigOf(c.name, last);
    if (!all.has_value()) missing.push_back(c.name);
    for (const auto& member : all.value_or(boost::json::object())) {
      const std::string key(member.key());
      if (!changed.contains(key) && !IsElsewhere(key))
        missing.push_back(absl::StrCat(c.name, " ", key));
    }
  }
  return missing;
}

TEST(GoldenOptionsTest, EveryOptionOfEveryLayer) {
  const absl::StatusOr<std::vector<GoldenClass>> golden = ReadGoldenClasses("layers");
  ASSERT_TRUE(golden.ok()) << golden.status();
  std::vector<std::string> excepted;
  for (const auto& [option, why] : Exceptions()) excepted.push_back(option);
  std::vector<std::string> missing = OptionsWithoutCase(*golden);
  std::sort(missing.begin(), missing.end());
  EXPECT_EQ(absl::StrJoin(missing, "\n"), absl::StrJoin(excepted, "\n"));
}

// Without its cases an option is seen.
TEST(GoldenOptionsTest, AnOptionWithoutCaseIsSeen) {
  std::vector<GoldenClass> golden = *ReadGoldenClasses("layers");
  for (GoldenClass& c : golden) {
    if (c.name != "Dense") continue;
    for (Json& one : c.cases) one.as_object()["config"].as_object().erase("use_bias");
  }
  const std::vector<std::string> missing = OptionsWithoutCase(golden);
  EXPECT_NE(std::find(missing.begin(), missing.end(), "Dense use_bias"), missing.end());
}

}  // namespace
}  // namespace dagrad::keras_parity
