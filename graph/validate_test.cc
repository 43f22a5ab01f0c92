#include "dagrad/graph/validate.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/test_ops.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using testing::TestAdd;
using testing::TestManyOp;

// x (0), w (1), TestAdd (2), TestMany (3).
Function SmallFunction() {
  GraphBuilder g("predict");
  const SourceLocation at = {"train.cc", 41};
  Value x = g.Input("x", DType::kFloat32, {"batch", 3}, at);
  Value w = g.State("w", DType::kFloat32, {3}, at);
  Value sum = TestAdd(Operand(x, at), w);
  g.Output("y", g.AddNode(TestManyOp(), {sum}, {{"i", 1}}, at));
  g.Update("w", w);
  return *g.Build();
}

struct Damage {
  const char* name;
  std::function<void(Function*)> change;
  absl::StatusCode code;
  const char* message;
};

TEST(ValidateTest, DamagedFunctionsAreNamed) {
  using absl::StatusCode;
  const Damage kDamages[] = {
      {"no op", [](Function* f) { f->nodes[2].op = nullptr; }, StatusCode::kInvalidArgument,
       "predict: TestAdd (?, train.cc:41): has no op"},
      {"no name", [](Function* f) { f->nodes[2].name = ""; }, StatusCode::kInvalidArgument,
       "predict:  (TestAdd, train.cc:41): node name is empty"},
      {"same name", [](Function* f) { f->nodes[2].name = "x"; }, StatusCode::kAlreadyExists,
       "predict: x (TestAdd, train.cc:41): a second node of this name"},
      {"later input",
       [](Function* f) {
         f->nodes[2].inputs[0] = {3, 0};
       },
       StatusCode::kInvalidArgument,
       "predict: TestAdd (TestAdd, train.cc:41): input 0 comes from TestMany (TestMany, "
       "train.cc:41), which does not "
       "stand before it: nodes are not in order"},
      {"itself",
       [](Function* f) {
         f->nodes[2].inputs[0] = {2, 0};
       },
       StatusCode::kInvalidArgument,
       "predict: TestAdd (TestAdd, train.cc:41): input 0 comes from TestAdd (TestAdd, "
       "train.cc:41), which does not "
       "stand before it: nodes are not in order"},
      {"node out of range",
       [](Function* f) {
         f->nodes[2].inputs[1] = {77, 0};
       },
       StatusCode::kOutOfRange,
       "predict: TestAdd (TestAdd, train.cc:41): input 1 is a value of node 77 of 4"},
      {"negative node",
       [](Function* f) {
         f->nodes[2].inputs[1] = {-1, 0};
       },
       StatusCode::kOutOfRange,
       "predict: TestAdd (TestAdd, train.cc:41): input 1 is a value of node -1 of 4"},
      {"port out of range",
       [](Function* f) {
         f->nodes[2].inputs[1] = {1, 1};
       },
       StatusCode::kOutOfRange,
       "predict: TestAdd (TestAdd, train.cc:41): input 1 is port 1 of w (State, train.cc:41), "
       "which has 1 output"},
      {"negative port", [](Function* f) { f->outputs[0].value.port = -1; }, StatusCode::kOutOfRange,
       "predict: output \"y\": is port -1 of TestMany (TestMany, train.cc:41), which has 2 "
       "outputs"},
      {"fewer inputs", [](Function* f) { f->nodes[2].inputs.pop_back(); },
       StatusCode::kInvalidArgument,
       "predict: TestAdd (TestAdd, train.cc:41): takes 2 inputs (a, b), 1 given (testadd_inputs)"},
      {"declared type", [](Function* f) { f->nodes[2].outputs[0].shape.set_dim(0, 5); },
       StatusCode::kInvalidArgument,
       "predict: TestAdd (TestAdd, train.cc:41): output 0 is float32[batch,3] by its inputs and "
       "float32[5,3] as "
       "declared"},
      {"outputs missing", [](Function* f) { f->nodes[3].outputs.pop_back(); },
       StatusCode::kInvalidArgument,
       "predict: TestMany (TestMany, train.cc:41): has 2 outputs by its inputs and 1 as declared"},
      {"state without outputs",
       [](Function* f) {
         f->nodes[1].outputs.clear();
         f->nodes[2].inputs[1] = {0, 0};
         f->updates[0].value = {0, 0};
       },
       StatusCode::kInvalidArgument,
       "predict: w (State, train.cc:41): has 1 outputs by its inputs and 0 as declared"},
      {"gradient of itself", [](Function* f) { f->nodes[3].gradient_of = 3; },
       StatusCode::kOutOfRange,
       "predict: TestMany (TestMany, train.cc:41): gradient_of is node 3, which cannot be"},
      {"gradient of nothing", [](Function* f) { f->nodes[3].gradient_of = 4; },
       StatusCode::kOutOfRange,
       "predict: TestMany (TestMany, train.cc:41): gradient_of is node 4, which cannot be"},
      {"inputs out of range", [](Function* f) { f->inputs[0] = 9; }, StatusCode::kOutOfRange,
       "predict: its inputs list node 9 of 4"},
      {"inputs twice", [](Function* f) { f->inputs.push_back(0); }, StatusCode::kAlreadyExists,
       "predict: its inputs list x (Input, train.cc:41) twice"},
      {"states forgotten", [](Function* f) { f->states.clear(); }, StatusCode::kInvalidArgument,
       "predict: w (State, train.cc:41): is not among the function's states"},
      {"states of another op", [](Function* f) { f->states[0] = 2; }, StatusCode::kInvalidArgument,
       "predict: its states list TestAdd (TestAdd, train.cc:41), which is no State"},
      {"output without a name", [](Function* f) { f->outputs[0].name = ""; },
       StatusCode::kInvalidArgument, "predict: output name is empty"},
      {"update out of range",
       [](Function* f) {
         f->updates[0].value = {50, 0};
       },
       StatusCode::kOutOfRange, "predict: update of \"w\": is a value of node 50 of 4"},
      {"update twice", [](Function* f) { f->updates.push_back(f->updates[0]); },
       StatusCode::kAlreadyExists, "predict: state \"w\" is updated twice"},
      {"update of another type",
       [](Function* f) {
         f->updates[0].value = {0, 0};
       },
       StatusCode::kInvalidArgument,
       "predict: state \"w\" is float32[3]; its new value, of x (Input, train.cc:41), is "
       "float32[batch,3]"},
  };
  EXPECT_TRUE(ValidateFunction(SmallFunction()).ok());
  for (const Damage& d : kDamages) {
    Function f = SmallFunction();
    d.change(&f);
    EXPECT_EQ(ValidateFunction(f), absl::Status(d.code, d.message)) << d.name;
  }
}

TEST(ValidateTest, AnAttributeThatIsMissingIsNamed) {
  Function f = SmallFunction();
  f.nodes[3].attrs = {{"i", 1}};
  const absl::Status s = ValidateFunction(f);
  EXPECT_TRUE(absl::StrContains(s.message(), "has not all of its attributes: {i=1} of {b=true, "))
      << s;
}

TEST(ValidateTest, EveryErrorUpToTheLimit) {
  Function f = SmallFunction();
  for (Node& n : f.nodes) n.gradient_of = 1000;
  std::vector<absl::Status> errors;
  ValidateFunction(f, 100, &errors);
  EXPECT_EQ(errors.size(), 4u);
  errors.clear();
  ValidateFunction(f, 2, &errors);
  EXPECT_EQ(errors.size(), 2u);
  Model model;
  model.functions = {f, f, f};
  errors.clear();
  ValidateModel(model, 5, &errors);
  EXPECT_EQ(errors.size(), 5u);
}

TEST(ValidateTest, ModelsShareState) {
  Model model;
  model.functions = {SmallFunction(), SmallFunction()};
  model.functions[1].name = "train";
  model.states = {{"w", {DType::kFloat32, {3}}, true, ""}};
  EXPECT_TRUE(ValidateModel(model).ok());
  Model m = model;
  m.states[0].type.dtype = DType::kFloat64;
  EXPECT_EQ(ValidateModel(m),
            absl::InvalidArgumentError(
                "predict: state \"w\": is declared as float64[3] and read as float32[3]"));
  m = model;
  m.states.push_back(m.states[0]);
  EXPECT_EQ(ValidateModel(m), absl::AlreadyExistsError("state \"w\": is declared twice"));
  m = model;
  m.states[0].type.dtype = DType::kInvalid;
  EXPECT_EQ(ValidateModel(m), absl::InvalidArgumentError("state \"w\": has no valid dtype"));
  m = model;
  m.functions[1].name = "predict";
  EXPECT_EQ(ValidateModel(m), absl::AlreadyExistsError("two functions are named \"predict\""));
  m = model;
  m.functions[1].name = "";
  EXPECT_EQ(ValidateModel(m), absl::InvalidArgumentError("function name is empty"));
  m = model;
  m.functions[1].updates[0].state = "v";
  EXPECT_EQ(ValidateModel(m),
            absl::NotFoundError("train: state \"v\": is updated but not declared in the model"));
}

}  // namespace
}  // namespace dagrad
