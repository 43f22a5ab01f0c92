#include "dagrad/ops/shape/reshape/reshape.h"

#include <string>

#include "gtest/gtest.h"

namespace dagrad {
namespace {

class ReshapeTest : public ::testing::Test {
 protected:
  ReshapeTest() : x_(g_.Input("x", DType::kFloat32, {"batch", 4, 1, 3})) {}
  std::string Error() const { return std::string(g_.status().message()); }
  void ExpectError(const std::string& part) const {
    EXPECT_NE(Error().find(part), std::string::npos) << Error();
  }

  GraphBuilder g_{"f"};
  Value x_;
};

TEST_F(ReshapeTest, ShapesMayBeSymbolic) {
  EXPECT_EQ(Reshape(x_, {"batch", 12}).shape().ToString(), "[batch,12]");
  EXPECT_EQ(Reshape(x_, {Dim("batch") * 2, 6}).shape().ToString(), "[2*batch,6]");
  EXPECT_TRUE(g_.ok()) << Error();
}

TEST_F(ReshapeTest, InfersOneDimension) {
  EXPECT_EQ(Reshape(x_, {"batch", InferDim()}).shape().ToString(), "[batch,12]");
  EXPECT_EQ(Reshape(x_, {InferDim(), 6}).shape().ToString(), "[2*batch,6]");
  EXPECT_EQ(Reshape(x_, {InferDim(), 12, 1}).shape().ToString(), "[batch,12,1]");
  EXPECT_EQ(Reshape(x_, {InferDim()}).shape().ToString(), "[12*batch]");
  EXPECT_TRUE(g_.ok()) << Error();
}

TEST_F(ReshapeTest, Composites) {
  EXPECT_EQ(Flatten(x_).shape().ToString(), "[batch,12]");
  EXPECT_EQ(Flatten(x_, 0).shape().ToString(), "[12*batch]");
  EXPECT_EQ(Flatten(x_, -1).shape().ToString(), "[batch,4,1,3]");
  EXPECT_EQ(Flatten(x_, 4).shape().ToString(), "[batch,4,1,3,1]");
  EXPECT_EQ(Squeeze(x_).shape().ToString(), "[batch,4,3]");
  EXPECT_EQ(Squeeze(x_, {-2}).shape().ToString(), "[batch,4,3]");
  EXPECT_EQ(ExpandDims(x_, 0).shape().ToString(), "[1,batch,4,1,3]");
  EXPECT_EQ(ExpandDims(x_, -1).shape().ToString(), "[batch,4,1,3,1]");
  EXPECT_EQ(ExpandDims(x_, 2).shape().ToString(), "[batch,4,1,1,3]");
  EXPECT_TRUE(g_.ok()) << Error();
}

TEST_F(ReshapeTest, RefusesOtherCounts) {
  Reshape(x_, {"time", 12});
  ExpectError("[batch,4,1,3] has 12*batch elements, [time,12] has 12*time (reshape_c1)");
  ExpectError("reshape_test.cc:");
}

TEST_F(ReshapeTest, RefusesTwoInferredDimensions) {
  Reshape(x_, {InferDim(), InferDim()});
  ExpectError("leaves more than one dimension open");
}

TEST_F(ReshapeTest, RefusesAnInferredFraction) {
  Reshape(x_, {InferDim(), 7});
  ExpectError("has 12*batch elements, which is no multiple of the 7");
}

TEST_F(ReshapeTest, RefusesToInferBesideZero) {
  Reshape(x_, {InferDim(), 0});
  ExpectError("which is no multiple of the 0");
}

TEST_F(ReshapeTest, SqueezeRefusesAnAxisThatIsNotOne) {
  Squeeze(x_, {0});
  ExpectError("axis 0 of [batch,4,1,3] is not 1");
}

TEST_F(ReshapeTest, ExpandDimsRefusesAnAxisOutside) {
  ExpandDims(x_, 5);
  ExpectError("axis 5 is outside [-5, 5)");
}

TEST_F(ReshapeTest, FlattenRefusesAnAxisOutside) {
  Flatten(x_, 5);
  ExpectError("axis 5 is outside [-4, 4]");
}

TEST_F(ReshapeTest, InvalidValuesStayInvalid) {
  EXPECT_FALSE(Reshape(Value(), {1}).valid());
  EXPECT_FALSE(Flatten(Value()).valid());
  EXPECT_FALSE(Squeeze(Value()).valid());
  EXPECT_FALSE(ExpandDims(Value(), 0).valid());
}

}  // namespace
}  // namespace dagrad
