// Tensor, Value and GraphBuilder where there is nothing behind them: default, moved from, after
// Build(). Every public function is called; a new one fails the test until it is.
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/graph/test_ops.h"
#include "dagrad/tests/public_functions.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using absl::StatusCode;

template <typename T>
using Table = std::map<std::string, std::function<void(T)>>;

template <typename T>
void ExpectAll(const Table<T>& table, std::set<std::string> others, const std::string& header,
               const std::string& class_name) {
  for (const auto& [name, call] : table) others.insert(name);
  EXPECT_EQ(others, tests::PublicFunctions(header, class_name));
}

TEST(NullTensorTest, EveryFunctionSeesNothing) {
  const Table<Tensor&> table = {
      {"dtype", [](Tensor& t) { EXPECT_EQ(t.dtype(), DType::kInvalid); }},
      {"dims", [](Tensor& t) { EXPECT_TRUE(t.dims().empty()); }},
      {"rank", [](Tensor& t) { EXPECT_EQ(t.rank(), 0); }},
      {"num_elements", [](Tensor& t) { EXPECT_EQ(t.num_elements(), 0); }},
      {"byte_size", [](Tensor& t) { EXPECT_EQ(t.byte_size(), 0u); }},
      {"defined", [](Tensor& t) { EXPECT_FALSE(t.defined()); }},
      {"bytes", [](Tensor& t) { EXPECT_EQ(t.bytes(), nullptr); }},
      {"mutable_bytes", [](Tensor& t) { EXPECT_EQ(t.mutable_bytes(), nullptr); }},
      {"data", [](Tensor& t) { EXPECT_TRUE(t.data<float>().empty()); }},
      {"mutable_data", [](Tensor& t) { EXPECT_TRUE(t.mutable_data<int64_t>().empty()); }},
      {"version", [](Tensor& t) { EXPECT_EQ(t.version(), 0u); }},
      {"NoteWrite", [](Tensor& t) { t.NoteWrite(); }},
      {"Clone", [](Tensor& t) { EXPECT_FALSE(t.Clone()->defined()); }},
      {"OwnText", [](Tensor& t) { EXPECT_TRUE(t.OwnText().ok()); }},
      {"Reshaped",
       [](Tensor& t) {
         EXPECT_EQ(t.Reshaped({}).status().code(), StatusCode::kInvalidArgument);
         EXPECT_EQ(t.Reshaped({0}).status().code(), StatusCode::kInvalidArgument);
       }},
      {"Cast",
       [](Tensor& t) {
         EXPECT_EQ(t.Cast(DType::kFloat32).status().code(), StatusCode::kInvalidArgument);
         EXPECT_EQ(t.Cast(DType::kInvalid).status().code(), StatusCode::kInvalidArgument);
       }},
      {"ToString", [](Tensor& t) { EXPECT_EQ(t.ToString(), "undefined"); }},
      {"operator=",
       [](Tensor& t) {
         const Tensor other = t;
         t = other;
         t = Tensor(other);
         EXPECT_TRUE(SameBits(t, Tensor()));
       }},
  };
  for (const bool moved_from : {false, true}) {
    for (const auto& [name, call] : table) {
      SCOPED_TRACE(name);
      Tensor tensor = moved_from ? Tensor::Of<float>({2, 1}, {1, 2}) : Tensor();
      Tensor taken = std::move(tensor);
      EXPECT_EQ(taken.defined(), moved_from);
      call(tensor);
      Tensor assigned;
      assigned = std::move(taken);
      call(taken);
    }
  }
  ExpectAll(table, {"Tensor", "Allocate", "Zeros", "Wrap", "Of", "Scalar", "Full"},
            "graph/tensor.h", "Tensor");
}

TEST(NullValueTest, EveryFunctionSeesNothing) {
  const Table<Value> table = {
      {"valid", [](Value v) { EXPECT_FALSE(v.valid()); }},
      {"builder", [](Value v) { v.builder(); }},
      {"ref", [](Value v) { v.ref(); }},
      {"node", [](Value v) { EXPECT_EQ(v.node().op, nullptr); }},
      {"type", [](Value v) { EXPECT_EQ(v.type(), ValueType()); }},
      {"dtype", [](Value v) { EXPECT_EQ(v.dtype(), DType::kInvalid); }},
      {"shape", [](Value v) { EXPECT_EQ(v.shape(), Shape()); }},
      {"rank", [](Value v) { EXPECT_EQ(v.rank(), 0); }},
      {"dim", [](Value v) { EXPECT_FALSE(v.dim(0).is_valid()); }},
      {"Named", [](Value v) { EXPECT_FALSE(v.Named("x").valid()); }},
      {"operator==", [](Value v) { EXPECT_EQ(v, v); }},
  };
  GraphBuilder failed("f");
  GraphBuilder spent("g");
  const Value x = spent.Input("x", DType::kFloat32, {2});
  spent.Output("y", x);
  ASSERT_TRUE(spent.Build().ok());
  for (const Value v : {Value(), failed.Fail(absl::InternalError("f")), x,
                        Value(&failed, ValueRef{7, 0}), Value(&failed, ValueRef{-7, 3})}) {
    for (const auto& [name, call] : table) {
      SCOPED_TRACE(name);
      call(v);
    }
    EXPECT_FALSE(testing::TestAdd(v, v).valid());
  }
  ExpectAll(table, {"Value"}, "graph/builder.h", "Value");
}

TEST(SpentBuilderTest, EveryFunctionIsRefused) {
  const Value none;
  const Table<GraphBuilder*> table = {
      {"Input", [](GraphBuilder* g) { EXPECT_FALSE(g->Input("a", DType::kFloat32, {2}).valid()); }},
      {"State", [](GraphBuilder* g) { EXPECT_FALSE(g->State("s", DType::kFloat32, {2}).valid()); }},
      {"Output", [=](GraphBuilder* g) { g->Output("o", none); }},
      {"Update", [=](GraphBuilder* g) { g->Update("s", none); }},
      {"AddNode",
       [=](GraphBuilder* g) {
         for (const OpDef* op : {&InputOp(), &StateOp(), &testing::TestAddOp()})
           EXPECT_FALSE(g->AddNode(*op, {none, none}, {}, SourceLocation{}).valid()) << op->name;
       }},
      {"AddOutput", [=](GraphBuilder* g) { EXPECT_FALSE(g->AddOutput(none, 0).valid()); }},
      {"Capture", [=](GraphBuilder* g) { EXPECT_FALSE(g->Capture(none).valid()); }},
      {"Keep", [](GraphBuilder* g) { g->Keep(std::make_unique<GraphBuilder>("body", g)); }},
      {"captures", [](GraphBuilder* g) { EXPECT_TRUE(g->captures().empty()); }},
      {"IsWithin",
       [](GraphBuilder* g) {
         EXPECT_TRUE(g->IsWithin(g));
         EXPECT_FALSE(g->IsWithin(nullptr));
       }},
      {"outer", [](GraphBuilder* g) { EXPECT_EQ(g->outer(), nullptr); }},
      {"Outputs",
       [=](GraphBuilder* g) {
         EXPECT_EQ(g->Outputs(none, 2).size(), 2u);
         EXPECT_TRUE(g->Outputs(none, -1).empty());
       }},
      {"status", [](GraphBuilder* g) { EXPECT_FALSE(g->status().ok()); }},
      {"ok", [](GraphBuilder* g) { EXPECT_FALSE(g->ok()); }},
      {"Fail", [](GraphBuilder* g) { EXPECT_FALSE(g->Fail("a", {}, "b").valid()); }},
      {"function", [](GraphBuilder* g) { EXPECT_TRUE(g->function().nodes.empty()); }},
      {"node",
       [](GraphBuilder* g) {
         for (NodeId id : {-1, 0, 99}) EXPECT_EQ(g->node(id).op, nullptr);
       }},
      {"Find", [](GraphBuilder* g) { EXPECT_FALSE(g->Find("x").valid()); }},
      {"scope", [](GraphBuilder* g) { EXPECT_EQ(g->scope(), ""); }},
      {"Build", [](GraphBuilder* g) { EXPECT_FALSE(g->Build().ok()); }},
  };
  GraphBuilder g("g");
  g.Output("y", g.Input("x", DType::kFloat32, {2}));
  ASSERT_TRUE(g.Build().ok());
  for (const auto& [name, call] : table) {
    SCOPED_TRACE(name);
    call(&g);
    EXPECT_EQ(g.Build().status(), absl::FailedPreconditionError(
                                      "the builder of function \"g\" has built it: use another"));
  }
  ExpectAll(table, {"GraphBuilder"}, "graph/builder.h", "GraphBuilder");
}

TEST(NullBuilderTest, ScopesDoNothing) {
  const GraphBuilder::Scope scope(nullptr, "a");
  const GraphBuilder::LocatedAt located(nullptr, SourceLocation::Current());
  const GraphBuilder::GradientOf gradient(nullptr, 3);
  GraphBuilder g("g");
  {
    const GraphBuilder::GradientOf unknown(&g, 77);
    EXPECT_TRUE(g.Input("x", DType::kFloat32, {2}).valid());
  }
}

}  // namespace
}  // namespace dagrad
