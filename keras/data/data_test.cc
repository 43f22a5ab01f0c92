// Data as a model takes it: what it is cast to, and what is refused.

#include "dagrad/keras/data/data.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "dagrad/keras/data/class_weight.h"
#include "dagrad/keras/keras.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using ::testing::HasSubstr;

ValueType Column(DType dtype) { return {dtype, Shape({Dim("batch")})}; }

// Row 1 of the data; whether each integer dtype has it.
struct Exactness {
  double value;
  bool uint8, int32, int64;
};

TEST(FitToTypeTest, RefusesWhatAnIntegerCannotHold) {
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<Exactness> table = {
      {3, true, true, true},
      {-0.0, true, true, true},
      {255, true, true, true},
      {256, false, true, true},
      {-1, false, true, true},
      {1.7, false, false, false},
      {5e-324, false, false, false},
      {2147483647, false, true, true},
      {2147483648, false, false, true},
      {-2147483648.0, false, true, true},
      {-2147483649.0, false, false, true},
      {0x1p63, false, false, false},
      {-0x1p63, false, false, true},
      {1e300, false, false, false},
      {inf, false, false, false},
      {-inf, false, false, false},
      {std::nan(""), false, false, false},
  };
  for (const Exactness& e : table) {
    const Tensor x = Tensor::Of<double>({3}, {0, e.value, 1});
    for (DType to : {DType::kUInt8, DType::kInt32, DType::kInt64}) {
      const bool holds = to == DType::kUInt8 ? e.uint8 : to == DType::kInt32 ? e.int32 : e.int64;
      const absl::StatusOr<Tensor> fitted = FitToType(x, Column(to), "target");
      EXPECT_EQ(fitted.ok(), holds) << e.value << " as " << DTypeName(to);
      if (fitted.ok()) {
        EXPECT_EQ(fitted->Cast(DType::kFloat64)->data<double>()[1], e.value);
      } else {
        EXPECT_EQ(fitted.status(), absl::InvalidArgumentError(absl::StrCat(
                                       "target is ", DTypeName(to), "; row 1 has ", e.value)));
      }
    }
  }
}

TEST(FitToTypeTest, RefusesWhatANarrowerIntegerCannotHold) {
  const Tensor x = Tensor::Of<int64_t>({2, 2}, {0, 1, 255, int64_t{1} << 32});
  const ValueType bytes = {DType::kUInt8, Shape({Dim("batch"), Dim(2)})};
  EXPECT_EQ(FitToType(x, bytes, "input").status(),
            absl::InvalidArgumentError("input is uint8; row 1 has 4294967296"));
  EXPECT_TRUE(FitToType(Tensor::Of<int64_t>({1, 2}, {0, 255}), bytes, "input").ok());
  EXPECT_TRUE(FitToType(Tensor::Of<bool>({1, 2}, {true, false}), bytes, "input").ok());
  EXPECT_TRUE(FitToType(*Tensor::Zeros(DType::kFloat32, {0, 2}), bytes, "input").ok());
}

TEST(FitToTypeTest, FloatsTakeEverything) {
  const Tensor x = Tensor::Of<double>({3}, {1.7, std::nan(""), 1e300});
  EXPECT_TRUE(FitToType(x, Column(DType::kFloat32), "input").ok());
}

TEST(DataTest, LabelsOfASparseLossAreClassNumbers) {
  Sequential model;
  model.Add(Dense(3, {.activation = "softmax", .input_shape = Dims{2}, .name = "out"}));
  ASSERT_TRUE(model.Compile({.loss = "sparse_categorical_crossentropy"}).ok());
  const Tensor x = Tensor::Full(DType::kFloat32, {3, 2}, 1);
  const auto status = [&](float label) {
    const Tensor y = Tensor::Of<float>({3, 1}, {0, 2, label});
    const absl::Status fit = model.Fit(x, y, {.verbose = 0}).status();
    EXPECT_EQ(model.Evaluate(x, y, {.verbose = 0}).status(), fit);
    return fit;
  };
  EXPECT_TRUE(status(1).ok());
  const std::string head = "target of output \"out\" is int64; row 2 has ";
  EXPECT_EQ(status(1.7f), absl::InvalidArgumentError(head + "1.7"));
  EXPECT_EQ(status(std::nanf("")), absl::InvalidArgumentError(head + "nan"));
}

TEST(ClassWeightsTest, RoundAsKeras) {
  const std::map<int64_t, double> weights = {{-1, 5}, {0, 2}, {1, 3}, {2, 4}};
  const Tensor labels = Tensor::Of<double>({9, 1}, {0, 0.5, 0.6, 1.5, 1.9, 2.5, -0.4, -0.6, 1e18});
  EXPECT_TRUE(SameBits(*ClassWeights(weights, {labels}, Tensor()),
                       Tensor::Of<double>({9}, {2, 2, 3, 4, 4, 4, 2, 5, 1})));
  const Tensor rows = Tensor::Of<float>({2, 3}, {0.1f, 0.2f, 0.7f, 0.5f, 0.5f, 0});
  EXPECT_TRUE(SameBits(*ClassWeights(weights, {rows}, Tensor::Of<float>({2}, {10, 100})),
                       Tensor::Of<double>({2}, {40, 200})));
}

TEST(ClassWeightsTest, RefuseWhatIsNoClass) {
  const double inf = std::numeric_limits<double>::infinity();
  for (double bad : {std::nan(""), inf, -inf, 1e19}) {
    for (const Dims& dims : {Dims{4}, Dims{4, 1}, Dims{2, 2}}) {
      const absl::Status s =
          ClassWeights({{0, 2}}, {Tensor::Of<double>(dims, {0, 1, 1, bad})}, Tensor()).status();
      EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument);
      EXPECT_THAT(s.message(), HasSubstr(absl::StrCat("row ", dims[0] - 1, " of the target has ")));
    }
  }
  EXPECT_FALSE(ClassWeights({{0, 2}}, {*Tensor::Zeros(DType::kFloat32, {2, 0})}, Tensor()).ok());
}

}  // namespace
}  // namespace dagrad::keras
