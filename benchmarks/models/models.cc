#include "dagrad/benchmarks/models/models.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/benchmarks/models/families.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::benchmarks {
namespace {

struct Entry {
  const char* name;
  keras::Model (*make)();
  const char* loss;  // null: inference only
};
constexpr Entry kModels[] = {
    {"titanic", Titanic, "binary_crossentropy"},
    {"wages", Wages, "mse"},
    {"mlp", Mlp, "sparse_categorical_crossentropy"},
    {"cnn", Cnn, "sparse_categorical_crossentropy"},
    {"imdb", Imdb, "binary_crossentropy"},
    {"resnet18", ResNet18, "sparse_categorical_crossentropy"},
    {"resnet50", ResNet50, "sparse_categorical_crossentropy"},
    {"mobilenet", MobileNetV2, "sparse_categorical_crossentropy"},
    {"lstm", Lstm, "sparse_categorical_crossentropy"},
    {"encoder", Encoder, "sparse_categorical_crossentropy"},
    {"gpt2", Gpt2, nullptr},
    {"recommender", Recommender, "binary_crossentropy"},
};

absl::StatusOr<keras::Model> Make(const Entry& entry, std::optional<double> learning_rate) {
  if (learning_rate.has_value() && entry.loss == nullptr)
    return absl::FailedPreconditionError(absl::StrCat(entry.name, " is for inference only"));
  keras::Model model = entry.make();
  DAGRAD_RETURN_IF_ERROR(model.status());
  if (!learning_rate.has_value()) return model;
  // The peers place epsilon before or after the correction of the bias; this small one makes that
  // difference smaller than rounding's.
  DAGRAD_RETURN_IF_ERROR(
      model.Compile({.optimizer = keras::Adam({.learning_rate = *learning_rate, .epsilon = 1e-8}),
                     .loss = entry.loss}));
  return model;
}

}  // namespace

absl::StatusOr<keras::Model> MakeModel(const std::string& name,
                                       std::optional<double> learning_rate) {
  for (const Entry& entry : kModels) {
    if (name == entry.name) return Make(entry, learning_rate);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("unknown model \"", name, "\"; known: ", absl::StrJoin(ModelNames(), ", ")));
}

std::vector<std::string> ModelNames() {
  std::vector<std::string> names;
  for (const Entry& entry : kModels) names.emplace_back(entry.name);
  return names;
}

}  // namespace dagrad::benchmarks
