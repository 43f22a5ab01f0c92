#ifndef DAGRAD_LEARN_PIPELINE_H_
#define DAGRAD_LEARN_PIPELINE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/io/csv_encoder.h"
#include "dagrad/keras/models/model.h"
#include "dagrad/learn/imputer.h"
#include "dagrad/learn/scaler.h"
#include "dagrad/learn/table.h"

namespace dagrad::learn {

// What is known of the examples: a tensor whose first dimension counts them, or a table of as many
// rows. A copy shares what it holds.
class Features {
 public:
  Features(Tensor tensor) : value_(std::move(tensor)) {}  // NOLINT(google-explicit-constructor)
  Features(Table table)                                   // NOLINT(google-explicit-constructor)
      : value_(std::make_shared<const Table>(std::move(table))) {}
  Features(io::CsvTable table)  // NOLINT(google-explicit-constructor)
      : Features(Table(std::move(table))) {}

  const Tensor* tensor() const { return std::get_if<Tensor>(&value_); }  // null: a table
  const Table* table() const;                                            // null: a tensor
  int64_t rows() const;
  // Rows as learn::TakeRows and Table::TakeRows take them.
  absl::StatusOr<Features> TakeRows(absl::Span<const int64_t> rows) const;

 private:
  std::variant<Tensor, std::shared_ptr<const Table>> value_;
};

// A step of a pipeline before its model: what it is, and once fitted what it learned. Immutable.
class Step {
 public:
  virtual ~Step() = default;
  // The kind's name: "encoder", "imputer", "scaler".
  virtual std::string kind() const = 0;
  // The step, fitted to x.
  virtual absl::StatusOr<std::shared_ptr<const Step>> Fit(const Features& x) const = 0;
  // Of a step that Fit gave: FailedPrecondition otherwise.
  virtual absl::StatusOr<Features> Transform(const Features& x) const = 0;
  virtual absl::StatusOr<Json> ToJson() const = 0;
};
using StepPtr = std::shared_ptr<const Step>;

// A table to float32 numbers (io::CsvEncoder): InvalidArgument for a tensor.
StepPtr EncoderStep(std::vector<io::CsvFeature> features);
// Tensors of numbers to such without NaN (SimpleImputer), and to another scale (StandardScaler,
// MinMaxScaler). A table is taken as Table::ToTensor has it, missing fields as NaN.
StepPtr ImputerStep(const SimpleImputerOptions& options = {});
StepPtr StandardScalerStep(const StandardScalerOptions& options = {});
StepPtr MinMaxScalerStep(const MinMaxScalerOptions& options = {});

// Steps and a compiled Keras model in one object, as scikit-learn's Pipeline: what is fitted to the
// training examples alone, is saved, and is applied to all others. A model by itself is a pipeline
// without steps. Moved, not copied; not thread-safe, but for Transform and Predict, as Model.
//
//   learn::Pipeline pipeline({learn::EncoderStep({{"Age"}, {"Sex", io::CsvEncoding::kOneHot}}),
//                             learn::ImputerStep(), learn::StandardScalerStep()},
//                            std::move(model));
//   DAGRAD_RETURN_IF_ERROR(pipeline.Fit(train, y_train, {.epochs = 50}).status());
//   DAGRAD_RETURN_IF_ERROR(pipeline.Save("titanic"));
//   // In another process:
//   DAGRAD_ASSIGN_OR_RETURN(learn::Pipeline pipeline, learn::Pipeline::Load("titanic"));
//   DAGRAD_ASSIGN_OR_RETURN(Tensor scores, pipeline.Predict(test));  // the same bits
class Pipeline {
 public:
  Pipeline(keras::Model model)  // NOLINT(google-explicit-constructor)
      : Pipeline({}, std::move(model)) {}
  Pipeline(std::vector<StepPtr> steps, keras::Model model)
      : steps_(std::move(steps)), model_(std::move(model)) {}

  // Fits each step to what those before made of x, then the model (Model::Fit). Of the examples
  // that options.validation_split keeps, nothing is learned by the steps either.
  // options.validation_data are examples as x, a tensor; validation_source is refused. A second Fit
  // fits the steps anew and goes on with the model; those of a loaded pipeline stay what they are:
  // FailedPrecondition. A failed step leaves all as it was.
  absl::StatusOr<keras::History> Fit(const Features& x, const Tensor& y,
                                     keras::FitOptions options = {});
  // What the model is given for x. FailedPrecondition before Fit.
  absl::StatusOr<Tensor> Transform(const Features& x) const;
  absl::StatusOr<Tensor> Predict(const Features& x,
                                 const keras::PredictOptions& options = {}) const;
  absl::StatusOr<keras::Logs> Evaluate(const Features& x, const Tensor& y,
                                       const keras::EvaluateOptions& options = {});

  // Model::Save, with the steps as the metadata entry "pipeline" of the model file: a save is one
  // step, and replaces model and steps together. Load reads both; errors as Model::Load, NotFound
  // for a model that was saved without a pipeline, InvalidArgument for steps that Save does not
  // write. Of a folder of an older dagrad it reads the steps from steps.json.
  absl::Status Save(const std::string& directory) const;
  static absl::StatusOr<Pipeline> Load(const std::string& directory,
                                       const keras::LoadOptions& options = {});

  const std::vector<StepPtr>& steps() const { return steps_; }
  keras::Model& model() { return model_; }

 private:
  std::vector<StepPtr> steps_;
  keras::Model model_;
};

namespace internal {
// The fitted step that ToJson wrote.
absl::StatusOr<StepPtr> StepFromJson(const Json& json);
// The tensor of x: of a table all its columns, float32, NaN where missing.
absl::StatusOr<Tensor> TensorOf(const Features& x);
}  // namespace internal

}  // namespace dagrad::learn

#endif  // DAGRAD_LEARN_PIPELINE_H_
