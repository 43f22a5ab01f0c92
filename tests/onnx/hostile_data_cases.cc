// Hostile files of ONNX: types, shapes and elements of tensors.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/tests/onnx/hostile_cases.h"
#include "dagrad/tests/onnx/model_maker.h"

namespace dagrad::onnx {
namespace {

using Ints = std::vector<int64_t>;
constexpr int32_t kInt32 = 6, kHalf = 10, kDouble = 11;
constexpr int64_t k32 = int64_t{1} << 32, k40 = int64_t{1} << 40;

void SetDims(const Ints& dims, proto::Tensor* t) {
  t->mutable_dims()->Add(dims.begin(), dims.end());
}

std::string Text(const Ints& dims) {
  std::string text;
  for (int64_t d : dims) absl::StrAppend(&text, text.empty() ? "" : ",", d);
  return text.substr(0, 64);
}

// ---- 55 to 60: types and shapes, of initializers and of inputs.

// A model with the initializer h, which is its output.
std::string OfInitializer(int32_t type, const Ints& dims) {
  ModelMaker m;
  m.Output("h");
  proto::Tensor* t = m.graph().add_initializer();
  t->set_name("h");
  t->set_data_type(type);
  SetDims(dims, t);
  return BytesOf(m);
}

std::string OfInput(int32_t type, const Ints& dims) {
  std::vector<std::string> texts;
  for (int64_t d : dims) texts.push_back(absl::StrCat(d));
  ModelMaker m;
  m.Input("h", type, texts).Output("y").Node("Identity", {"h"}, {"y"});
  return BytesOf(m);
}

std::string OfCast(int64_t type) {
  ModelMaker m;
  m.Input("x", kFloat, {"2"}).Output("y");
  SetInt(m.Node("Cast", {"x"}, {"y"}), "to", type);
  return BytesOf(m);
}

// A sparse tensor of one element.
std::string OfSparse(const Ints& dims, int64_t index) {
  ModelMaker m;
  m.Output("h");
  proto::SparseTensor* t = m.graph().add_sparse_initializer();
  t->mutable_dims()->Add(dims.begin(), dims.end());
  t->mutable_values()->set_name("h");
  t->mutable_values()->set_data_type(kDouble);
  t->mutable_values()->add_dims(1);
  t->mutable_values()->add_double_data(1);
  t->mutable_indices()->set_data_type(kInt64);
  t->mutable_indices()->add_dims(1);
  t->mutable_indices()->add_int64_data(index);
  return BytesOf(m);
}

void AddTypes(HostileCases* cases) {
  for (int32_t type : {0, -1, 999, INT32_MAX, INT32_MIN}) {
    cases->push_back({55, absl::StrCat("initializer of type ", type), kInvalid,
                      [type] { return OfInitializer(type, {0}); }});
    cases->push_back({55, absl::StrCat("input of type ", type), kInvalid,
                      [type] { return OfInput(type, {2}); }});
  }
  for (int64_t type : {int64_t{0}, int64_t{-1}, int64_t{999}, k32, k32 + 1, INT64_MIN, INT64_MAX}) {
    cases->push_back(
        {55, absl::StrCat("Cast to ", type), kInvalid, [type] { return OfCast(type); }});
  }
  for (int32_t type : {kComplex64, 15, 17, 22}) {
    cases->push_back({55, absl::StrCat("type ", type, ", which dagrad lacks"), kUnimplemented,
                      [type] { return OfInput(type, {2}); }});
  }
}

void AddShapes(HostileCases* cases) {
  constexpr Codes kTooLarge = kInvalid | kOutOfRange | kExhausted;
  const auto add = [cases](int number, const Ints& dims, Codes constant, Codes input) {
    cases->push_back({number, absl::StrCat("initializer of ", Text(dims)), constant,
                      [dims] { return OfInitializer(kFloat, dims); }});
    cases->push_back({number, absl::StrCat("input of ", Text(dims)), input,
                      [dims] { return OfInput(kFloat, dims); }});
  };
  add(56, {-1}, kInvalid, kOk);  // of an input, what exporters write for a size that is not known
  for (int64_t d : {int64_t{-2}, -k40, -INT64_MAX, INT64_MIN}) add(56, {d}, kInvalid, kInvalid);
  add(57, {k32, k32}, kTooLarge, kTooLarge);
  add(57, {k40, k40, 1 << 16}, kTooLarge, kTooLarge);
  add(58, {int64_t{1} << 62, 2, 2}, kTooLarge, kTooLarge);
  add(58, {INT64_MAX}, kTooLarge, kTooLarge);
  add(59, Ints(9, 1), kInvalid, kInvalid);
  add(59, Ints(1'000'000, 1), kInvalid | kExhausted, kInvalid | kExhausted);
  add(60, {0, k40}, kOk, kOk);
  add(60, {k40, 0}, kOk, kOk);
  add(60, {0, k40, k40}, kOk | kTooLarge, kOk | kTooLarge);
  add(60, {0, int64_t{1} << 62}, kOk | kTooLarge, kOk | kTooLarge);
  const auto sparse = [cases](int number, const Ints& dims, int64_t index, Codes accepted) {
    cases->push_back({number, absl::StrCat("sparse ", Text(dims), " with ", index), accepted,
                      [=] { return OfSparse(dims, index); }});
  };
  sparse(57, {k32, k32}, 0, kTooLarge);
  sparse(57, {1 << 14, 1 << 14}, 0, kExhausted);
  sparse(57, {1 << 15, 1 << 15}, 0, kExhausted);
  for (int64_t index : {int64_t{-1}, int64_t{6}, INT64_MIN, INT64_MAX})
    sparse(75, {2, 3}, index, kOutOfRange | kInvalid);
}

// ---- 61 to 74: what takes more than one node.

const GraphRow kSeveral[] = {
    {61, "Reshape of sizes", kInvalid,
     [](ModelMaker& m) {
       m.Input("s", kFloat, {"n", "3"}).Integers("seven", {7}).Node("Shape", {"s"}, {"sizes"});
       m.Node("Reshape", {"sizes", "seven"}, {"y"});
     }},
    {63, "Concat of sizes", kInvalid,
     [](ModelMaker& m) {
       m.Input("s", kFloat, {"n", "3"}).Node("Shape", {"s"}, {"sizes"});
       SetInt(m.Node("Concat", {"sizes", "sizes"}, {"y"}), "axis", 7);
     }},
    {64, "Gather of sizes", kInvalid,
     [](ModelMaker& m) {
       m.Input("s", kFloat, {"n", "3"}).Integers("zero", {0}).Node("Shape", {"s"}, {"sizes"});
       SetInt(m.Node("Gather", {"sizes", "zero"}, {"y"}), "axis", INT64_MAX);
     }},
    {65, "Unsqueeze of a size", kInvalid,
     [](ModelMaker& m) {
       m.Input("s", kFloat, {"n", "3"}).Integers("far", {k40}).Node("Size", {"s"}, {"size"});
       m.Node("Unsqueeze", {"size", "far"}, {"y"});
     }},
    {66, "a deformed window of 2^27 elements", kInvalid | kExhausted | kUnimplemented,
     [](ModelMaker& m) {
       m.Input("image", kFloat, {"1", "1", "4", "4"})
           .Input("w", kFloat, {"1", "1", "16384", "8192"});
       m.Input("offset", kFloat, {"0", "268435456", "1", "1"});
       m.Node("DeformConv", {"image", "w", "offset"}, {"y"});
     }},
    {74, "100 constants of 16 MiB", kOk | kExhausted,
     [](ModelMaker& m) {
       m.Integers("size", {int64_t{1} << 22}).Node("Relu", {"x"}, {"y"});
       for (int i = 0; i < 100; ++i) m.Node("ConstantOfShape", {"size"}, {absl::StrCat("c", i)});
     }},
    {74, "a tensor doubled 38 times", kOk | kExhausted | kInvalid,
     [](ModelMaker& m) {
       m.Floats("d0", {1}, {1});
       for (int i = 0; i < 38; ++i) {
         const std::string from = absl::StrCat("d", i), to = absl::StrCat("d", i + 1);
         SetInt(m.Node("Concat", {from, from}, {to}), "axis", 0);
       }
       m.graph().mutable_output(0)->set_name("d38");
     }},
    {74, "a small result of 2^28 elements in between", kOk | kExhausted | kInvalid,
     [](ModelMaker& m) {
       m.Integers("size", {1, 1, 1}).Node("ConstantOfShape", {"size"}, {"zeros"});
       proto::Node* node = m.Node("LpPool", {"zeros"}, {"y"});
       SetInts(node, "kernel_shape", {1});
       SetInts(node, "pads", {1 << 27, 1 << 27});
       SetInts(node, "strides", {1 << 27});
     }},
    {74, "20 products of matrices that are known", kOk | kExhausted | kDeadline,
     [](ModelMaker& m) {
       m.Integers("size", {1024, 1024}).Node("ConstantOfShape", {"size"}, {"p0"});
       for (int i = 0; i < 20; ++i)
         m.Node("MatMul", {absl::StrCat("p", i), "p0"}, {absl::StrCat("p", i + 1)});
       m.graph().mutable_output(0)->set_name("p20");
     }},
};

// ---- 84 to 86: elements.

struct Elements {
  int number;
  const char* name;
  Codes accepted;
  void (*fill)(proto::Tensor* t);
};

// A tensor of `type` and `dims` with so many bytes.
void Raw(int32_t type, const Ints& dims, size_t bytes, proto::Tensor* t) {
  t->set_data_type(type);
  SetDims(dims, t);
  t->set_raw_data(std::string(bytes, '\1'));
}

const Elements kElements[] = {
    {85, "two fields", kInvalid,
     [](proto::Tensor* t) {
       Raw(kFloat, {2}, 8, t);
       t->add_float_data(1);
       t->add_float_data(2);
     }},
    {85, "two fields, neither of the type", kInvalid | kDataLoss,
     [](proto::Tensor* t) {
       Raw(kFloat, {1}, 0, t);
       t->add_int32_data(1);
       t->add_int64_data(1);
     }},
    {85, "float32 as int32", kInvalid | kDataLoss,
     [](proto::Tensor* t) {
       Raw(kFloat, {1}, 0, t);
       t->add_int32_data(1);
     }},
    {85, "int64 as int32", kInvalid | kDataLoss,
     [](proto::Tensor* t) {
       Raw(kInt64, {1}, 0, t);
       t->add_int32_data(1);
     }},
    {85, "float64 as float32", kInvalid | kDataLoss,
     [](proto::Tensor* t) {
       Raw(kDouble, {1}, 0, t);
       t->add_float_data(1);
     }},
    {85, "a string as numbers", kInvalid | kDataLoss,
     [](proto::Tensor* t) {
       Raw(kString, {1}, 0, t);
       t->add_int32_data(1);
     }},
    {86, "raw", kInvalid | kDataLoss, [](proto::Tensor* t) { Raw(kFloat, {0}, 4, t); }},
    {86, "its field", kInvalid | kDataLoss,
     [](proto::Tensor* t) {
       Raw(kFloat, {3, 0}, 0, t);
       t->add_float_data(1);
     }},
    {86, "another field", kInvalid | kDataLoss,
     [](proto::Tensor* t) {
       Raw(kFloat, {0}, 0, t);
       t->add_int32_data(1);
     }},
    {86, "raw bytes of strings", kInvalid | kDataLoss,
     [](proto::Tensor* t) { Raw(kString, {0}, 4, t); }},
};

void AddElements(HostileCases* cases) {
  for (const Elements& e : kElements) {
    cases->push_back({e.number, e.name, e.accepted, [fill = e.fill] {
                        ModelMaker m;
                        m.Output("h");
                        proto::Tensor* t = m.graph().add_initializer();
                        t->set_name("h");
                        fill(t);
                        return BytesOf(m);
                      }});
  }
  for (const auto& [type, size] : std::vector<std::pair<int32_t, size_t>>{
           {kFloat, 4}, {kInt64, 8}, {kHalf, 2}, {kBool, 1}, {kInt32, 4}, {kString, 8}}) {
    for (size_t bytes : {size_t{0}, size_t{1}, 2 * size - 1, 2 * size + 1, 3 * size, size * 1000}) {
      if (bytes == 2 * size && type != kString) continue;
      cases->push_back({84, absl::StrCat(bytes, " bytes of type ", type), kDataLoss | kInvalid,
                        [type = type, bytes] {
                          ModelMaker m;
                          m.Output("h");
                          proto::Tensor* t = m.graph().add_initializer();
                          t->set_name("h");
                          Raw(type, {2}, bytes, t);
                          return BytesOf(m);
                        }});
    }
  }
}

}  // namespace

HostileCases DataCases() {
  HostileCases cases;
  AddTypes(&cases);
  AddShapes(&cases);
  AddRows(kSeveral, &cases);
  AddElements(&cases);
  return cases;
}

}  // namespace dagrad::onnx
