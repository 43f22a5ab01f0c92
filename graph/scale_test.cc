// A million nodes: built, validated, written, read, sorted and destroyed, without recursion and in
// bounded memory.
#include <cstdint>
#include <fstream>
#include <random>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/graph/test_ops.h"
#include "dagrad/graph/validate.h"
#include "dagrad/tests/under_sanitizer.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using testing::FindTestOp;
using testing::TestAdd;

constexpr int kNodes = 1'000'000;

// The largest memory that this process ever had, in bytes.
int64_t PeakMemory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    int64_t kib = 0;
    if (absl::StartsWith(line, "VmHWM:") &&
        absl::SimpleAtoi(line.substr(6, line.size() - 6 - 3), &kib)) {
      return kib * 1024;
    }
  }
  ADD_FAILURE() << "no VmHWM";
  return 0;
}

// A chain: the worst case for whatever would recurse.
Model Chain() {
  GraphBuilder g("chain");
  Value x = g.Input("x", DType::kFloat32, {"batch"});
  Value y = x;
  for (int i = 1; i < kNodes; ++i) y = TestAdd(y, x);
  g.Output("y", y);
  Model model;
  model.functions.push_back(*g.Build());
  return model;
}

TEST(ScaleTest, AMillionNodes) {
  std::string bytes;
  {
    const Model model = Chain();
    ASSERT_EQ(model.functions[0].nodes.size(), static_cast<size_t>(kNodes));
    ASSERT_TRUE(ValidateModel(model).ok());
    absl::StatusOr<std::string> serialized = SerializeModel(model);
    ASSERT_TRUE(serialized.ok()) << serialized.status();
    bytes = *std::move(serialized);
  }
  const absl::StatusOr<Model> read = ParseModel(bytes, FindTestOp);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->functions[0].nodes.size(), static_cast<size_t>(kNodes));
  EXPECT_EQ(read->functions[0].outputs[0].value.node, kNodes - 1);
  // The graph, the protocol buffer and its bytes together: at most 2.5 KB a node.
  EXPECT_TRUE(tests::UnderSanitizer() || PeakMemory() < int64_t{2500} * kNodes) << PeakMemory();
}

TEST(ScaleTest, AMillionNodesInTheWorstOrder) {
  proto::Model p;
  ASSERT_TRUE(ToProto(Chain(), &p).ok());
  auto* nodes = p.mutable_functions(0)->mutable_nodes();
  for (int i = 0; i < kNodes / 2; ++i) nodes->SwapElements(i, kNodes - 1 - i);
  absl::StatusOr<Model> read = FromProto(p, FindTestOp);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->functions[0].nodes[0].name, "x");
  // A cycle of all the others.
  for (proto::Node& n : *nodes) {
    if (n.name() == "TestAdd") n.set_inputs(1, read->functions[0].nodes.back().name);
  }
  read = FromProto(p, FindTestOp);
  EXPECT_TRUE(absl::StrContains(read.status().message(), "… (999999 nodes) -> ")) << read.status();
}

TEST(ScaleTest, OneNodeMoreIsRefused) {
  ReadLimits limits;
  limits.nodes = 2;
  GraphBuilder g("f");
  Value x = g.Input("x", DType::kFloat32, {2});
  g.Output("y", TestAdd(TestAdd(x, x), x));
  Model model;
  model.functions.push_back(*g.Build());
  const std::string bytes = *SerializeModel(model);
  const std::string text = *ModelToText(model);
  EXPECT_EQ(ParseModel(bytes, FindTestOp, limits).status(),
            absl::ResourceExhaustedError("the file has more than 2 nodes"));
  EXPECT_EQ(ParseModelText(text, FindTestOp, limits).status(),
            absl::ResourceExhaustedError("the file has more than 2 nodes"));
  limits.nodes = 3;
  EXPECT_TRUE(ParseModel(bytes, FindTestOp, limits).ok());
  EXPECT_TRUE(ParseModelText(text, FindTestOp, limits).ok());
}

}  // namespace
}  // namespace dagrad
