#include "dagrad/graph/test_ops.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/graph.h"

namespace dagrad::testing {
namespace {

absl::Status InferAdd(InferContext& c) {
  absl::StatusOr<Shape> shape = BroadcastShapes(c.shape(0), c.shape(1));
  if (!shape.ok()) return InferContext::Fail("testadd_c1", shape.status().message());
  c.SetOutput(0, c.dtype(0), *std::move(shape));
  return absl::OkStatus();
}

OpDef MakeAdd() {
  OpDef op;
  op.name = "TestAdd";
  op.label = "testadd";
  op.version = 3;
  op.inputs = {{"a", kNumberTypes, "T"}, {"b", kNumberTypes, "T"}};
  op.outputs = {{"y", kNumberTypes, "T"}};
  op.infer = InferAdd;
  return op;
}

absl::Status InferMany(InferContext& c) {
  const int64_t n = c.attr<int64_t>("n");
  if (n < 0) return InferContext::Fail("testmany_c1", absl::StrCat("n is ", n));
  c.SetOutput(0, c.dtype(0), c.shape(0));
  c.SetOutput(1, DType::kInt64, Shape({n}));
  return absl::OkStatus();
}

OpDef MakeMany() {
  OpDef op;
  op.name = "TestMany";
  op.label = "testmany";
  op.inputs = {{.name = "x", .dtypes = kFloatTypes, .type_variable = "T", .variadic = true}};
  op.outputs = {{"y", kFloatTypes, "T"}, {"z", {DType::kInt64}}};
  op.attrs = {{"b", AttrKind::kBool, true},
              {"i", AttrKind::kInt, std::nullopt},
              {"n", AttrKind::kInt, 2},
              {"f", AttrKind::kFloat, 0.5},
              {"s", AttrKind::kString, "same"},
              {"dtype", AttrKind::kDType, DType::kInt32},
              {"shape", AttrKind::kShape, Shape({"batch", 3})},
              {"ints", AttrKind::kInts, std::vector<int64_t>{-1, 2}},
              {"floats", AttrKind::kFloats, std::vector<double>{0.1}},
              {"strings", AttrKind::kStrings, std::vector<std::string>{"a", ""}},
              {"tensor", AttrKind::kTensor, Tensor::Of<float>({2}, {1, 2})}};
  op.infer = InferMany;
  return op;
}

}  // namespace

const OpDef& TestAddOp() {
  static const OpDef* const op = new OpDef(MakeAdd());
  return *op;
}

const OpDef& TestManyOp() {
  static const OpDef* const op = new OpDef(MakeMany());
  return *op;
}

Value TestAdd(Operand a, Operand b) {
  if (a.builder() == nullptr) return Value();
  return a.builder()->AddNode(TestAddOp(), {a.value(), b.value()}, {}, a.location());
}

const OpDef* FindTestOp(absl::string_view name) {
  for (const OpDef* op : {&TestAddOp(), &TestManyOp(), &InputOp(), &StateOp()}) {
    if (op->name == name) return op;
  }
  return nullptr;
}

}  // namespace dagrad::testing
