// writer EPOCHS OUT: makes a model of objects of its own of every kind, layers alone, in a model
// within and in TimeDistributed; trains it, and saves it in OUT.

#include <iostream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/tests/custom_objects/objects.h"

namespace dagrad::keras::custom {
namespace {

Layer MakeScale(double offset, SourceLocation location = SourceLocation::Current()) {
  return Layer(std::make_shared<Scale>(offset, "", location));
}

absl::Status Write(const std::string& epochs, const std::string& out) {
  Sequential within;
  within.Add(Dense(4, {.input_shape = {3}}));
  within.Add(MakeScale(0.25));
  const KerasTensor x = Input({3});
  KerasTensor y = MakeScale(-0.5)(within(x));
  y = TimeDistributed(MakeScale(0.125))(Reshape({2, 2})(y));
  DenseOptions last;
  last.kernel_initializer = Initializer(std::make_shared<Ramp>(RampOptions{0.5}));
  last.kernel_regularizer = Regularizer(std::make_shared<Cubes>(CubesOptions{0.125}));
  last.bias_constraint = Constraint(std::make_shared<Box>(BoxOptions{0.25}));
  Model model(x, Dense(1, last)(Flatten()(y)));
  DAGRAD_RETURN_IF_ERROR(model.Compile(
      {.optimizer = Adam(LearningRate(std::make_shared<Warmup>(WarmupOptions{0.01, 4}))),
       .loss = Loss(std::make_shared<Pinball>(PinballOptions{0.8})),
       .metrics = Metric(std::make_shared<Close>(CloseOptions{0.25}))}));
  return Train(&model, "0", epochs, out);
}

}  // namespace
}  // namespace dagrad::keras::custom

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const absl::Status written = dagrad::keras::custom::Write(argv[1], argv[2]);
  if (!written.ok()) std::cerr << written << "\n";
  return written.ok() ? 0 : 1;
}
