#include "dagrad/graph/builder.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/test_ops.h"
#include "dagrad/graph/validate.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using testing::TestAdd;
using testing::TestAddOp;
using testing::TestManyOp;

// Errors name a line of this file; the tests put another one there.
SourceLocation At(int line) { return {"models/train.cc", line}; }
Operand Arg(Value v) { return Operand(v, At(41)); }

TEST(BuilderTest, BuildsWhatItIsTold) {
  GraphBuilder g("predict");
  Value x = g.Input("x", DType::kFloat32, {"batch", 3});
  Value w = g.State("w", DType::kFloat32, {3});
  EXPECT_EQ(g.State("w", DType::kFloat32, {3}), w);
  Value y = TestAdd(x, w);
  EXPECT_EQ(y.type().ToString(), "float32[batch,3]");
  EXPECT_EQ(y.rank(), 2);
  EXPECT_EQ(y.dim(-1), Dim(3));
  EXPECT_EQ(y.node().op, &TestAddOp());
  EXPECT_GT(y.node().source_line, 0);
  g.Output("y", y);
  g.Update("w", TestAdd(w, w));
  const absl::StatusOr<Function> f = g.Build();
  ASSERT_TRUE(f.ok()) << f.status();
  EXPECT_TRUE(ValidateFunction(*f).ok());
  EXPECT_EQ(f->name, "predict");
  EXPECT_EQ(f->inputs, (std::vector<NodeId>{0}));
  EXPECT_EQ(f->states, (std::vector<NodeId>{1}));
  EXPECT_EQ(f->FindNode("TestAdd")->inputs.size(), 2u);
  EXPECT_EQ(f->FindOutput("y")->value, (ValueRef{2, 0}));
  EXPECT_EQ(f->FindOutput("z"), nullptr);
}

TEST(BuilderTest, NamesAreUniqueWithinScopes) {
  GraphBuilder g("f");
  Value x = g.Input("x", DType::kFloat32, {2});
  EXPECT_EQ(TestAdd(x, x).node().name, "TestAdd");
  EXPECT_EQ(TestAdd(x, x).node().name, "TestAdd_1");
  {
    GraphBuilder::Scope a(&g, "a");
    EXPECT_EQ(TestAdd(x, x).node().name, "a/TestAdd");
    GraphBuilder::Scope b(&g, "b");
    EXPECT_EQ(g.scope(), "a/b/");
    EXPECT_EQ(TestAdd(x, x).Named("sum").node().name, "a/b/sum");
    EXPECT_EQ(TestAdd(x, x).Named("sum").node().name, "a/b/sum_1");
    EXPECT_EQ(g.Input("in", DType::kInt32, {}).node().name,
              "in");  // inputs and states have no scope
  }
  EXPECT_EQ(TestAdd(x, x).Named("TestAdd_1").node().name, "TestAdd_1_1");
  EXPECT_EQ(TestAdd(x, x).node().name, "TestAdd_3");
  EXPECT_TRUE(g.Find("a/b/sum").valid());
  EXPECT_FALSE(g.Find("a/b/none").valid());
  EXPECT_TRUE(g.ok());
}

TEST(BuilderTest, SeveralOutputs) {
  GraphBuilder g("f");
  Value x = g.Input("x", DType::kFloat64, {2});
  Value y = g.AddNode(TestManyOp(), {x}, {{"i", 1}, {"n", 5}}, At(1));
  const std::vector<Value> all = g.Outputs(y, 2);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].type().ToString(), "int64[5]");
  EXPECT_FALSE(g.Outputs(Value(), 2)[1].valid());
}

TEST(BuilderTest, GradientNodesTakeOverTheLine) {
  GraphBuilder g("f");
  Value x = g.Input("x", DType::kFloat32, {2}, At(5));
  Value y = TestAdd(x, x);
  GraphBuilder::GradientOf of(&g, x.ref().node);
  EXPECT_EQ(TestAdd(y, y).node().gradient_of, 0);
  EXPECT_EQ(TestAdd(y, y).node().source_line, 5);
}

TEST(BuilderTest, ContinuesAFunction) {
  GraphBuilder first("f");
  first.Output("y", first.Input("x", DType::kFloat32, {2}));
  GraphBuilder g(*first.Build());
  Value x = g.Find("x");
  g.Output("z", TestAdd(x, x));
  g.Output("y", x);
  EXPECT_EQ(g.Build().status().message().substr(0, 8), "Output (");
}

struct Mistake {
  const char* name;
  std::function<void(GraphBuilder*)> make;
  const char* message;
};

TEST(BuilderTest, MistakesAreNamed) {
  static GraphBuilder other("other");
  static const Value foreign = other.Input("foreign", DType::kFloat32, {2});
  auto x = [](GraphBuilder* g) { return g->Input("x", DType::kFloat32, {"batch", 3}, At(7)); };
  const Mistake kMistakes[] = {
      {"shape",
       [&](GraphBuilder* g) {
         GraphBuilder::Scope scope(g, "dense");
         TestAdd(Arg(x(g)), Arg(g->State("w", DType::kFloat32, {4}, At(8))));
       },
       "dense/TestAdd (TestAdd, train.cc:41): shapes [batch,3] and [4] do not broadcast "
       "(testadd_c1)"},
      {"dtypes",
       [&](GraphBuilder* g) { TestAdd(Arg(x(g)), Arg(g->Input("i", DType::kInt32, {}))); },
       "TestAdd (TestAdd, train.cc:41): inputs 0 and 1 differ in dtype: float32[batch,3] and "
       "int32[] (testadd_dtype)"},
      {"dtype", [&](GraphBuilder* g) { TestAdd(Arg(g->Input("b", DType::kBool, {2})), Arg(x(g))); },
       "TestAdd (TestAdd, train.cc:41): input 0 (a) is bool[2]; accepted: "
       "float32|float64|int32|int64|uint8|float16|bfloat16|int8|int16|uint16|uint32|uint64 "
       "(testadd_dtype)"},
      {"arity", [&](GraphBuilder* g) { g->AddNode(TestAddOp(), {x(g)}, {}, At(41)); },
       "TestAdd (TestAdd, train.cc:41): takes 2 inputs (a, b), 1 given (testadd_inputs)"},
      {"variadic arity",
       [&](GraphBuilder* g) {
         g->AddNode(TestManyOp(), {}, {{"i", 1}}, At(41));
       },
       "TestMany (TestMany, train.cc:41): takes at least 1 input (x...), 0 given "
       "(testmany_inputs)"},
      {"attribute missing", [&](GraphBuilder* g) { g->AddNode(TestManyOp(), {x(g)}, {}, At(41)); },
       "TestMany (TestMany, train.cc:41): needs attribute \"i\" (testmany_attr)"},
      {"attribute kind",
       [&](GraphBuilder* g) {
         g->AddNode(TestManyOp(), {x(g)}, {{"i", 1.5}}, At(41));
       },
       "TestMany (TestMany, train.cc:41): attribute \"i\" is of kind float, not int "
       "(testmany_attr)"},
      {"attribute unknown",
       [&](GraphBuilder* g) {
         g->AddNode(TestManyOp(), {x(g)}, {{"i", 1}, {"q", 1}}, At(41));
       },
       "TestMany (TestMany, train.cc:41): has no attribute \"q\"; known: b, i, n, f, s, dtype, "
       "shape, ints, "
       "floats, strings, tensor (testmany_attr)"},
      {"attribute value",
       [&](GraphBuilder* g) {
         g->AddNode(TestManyOp(), {x(g)}, {{"i", 1}, {"n", -1}}, At(41));
       },
       "TestMany (TestMany, train.cc:41): n is -1 (testmany_c1)"},
      {"other builder", [&](GraphBuilder* g) { TestAdd(Arg(x(g)), foreign); },
       "TestAdd (TestAdd, train.cc:41): input 1 belongs to another GraphBuilder"},
      {"no value", [&](GraphBuilder* g) { TestAdd(Arg(x(g)), Value()); },
       "TestAdd (TestAdd, train.cc:41): input 1 is not a value of this graph"},
      {"input twice", [&](GraphBuilder* g) { x(g), x(g); },
       "Input (train.cc:7): the name \"x\" is taken"},
      {"input without a name", [&](GraphBuilder* g) { g->Input("", DType::kInt32, {}, At(9)); },
       "Input (train.cc:9): needs a name"},
      {"input of no dtype", [&](GraphBuilder* g) { g->Input("x", DType::kInvalid, {}, At(9)); },
       "x (Input, train.cc:9): dtype is invalid (placeholder_c1)"},
      {"negative size", [&](GraphBuilder* g) { g->Input("x", DType::kInt32, {-1}, At(9)); },
       "x (Input, train.cc:9): dimension -1 of [-1] is outside 0..2^40 (input_size)"},
      {"symbolic state", [&](GraphBuilder* g) { g->State("w", DType::kInt32, {"n"}, At(9)); },
       "State (train.cc:9): state \"w\" needs a shape of numbers, not [n]"},
      {"state of two types",
       [&](GraphBuilder* g) {
         g->State("w", DType::kInt32, {2});
         g->State("w", DType::kInt32, {3}, At(9));
       },
       "State (train.cc:9): state \"w\" is int32[2], not int32[3]"},
      {"output twice",
       [&](GraphBuilder* g) {
         const Value v = x(g);
         g->Output("y", v);
         g->Output("y", Arg(v));
       },
       "Output (train.cc:41): the name \"y\" is taken"},
      {"output of another", [&](GraphBuilder* g) { g->Output("y", Arg(foreign)); },
       "Output (train.cc:41): output \"y\" is not a value of this graph"},
      {"output without a name", [&](GraphBuilder* g) { g->Output("", Arg(x(g))); },
       "Output (train.cc:41): needs a name"},
      {"update of another type",
       [&](GraphBuilder* g) {
         g->State("w", DType::kFloat32, {3});
         g->Update("w", Arg(x(g)));
       },
       "Update (train.cc:41): state \"w\" is float32[3]; its new value is float32[batch,3]"},
      {"update twice",
       [&](GraphBuilder* g) {
         const Value w = g->State("w", DType::kFloat32, {3});
         g->Update("w", w);
         g->Update("w", Arg(w));
       },
       "Update (train.cc:41): state \"w\" is updated twice"},
      {"renamed input", [&](GraphBuilder* g) { x(g).Named("y"); },
       "x (Input, train.cc:7): inputs and states cannot be renamed"},
  };
  for (const Mistake& m : kMistakes) {
    GraphBuilder g("f");
    m.make(&g);
    const absl::StatusOr<Function> f = g.Build();
    EXPECT_EQ(f.status(), absl::InvalidArgumentError(m.message)) << m.name;
  }
}

TEST(BuilderTest, TheFirstErrorIsCarriedAlong) {
  GraphBuilder g("f");
  Value bad =
      TestAdd(Arg(g.Input("a", DType::kFloat32, {2})), Arg(g.Input("b", DType::kFloat32, {3})));
  EXPECT_FALSE(bad.valid());
  EXPECT_EQ(bad.builder(), &g);
  EXPECT_EQ(bad.dtype(), DType::kInvalid);
  const size_t nodes = g.function().nodes.size();
  Value later = TestAdd(bad, bad);
  EXPECT_FALSE(later.Named("x").valid());
  g.Output("y", later);
  g.Update("w", later);
  EXPECT_EQ(g.function().nodes.size(), nodes);
  EXPECT_EQ(g.Build().status().message(),
            "TestAdd (TestAdd, train.cc:41): shapes [2] and [3] do not broadcast (testadd_c1)");
}

// An op of one to three inputs.
const OpDef& OptionalOp() {
  static const OpDef* const op = [] {
    auto* def = new OpDef{.name = "TestOptional", .label = "testoptional"};
    def->inputs = {{"a", kFloatTypes, "T"},
                   {.name = "b", .dtypes = kFloatTypes, .type_variable = "T", .optional = true},
                   {.name = "c", .dtypes = kFloatTypes, .type_variable = "T", .optional = true}};
    def->outputs = {{"y", kFloatTypes, "T"}};
    def->infer = [](InferContext& c) {
      c.SetOutput(0, c.dtype(0), c.shape(c.has_input(2) ? 2 : 0));
      return absl::OkStatus();
    };
    return def;
  }();
  return *op;
}

TEST(BuilderTest, OptionalInputsAreLeftOutAtTheEnd) {
  GraphBuilder g("f");
  const Value a = g.Input("a", DType::kFloat32, {2}), c = g.Input("c", DType::kFloat32, {3});
  const auto inputs = [&](std::vector<Value> given) {
    const Value y = g.AddNode(OptionalOp(), given, {}, SourceLocation::Current());
    EXPECT_TRUE(y.valid()) << g.status();
    return y.valid() ? y.node().inputs.size() : 0;
  };
  EXPECT_EQ(inputs({a}), 1u);
  EXPECT_EQ(inputs({a, Value()}), 1u);
  EXPECT_EQ(inputs({a, Value(), Value()}), 1u);
  EXPECT_EQ(inputs({a, a}), 2u);
  EXPECT_EQ(inputs({a, a, Value()}), 2u);
  EXPECT_EQ(inputs({a, a, c}), 3u);
  EXPECT_EQ(g.function().nodes.back().outputs[0].shape, Shape({3}));
}

TEST(BuilderTest, NamesInputsThatAreMissing) {
  const auto error = [](int count, std::vector<int> missing) {
    GraphBuilder g("f");
    std::vector<Value> inputs(count, g.Input("x", DType::kFloat32, {2}));
    for (int i : missing) inputs[i] = Value();
    g.AddNode(OptionalOp(), inputs, {}, At(41));
    return std::string(g.status().message());
  };
  EXPECT_EQ(
      error(0, {}),
      "TestOptional (TestOptional, train.cc:41): takes 1 to 3 inputs (a and optionally b, c), "
      "0 given (testoptional_inputs)");
  EXPECT_EQ(
      error(4, {}),
      "TestOptional (TestOptional, train.cc:41): takes 1 to 3 inputs (a and optionally b, c), "
      "4 given (testoptional_inputs)");
  EXPECT_EQ(error(3, {1}),
            "TestOptional (TestOptional, train.cc:41): input 1 (b) is left out, but not all inputs "
            "after it");
  EXPECT_EQ(error(1, {0}),
            "TestOptional (TestOptional, train.cc:41): input 0 is not a value of this graph");
}

// A failed value is no absent one: its error is passed on.
TEST(BuilderTest, AFailedValueIsNotLeftOut) {
  GraphBuilder g("f");
  const Value x = g.Input("x", DType::kFloat32, {2});
  const Value failed = g.Fail(absl::InvalidArgumentError("first"));
  EXPECT_FALSE(g.AddNode(OptionalOp(), {x, failed}, {}, At(41)).valid());
  EXPECT_EQ(g.status().message(), "first");
}

TEST(AttrMapDeathTest, NamesTheAttributeThatIsNotThere) {
  const AttrMap attrs = {{"keepdims", true}};
  EXPECT_TRUE(attrs.Get<bool>("keepdims"));
  EXPECT_DEATH(attrs.Get<int64_t>("axis"), "no attribute \"axis\" in .keepdims=true.");
  EXPECT_DEATH(attrs.Get<int64_t>("keepdims"), "attribute \"keepdims\" is of another kind, bool");
}

}  // namespace
}  // namespace dagrad
