// Every string that Keras takes for a class stands for the same class here, where it is here:
// golden/keras_names.json.

#include <algorithm>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/json.h"
#include "dagrad/keras/keras.h"
#include "dagrad/keras/layers/activations.h"
#include "dagrad/tests/keras/golden_case.h"
#include "dagrad/tests/keras/golden_loss.h"
#include "dagrad/tests/keras/golden_rules.h"
#include "gtest/gtest.h"

namespace dagrad::keras_parity {
namespace {

// Keras's base classes, which tests register classes of their own as; and a function that has no
// default of its options.
constexpr const char* kNoStrings[] = {"Loss",        "Metric",     "MeanMetricWrapper",
                                      "Regularizer", "Constraint", "threshold"};

using Check = absl::FunctionRef<void(const std::string& class_name, const std::string& given)>;

// All strings of the classes of `kind` that are here, `least` or more.
void Walk(const char* kind, std::vector<std::string> here, int least, Check check) {
  const absl::StatusOr<Json> names = ReadKerasNames();
  ASSERT_TRUE(names.ok()) << names.status();
  for (const char* name : kNoStrings) std::erase(here, name);
  int walked = 0;
  for (const auto& member : names->at(kind).as_object()) {
    const std::string class_name(member.key());
    if (std::find(here.begin(), here.end(), class_name) == here.end()) continue;
    for (const Json& given : member.value().as_array()) {
      const std::string text(given.as_string());
      SCOPED_TRACE(absl::StrCat(kind, ": ", text));
      check(class_name, text);
      ++walked;
    }
  }
  EXPECT_GE(walked, least) << kind;
}

TEST(NamesParityTest, Losses) {
  Walk("losses", RegisteredLosses(), 50, [](const std::string& c, const std::string& given) {
    const keras::Loss loss(given);
    EXPECT_TRUE(loss.Validate().ok()) << loss.Validate();
    EXPECT_EQ(loss.name(), keras::Loss(c).name());
  });
}

// Those that need options are of the class, too: the error is that of the class.
TEST(NamesParityTest, Metrics) {
  Walk("metrics", RegisteredMetrics(), 90, [](const std::string& c, const std::string& given) {
    const keras::Metric metric(given), of_class(c);
    EXPECT_EQ(metric.name(), given);
    ASSERT_EQ(metric.impl() == nullptr, of_class.impl() == nullptr) << metric.Validate();
    if (metric.impl() == nullptr) {
      EXPECT_EQ(metric.Validate(), of_class.Validate());
      EXPECT_EQ(metric.Validate().message().find("unknown"), std::string::npos)
          << metric.Validate();
    } else {
      EXPECT_EQ(metric.impl()->class_name(), of_class.impl()->class_name());
    }
  });
}

TEST(NamesParityTest, Optimizers) {
  Walk("optimizers", RegisteredOptimizers(), 29,
       [](const std::string& c, const std::string& given) {
         const keras::Optimizer optimizer(given);
         ASSERT_TRUE(optimizer.Validate().ok()) << optimizer.Validate();
         EXPECT_EQ(optimizer.rule()->name(), absl::AsciiStrToLower(c));
       });
}

TEST(NamesParityTest, Rules) {
  Walk("regularizers", RegisteredRegularizers(), 8,
       [](const std::string& c, const std::string& given) {
         const keras::Regularizer rule(given);
         ASSERT_TRUE(rule.given()) << rule.Validate();
         EXPECT_EQ(rule.ToJson(), keras::Regularizer(c).ToJson());
       });
  Walk("constraints", RegisteredConstraints(), 8,
       [](const std::string& c, const std::string& given) {
         const keras::Constraint rule(given);
         ASSERT_TRUE(rule.given()) << rule.Validate();
         EXPECT_EQ(rule.ToJson(), keras::Constraint(c).ToJson());
       });
  Walk("initializers", RegisteredInitializers(), 36,
       [](const std::string& c, const std::string& given) {
         const keras::Initializer rule(given);
         EXPECT_TRUE(rule.Validate().ok()) << rule.Validate();
         EXPECT_EQ(rule.ToJson(), keras::Initializer(c).ToJson());
       });
  Walk("activations", RegisteredActivations(), 30,
       [](const std::string&, const std::string& given) {
         EXPECT_TRUE(keras::CheckActivation(given).ok());
       });
}

// A metric's key is its string.
TEST(NamesParityTest, KeysOfHistory) {
  const absl::StatusOr<Json> names = ReadKerasNames();
  ASSERT_TRUE(names.ok()) << names.status();
  std::vector<std::string> metrics, wanted;
  ASSERT_TRUE(ReadJson(&names->at("history").at("metrics"), &metrics));
  ASSERT_TRUE(ReadJson(&names->at("history").at("keys"), &wanted));
  const keras::KerasTensor x = keras::Input({2});
  keras::Model model(x, keras::Dense(3, {.activation = "softmax"})(x));
  keras::CompileOptions options{.optimizer = "sgd", .loss = "categorical_crossentropy"};
  for (const std::string& metric : metrics) options.metrics.list.emplace_back(metric);
  const absl::Status compiled = model.Compile(options);
  ASSERT_TRUE(compiled.ok()) << compiled;
  const absl::StatusOr<keras::History> history =
      model.Fit(Tensor::Full(DType::kFloat32, {3, 2}, 1),
                Tensor::Of<float>({3, 3}, {1, 0, 0, 0, 1, 0, 0, 0, 1}), {.verbose = 0});
  ASSERT_TRUE(history.ok()) << history.status();
  std::vector<std::string> keys;
  for (const auto& [key, value] : history->logs[0].entries()) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(keys, wanted);
  // "Accuracy" is chosen by the output, as "accuracy" is.
  for (const char* key : {"Accuracy", "ACC", "acc"})
    EXPECT_EQ((*history)[key], (*history)["accuracy"]) << key;
}

}  // namespace
}  // namespace dagrad::keras_parity
