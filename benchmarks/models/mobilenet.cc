#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "dagrad/benchmarks/models/conv_bn.h"
#include "dagrad/benchmarks/models/families.h"

namespace dagrad::benchmarks {
namespace {

using keras::KerasTensor;

KerasTensor InvertedResidual(const KerasTensor& x, int64_t expansion, int64_t filters, int stride,
                             const std::string& name) {
  const int64_t channels = x.shape().dim(-1).value();
  KerasTensor y = x;
  if (expansion > 1) {
    y = ConvBn(x, name + "_expand",
               {.filters = expansion * channels, .size = 1, .activation = "relu6"});
  }
  y = ConvBn(y, name + "_depthwise", {.stride = stride, .activation = "relu6"});
  y = ConvBn(y, name + "_project", {.filters = filters, .size = 1});
  return stride == 1 && channels == filters ? keras::Add()({x, y}) : y;
}

struct Stage {
  int64_t expansion;
  int64_t filters;
  int blocks;
  int stride;  // of the first block
};
constexpr Stage kStages[] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                             {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};

}  // namespace

keras::Model MobileNetV2() {
  const KerasTensor input = keras::Input({224, 224, 3});
  KerasTensor x = ConvBn(input, "stem", {.filters = 32, .stride = 2, .activation = "relu6"});
  int number = 0;
  for (const Stage& stage : kStages) {
    for (int i = 0; i < stage.blocks; ++i) {
      x = InvertedResidual(x, stage.expansion, stage.filters, i == 0 ? stage.stride : 1,
                           absl::StrCat("block", ++number));
    }
  }
  x = ConvBn(x, "last", {.filters = 1280, .size = 1, .activation = "relu6"});
  return keras::Model(input, Classify(x, 1000), {.name = "mobilenet"});
}

}  // namespace dagrad::benchmarks
