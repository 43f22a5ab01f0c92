#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "dagrad/benchmarks/models/conv_bn.h"
#include "dagrad/benchmarks/models/families.h"

namespace dagrad::benchmarks {
namespace {

using keras::KerasTensor;

// x itself, or convolved to the sizes of the block's result.
KerasTensor Shortcut(const KerasTensor& x, int64_t filters, int stride, const std::string& name) {
  if (stride == 1 && x.shape().dim(-1) == Dim(filters)) return x;
  return ConvBn(x, name + "_shortcut", {.filters = filters, .size = 1, .stride = stride});
}

KerasTensor Join(const KerasTensor& y, const KerasTensor& shortcut) {
  return keras::Activation("relu")(keras::Add()({y, shortcut}));
}

KerasTensor BasicBlock(const KerasTensor& x, int64_t filters, int stride, const std::string& name) {
  KerasTensor y =
      ConvBn(x, name + "_a", {.filters = filters, .stride = stride, .activation = "relu"});
  y = ConvBn(y, name + "_b", {.filters = filters});
  return Join(y, Shortcut(x, filters, stride, name));
}

KerasTensor Bottleneck(const KerasTensor& x, int64_t filters, int stride, const std::string& name) {
  KerasTensor y = ConvBn(x, name + "_a", {.filters = filters, .size = 1, .activation = "relu"});
  y = ConvBn(y, name + "_b", {.filters = filters, .stride = stride, .activation = "relu"});
  y = ConvBn(y, name + "_c", {.filters = 4 * filters, .size = 1});
  return Join(y, Shortcut(x, 4 * filters, stride, name));
}

using Block = KerasTensor (*)(const KerasTensor& x, int64_t filters, int stride,
                              const std::string& name);

// Four stages of `blocks[i]` blocks, the filters doubled and the image halved from one to the next.
KerasTensor Stages(KerasTensor x, const int (&blocks)[4], Block block) {
  for (int stage = 0; stage < 4; ++stage) {
    for (int i = 0; i < blocks[stage]; ++i) {
      x = block(x, int64_t{64} << stage, stage > 0 && i == 0 ? 2 : 1,
                absl::StrCat("stage", stage + 1, "_block", i + 1));
    }
  }
  return x;
}

}  // namespace

keras::Model ResNet18() {
  const KerasTensor input = keras::Input({32, 32, 3});
  KerasTensor x = ConvBn(input, "stem", {.filters = 64, .activation = "relu"});
  x = Stages(x, {2, 2, 2, 2}, BasicBlock);
  return keras::Model(input, Classify(x, 10), {.name = "resnet18"});
}

keras::Model ResNet50() {
  const KerasTensor input = keras::Input({224, 224, 3});
  KerasTensor x =
      ConvBn(input, "stem", {.filters = 64, .size = 7, .stride = 2, .activation = "relu"});
  // Zeros stand for the pool's missing elements: behind a ReLU the largest is the same.
  x = keras::MaxPooling2D(3, {.strides = 2})(keras::ZeroPadding2D(1)(x));
  x = Stages(x, {3, 4, 6, 3}, Bottleneck);
  return keras::Model(input, Classify(x, 1000), {.name = "resnet50"});
}

}  // namespace dagrad::benchmarks
