// Functions that add nodes, on no value and on no builder: they give no value.
#include <vector>

#include "dagrad/autodiff/gradients.h"
#include "dagrad/keras/layers/activations.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/nn/softmax/softmax.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/size/size.h"
#include "dagrad/ops/shape/slice/slice.h"
#include "dagrad/ops/shape/transpose/transpose.h"
#include "dagrad/ops/strings/string_binary/string_binary.h"
#include "dagrad/ops/strings/string_case/string_case.h"
#include "dagrad/ops/strings/string_split/string_split.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

TEST(NullOperandTest, OpsGiveNoValue) {
  GraphBuilder failed("f");
  for (const Value v : {Value(), failed.Fail(absl::InvalidArgumentError("wrong"))}) {
    const std::vector<Value> results = {v + v,
                                        v * 2.0,
                                        2.0 / v,
                                        Cast(v, DType::kFloat32),
                                        Concat({v, v}, 0),
                                        Concat({}, 0),
                                        Stack({v}, 0),
                                        MatMul(v, v),
                                        ReduceSum(v),
                                        Reshape(v, {2}),
                                        Flatten(v, 1),
                                        Squeeze(v, {}),
                                        ExpandDims(v, 0),
                                        Select(v, v, v),
                                        Size(v, {}, DType::kInt64),
                                        Split(v, 2, 0)[0],
                                        Split(v, {1, 1}, 0)[0],
                                        SliceAxis(v, 0, {}),
                                        Softmax(v),
                                        Transpose(v),
                                        ZerosLike(v),
                                        StringLower(v),
                                        StringConcat(v, v),
                                        StringSplit(v).parts,
                                        OnesLike(v)};
    for (size_t i = 0; i < results.size(); ++i) EXPECT_FALSE(results[i].valid()) << i;
    for (const std::string& name : keras::ActivationNames())
      EXPECT_FALSE(keras::Activate(name, v).valid()) << name;
    EXPECT_FALSE(keras::Activate("no such", v).valid());
    EXPECT_FALSE(Gradients({v}, {v}).ok());
  }
  EXPECT_FALSE(Gradients({}, {}).ok());
}

TEST(NullBuilderTest, OpsGiveNoValue) {
  EXPECT_FALSE(Constant(nullptr, Tensor::Scalar<float>(1)).valid());
  EXPECT_FALSE(Full(nullptr, DType::kFloat32, {2}, 1).valid());
  EXPECT_FALSE(Iota(nullptr, DType::kFloat32, {2}, 0).valid());
  GraphBuilder g("g");
  EXPECT_FALSE(Constant(&g, Tensor()).valid());
}

}  // namespace
}  // namespace dagrad
