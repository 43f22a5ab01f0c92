// Every sample of every op, written as ONNX and imported again: the same op with the same bits, and
// the composition that other runtimes compute, imported as such, with the same numbers.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/export/export.h"
#include "dagrad/io/onnx/export/rows/rows.h"
#include "dagrad/io/onnx/import.h"
#include "dagrad/tests/op_test.h"
#include "gtest/gtest.h"

namespace dagrad::tests {
namespace {

using runtime::KernelMode;

constexpr int64_t kOpsets[] = {17, 18, 21, 23};

absl::StatusOr<onnx::proto::Model> Written(const Function& f, int64_t opset) {
  Model model;
  model.functions.push_back(f);
  return io::ToOnnx(model, {}, {.function = f.name, .opset = opset});
}

// What the only function of the model gives.
absl::StatusOr<std::vector<Tensor>> Run(const io::LoadedModel& loaded, const OpCase& c) {
  return EvaluateOutputs(loaded.model.functions[0], Feeds(c), KernelMode::kFast);
}

bool IsClose(const Tensor& actual, const Tensor& expected, double tolerance) {
  if (actual.dtype() != expected.dtype() || actual.dims() != expected.dims()) return false;
  if (!IsFloating(actual.dtype())) return SameBits(actual, expected);
  const Tensor a = *actual.Cast(DType::kFloat64), e = *expected.Cast(DType::kFloat64);
  for (int64_t i = 0; i < a.num_elements(); ++i) {
    const double x = a.data<double>()[i], y = e.data<double>()[i];
    if (x == y || (std::isnan(x) && std::isnan(y))) continue;
    if (!(std::abs(x - y) <= tolerance * std::max(1.0, std::abs(y)))) return false;
  }
  return true;
}

void ExpectSameFunction(const Function& actual, const Function& expected) {
  EXPECT_EQ(actual.name, expected.name);
  ASSERT_EQ(actual.inputs.size(), expected.inputs.size());
  for (size_t i = 0; i < actual.inputs.size(); ++i) {
    const Node &a = actual.nodes[actual.inputs[i]], &e = expected.nodes[expected.inputs[i]];
    EXPECT_EQ(a.name, e.name);
    EXPECT_EQ(a.outputs, e.outputs);
  }
  ASSERT_EQ(actual.outputs.size(), expected.outputs.size());
  for (size_t i = 0; i < actual.outputs.size(); ++i) {
    EXPECT_EQ(actual.outputs[i].name, expected.outputs[i].name);
    EXPECT_EQ(actual.type(actual.outputs[i].value), expected.type(expected.outputs[i].value));
  }
}

double ToleranceOf(const OpCase& c) {
  return c.float_dtype == DType::kFloat64 ? 1e-9 : std::max(c.sample->float32_tolerance, 1e-5);
}

// The compositions as if another exporter had written them.
void ForgetOps(onnx::proto::Model* model) {
  for (onnx::proto::Function& f : *model->mutable_functions()) f.clear_metadata_props();
}

void ExpectRoundTrip(const OpCase& c, const Function& f, onnx::proto::Model model) {
  const auto expected = EvaluateOutputs(f, Feeds(c), KernelMode::kFast);
  ASSERT_TRUE(expected.ok()) << expected.status();
  const auto loaded = io::ImportOnnx(model, "");
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ExpectSameFunction(loaded->model.functions[0], f);
  const auto actual = Run(*loaded, c);
  ASSERT_TRUE(actual.ok()) << actual.status();
  for (size_t i = 0; i < expected->size(); ++i) {
    EXPECT_TRUE(SameBits((*actual)[i], (*expected)[i]))
        << "output " << i << ": " << (*actual)[i] << "\nexpected: " << (*expected)[i];
  }
  if (model.functions().empty()) return;
  ForgetOps(&model);
  const auto composed = io::ImportOnnx(model, "");
  // The importer stacks the outputs of loops only if it knows the number of steps.
  if (c.op->name == "While" && absl::IsFailedPrecondition(composed.status())) return;
  ASSERT_TRUE(composed.ok()) << composed.status();
  const auto close = Run(*composed, c);
  ASSERT_TRUE(close.ok()) << close.status();
  for (size_t i = 0; i < expected->size(); ++i) {
    EXPECT_TRUE(IsClose((*close)[i], (*expected)[i], ToleranceOf(c)))
        << "composed output " << i << ": " << (*close)[i].ToString(32)
        << "\nexpected: " << (*expected)[i].ToString(32);
  }
}

bool NeedsLaterOpset(const absl::Status& status, int64_t opset) {
  for (int later : {18, 19, 20}) {
    if (opset < later && absl::IsUnimplemented(status) &&
        absl::StrContains(status.message(), absl::StrCat("need opset ", later)))
      return true;
  }
  return false;
}

TEST_P(OpTest, IsWrittenAndReadAgain) {
  ASSERT_NE(onnx::FindExportRow(op().name), nullptr) << "no row writes it";
  int written = 0;
  for (const OpCase& c : AllCases(op())) {
    const absl::StatusOr<Function> f = MakeFunction(c);
    ASSERT_TRUE(f.ok()) << f.status();
    for (int64_t opset : kOpsets) {
      SCOPED_TRACE(absl::StrCat(c.Name(), ", opset ", opset));
      const auto model = Written(*f, opset);
      if (NeedsLaterOpset(model.status(), opset)) continue;
      ASSERT_TRUE(model.ok()) << model.status();
      ExpectRoundTrip(c, *f, *model);
      ++written;
    }
  }
  EXPECT_GT(written, 0);
}

TEST(ExportRowsTest, AreOfOpsThatThereAre) {
  for (absl::string_view name : onnx::ExportRowNames())
    EXPECT_NE(ops::FindOp(name), nullptr) << name;
}

DAGRAD_FOR_ALL_OPS;

}  // namespace
}  // namespace dagrad::tests
