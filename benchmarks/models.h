#ifndef DAGRAD_BENCHMARKS_MODELS_H_
#define DAGRAD_BENCHMARKS_MODELS_H_

#include <string>

#include "absl/status/statusor.h"
#include "dagrad/keras/keras.h"

namespace dagrad::benchmarks {

// The models of benchmarks/run, compiled with Adam: "cnn", "cnn128", "mlp", "titanic", "wages".
// InvalidArgument for another name.
absl::StatusOr<keras::Sequential> MakeModel(const std::string& workload);

}  // namespace dagrad::benchmarks

#endif  // DAGRAD_BENCHMARKS_MODELS_H_
