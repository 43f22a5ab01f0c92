// Pipelines: what comes out of each stage, that it depends on seeds and epochs alone, that a source
// goes on where it was saved, and that Fit takes it.

#include "dagrad/keras/data/dataset.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/keras/keras.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Numbers = std::vector<float>;

Tensor Counting(int64_t rows, int64_t columns = 1) {
  Tensor t = Tensor::Full(DType::kFloat32, {rows, columns}, 0);
  float next = 0;
  for (float& v : t.mutable_data<float>()) v = next++;
  return t;
}

// The numbers of x of the batches of an epoch; an error is a failure.
std::vector<Numbers> Read(const BatchSourcePtr& source, int64_t epoch = 0) {
  std::vector<Numbers> batches;
  const absl::Status begun = source->Begin(epoch);
  EXPECT_TRUE(begun.ok()) << begun;
  while (begun.ok()) {
    const absl::StatusOr<const Batch*> batch = source->Next();
    EXPECT_TRUE(batch.ok()) << batch.status();
    if (!batch.ok() || *batch == nullptr) break;
    const auto x = (*batch)->x.tensors[0].data<float>();
    batches.emplace_back(x.begin(), x.end());
  }
  return batches;
}

Numbers Joined(const std::vector<Numbers>& batches) {
  Numbers all;
  for (const Numbers& b : batches) all.insert(all.end(), b.begin(), b.end());
  return all;
}

absl::StatusOr<Example> Doubled(Example e) {
  for (float& v : e.x.tensors[0].mutable_data<float>()) v *= 2;
  return e;
}

TEST(DatasetTest, Batches) {
  const Dataset data = Dataset::FromArrays(Counting(5));
  EXPECT_THAT(Read(data.Batch(2)), ElementsAre(Numbers{0, 1}, Numbers{2, 3}, Numbers{4}));
  EXPECT_THAT(Read(data.Batch(2, /*drop_remainder=*/true)),
              ElementsAre(Numbers{0, 1}, Numbers{2, 3}));
  EXPECT_THAT(Read(data.Skip(1).Take(3).Batch(9)), ElementsAre(Numbers{1, 2, 3}));
  EXPECT_THAT(Read(data.Take(2).Repeat(2).Batch(3)), ElementsAre(Numbers{0, 1, 0}, Numbers{1}));
}

TEST(DatasetTest, MapsInOrderOnAnyNumberOfThreads) {
  Numbers expected;
  for (int i = 0; i < 200; ++i) expected.push_back(static_cast<float>(2 * i));
  for (const int threads : {1, 2, 5}) {
    std::atomic<int> calls = 0;
    const Dataset data = Dataset::FromArrays(Counting(200))
                             .Map(
                                 [&](Example e) {
                                   ++calls;
                                   return Doubled(std::move(e));
                                 },
                                 threads);
    EXPECT_EQ(Joined(Read(data.Batch(7))), expected) << threads;
    EXPECT_EQ(calls, 200);
    EXPECT_EQ(Joined(Read(data.Batch(7).Prefetch(3))), expected) << threads;
  }
}

TEST(DatasetTest, ShufflesByBufferSeedAndEpoch) {
  const Dataset data = Dataset::FromArrays(Counting(50));
  const BatchSourcePtr source = data.Shuffle(50, 1).Batch(50);
  const Numbers first = Joined(Read(source, 0)), second = Joined(Read(source, 1));
  EXPECT_EQ(std::set<float>(first.begin(), first.end()).size(), 50u);
  EXPECT_NE(first, second);
  EXPECT_NE(first, Joined(Read(data.Batch(50))));
  EXPECT_NE(first, Joined(Read(data.Shuffle(50, 2).Batch(50))));
  EXPECT_EQ(first, Joined(Read(source, 0)));
  // From a buffer of 3 nothing comes more than 2 places early.
  const Numbers near = Joined(Read(data.Shuffle(3, 1).Batch(50)));
  for (size_t i = 0; i < near.size(); ++i) EXPECT_LE(near[i], static_cast<float>(i + 2));
}

TEST(DatasetTest, PadsToTheLargestOfTheBatch) {
  const auto steps = [](int64_t, int64_t i) -> absl::StatusOr<std::optional<Example>> {
    if (i == 3) return std::nullopt;
    return Example{Tensor::Full(DType::kFloat32, {i + 1, 2 - i % 2}, static_cast<double>(i + 1))};
  };
  const Dataset data = Dataset::FromFunction(steps);
  EXPECT_THAT(Read(data.PaddedBatch(2, -1)),
              ElementsAre(Numbers{1, 1, -1, -1, 2, -1, 2, -1}, Numbers{3, 3, 3, 3, 3, 3}));
  const BatchSourcePtr plain = data.Batch(2);
  ASSERT_TRUE(plain->Begin(0).ok());
  EXPECT_THAT(std::string(plain->Next().status().message()), HasSubstr("PaddedBatch"));
}

TEST(DatasetTest, GoesOnWhereItWasSaved) {
  const Dataset data = Dataset::FromArrays(Counting(40)).Shuffle(9, 4).Map(Doubled, 2);
  for (const int64_t prefetch : {0, 3}) {
    const auto make = [&] {
      return prefetch == 0 ? data.Batch(4).Source() : data.Batch(4).Prefetch(prefetch).Source();
    };
    const BatchSourcePtr source = make();
    const std::vector<Numbers> all = Read(source, 2);
    ASSERT_TRUE(source->Begin(2).ok());
    for (int i = 0; i < 6; ++i) ASSERT_TRUE(source->Next().ok());
    const BatchSourcePtr other = make();
    ASSERT_TRUE(other->Restore(source->Save()).ok());
    const std::vector<Numbers> rest = Read(other, 2);
    EXPECT_EQ(rest, std::vector<Numbers>(all.begin() + 6, all.end()));
    EXPECT_FALSE(other->Restore(*ParseJson(R"({"epoch": 0, "batch": 99})")).ok());
    EXPECT_FALSE(other->Restore(*ParseJson(R"({"epoch": -1, "batch": 0})")).ok());
  }
}

// Whoever of reader and caller is the slower one, each batch comes once and in its turn; epochs
// that are not read to their end leave nothing behind.
TEST(DatasetTest, PrefetchingKeepsTheOrder) {
  const Dataset data = Dataset::FromArrays(Counting(60)).Shuffle(60, 2);
  const std::vector<Numbers> want = Read(data.Batch(2).Source(), 1);
  const auto slow = [](Example e) -> absl::StatusOr<Example> {
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    return e;
  };
  for (const int64_t prefetch : {1, 2, 7, 100}) {
    const BatchSourcePtr fast = data.Batch(2).Prefetch(prefetch).Source();
    EXPECT_EQ(Read(data.Map(slow).Batch(2).Prefetch(prefetch).Source(), 1), want) << prefetch;
    for (int repeat = 0; repeat < 20; ++repeat) {
      ASSERT_TRUE(fast->Begin(0).ok());
      for (int i = 0; i < repeat; ++i) ASSERT_TRUE(fast->Next().ok());
      std::vector<Numbers> got;
      ASSERT_TRUE(fast->Begin(1).ok());
      while (true) {
        const absl::StatusOr<const Batch*> batch = fast->Next();
        ASSERT_TRUE(batch.ok()) << batch.status();
        if (*batch == nullptr) break;
        const auto x = (*batch)->x.tensors[0].data<float>();
        got.emplace_back(x.begin(), x.end());
        if (repeat % 4 == 0) std::this_thread::sleep_for(std::chrono::microseconds(100));
      }
      EXPECT_EQ(got, want) << prefetch;
      EXPECT_EQ(*fast->Next(), nullptr) << "the end stays the end";
    }
  }
}

// Whichever epoch is begun next, and whether the one before was read to its end: what the thread
// has read of another one is not given.
TEST(DatasetTest, PrefetchingDoesNotKnowTheNextEpoch) {
  const Dataset data = Dataset::FromArrays(Counting(24)).Shuffle(24, 2);
  const BatchSourcePtr ahead = data.Batch(5).Prefetch(3).Source();
  for (const int64_t epoch : {0, 1, 2, 2, 2, 3, 0, 0, 7, 8, 8, 9, 3, 3, 4}) {
    EXPECT_EQ(Read(ahead, epoch), Read(data.Batch(5).Source(), epoch)) << epoch;
    if (epoch % 2 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (epoch == 3) {
      ASSERT_TRUE(ahead->Begin(4).ok());
      EXPECT_TRUE(ahead->Next().ok());
    }
  }
}

// An epoch that cannot be begun says so when it is begun, not before, and not for ever.
TEST(DatasetTest, ErrorsOfTheNextEpochWaitForIt) {
  class Odd : public ExampleStream {
   public:
    absl::Status Begin(int64_t epoch) override {
      number_ = 0;
      return epoch % 2 == 0 ? absl::OkStatus() : InvalidArgumentError("odd");
    }
    absl::StatusOr<std::optional<Example>> Next() override {
      if (number_++ == 6) return std::nullopt;
      return Example{.x = Counting(2)};
    }

   private:
    int number_ = 0;
  };
  const BatchSourcePtr source =
      Dataset::FromStreams([] { return std::make_unique<Odd>(); }).Batch(2).Prefetch(2).Source();
  for (const int64_t epoch : {0, 1, 2, 2, 3, 3, 4}) {
    if (epoch % 2 == 0) {
      EXPECT_EQ(Read(source, epoch).size(), 3u) << epoch;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    } else {
      EXPECT_EQ(source->Begin(epoch).message(), "odd");
      EXPECT_EQ(source->Next().status().message(), "odd");
    }
  }
}

TEST(DatasetTest, ErrorsEndTheEpoch) {
  const Dataset data = Dataset::FromArrays(Counting(20));
  const auto fails = [](Example e) -> absl::StatusOr<Example> {
    if (e.x.tensors[0].data<float>()[0] == 9) return InvalidArgumentError("nine");
    return e;
  };
  for (const int64_t prefetch : {0, 2}) {
    const auto batches = data.Map(fails, 2).Batch(4);
    const BatchSourcePtr source =
        prefetch == 0 ? batches.Source() : batches.Prefetch(prefetch).Source();
    ASSERT_TRUE(source->Begin(0).ok());
    EXPECT_TRUE(source->Next().ok());
    EXPECT_TRUE(source->Next().ok());
    EXPECT_EQ(source->Next().status().message(), "nine");
  }
  for (const BatchSourcePtr& bad :
       {data.Batch(0).Source(), data.Shuffle(0).Batch(1).Source(),
        data.Map(fails, 0).Batch(1).Source(), data.Map(nullptr).Batch(1).Source(),
        data.Repeat(0).Batch(1).Source(), data.Take(-1).Batch(1).Source(),
        data.Batch(1).Prefetch(0).Source(), Dataset::FromFunction(nullptr).Batch(1).Source(),
        Dataset::FromArrays(Counting(2), Counting(3)).Batch(1).Source()}) {
    EXPECT_EQ(bad->Begin(0).code(), absl::StatusCode::kInvalidArgument);
  }
}

// The same bits as from arrays, and as without threads.
TEST(DatasetTest, FitTakesIt) {
  const Tensor x = Counting(30, 3), y = Counting(30);
  const auto fit = [&](const BatchSourcePtr& source) {
    const KerasTensor in = Input({3});
    Model model(in, Dense(1)(in), {.seed = 5});
    EXPECT_TRUE(model.Compile({.optimizer = Sgd(1e-4), .loss = "mse"}).ok());
    const absl::StatusOr<History> history =
        source == nullptr
            ? model.Fit(x, y, {.batch_size = 8, .epochs = 2, .verbose = 0, .shuffle = false})
            : model.Fit(source, {.epochs = 2, .verbose = 0});
    EXPECT_TRUE(history.ok()) << history.status();
    const absl::StatusOr<Logs> logs = model.Evaluate(
        source == nullptr ? *FromArrays(x, y, {.shuffle = false}) : source, {.verbose = 0});
    EXPECT_TRUE(logs.ok()) << logs.status();
    return *model.GetWeights();
  };
  const std::vector<Tensor> expected = fit(nullptr);
  const Dataset data = Dataset::FromArrays(x, y);
  for (const BatchSourcePtr& source :
       {data.Batch(8).Source(), data.Map([](Example e) -> absl::StatusOr<Example> { return e; }, 3)
                                    .Batch(8)
                                    .Prefetch(2)
                                    .Source()}) {
    const std::vector<Tensor> got = fit(source);
    for (size_t i = 0; i < expected.size(); ++i) EXPECT_TRUE(SameBits(got[i], expected[i]));
  }
}

TEST(DatasetTest, SomeWeightsAreAnError) {
  const Dataset some =
      Dataset::FromArrays(Counting(4), Counting(4)).Map([](Example e) -> absl::StatusOr<Example> {
        if (e.y.tensors[0].data<float>()[0] == 3) e.sample_weight = Tensor::Scalar(2.0f);
        return e;
      });
  const BatchSourcePtr source = some.Batch(4).Source();
  ASSERT_TRUE(source->Begin(0).ok());
  const absl::Status s = source->Next().status();
  EXPECT_THAT(std::string(s.message()), HasSubstr("some examples have a sample_weight"));
}

TEST(DatasetTest, RepeatsForEver) {
  const BatchSourcePtr source =
      Dataset::FromArrays(Counting(2)).Repeat(INT64_MAX).Batch(3).Source();
  for (const int64_t epoch : {0, 5}) {
    ASSERT_TRUE(source->Begin(epoch).ok());
    const absl::StatusOr<const Batch*> batch = source->Next();
    ASSERT_TRUE(batch.ok()) << batch.status();
    EXPECT_THAT((*batch)->x.tensors[0].data<float>(), ElementsAre(0, 1, 0));
  }
  const BatchSourcePtr nothing =
      Dataset::FromArrays(Counting(2)).Skip(2).Repeat(INT64_MAX).Batch(3).Source();
  EXPECT_TRUE(Read(nothing).empty());
  EXPECT_FALSE(source->Begin(INT64_MAX).ok());
}

// What a function throws is an error, on whatever thread it is called, and the source goes on.
TEST(DatasetTest, ExceptionsAreErrors) {
  for (const int threads : {1, 3}) {
    for (const int64_t prefetch : {0, 2}) {
      std::atomic<bool> throws = true;
      const Dataset data = Dataset::FromArrays(Counting(40))
                               .Map(
                                   [&](Example e) -> absl::StatusOr<Example> {
                                     if (throws && e.x.tensors[0].data<float>()[0] == 20)
                                       throw std::runtime_error("oh");
                                     return e;
                                   },
                                   threads);
      const BatchSourcePtr source =
          prefetch > 0 ? data.Batch(8).Prefetch(prefetch).Source() : data.Batch(8).Source();
      absl::Status status = source->Begin(0);
      for (int i = 0; i < 6 && status.ok(); ++i) status = source->Next().status();
      EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << status;
      EXPECT_THAT(std::string(status.message()), HasSubstr("threw: oh"));
      throws = false;
      EXPECT_EQ(Joined(Read(source)).size(), 40u);
    }
  }
}

}  // namespace
}  // namespace dagrad::keras
