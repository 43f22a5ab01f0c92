#ifndef DAGRAD_BENCHMARKS_MODELS_MODELS_H_
#define DAGRAD_BENCHMARKS_MODELS_MODELS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/keras/keras.h"

namespace dagrad::benchmarks {

// A model of benchmarks/run by its name ("resnet50"), with the inputs' batch still symbolic. With a
// learning rate it is compiled with Adam and its loss, so that Graph() has a train_step:
// FailedPrecondition for a model that is for inference only. InvalidArgument for an unknown name.
absl::StatusOr<keras::Model> MakeModel(const std::string& name,
                                       std::optional<double> learning_rate);

// All names, in the order of the table.
std::vector<std::string> ModelNames();

}  // namespace dagrad::benchmarks

#endif  // DAGRAD_BENCHMARKS_MODELS_MODELS_H_
