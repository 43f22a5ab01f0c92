// A metric by itself. That every class gives Keras's numbers so, tests/keras/golden_test.cc says.
#include "dagrad/keras/metrics/running_metric.h"

#include <string>
#include <utility>

#include "dagrad/keras/losses/losses.h"
#include "dagrad/keras/metrics/metrics.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using ::testing::HasSubstr;

double Number(const RunningMetric& m) { return m.Result().value().data<double>()[0]; }

TEST(RunningMetricTest, AddsBatchesUpAndForgetsThem) {
  RunningMetric mse("mse");
  EXPECT_EQ(mse.Result().status().code(), absl::StatusCode::kFailedPrecondition);
  const Tensor y = Tensor::Of<float>({2, 1}, {1, 2}), p = Tensor::Of<float>({2, 1}, {1, 4});
  ASSERT_TRUE(mse.UpdateState(y, p).ok());
  EXPECT_EQ(Number(mse), 2);
  // Vectors are columns, batches may have other numbers of rows, weights count.
  ASSERT_TRUE(mse.UpdateState(Tensor::Of<int64_t>({1}, {0}), Tensor::Of<double>({1}, {5}),
                              Tensor::Of<double>({1}, {2}))
                  .ok());
  EXPECT_EQ(Number(mse), (0 + 4 + 2 * 25) / 4.0);
  mse.ResetState();
  EXPECT_FALSE(mse.Result().ok());
  ASSERT_TRUE(mse.UpdateState(y, y).ok());
  EXPECT_EQ(Number(mse), 0);
  RunningMetric moved = std::move(mse);
  EXPECT_EQ(Number(moved), 0);
}

TEST(RunningMetricTest, AccuracyFollowsTheFirstBatch) {
  const Tensor p = Tensor::Of<float>({2, 3}, {0.1f, 0.7f, 0.2f, 0.6f, 0.3f, 0.1f});
  RunningMetric sparse("accuracy"), one_hot("accuracy"), binary("accuracy");
  ASSERT_TRUE(sparse.UpdateState(Tensor::Of<uint8_t>({2}, {1, 1}), p).ok());
  EXPECT_EQ(Number(sparse), 0.5);
  ASSERT_TRUE(sparse.UpdateState(Tensor::Of<int32_t>({2, 1}, {1, 0}), p).ok());
  EXPECT_EQ(Number(sparse), 0.75);
  ASSERT_TRUE(one_hot.UpdateState(Tensor::Of<float>({2, 3}, {0, 1, 0, 1, 0, 0}), p).ok());
  EXPECT_EQ(Number(one_hot), 1);
  ASSERT_TRUE(binary
                  .UpdateState(Tensor::Of<bool>({3}, {true, false, true}),
                               Tensor::Of<float>({3}, {1, 0, 0.2f}))
                  .ok());
  EXPECT_NEAR(Number(binary), 2.0 / 3, 1e-6);
}

TEST(RunningMetricTest, TensorsAreResultsToo) {
  RunningMetric confusion(metrics::ConfusionMatrix());
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(confusion
                    .UpdateState(Tensor::Of<int64_t>({3}, {0, 1, 1}),
                                 Tensor::Of<float>({3, 2}, {1, 0, 1, 0, 0, 1}))
                    .ok());
  }
  EXPECT_TRUE(SameBits(*confusion.Result(), Tensor::Of<double>({2, 2}, {2, 0, 2, 2})));
}

TEST(RunningMetricTest, ErrorsChangeNothing) {
  const Tensor y = Tensor::Of<float>({2, 1}, {1, 2}),
               wide = *Tensor::Zeros(DType::kFloat32, {2, 3});
  const auto error = [](RunningMetric* m, const Tensor& t, const Tensor& p, const Tensor& w = {}) {
    const absl::Status status = m->UpdateState(t, p, w);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    return std::string(status.message());
  };
  RunningMetric mae("mae");
  EXPECT_THAT(error(&mae, Tensor(), y), HasSubstr("y_true is undefined"));
  EXPECT_THAT(error(&mae, y, *Tensor::Zeros(DType::kFloat32, {0, 1})), HasSubstr("one example"));
  EXPECT_THAT(error(&mae, y, wide), HasSubstr("needs targets shaped as the output"));
  EXPECT_THAT(error(&mae, *Tensor::Zeros(DType::kFloat32, {3, 3}), wide),
              HasSubstr("needs targets"));
  EXPECT_THAT(error(&mae, y, y, wide), HasSubstr("sample_weight"));
  EXPECT_THAT(error(&mae, y, *Tensor::Zeros(DType::kFloat32, {3, 1})), HasSubstr("batch"));
  // A first batch that failed does not bind the next.
  ASSERT_TRUE(mae.UpdateState(wide, *Tensor::Zeros(DType::kFloat32, {2, 3})).ok());
  EXPECT_THAT(error(&mae, y, y), HasSubstr("y_true"));
  EXPECT_EQ(Number(mae), 0);
  RunningMetric unknown("acuracy");
  EXPECT_THAT(error(&unknown, y, y), HasSubstr("accuracy"));
  EXPECT_FALSE(unknown.Result().ok());
  RunningMetric classes("sparse_categorical_accuracy");
  EXPECT_THAT(error(&classes, Tensor::Of<float>({2}, {0.5f, 1}), wide), HasSubstr("0.5"));
}

}  // namespace
}  // namespace dagrad::keras
