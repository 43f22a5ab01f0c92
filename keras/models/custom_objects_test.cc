// Losses and metrics of a program's own: trained with, saved, and loaded by their classes.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "dagrad/config/configured.h"
#include "dagrad/io/test_files.h"
#include "dagrad/keras/keras.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

struct PinballOptions {
  double quantile = 0.5;
};

// max(q (y - p), (q - 1)(y - p))
class Pinball : public Configured<Pinball, LossImpl, PinballOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "pinball";
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("quantile", o.quantile);
  }
  Value PerExample(Value y, Value p) const override {
    const Value d = y - p;
    return ReduceMean(Maximum(d * options().quantile, d * (options().quantile - 1)),
                      {.axes = {-1}});
  }
};

struct ShareOptions {
  double bound = 0.5;
};

// The share of elements with |y - p| above a bound.
class ShareAbove : public Configured<ShareAbove, MetricImpl, ShareOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "share_above";
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("bound", o.bound);
  }
  std::vector<Value> Accumulate(Value y, Value p, Value /*weights*/) const override {
    const Value above = Sign(Maximum(Abs(y - p) - options().bound, 0.0));
    return {ReduceSum(above), ReduceSum(above * 0.0 + 1.0)};
  }
  Tensor Result(absl::Span<const Tensor> sums) const override {
    return Tensor::Scalar<double>(sums[0].data<double>()[0] / sums[1].data<double>()[0]);
  }
};

class CustomObjectsTest : public ::testing::Test {
 protected:
  CustomObjectsTest() {
    model_.Add(Dense(1, {.input_shape = {1}}));
    const absl::Status compiled =
        model_.Compile({.optimizer = Sgd(0.1),
                        .loss = Loss(std::make_shared<Pinball>(PinballOptions{0.8})),
                        .metrics = {Metric(std::make_shared<ShareAbove>(ShareOptions{0.3})),
                                    Metric(std::make_shared<ShareAbove>(), "above"),
                                    Metric(Loss(std::make_shared<Pinball>()))}});
    EXPECT_TRUE(compiled.ok()) << compiled;
  }

  std::vector<double> Trained(Model* model) {
    const absl::StatusOr<History> h = model->Fit(x_, y_, {.epochs = 3, .verbose = 0});
    EXPECT_TRUE(h.ok()) << h.status();
    std::vector<double> all;
    for (const Logs& logs : h->logs) {
      for (const auto& [name, value] : logs.entries()) all.push_back(value);
    }
    return all;
  }

  const Tensor x_ = Tensor::Of<float>({4, 1}, {0, 1, 2, 3});
  const Tensor y_ = Tensor::Of<float>({4, 1}, {1, 3, 5, 7});
  const std::string folder_ = io::testing::FreshDirectory() + "m";
  Sequential model_;
};

TEST_F(CustomObjectsTest, ComeBack) {
  ASSERT_TRUE(model_.Save(folder_).ok());
  absl::StatusOr<Model> loaded = Model::Load(
      folder_,
      {.custom_objects = {.losses = {Pinball::Class()}, .metrics = {ShareAbove::Class()}}});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const std::vector<double> wanted = Trained(&model_);
  EXPECT_EQ(wanted.size(), 3 * 4u);
  EXPECT_EQ(Trained(&*loaded), wanted);
}

TEST_F(CustomObjectsTest, ThatAreNotGivenAreNamed) {
  ASSERT_TRUE(model_.Save(folder_).ok());
  absl::Status s = Model::Load(folder_).status();
  EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(s.message(), "unknown loss \"pinball\"")) << s;
  EXPECT_TRUE(absl::StrContains(s.message(), "given to Load as custom_objects")) << s;
  s = Model::Load(folder_, {.custom_objects = {.losses = {Pinball::Class()}}}).status();
  EXPECT_TRUE(absl::StrContains(s.message(), "unknown metric \"share_above\"")) << s;
  EXPECT_TRUE(absl::StrContains(s.message(), "given to Load as custom_objects")) << s;
}

TEST_F(CustomObjectsTest, ByPointerOnly) {
  EXPECT_FALSE(Initializer("ramp").Validate().ok());
  EXPECT_FALSE(Loss("pinball").Validate().ok());
  EXPECT_FALSE(Metric("share_above").Validate().ok());
}

}  // namespace
}  // namespace dagrad::keras
