// One-hot rows, padded sequences and windows over series against those of Keras.
#include "dagrad/keras/data/arrays.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "dagrad/graph/json.h"
#include "dagrad/keras/data/arrays_golden.h"
#include "dagrad/keras/data/timeseries.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

std::vector<double> Values(const Tensor& t) {
  const auto wide = t.Cast(DType::kFloat64);
  if (!wide.ok()) return {};
  return {wide->data<double>().begin(), wide->data<double>().end()};
}

TEST(ArraysTest, OneHotRowsAreKeras) {
  const auto rows = ToCategorical(Tensor::Of<float>({4, 1}, {2, 0, 3, 0}));
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(rows->dims(), (Dims{4, 4}));
  EXPECT_EQ(Values(*rows), kOneHot);
  const auto wide = ToCategorical(Tensor::Of<int64_t>({2, 2}, {1, 0, 2, 2}), 5);
  ASSERT_TRUE(wide.ok()) << wide.status();
  EXPECT_EQ(wide->dims(), (Dims{2, 2, 5}));
  EXPECT_EQ(Values(*wide), kOneHotWide);
}

TEST(ArraysTest, PaddedSequencesAreKeras) {
  const std::vector<std::vector<int64_t>> sequences = {{5, 3}, {}, {9, 8, 7, 6, 5}, {-1, 2, 4}};
  const std::vector<std::vector<double>> floats = {{5, 3}, {}, {9, 8, 7, 6, 5}, {-1, 2, 4}};
  for (const PadGolden& g : kPadGoldens) {
    PadSequencesOptions options{g.maxlen, DType::kInt32, g.padding, g.truncating, g.value};
    const auto rows = PadSequences(sequences, options);
    ASSERT_TRUE(rows.ok()) << rows.status();
    EXPECT_EQ(rows->dtype(), DType::kInt32);
    EXPECT_EQ(rows->dims(), (Dims{4, g.maxlen == 0 ? 5 : g.maxlen}));
    EXPECT_EQ(Values(*rows), g.rows) << g.maxlen << g.padding << g.truncating;
    options.dtype = DType::kFloat32;
    const auto float_rows = PadSequences(floats, options);
    ASSERT_TRUE(float_rows.ok() && float_rows->dtype() == DType::kFloat32);
    EXPECT_EQ(Values(*float_rows), g.rows);
  }
}

TEST(ArraysTest, TextsArePaddedAsTheirBytes) {
  const std::vector<std::string> texts = {"ab", "é", ""};
  const auto rows = PadSequences(texts, {.maxlen = 3, .padding = "post"});
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(rows->dims(), (Dims{3, 3}));
  EXPECT_EQ(Values(*rows), (std::vector<double>{97, 98, 0, 0xC3, 0xA9, 0, 0, 0, 0}));
}

Tensor Series() {
  Tensor t = Tensor::Full(DType::kFloat32, {12, 2}, 0);
  for (int i = 0; i < 24; ++i)
    t.mutable_data<float>()[i] = static_cast<float>(i % 2 == 0 ? i / 2 : 100 - (i - 1));
  return t;
}

Tensor Targets(int64_t n) {
  if (n == 0) return {};
  Tensor t = Tensor::Full(DType::kFloat32, {n}, 0);
  for (int64_t i = 0; i < n; ++i) t.mutable_data<float>()[i] = static_cast<float>(10 * i);
  return t;
}

// What a source gives in one epoch: sizes of the batches, and their rows one after the other.
WindowGolden Drain(BatchSource* source, int64_t epoch) {
  WindowGolden all{};
  EXPECT_TRUE(source->Begin(epoch).ok());
  while (true) {
    const auto batch = source->Next();
    EXPECT_TRUE(batch.ok()) << batch.status();
    if (!batch.ok() || *batch == nullptr) return all;
    all.sizes.push_back(static_cast<double>((*batch)->x.tensors[0].dims()[0]));
    for (double v : Values((*batch)->x.tensors[0])) all.x.push_back(v);
    if ((*batch)->y.empty()) continue;
    for (double v : Values((*batch)->y.tensors[0])) all.y.push_back(v);
  }
}

TEST(TimeseriesTest, WindowsAreKeras) {
  for (const WindowGolden& g : kWindowGoldens) {
    const auto source = TimeseriesDatasetFromArray(Series(), Targets(g.targets), g.length,
                                                   {.sequence_stride = g.stride,
                                                    .sampling_rate = g.rate,
                                                    .batch_size = g.batch,
                                                    .start_index = g.start,
                                                    .end_index = g.end});
    ASSERT_TRUE(source.ok()) << source.status();
    EXPECT_EQ((*source)->size(), static_cast<int64_t>(g.sizes.size()));
    for (const int64_t epoch : {0, 1}) {
      const WindowGolden got = Drain(source->get(), epoch);
      EXPECT_EQ(got.sizes, g.sizes);
      EXPECT_EQ(got.x, g.x);
      EXPECT_EQ(got.y, g.y);
    }
  }
}

TEST(TimeseriesTest, ShufflesEveryEpochAndGoesOnWhereItWas) {
  const auto make = [] {
    return *TimeseriesDatasetFromArray(Series(), Targets(12), 3,
                                       {.batch_size = 4, .shuffle = true, .seed = 3});
  };
  const BatchSourcePtr source = make();
  const WindowGolden first = Drain(source.get(), 0), second = Drain(source.get(), 1);
  EXPECT_NE(first.y, second.y);
  EXPECT_EQ(Drain(source.get(), 0).x, first.x);
  std::vector<double> sorted = first.y;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, (std::vector<double>{0, 10, 20, 30, 40, 50, 60, 70, 80, 90}));
  ASSERT_TRUE(source->Begin(1).ok());
  ASSERT_TRUE(source->Next().ok());
  const BatchSourcePtr other = make();
  ASSERT_TRUE(other->Restore(source->Save()).ok());
  const WindowGolden rest = Drain(other.get(), 1);
  EXPECT_EQ(rest.y, std::vector<double>(second.y.begin() + 4, second.y.end()));
}

TEST(ArraysErrorsTest, NameWhatIsWrong) {
  using Lists = std::vector<std::vector<int64_t>>;
  const auto windows = [](int64_t length, const TimeseriesOptions& options,
                          const Tensor& targets = {}) {
    return TimeseriesDatasetFromArray(Series(), targets, length, options).status();
  };
  const std::vector<std::pair<absl::Status, std::string>> cases = {
      {ToCategorical(Tensor::Of<float>({2}, {0, 1.5f})).status(), "element 1 is 1.5"},
      {ToCategorical(Tensor::Of<int32_t>({2}, {0, -1})).status(), "element 1 is -1"},
      {ToCategorical(Tensor::Of<int32_t>({2}, {0, 3}), 3).status(), "integers from 0 to 2"},
      {ToCategorical(Tensor::Of<float>({1}, {NAN})).status(), "element 0 is nan"},
      {ToCategorical(Tensor::Of<float>({0}, {})).status(), "num_classes is needed"},
      {ToCategorical({}).status(), "undefined tensor"},
      {PadSequences(Lists{{1}}, {.padding = "left"}).status(), "not \"left\""},
      {PadSequences(Lists{{1}}, {.truncating = "end"}).status(), "truncating is \"pre\""},
      {PadSequences(Lists{{1}}, {.maxlen = -1}).status(), "maxlen must not be negative"},
      {PadSequences(Lists{}).status(), "no sequences"},
      {PadSequences(std::vector<std::string>()).status(), "no sequences"},
      {windows(0, {}), "sequence_length must be in 1 … 12"},
      {windows(13, {}), "sequence_length must be in 1 … 12"},
      {windows(3, {.sequence_stride = 0}), "sequence_stride must be"},
      {windows(3, {.sampling_rate = 13}), "sampling_rate must be"},
      {windows(3, {.batch_size = 0}), "batch_size must be"},
      {windows(3, {.start_index = 12}), "start_index must be in 0 … 11"},
      {windows(3, {.start_index = 4, .end_index = 4}), "end_index must be in 5 … 12"},
      {windows(3, {.sampling_rate = 6}), "there is no window of 3 elements"},
      {windows(3, {.start_index = 2}, Targets(2)), "with a target"},
      {TimeseriesDatasetFromArray({}, {}, 3).status(), "a dimension of steps"},
  };
  for (const auto& [status, message] : cases) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << message;
    EXPECT_TRUE(absl::StrContains(status.message(), message)) << status << " for " << message;
  }
}

}  // namespace
}  // namespace dagrad::keras
