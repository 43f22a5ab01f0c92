// What ONNX's own cases leave open of single ops.
#include <utility>
#include <vector>

#include "dagrad/io/onnx/import.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/tests/onnx/model_maker.h"
#include "gtest/gtest.h"

namespace dagrad::onnx {
namespace {

Tensor RunOne(ModelMaker& model, const runtime::TensorMap& feeds) {
  const auto loaded = io::ImportOnnx(model.model(), "");
  EXPECT_TRUE(loaded.ok()) << loaded.status();
  if (!loaded.ok()) return Tensor();
  const auto executable = Executable::Compile(loaded->model.functions[0]);
  EXPECT_TRUE(executable.ok()) << executable.status();
  if (!executable.ok()) return Tensor();
  StateStore state;
  for (const auto& [name, tensor] : loaded->state) state.Set(name, tensor);
  const auto results = (*executable)->Run(feeds, &state);
  EXPECT_TRUE(results.ok()) << results.status();
  return results.ok() ? results->begin()->second : Tensor();
}

// A number has no axis, so its places have no coordinates.
TEST(NonZeroTest, OfANumber) {
  ModelMaker m;
  m.Input("x", kFloat, {}).Output("y").Node("NonZero", {"x"}, {"y"});
  EXPECT_EQ(RunOne(m, {{"x", Tensor::Scalar(3.0f)}}).dims(), (Dims{0, 1}));
  EXPECT_EQ(RunOne(m, {{"x", Tensor::Scalar(0.0f)}}).dims(), (Dims{0, 0}));
}

// Before version 16 pixels stand at whole numbers. Values of ONNX Runtime 1.32.
TEST(RoiAlignTest, PixelsOfOldVersions) {
  const Tensor x = Tensor::Of<float>({1, 1, 2, 4}, {0, 1, 2, 3, 4, 5, 6, 7});
  for (const auto& [opset, expected] : std::vector<std::pair<int64_t, float>>{{10, 3}, {16, 0.5}}) {
    ModelMaker m(opset);
    m.Input("x", kFloat, {"1", "1", "2", "4"}).Output("y");
    m.Floats("rois", {1, 4}, {0, 0, 2, 0.5}).Integers("batch", {0});
    m.Node("RoiAlign", {"x", "rois", "batch"}, {"y"});
    const Tensor y = RunOne(m, {{"x", x}});
    EXPECT_EQ(y.dims(), (Dims{1, 1, 1, 1}));
    EXPECT_FLOAT_EQ(y.data<float>()[0], expected) << opset;
  }
}

}  // namespace
}  // namespace dagrad::onnx
