#ifndef DAGRAD_TESTS_ONNX_RUN_MODEL_H_
#define DAGRAD_TESTS_ONNX_RUN_MODEL_H_

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "dagrad/io/onnx/import.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/tests/onnx/model_maker.h"
#include "gtest/gtest.h"

// Runs of small models that are made, imported and compiled.
namespace dagrad::onnx {

inline absl::StatusOr<runtime::TensorMap> Results(ModelMaker& model,
                                                  const runtime::TensorMap& feeds,
                                                  const io::ImportOnnxOptions& options = {}) {
  absl::StatusOr<io::LoadedModel> loaded = io::ImportOnnx(model.model(), "", options);
  if (!loaded.ok()) return loaded.status();
  const auto executable = Executable::Compile(loaded->model.functions[0]);
  if (!executable.ok()) return executable.status();
  StateStore state;
  for (const auto& [name, tensor] : loaded->state) state.Set(name, tensor);
  return (*executable)->Run(feeds, &state);
}

template <typename T>
std::vector<T> Values(const Tensor& t) {
  return std::vector<T>(t.data<T>().begin(), t.data<T>().end());
}

template <typename T>
std::vector<T> ValuesOf(const absl::StatusOr<runtime::TensorMap>& results,
                        const std::string& name = "y") {
  EXPECT_TRUE(results.ok()) << results.status();
  if (!results.ok()) return {};
  const Tensor& t = results->at(name);
  EXPECT_EQ(t.dtype(), DTypeOf<T>());
  return Values<T>(t);
}

// Of dimensions that no tensor has after an error.
inline Dims DimsOf(const absl::StatusOr<runtime::TensorMap>& results,
                   const std::string& name = "y") {
  EXPECT_TRUE(results.ok()) << results.status();
  return results.ok() ? results->at(name).dims() : Dims{-1};
}

inline Tensor Floats(const Dims& dims, const std::vector<float>& values) {
  return Tensor::Of<float>(dims, values);
}

// The first of the results.
inline Tensor RunOne(ModelMaker& model, const runtime::TensorMap& feeds) {
  const auto results = Results(model, feeds);
  EXPECT_TRUE(results.ok()) << results.status();
  return results.ok() ? results->begin()->second : Tensor();
}

inline void ExpectError(ModelMaker& m, absl::StatusCode code, const std::string& message) {
  const absl::Status status = io::ImportOnnx(m.model(), "").status();
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), message)) << status;
}

}  // namespace dagrad::onnx

#endif  // DAGRAD_TESTS_ONNX_RUN_MODEL_H_
