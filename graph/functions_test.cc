// Functions as attributes: what a body may be, captures, files, limits.

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/body.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/inline.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/graph/test_ops.h"
#include "dagrad/graph/validate.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using testing::TestAdd;

// "TestCall": the outputs of the function "f" for the operands.
absl::Status InferCall(InferContext& c) {
  std::vector<ValueType> operands;
  for (int i = 0; i < c.num_inputs(); ++i) operands.push_back(c.input(i));
  const auto types = OutputTypes(*c.attr<BodyPtr>("f"), operands);
  if (!types.ok()) return InferContext::Fail("testcall_c1", types.status().message());
  for (size_t i = 0; i < types->size(); ++i)
    c.SetOutput(static_cast<int>(i), (*types)[i].dtype, (*types)[i].shape);
  return absl::OkStatus();
}

const OpDef& TestCallOp() {
  static const OpDef* const op =
      new OpDef{.name = "TestCall",
                .label = "testcall",
                .inputs = {{.name = "operands", .dtypes = kAnyType, .variadic = true}},
                .outputs = {{.name = "outputs", .dtypes = kAnyType, .variadic = true}},
                .attrs = {{"f", AttrKind::kFunction}, {"g", AttrKind::kString, Attribute("")}},
                .traits = kControl,
                .infer = InferCall};
  return *op;
}

const OpDef* FindOp(absl::string_view name) {
  return name == "TestCall" ? &TestCallOp() : testing::FindTestOp(name);
}

Value TestCall(const BodyPtr& f, std::vector<Value> operands) {
  return operands[0].builder()->AddNode(TestCallOp(), operands, {{"f", f}},
                                        SourceLocation::Current());
}

// A function x [n] -> x + x, or that of a call of `inner`.
Function Doubled(const BodyPtr& inner, const std::string& name = "doubled") {
  GraphBuilder g(name);
  const Value x = g.Input("x", DType::kFloat32, {"n"});
  g.Output("y", inner == nullptr ? TestAdd(x, x) : TestCall(inner, {x}));
  return *g.Build();
}

BodyPtr Nested(int depth) {
  BodyPtr body;
  for (int i = 0; i < depth; ++i) {
    auto made = Body::Make(Doubled(body));
    EXPECT_TRUE(made.ok()) << made.status();
    body = *std::move(made);
  }
  return body;
}

Model ModelOf(std::vector<Function> functions) {
  Model model;
  model.name = "m";
  model.functions = std::move(functions);
  return model;
}

void ExpectError(const absl::Status& status, absl::StatusCode code, absl::string_view part) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), part)) << status << "\nlacks " << part;
}

TEST(DimTest, SubstituteReplacesSymbolsBySymbols) {
  const Dim d = Dim::FloorDiv(Dim("n") * Dim("n") + 3, 2) + Dim("m");
  EXPECT_EQ(d.Substitute({{"n", Dim("batch") + 1}}).ToString(),
            (Dim::FloorDiv((Dim("batch") + 1) * (Dim("batch") + 1) + 3, 2) + Dim("m")).ToString());
  EXPECT_EQ(d.Substitute({{"n", 3}, {"m", 4}}), Dim(10));
  EXPECT_EQ(d.Substitute({{"n", "m"}, {"m", "n"}}),
            Dim::FloorDiv(Dim("m") * Dim("m") + 3, 2) + Dim("n"));
  EXPECT_EQ(d.Substitute({}), d);
  EXPECT_EQ(Dim(7).Substitute({{"n", 1}}), Dim(7));
}

TEST(BodyTest, EqualityHashAndTextFollowTheFunction) {
  const BodyPtr a = *Body::Make(Doubled(nullptr)), b = *Body::Make(Doubled(nullptr));
  const BodyPtr c = *Body::Make(Doubled(a)), d = *Body::Make(Doubled(b));
  EXPECT_TRUE(Attribute(a) == Attribute(b));
  EXPECT_EQ(Attribute(a).Hash(), Attribute(b).Hash());
  EXPECT_TRUE(*c == *d);
  EXPECT_FALSE(*a == *c);
  EXPECT_EQ(c->depth(), 2);
  EXPECT_EQ(c->nodes(), 4);
  EXPECT_EQ(Attribute(a).ToString(), "doubled(x) -> (y): 2 nodes");
  EXPECT_FALSE(**Body::Make(Doubled(nullptr, "other")) == *a);
}

TEST(BodyTest, IsClosed) {
  GraphBuilder g("reads");
  g.Output("y", g.State("w", DType::kFloat32, {2}));
  ExpectError(Body::Make(*g.Build()).status(), absl::StatusCode::kInvalidArgument, "(body_c1)");
  GraphBuilder h("updates");
  const Value x = h.Input("x", DType::kFloat32, {2});
  h.Update("w", x);
  h.Output("y", x);
  ExpectError(Body::Make(*h.Build()).status(), absl::StatusCode::kInvalidArgument, "(body_c1)");
  ExpectError(Body::Make(*GraphBuilder("none").Build()).status(),
              absl::StatusCode::kInvalidArgument, "(body_c2)");
}

TEST(BodyTest, NestsSixteenDeep) {
  const BodyPtr deep = Nested(kMaxBodyDepth);
  ExpectError(Body::Make(Doubled(deep)).status(), absl::StatusCode::kInvalidArgument,
              "bodies nest 17 deep; 16 is the limit (body_c3)");
}

TEST(BodyTest, SharedBodiesAreCountedAsOftenAsTheyAreUsed) {
  BodyPtr body = *Body::Make(Doubled(nullptr));
  absl::Status status;
  while (status.ok()) {
    GraphBuilder g("many");
    Value x = g.Input("x", DType::kFloat32, {"n"});
    for (int i = 0; i < 40; ++i) x = TestCall(body, {x});
    g.Output("y", x);
    auto made = Body::Make(*g.Build());
    status = made.status();
    if (made.ok()) body = *std::move(made);
    ASSERT_LT(body->depth(), 8);
  }
  ExpectError(status, absl::StatusCode::kResourceExhausted, "1000000 nodes");
}

TEST(BodyTest, OutputsFollowTheOperandsSymbolically) {
  GraphBuilder g("f");
  const Value x = g.Input("x", DType::kFloat32, {Dim("batch") * 2 + 1});
  const Value y = TestCall(*Body::Make(Doubled(nullptr)), {x});
  EXPECT_EQ(y.type(), x.type());
  TestCall(*Body::Make(Doubled(nullptr)), {g.Input("z", DType::kFloat32, {2, 2})});
  ExpectError(g.status(), absl::StatusCode::kInvalidArgument, "(testcall_c1)");
}

TEST(BodyTest, SymbolsThatNoInputGivesAreThoseOutside) {
  GraphBuilder b("body");
  const Value p = b.Input("p", DType::kFloat32, {Dim("n") + 1});
  b.Output("y", TestAdd(p, p));
  const BodyPtr body = *Body::Make(*b.Build());
  EXPECT_TRUE(OutputTypes(*body, {{DType::kFloat32, {Dim("n") + 1}}}).ok());
  EXPECT_FALSE(OutputTypes(*body, {{DType::kFloat32, {Dim("m") + 1}}}).ok());
  const auto bound = BindBody(body->function(), {Dims{4}}, {{"n", 3}});
  ASSERT_TRUE(bound.ok()) << bound.status();
  EXPECT_FALSE(BindBody(body->function(), {Dims{4}}, {{"n", 4}}).ok());
}

TEST(CaptureTest, ValuesFromOutsideBecomeInputs) {
  GraphBuilder g("outer");
  const Value x = g.Input("x", DType::kFloat32, {"n"});
  const Value w = g.State("w", DType::kFloat32, {1});
  GraphBuilder middle("middle", &g);
  GraphBuilder inner("inner", &middle);
  const Value own = inner.Input("x", DType::kFloat32, {"n"});
  const Value y = TestAdd(x, own);  // the outer operand comes first
  EXPECT_EQ(y.builder(), &inner);
  inner.Output("y", TestAdd(y, w));
  inner.Output("x", x);
  ASSERT_EQ(inner.captures().size(), 2u);
  EXPECT_EQ(inner.captures()[0].outside.builder(), &middle);
  EXPECT_EQ(inner.captures()[0].inside.node().name, "x_1");
  EXPECT_EQ(middle.captures()[0].outside, x);
  EXPECT_EQ(middle.captures()[1].outside, w);
  const auto f = inner.Build();
  ASSERT_TRUE(f.ok()) << f.status();
  EXPECT_EQ(f->inputs.size(), 3u);
  EXPECT_TRUE(Body::Make(*f).ok());
}

TEST(CaptureTest, WhatIsWrittenInABodyIsPartOfIt) {
  GraphBuilder g("outer");
  const Value x = g.Input("x", DType::kFloat32, {2});
  GraphBuilder body("body", &g);
  {
    const GraphBuilder::Building building(&body);
    EXPECT_EQ(TestAdd(x, x).builder(), &body);
    GraphBuilder deeper("deeper", &g);
    EXPECT_EQ(deeper.outer(), &body);
  }
  EXPECT_EQ(TestAdd(x, x).builder(), &g);
}

TEST(CaptureTest, ABodyReadsNoState) {
  GraphBuilder g("outer");
  GraphBuilder body("body", &g);
  body.State("w", DType::kFloat32, {1});
  ExpectError(body.status(), absl::StatusCode::kInvalidArgument, "functions_test.cc:");
  ExpectError(body.status(), absl::StatusCode::kInvalidArgument, "(body_c1)");
  GraphBuilder other("other", &g);
  other.Update("w", g.Input("x", DType::kFloat32, {1}));
  ExpectError(other.status(), absl::StatusCode::kInvalidArgument, "(body_c1)");
}

TEST(InlineTest, NodesOfABodyBecomeNodesOfTheFunction) {
  GraphBuilder g("outer");
  const Value x = g.Input("x", DType::kFloat32, {"n"});
  const auto y = Inline(Doubled(*Body::Make(Doubled(nullptr))), {x}, &g);
  ASSERT_TRUE(y.ok()) << y.status();
  EXPECT_EQ((*y)[0].type(), x.type());
  const Value z = g.Input("z", DType::kFloat32, {"m"});
  EXPECT_FALSE(Inline(Doubled(nullptr), {z}, &g).ok()) << "other symbols";
}

// ---- Files.

absl::StatusOr<Model> ThroughBytes(const Model& model) {
  const auto bytes = SerializeModel(model);
  if (!bytes.ok()) return bytes.status();
  return ParseModel(*bytes, FindOp);
}

absl::StatusOr<Model> ThroughText(const Model& model) {
  const auto text = ModelToText(model);
  if (!text.ok()) return text.status();
  return ParseModelText(*text, FindOp);
}

TEST(FunctionFileTest, SharedBodiesAreWrittenOnceAndStayShared) {
  const BodyPtr leaf = *Body::Make(Doubled(nullptr)), twin = *Body::Make(Doubled(nullptr));
  GraphBuilder g("f");
  const Value x = g.Input("x", DType::kFloat32, {3});
  const BodyPtr around = *Body::Make(Doubled(leaf, "around"));
  g.Output("y", TestCall(around, {TestCall(around, {TestCall(leaf, {TestCall(twin, {x})})})}));
  const Model model = ModelOf({*g.Build(), Doubled(leaf)});
  proto::Model p;
  ASSERT_TRUE(ToProto(model, &p).ok());
  ASSERT_EQ(p.shared_functions_size(), 2);
  EXPECT_EQ(p.shared_functions(0).key(), "doubled");
  EXPECT_EQ(p.shared_functions(1).key(), "around");
  ASSERT_EQ(p.required_features_size(), 1);
  EXPECT_EQ(p.required_features(0), "functions");
  for (const auto& read : {ThroughBytes(model), ThroughText(model)}) {
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*SerializeModel(*read), *SerializeModel(model));
    const std::vector<Node>& nodes = read->functions[0].nodes;
    const auto body = [](const Node& n) { return n.attrs.Get<BodyPtr>("f"); };
    EXPECT_EQ(body(nodes[3]), body(nodes[4]));
    EXPECT_EQ(body(nodes[2]), body(body(nodes[3])->function().nodes[1]));
    EXPECT_EQ(body(nodes[2]), body(read->functions[1].nodes[1]));
    EXPECT_NE(body(nodes[1]), body(nodes[2])) << "equal, but not the same";
    EXPECT_TRUE(nodes[1].attrs == model.functions[0].nodes[1].attrs);
  }
}

TEST(FunctionFileTest, AModelWithoutFunctionsNeedsNoFeature) {
  proto::Model p;
  ASSERT_TRUE(ToProto(ModelOf({Doubled(nullptr)}), &p).ok());
  EXPECT_EQ(p.required_features_size(), 0);
}

TEST(FunctionFileTest, SixteenDeepIsReadSeventeenIsRefused) {
  const Model model = ModelOf({Doubled(Nested(kMaxBodyDepth))});
  EXPECT_TRUE(ThroughBytes(model).ok()) << ThroughBytes(model).status();
  EXPECT_TRUE(ThroughText(model).ok()) << ThroughText(model).status();
  proto::Model p;
  ASSERT_TRUE(ToProto(model, &p).ok());
  // One function more around what the function of the model calls.
  proto::Attribute* f = p.mutable_functions(0)->mutable_nodes(1)->mutable_attributes(0);
  const proto::Function inside = f->function();
  proto::Function around = p.functions(0);
  *around.mutable_nodes(1)->mutable_attributes(0)->mutable_function() = inside;
  *f->mutable_function() = around;
  constexpr char kWhy[] = "functions within functions deeper than 16 (body_c3)";
  ExpectError(ParseModel(p.SerializeAsString(), FindOp).status(),
              absl::StatusCode::kResourceExhausted, kWhy);
  ExpectError(ParseModelText(p.DebugString(), FindOp).status(),
              absl::StatusCode::kResourceExhausted, kWhy);
  ExpectError(FromProto(p, FindOp).status(), absl::StatusCode::kResourceExhausted, kWhy);
}

TEST(FunctionFileTest, NestingThatSharedFunctionsMakeIsRefusedToo) {
  proto::Model p;
  ASSERT_TRUE(ToProto(ModelOf({Doubled(Nested(1))}), &p).ok());
  const proto::Function leaf = p.functions(0).nodes(1).attributes(0).function();
  proto::Function caller = p.functions(0);
  for (int i = 0; i < 17; ++i) {
    proto::SharedFunction* f = p.add_shared_functions();
    f->set_key(absl::StrCat("f", i));
    *f->mutable_function() = i == 0 ? leaf : caller;
    caller.mutable_nodes(1)->mutable_attributes(0)->set_shared_function(f->key());
  }
  ExpectError(FromProto(p, FindOp).status(), absl::StatusCode::kInvalidArgument,
              "shared function \"f16\": doubled: bodies nest 17 deep");
}

TEST(FunctionFileTest, HostileReferencesAreErrors) {
  const auto read = [](absl::string_view key, auto change) {
    const BodyPtr leaf = *Body::Make(Doubled(nullptr));
    GraphBuilder g("f");
    const Value x = g.Input("x", DType::kFloat32, {3});
    g.Output("y", TestCall(leaf, {TestCall(leaf, {x})}));
    proto::Model p;
    EXPECT_TRUE(ToProto(ModelOf({*g.Build()}), &p).ok());
    change(&p, std::string(key));
    return ParseModel(p.SerializeAsString(), FindOp).status();
  };
  const auto refer = [](proto::Model* p, const std::string& key) {
    p->mutable_functions(0)->mutable_nodes(1)->mutable_attributes(0)->set_shared_function(key);
  };
  EXPECT_TRUE(read("doubled", refer).ok());
  ExpectError(read("nobody", refer), absl::StatusCode::kNotFound,
              "attribute \"f\": no shared function before this place has the key \"nobody\"");
  // A function that calls itself.
  ExpectError(read("doubled",
                   [](proto::Model* p, const std::string& key) {
                     proto::Function* f = p->mutable_shared_functions(0)->mutable_function();
                     proto::Node call = p->functions(0).nodes(1);
                     call.mutable_attributes(0)->set_shared_function(key);
                     *f->add_nodes() = call;
                   }),
              absl::StatusCode::kNotFound, "no shared function before this place");
  ExpectError(
      read("", [](proto::Model* p,
                  const std::string&) { *p->add_shared_functions() = p->shared_functions(0); }),
      absl::StatusCode::kAlreadyExists, "shared function \"doubled\": is given twice");
  ExpectError(read("", [](proto::Model* p, const std::string&) { p->add_shared_functions(); }),
              absl::StatusCode::kInvalidArgument, "key is empty");
  ExpectError(read("",
                   [](proto::Model* p, const std::string&) {
                     p->mutable_shared_functions(0)->mutable_function()->clear_outputs();
                   }),
              absl::StatusCode::kInvalidArgument, "(body_c2)");
}

TEST(FunctionFileTest, NodesOfFunctionsCountForTheLimits) {
  const Model model = ModelOf({Doubled(Nested(3))});
  const std::string bytes = *SerializeModel(model), text = *ModelToText(model);
  for (int64_t nodes : {8, 7}) {
    ReadLimits limits;
    limits.nodes = nodes;
    EXPECT_EQ(ParseModel(bytes, FindOp, limits).ok(), nodes == 8);
    EXPECT_EQ(ParseModelText(text, FindOp, limits).ok(), nodes == 8);
  }
  for (int64_t functions : {4, 3}) {
    ReadLimits limits;
    limits.functions = functions;
    EXPECT_EQ(ParseModel(bytes, FindOp, limits).ok(), functions == 4);
    EXPECT_EQ(ParseModelText(text, FindOp, limits).ok(), functions == 4);
  }
}

TEST(FunctionFileTest, AnErrorWithinAFunctionNamesThePath) {
  proto::Model p;
  ASSERT_TRUE(ToProto(ModelOf({Doubled(Nested(1))}), &p).ok());
  proto::Function* body =
      p.mutable_functions(0)->mutable_nodes(1)->mutable_attributes(0)->mutable_function();
  body->mutable_nodes(1)->set_op("Nothing");
  const absl::Status s = FromProto(p, FindOp).status();
  ExpectError(s, absl::StatusCode::kUnimplemented, "attribute \"f\": doubled: TestAdd (Nothing");
}

TEST(FunctionFileTest, ANullFunctionIsRefused) {
  Function f = Doubled(Nested(1));
  f.nodes[1].attrs.Set("f", BodyPtr());
  ExpectError(ValidateFunction(f), absl::StatusCode::kInvalidArgument, "(testcall_attr)");
  proto::Function p;
  ExpectError(ToProto(f, &p), absl::StatusCode::kInvalidArgument, "is no function");
  EXPECT_EQ(f.nodes[1].attrs.ToString(), "f=no function, g=\"\"");
}

}  // namespace
}  // namespace dagrad
