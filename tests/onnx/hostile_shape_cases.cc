// Hostile files of ONNX: attributes as such, shapes and axes.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/tests/onnx/hostile_cases.h"
#include "dagrad/tests/onnx/hostile_nodes.h"

namespace dagrad::onnx {
namespace {

constexpr int64_t k32 = int64_t{1} << 32, k40 = int64_t{1} << 40;

// ---- 41 to 44: attributes as such.

void AddAttributes(NodeTable* t) {
  const std::vector<OneNode> without = {{"AveragePool", {"x4"}},
                                        {"BitShift", {"u8", "u8"}},
                                        {"Cast", {"x2"}},
                                        {"Concat", {"x2", "x2"}},
                                        {"Constant", {}},
                                        {"DepthToSpace", {"x4"}},
                                        {"Einsum", {"x2"}},
                                        {"GroupNormalization", {"x4", "x1", "x1"}, {}, 1, 21},
                                        {"If", {"=b1"}},
                                        {"LRN", {"x4"}},
                                        {"Loop", {"", "", "x2"}},
                                        {"LpPool", {"x4"}},
                                        {"MaxPool", {"x4"}},
                                        {"Scan", {"x2"}},
                                        {"SpaceToDepth", {"x4"}},
                                        {"TopK", {"x2"}, {}, 2, 9},
                                        {"Upsample", {"x4"}, {}, 1, 7}};
  for (const OneNode& node : without) t->Add(41, node, kUnread);
  t->Add(42, {"Softmax", {"x2"}, {{"axis", 0}, {"axis", 1}}}, kExists | kInvalid);
  t->Add(42, {"Concat", {"x2", "x2"}, {{"axis", 0}, {"axis", 1}}}, kExists | kInvalid);
  t->Add(43, {"Softmax", {"x2"}, {{"axis", "1"}}});
  t->Add(43, {"Concat", {"x2", "x2"}, {{"axis", 1.0f}}});
  t->Add(43, {"Transpose", {"x2"}, {{"perm", 1}}});
  t->Add(43, {"LeakyRelu", {"x2"}, {{"alpha", 1}}});
  t->Add(43, {"Einsum", {"x2"}, {{"equation", 1}}});
  t->Add(43, {"MaxPool", {"x4"}, {{"kernel_shape", 2}}});
  t->Add(43, {"Constant", {}, {{"value", 1}}});
  t->Add(43, {"Loop", {"", "", "x2"}, {{"body", "x"}}});
  t->Add(44, {"Relu", {"x2"}, {{"frobnicate", 1}}}, kOk | kInvalid);
}

// ---- 61 to 65, 71, 72, 76, 77 and 83: shapes and axes.

void AddShapes(NodeTable* t) {
  for (const char* shape : {"=[-1,-1]", "=[7]", "=[-2,6]", "=[-3,-4]", "=[5,-1]", "=[0,0,0]",
                            "=[9223372036854775807,2]", "=[-9223372036854775808]"})
    t->Add(61, {"Reshape", {"x2", shape}});
  t->Add(61, {"Reshape", {"e2", "=[0,-1]"}});
  t->Add(61, {"Reshape", {"e2", "=[0,-1]"}, {{"allowzero", 1}}});
  t->Add(61, {"Reshape", {"x2", "=[1,1,1,1,1,1,1,3,4]"}});
  t->Add(62, {"Transpose", {"x2"}, {{"perm", Ints{-1, 0}}}}, kOk | kInvalid);
  for (const Ints& perm : {Ints{-3, 0}, Ints{0, 0}, Ints{0}, Ints{0, 1, 2}, Ints{0, 5},
                           Ints{0, k32}, Ints{INT64_MIN, 1}, Ints{INT64_MAX, 0}})
    t->Add(62, {"Transpose", {"x2"}, {{"perm", perm}}});
  for (int64_t axis : {int64_t{INT32_MAX}, int64_t{-100}, k32, int64_t{2}, int64_t{-3}})
    t->Add(63, {"Concat", {"x2", "x2"}, {{"axis", axis}}});
  t->Add(63, {"Concat", {"x0", "x0"}, {{"axis", 0}}});
  t->Add(63, {"Concat", {"x2", "x3"}, {{"axis", 0}}});
  t->Add(63, {"Concat", {"x2", "e2"}, {{"axis", 0}}});
  for (int64_t axis : {INT64_MIN, INT64_MAX}) {
    for (const char* op : {"Softmax", "LogSoftmax", "Hardmax", "Flatten", "ArgMax", "Concat",
                           "LayerNormalization", "LpNormalization", "Split", "Unique"})
      t->Add(64, {op, {"x2", "x2"}, {{"axis", axis}}});
    for (const char* op : {"Gather", "GatherElements", "Compress", "TopK"})
      t->Add(64, {op, {"x2", "ids"}, {{"axis", axis}}}, kInvalid | kMustBeKnown);
    t->Add(64, {"OneHot", {"ids", "=2", "=f[0,1]"}, {{"axis", axis}}});
    t->Add(64, {"QuantizeLinear", {"x2", "x1"}, {{"axis", axis}}});
    t->Add(64, {"ReduceSum", {"x2"}, {{"axes", Ints{axis}}}, 1, 11});
    t->Add(64, {"ReduceSum", {"x2", absl::StrCat("=[", axis, "]")}});
    t->Add(64, {"CumSum", {"x2", absl::StrCat("=", axis)}});
    t->Add(64, {"Slice", {"x2", "=[0]", "=[1]", absl::StrCat("=[", axis, "]")}});
    t->Add(64, {"Add", {"x2", "x1"}, {{"axis", axis}, {"broadcast", 1}}, 1, 6});
  }
  for (const char* axes :
       {"=[0,0]", "=[1]", "=[1099511627776]", "=[-9223372036854775808]", "=[-3]"})
    t->Add(65, {"Squeeze", {"row", axes}});
  for (const char* axes : {"=[0,0]", "=[0,-4]", "=[4]", "=[1099511627776]",
                           "=[-9223372036854775808]", "=[0,1,2,3,4,5,6]"})
    t->Add(65, {"Unsqueeze", {"x2", axes}});
  t->Add(65, {"ReduceSum", {"x2", "=[0,0]"}});
  for (int64_t axis : {2, -3, 7}) {
    t->Add(83, {"Softmax", {"x2"}, {{"axis", axis}}});
    t->Add(83, {"LogSoftmax", {"x2"}, {{"axis", axis}}});
  }
  for (const char* op : {"Softmax", "LogSoftmax", "Hardmax"}) t->Add(83, {op, {"x0"}});
}

void AddParts(NodeTable* t) {
  for (const char* sizes : {"=[1,1]", "=[-1,4]", "=[4,-1]", "=[2,2]", "=[1,1,1]",
                            "=[9223372036854775807,-9223372036854775804]"})
    t->Add(71, {"Split", {"x2", sizes}, {}, 2});
  t->Add(71, {"Split", {"x2", "=[3]"}, {}, 2}, kUnread);
  t->Add(71, {"Split", {"x2"}, {}, 0});
  for (int64_t parts : {int64_t{0}, int64_t{-1}, int64_t{3}, INT64_MAX, INT64_MIN})
    t->Add(71, {"Split", {"x2"}, {{"num_outputs", parts}}, 2, 18});
  for (const char* size : {"=0", "=-1", "=[1,1]", "=[-1,4]"})
    t->Add(71, {"SplitToSequence", {"x2", size}}, kUnread);
  for (const char* op : {"SpaceToDepth", "DepthToSpace"}) {
    for (int64_t size :
         {int64_t{0}, int64_t{-1}, int64_t{5}, int64_t{1} << 31, k40, INT64_MAX, INT64_MIN})
      t->Add(72, {op, {"x4"}, {{"blocksize", size}}});
  }
  for (const auto& [start, end] : std::vector<std::pair<const char*, const char*>>{
           {"=[-9223372036854775808]", "=[9223372036854775807]"},
           {"=[9223372036854775807]", "=[-9223372036854775808]"}}) {
    t->Add(76, {"Slice", {"x2", start, end}}, kOk);
    t->Add(76, {"Slice", {"x2", start, end, "=[0]", "=[-1]"}}, kOk);
  }
  t->Add(76, {"Slice", {"x2", "=[0]", "=[3]", "=[0]", "=[0]"}});
  t->Add(76, {"Slice", {"x2", "=[0]", "=[3]", "=[0]", "=[9223372036854775807]"}}, kOk);
  t->Add(76, {"Slice", {"x2", "=[2]", "=[-9]", "=[0]", "=[-9223372036854775808]"}}, kOk | kInvalid);
  t->Add(76, {"Slice", {"s2", "=[2]", "=[-9]", "=[0]", "=[-9223372036854775808]"}}, kUnread);
  t->Add(76, {"Slice", {"x2", "=[0,0]", "=[3]"}});
  t->Add(76, {"Slice", {"x2", "=[0]", "=[3]", "=[0,1]"}});
  t->Add(76, {"Slice", {"x2", "=[0,0,0]", "=[1,1,1]"}});
  for (const char* pads : {"=[1]", "=[1,1,1]", "=[1,1,1,1,1]", "=[-9,0,0,0]", "=[-2,0,-2,0]",
                           "=[9223372036854775807,0,0,0]", "=[-9223372036854775808,0,0,0]"}) {
    t->Add(77, {"Pad", {"x2", pads}});
    t->Add(77, {"Pad", {"x2", pads}, {{"mode", "wrap"}}, 1, 19}, kOk | kInvalid);
  }
  t->Add(77, {"Pad", {"x2", "=[3,0,0,0]"}, {{"mode", "reflect"}}});
  t->Add(77, {"Pad", {"x2", "=[1,0,0,0]"}, {{"mode", "frobnicate"}}});
  t->Add(77, {"Pad", {"x2", "=[1,1]", "", "=[7]"}, {}, 1, 18});
}

}  // namespace

HostileCases ShapeCases() {
  HostileCases cases;
  NodeTable table(&cases);
  AddAttributes(&table);
  AddShapes(&table);
  AddParts(&table);
  return cases;
}

}  // namespace dagrad::onnx
