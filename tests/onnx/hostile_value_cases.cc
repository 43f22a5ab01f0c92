// Hostile files of ONNX: windows, and what is computed with numbers.
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/tests/onnx/hostile_cases.h"
#include "dagrad/tests/onnx/hostile_nodes.h"

namespace dagrad::onnx {
namespace {

// ---- 66 to 69: windows.

// A convolution of the images x4 or what is given.
OneNode Conv(const std::vector<Attr>& attrs, const std::string& x = "x4",
             const std::string& w = "w4") {
  return {"Conv", {x, w}, attrs};
}

void AddConvolutions(NodeTable* t) {
  for (int64_t n : {int64_t{0}, int64_t{-1}, int64_t{1} << 31, INT64_MAX, INT64_MIN}) {
    for (const char* name : {"strides", "dilations"}) {
      t->Add(66, Conv({{name, Ints{n, 1}}}));
      t->Add(66, {"ConvTranspose", {"x4", "t4"}, {{name, Ints{1, n}}}});
    }
    if (n != 0) t->Add(66, Conv({{"pads", Ints{0, n, 0, 0}}}));
    t->Add(66, Conv({{"group", n}}));
    t->Add(66, {"ConvTranspose", {"x4", "t4"}, {{"group", n}}});
  }
  t->Add(66, Conv({{"group", 2}}));
  t->Add(66, Conv({{"group", 3}}));
  t->Add(66, Conv({{"strides", Ints{1}}}));
  t->Add(66, Conv({{"pads", Ints{1, 1, 1}}}));
  t->Add(66, Conv({{"dilations", Ints{9, 9}}}));
  t->Add(66, Conv({{"kernel_shape", Ints{5, 5}}}));
  t->Add(66, Conv({{"auto_pad", "frobnicate"}}));
  t->Add(66, Conv({}, "x4", "k4"));
  t->Add(66, Conv({{"pads", Ints{7, 7, 7, 7}}}), kOk | kInvalid);
  for (const char* name : {"output_padding", "output_shape"}) {
    for (int64_t n : {int64_t{-1}, INT64_MAX, INT64_MIN})
      t->Add(66, {"ConvTranspose", {"x4", "t4"}, {{name, Ints{n, n}}}}, kOk | kUnread);
  }
  t->Add(67, Conv({}, "x4", "x3"), kUnread);
  t->Add(67, Conv({}, "x3", "w4"), kUnread);
  t->Add(67, Conv({}, "x5", "w4"), kUnread);
  t->Add(67, Conv({}, "x2", "x2"), kUnread);
  t->Add(67, Conv({}, "x0", "x0"), kUnread);
  constexpr int64_t kMost = INT32_MAX;
  t->Add(68, Conv({{"pads", Ints{kMost, kMost, kMost, kMost}}}), kTooLarge);
  t->Add(68, Conv({{"pads", Ints{kMost, 0, 0, 0}}}), kTooLarge);
  t->Add(68, Conv({{"pads", Ints{kMost, 0, kMost, 0}}, {"dilations", Ints{kMost, 1}}}),
         kOk | kTooLarge);
}

void AddPools(NodeTable* t) {
  for (const char* op : {"MaxPool", "AveragePool", "LpPool"}) {
    for (int64_t n : {int64_t{0}, int64_t{-1}, int64_t{9}, int64_t{1} << 31, INT64_MAX, INT64_MIN})
      t->Add(69, {op, {"x4"}, {{"kernel_shape", Ints{n, 1}}}});
    for (int64_t n : {int64_t{0}, int64_t{-1}, INT64_MAX}) {
      const Attr kernel = {"kernel_shape", Ints{2, 2}};
      t->Add(69, {op, {"x4"}, {kernel, {"strides", Ints{1, n}}}});
      t->Add(69, {op, {"x4"}, {kernel, {"dilations", Ints{1, n}}}});
      if (n != 0) t->Add(69, {op, {"x4"}, {kernel, {"pads", Ints{0, 0, n, 0}}}});
    }
    t->Add(69, {op, {"x4"}, {{"kernel_shape", Ints{2}}}});
    t->Add(69, {op, {"x4"}, {{"kernel_shape", Ints{9, 9}}, {"ceil_mode", 1}}});
    // One row more than the image has, and steps that hide it.
    t->Add(69, {op, {"x4"}, {{"kernel_shape", Ints{7, 7}}}}, kOk | kInvalid);
    t->Add(69, {op, {"x4"}, {{"kernel_shape", Ints{9, 9}}, {"strides", Ints{9, 9}}}},
           kOk | kInvalid);
  }
  t->Add(69, {"LpPool", {"x4"}, {{"kernel_shape", Ints{100, 100}}}}, kUnread);
  t->Add(69, {"GlobalAveragePool", {"x2"}});
}

// ---- 73 to 75, and 78 to 82: what is computed.

void AddRanges(NodeTable* t) {
  t->Add(73, {"Range", {"=0", "=10", "=0"}});
  t->Add(73, {"Range", {"=10", "=0", "=1"}}, kOk | kInvalid);
  t->Add(73, {"Range", {"=-9223372036854775808", "=9223372036854775807", "=1"}}, kTooLarge);
  t->Add(73, {"Range", {"=0", "=1099511627777", "=1"}}, kTooLarge);
  t->Add(73, {"Range", {"=0", "=1099511627776", "=1"}}, kTooLarge);
  t->Add(73, {"Range", {"=f0", "=f10", "=f1e-30"}}, kTooLarge);
  for (const char* odd : {"=fnan", "=finf", "=f0"}) {
    t->Add(73, {"Range", {"=f0", "=f10", odd}}, kOk | kInvalid);
    t->Add(73, {"Range", {"x0", "=f10", odd}}, kOk | kTooLarge);
    t->Add(73, {"Range", {odd, "x0", "=f1"}}, kOk | kTooLarge);
  }
  t->Add(74, {"Tile", {"x2", "=[1048576,1048576]"}}, kTooLarge);
  t->Add(74, {"Tile", {"x2", "=[9223372036854775807,1]"}}, kTooLarge);
  t->Add(74, {"Tile", {"x2", "=[-1,1]"}});
  t->Add(74, {"Expand", {"x0", "=[1099511627776]"}}, kTooLarge);
  t->Add(74, {"Expand", {"x0", "=[1048576,1048576]"}}, kTooLarge);
  t->Add(74, {"ConstantOfShape", {"=[1099511627776]"}}, kTooLarge);
  t->Add(74, {"ConstantOfShape", {"=[-1]"}});
  t->Add(74, {"OneHot", {"ids", "=1099511627776", "=f[0,1]"}}, kTooLarge);
  t->Add(74, {"Pad", {"x2", "=[0,0,1099511627000,0]"}}, kTooLarge);
  t->Add(74, {"HannWindow", {"=1099511627776"}}, kTooLarge);
  t->Add(74, {"Resize", {"x4", "", "", "=[1,4,1000000,1000000]"}}, kTooLarge);
  // What is computed at import: weights, of which there are few, and a matrix of cosines and sines.
  const std::vector<Attr> blurred = {{"mode", "linear"}, {"antialias", 1}};
  t->Add(74, {"Resize", {"long", "", "", "=[1,1024]"}, blurred, 1, 18}, kOk);
  t->Add(74, {"DFT", {"signal", "=8192"}}, kTooLarge);
  t->Add(74, {"CenterCropPad", {"x2", "=[1099511627776,4]"}, {}, 1, 18}, kTooLarge);
  const Codes outside = kOutOfRange | kInvalid;
  for (const char* i : {"=[4]", "=[-5]", "=[9223372036854775807]", "=[-9223372036854775808]"}) {
    t->Add(75, {"Gather", {"x1", i}}, outside);
    t->Add(75, {"GatherElements", {"x1", i}}, outside);
    t->Add(75, {"GatherND", {"x1", i}}, outside);
    t->Add(75, {"ScatterElements", {"x1", i, "=f[1]"}}, outside);
    t->Add(75, {"ScatterND", {"x1", i, "=f1"}}, outside);
    t->Add(75, {"OneHot", {i, "=4", "=f[0,1]"}}, outside | kOk);
  }
  for (const char* i : {"=[0,4]", "=[3,0]", "=[1,-5]"}) {
    t->Add(75, {"GatherND", {"x2", i}}, outside);
    t->Add(75, {"ScatterND", {"x2", i, "=f1"}}, outside);
  }
  t->Add(75, {"Gather", {"x1", "=[-1]"}}, kOk);
  for (const char* k : {"=[5]", "=[-1]", "=[9223372036854775807]"})
    t->Add(75, {"TopK", {"x1", k}, {}, 2}, outside);
}

// Each attribute that is one of a few words.
void AddChoices(NodeTable* t) {
  const auto add = [t](const std::string& attribute, OneNode node) {
    for (const char* word : {"frobnicate", "\x1b[2J", "LINEAR"}) {
      node.attrs.push_back({attribute, word});
      t->Add(81, node);
      node.attrs.pop_back();
    }
  };
  const Attr kernel = {"kernel_shape", Ints{2, 2}}, hidden = {"hidden_size", 1};
  for (const char* op : {"MaxPool", "AveragePool", "LpPool"})
    add("auto_pad", {op, {"x4"}, {kernel}});
  add("auto_pad", Conv({}));
  add("auto_pad", {"ConvTranspose", {"x4", "t4"}});
  for (const char* name : {"mode", "coordinate_transformation_mode", "nearest_mode"})
    add(name, {"Resize", {"x4", "", "=f[1,1,2,2]"}});
  add("keep_aspect_ratio_policy", {"Resize", {"x4", "", "", "=[1,4,9,9]"}, {}, 1, 18});
  add("mode", {"Upsample", {"x4", "=f[1,1,2,2]"}, {}, 1, 9});
  for (const char* name : {"mode", "padding_mode"}) add(name, {"GridSample", {"x4", "grid"}});
  for (const char* name : {"mode", "coordinate_transformation_mode"})
    add(name, {"RoiAlign", {"x4", "row", "=[0]"}});
  add("mode", {"Pad", {"x2", "=[0,0,1,1]"}});
  for (const char* op : {"DepthToSpace", "SpaceToDepth"}) {
    add("mode", {op, {"x4"}, {{"blocksize", 2}}, 1, 28});
  }
  add("direction", {"BitShift", {"u8", "u8"}});
  add("approximate", {"Gelu", {"x2"}, {}, 1, 20});
  add("reduction", {"ScatterElements", {"x1", "ids", "x1"}, {}, 1, 18});
  add("reduction", {"SoftmaxCrossEntropyLoss", {"x2", "=[0,1,2]"}});
  add("case_change_action", {"StringNormalizer", {"words"}});
  add("direction", {"RNN", {"x3", "w_rnn", "r_rnn"}, {hidden}});
}

void AddNumbers(NodeTable* t) {
  for (const char* scales : {"=f[1,1,nan,1]", "=f[1,1,inf,1]", "=f[1,1,-1,1]", "=f[1,1,-0.1,1]",
                             "=f[1,1,1e30,1]", "=f[1,1]", "=f[1,1,1,1,1]"}) {
    for (const char* mode : {"nearest", "linear", "cubic"})
      t->Add(78, {"Resize", {"x4", "", scales}, {{"mode", mode}}});
    t->Add(78, {"Upsample", {"x4", scales}, {}, 1, 9});
  }
  t->Add(78, {"Resize", {"x4", "", "=f[1,1,0,1]"}}, kOk | kInvalid);
  t->Add(78, {"Resize", {"s2", "", "=f[nan,1]"}}, kUnread);
  for (const char* sizes : {"=[1,4,-1,6]", "=[1,4,9223372036854775807,6]", "=[6,6]"})
    t->Add(78, {"Resize", {"x4", "", "", sizes}});
  t->Add(78, {"Resize", {"x4", "", "=f[1,1,2,2]"}, {{"mode", "frobnicate"}}});
  for (float epsilon : {std::nanf(""), -1.0f, -HUGE_VALF}) {
    const OneNode norm = {"BatchNormalization", {"x4", "x1", "x1", "x1", "x1"}, {}};
    OneNode trains = norm, infers = norm;
    infers.attrs = {{"epsilon", epsilon}};
    t->Add(79, infers, kOk | kInvalid);
    trains.attrs = {{"epsilon", epsilon}, {"training_mode", 1}};
    t->Add(79, trains);
    trains.attrs = {{"momentum", epsilon}, {"training_mode", 1}};
    t->Add(79, trains, kOk | kInvalid);
  }
  for (const char* rate : {"=f1", "=f2", "=f-1", "=fnan"}) {
    t->Add(80, {"Dropout", {"x2", rate}}, kOk | kUnread);
    t->Add(80, {"Dropout", {"x2", rate, "=b1"}}, kUnread);
  }
  for (const std::string& equation :
       {std::string(), std::string("->"), std::string("i->->j"), std::string("ij->k"),
        std::string("ij->ii"), std::string("ijk"), std::string("ij,,jk"), std::string("i.j"),
        std::string("\x1b[2J->"), std::string("\xc3\xa9"), std::string("......"),
        std::string(100'000, 'a'), std::string(100'000, ',')})
    t->Add(81, {"Einsum", {"x2"}, {{"equation", equation}}});
  t->Add(81, {"Einsum", {"x2", "x2"}, {{"equation", "ij,jk->ik"}}});
  for (const char* op : {"MatMul", "Gemm"}) t->Add(82, {op, {"x2", "x2"}});
  for (const char* op : {"Add", "Mul", "Max", "Greater"}) t->Add(82, {op, {"x2", "x3"}});
  t->Add(82, {"MatMul", {"x0", "x2"}});
  t->Add(82, {"Where", {"yes", "x2", "x3"}});
  t->Add(82, {"Expand", {"x2", "=[5,4]"}});
  for (const char* op : {"Add", "MatMul", "Gemm", "Equal", "Concat"})
    t->Add(40, {op, {"x1", "ids"}, {{"axis", 0}}}, kUnread);
  t->Add(40, {"Where", {"yes", "x1", "ids"}});
  t->Add(40, {"Where", {"x1", "x1", "x1"}});
  t->Add(40, {"Conv", {"x4", "ids"}});
}

}  // namespace

HostileCases ValueCases() {
  HostileCases cases;
  NodeTable table(&cases);
  AddConvolutions(&table);
  AddPools(&table);
  AddRanges(&table);
  AddChoices(&table);
  AddNumbers(&table);
  return cases;
}

}  // namespace dagrad::onnx
