#include "dagrad/io/tensorboard/event_file.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "dagrad/io/tensorboard/record.h"
#include "dagrad/io/test_files.h"
#include "gtest/gtest.h"

namespace dagrad::io::tensorboard {
namespace {

// Values of RFC 3720, B.4.
TEST(RecordTest, Checksums) {
  EXPECT_EQ(Crc32c(""), 0u);
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(Crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  std::string rising(32, '\0');
  std::iota(rising.begin(), rising.end(), '\0');
  EXPECT_EQ(Crc32c(rising), 0x46DD794Eu);
}

TEST(RecordTest, AreTakenAsTheyWereMade) {
  const std::string all = RecordOf("one") + RecordOf("") + RecordOf(std::string(1000, 'x'));
  absl::string_view rest = all;
  EXPECT_EQ(*TakeRecord(&rest), "one");
  EXPECT_EQ(*TakeRecord(&rest), "");
  EXPECT_EQ(*TakeRecord(&rest), std::string(1000, 'x'));
  EXPECT_TRUE(rest.empty());
}

TEST(RecordTest, EveryDamageIsSeen) {
  const std::string whole = RecordOf("payload");
  for (size_t i = 0; i < whole.size(); ++i) {
    absl::string_view cut = absl::string_view(whole).substr(0, i);
    EXPECT_EQ(TakeRecord(&cut).status().code(), absl::StatusCode::kDataLoss) << i;
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      absl::string_view bytes = damaged;
      EXPECT_EQ(TakeRecord(&bytes).status().code(), absl::StatusCode::kDataLoss) << i;
    }
  }
}

TEST(EventFileTest, IsReadAsItWasWritten) {
  const std::string folder = testing::FreshDirectory() + "logs/train";
  absl::StatusOr<EventFile> file = EventFile::Create(folder);
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE(file->AddScalar("epoch_loss", 3, 0.25).ok());
  ASSERT_TRUE(
      file->AddHistogram("dense/kernel/histogram", 4, Tensor::Of<float>({4}, {0, 1, 2, 30})).ok());
  ASSERT_TRUE(file->Flush().ok());
  const absl::StatusOr<std::vector<Event>> events = ReadEventFile(file->path());
  ASSERT_TRUE(events.ok()) << events.status();
  ASSERT_EQ(events->size(), 3u);
  EXPECT_EQ((*events)[0].file_version(), "brain.Event:2");
  EXPECT_GT((*events)[0].wall_time(), 1.5e9);
  const Summary::Value& scalar = (*events)[1].summary().value(0);
  EXPECT_EQ((*events)[1].step(), 3);
  EXPECT_EQ(scalar.tag(), "epoch_loss");
  EXPECT_EQ(scalar.metadata().plugin_data().plugin_name(), "scalars");
  EXPECT_EQ(scalar.tensor().float_val(0), 0.25f);
  const Summary::Value& histogram = (*events)[2].summary().value(0);
  EXPECT_EQ(histogram.metadata().plugin_data().plugin_name(), "histograms");
  EXPECT_EQ(histogram.tensor().tensor_shape().dim(0).size(), 30);
  EXPECT_EQ(histogram.tensor().tensor_shape().dim(1).size(), 3);
  EXPECT_EQ(histogram.tensor().double_val_size(), 90);
}

TEST(EventFileTest, ADirectoryThatCannotBeMadeIsAnError) {
  const std::string folder = testing::FreshDirectory();
  absl::StatusOr<EventFile> file = EventFile::Create(folder);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(EventFile::Create(file->path() + "/below").status().code(),
            absl::StatusCode::kUnavailable);
}

double CountOf(const std::vector<double>& rows) {
  double count = 0;
  for (size_t i = 2; i < rows.size(); i += 3) count += rows[i];
  return count;
}

TEST(HistogramTest, CountsByHand) {
  // Width 1: 0 and 0.5 in the first interval, 1 in the second, 30 in the last.
  const std::vector<double> rows = HistogramOf(Tensor::Of<double>({4}, {0.5, 30, 1, 0}));
  ASSERT_EQ(rows.size(), 90u);
  EXPECT_EQ(rows[0], 0);
  EXPECT_EQ(rows[1], 1);
  EXPECT_EQ(rows[2], 2);
  EXPECT_EQ(rows[5], 1);
  EXPECT_EQ(rows[88], 30);
  EXPECT_EQ(rows[89], 1);
  EXPECT_EQ(CountOf(rows), 4);
}

TEST(HistogramTest, OfOneValueNoneAndInfinities) {
  const std::vector<double> same = HistogramOf(Tensor::Of<int64_t>({3}, {7, 7, 7}));
  EXPECT_EQ(same[0], 7);
  EXPECT_EQ(same[88], 7);
  EXPECT_EQ(same[89], 3);
  EXPECT_TRUE(HistogramOf(Tensor::Full(DType::kFloat32, {0}, 0)).empty());
  const double huge = std::numeric_limits<double>::max();
  const std::vector<double> wide = HistogramOf(Tensor::Of<double>(
      {5}, {-huge, huge, std::nan(""), std::numeric_limits<double>::infinity(), 0}));
  EXPECT_EQ(CountOf(wide), 3);
  EXPECT_EQ(wide[2], 1);
  EXPECT_EQ(wide[89], 1);
}

}  // namespace
}  // namespace dagrad::io::tensorboard
