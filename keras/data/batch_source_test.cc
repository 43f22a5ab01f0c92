// Batches from arrays, from functions, and from where a source stood before.
#include "dagrad/keras/data/batch_source.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "dagrad/graph/json.h"
#include "dagrad/io/test_files.h"
#include "dagrad/keras/keras.h"
#include "dagrad/ops/creation/random/philox.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

constexpr int64_t kRows = 10;
constexpr int64_t kBatch = 4;
constexpr int64_t kEpochs = 3;

Tensor Numbers(Dims dims, int step) {
  Tensor t = Tensor::Full(DType::kFloat32, dims, 0);
  int i = 0;
  for (float& v : t.mutable_data<float>()) v = static_cast<float>((i += step) % 17) / 8 - 1;
  return t;
}

Tensor X() { return Numbers({kRows, 3}, 5); }
Tensor Y() { return Numbers({kRows, 2}, 7); }
Tensor W() { return Numbers({kRows}, 3); }

// A model with random nodes, so that every batch must come at its turn.
Sequential NewModel() {
  Sequential model("m", {.seed = 4});
  model.Add(Dense(6, {.activation = "tanh", .input_shape = {3}}));
  model.Add(Dropout(0.3));
  model.Add(Dense(2));
  EXPECT_TRUE(model.Compile({.optimizer = "adam", .loss = "mse", .metrics = "mae"}).ok());
  return model;
}

// Rows [from, to) of `t` in an order.
Tensor RowsOf(const Tensor& t, const std::vector<int64_t>& order, int64_t from, int64_t to) {
  const int64_t width = t.num_elements() / kRows;
  Dims dims = t.dims();
  dims[0] = to - from;
  Tensor rows = Tensor::Full(DType::kFloat32, dims, 0);
  for (int64_t i = 0; i < rows.num_elements(); ++i)
    rows.mutable_data<float>()[i] = t.data<float>()[order[from + i / width] * width + i % width];
  return rows;
}

// What a user's function reads: the rows in the order of Fit, or as they are.
BatchFunction Generator(bool shuffled, bool weighted) {
  return [=](int64_t epoch, int64_t batch) -> absl::StatusOr<std::optional<Batch>> {
    const int64_t from = batch * kBatch;
    if (from >= kRows) return std::optional<Batch>();
    const int64_t to = std::min(from + kBatch, kRows);
    std::vector<int64_t> order(kRows);
    for (int64_t i = 0; i < kRows; ++i) order[i] = i;
    if (shuffled) order = random::Permutation(4, epoch, kRows);
    Batch b{.x = RowsOf(X(), order, from, to), .y = RowsOf(Y(), order, from, to)};
    if (weighted) b.sample_weight = RowsOf(W(), order, from, to);
    return std::optional<Batch>(std::move(b));
  };
}

struct Outcome {
  std::vector<std::vector<double>> logs;
  std::vector<Tensor> weights;
};

Outcome OutcomeOf(const Model& model, const absl::StatusOr<History>& history) {
  Outcome o;
  EXPECT_TRUE(history.ok()) << history.status();
  if (!history.ok()) return o;
  for (const Logs& logs : history->logs) {
    o.logs.emplace_back();
    for (const auto& [name, value] : logs.entries()) o.logs.back().push_back(value);
  }
  o.weights = *model.GetWeights();
  return o;
}

void ExpectSame(const Outcome& a, const Outcome& b) {
  EXPECT_EQ(a.logs, b.logs);
  ASSERT_EQ(a.weights.size(), b.weights.size());
  for (size_t i = 0; i < a.weights.size(); ++i) EXPECT_TRUE(SameBits(a.weights[i], b.weights[i]));
}

TEST(BatchSourceTest, ArraysAndFunctionsTrainTheSameBits) {
  for (const bool shuffled : {false, true}) {
    for (const bool weighted : {false, true}) {
      const FitOptions plain{.epochs = kEpochs, .verbose = 0};
      Sequential a = NewModel();
      FitOptions arrays = plain;
      arrays.batch_size = kBatch;
      arrays.shuffle = shuffled;
      arrays.validation_data = {X(), Y()};
      if (weighted) arrays.sample_weight = W();
      const Outcome wanted = OutcomeOf(a, a.Fit(X(), Y(), arrays));
      EXPECT_EQ(wanted.logs.size(), 3u);

      const auto known = FromFunction(Generator(shuffled, weighted), 3);
      const auto unknown = FromFunction(Generator(shuffled, weighted));
      ArrayOptions options{.batch_size = kBatch, .shuffle = shuffled, .seed = 4};
      if (weighted) options.sample_weight = W();
      const auto of_arrays = *FromArrays(X(), Y(), options);
      for (const BatchSourcePtr& source : {known, unknown, of_arrays}) {
        Sequential b = NewModel();
        FitOptions from_source = plain;
        from_source.validation_source = FromFunction(Generator(false, false));
        ExpectSame(OutcomeOf(b, b.Fit(source, from_source)), wanted);
        const absl::StatusOr<Logs> evaluated = b.Evaluate(source, {.verbose = 0});
        ASSERT_TRUE(evaluated.ok()) << evaluated.status();
        EvaluateOptions how{.batch_size = kBatch, .verbose = 0};
        if (weighted) how.sample_weight = W();
        if (!shuffled) {
          EXPECT_EQ((*evaluated)["loss"], (*b.Evaluate(X(), Y(), how))["loss"]);
        }
      }
    }
  }
}

// Training that ends within an epoch goes on from the saved model and the saved position.
TEST(BatchSourceTest, ResumesWithinAnEpoch) {
  for (const bool arrays : {false, true}) {
    const auto make = [&] {
      return arrays ? *FromArrays(X(), Y(), {.batch_size = kBatch, .seed = 4})
                    : FromFunction(Generator(true, false));
    };
    Sequential whole = NewModel();
    ASSERT_TRUE(whole.Fit(make(), {.epochs = kEpochs, .verbose = 0}).ok());

    Sequential first = NewModel();
    const BatchSourcePtr source = make();
    int64_t batches = 0;
    const Callback stop = {.on_train_batch_end = [&](int64_t, const Logs&) {
      if (++batches == 5) first.StopTraining();  // the second of the second epoch
      return absl::OkStatus();
    }};
    ASSERT_TRUE(first.Fit(source, {.epochs = kEpochs, .verbose = 0, .callbacks = {stop}}).ok());
    EXPECT_EQ(JsonText(source->Save()), R"({"batch":2,"epoch":1})");
    const std::string folder = io::testing::FreshDirectory() + "m";
    ASSERT_TRUE(first.Save(folder).ok());

    absl::StatusOr<Model> second = Model::Load(folder);
    ASSERT_TRUE(second.ok()) << second.status();
    const BatchSourcePtr rest = make();
    ASSERT_TRUE(rest->Restore(source->Save()).ok());
    ASSERT_TRUE(second->Fit(rest, {.epochs = kEpochs, .verbose = 0, .initial_epoch = 1}).ok());
    const std::vector<Tensor> wanted = *whole.GetWeights(), got = *second->GetWeights();
    for (size_t i = 0; i < wanted.size(); ++i) EXPECT_TRUE(SameBits(got[i], wanted[i])) << i;
  }
}

// A Sequential without shape takes that of the first batch.
TEST(BatchSourceTest, GivesAShape) {
  Sequential model;
  model.Add(Dense(2));
  ASSERT_TRUE(model.Compile({.loss = "mse"}).ok());
  EXPECT_TRUE(model.Fit(FromFunction(Generator(false, false)), {.verbose = 0}).ok());
  EXPECT_EQ(model.CountParams(), 8);
}

absl::Status FitStatus(const BatchSourcePtr& source, FitOptions options = {}) {
  Sequential model = NewModel();
  options.verbose = 0;
  return model.Fit(source, options).status();
}

TEST(BatchSourceTest, ErrorsAreThoseOfTheSource) {
  const auto failing = [](int64_t, int64_t batch) -> absl::StatusOr<std::optional<Batch>> {
    if (batch == 1) return absl::UnavailableError("the disk is away");
    return std::optional<Batch>(Batch{.x = X(), .y = Y()});
  };
  EXPECT_EQ(FitStatus(FromFunction(failing)), absl::UnavailableError("the disk is away"));
  EXPECT_EQ(FitStatus(nullptr), absl::InvalidArgumentError("the source of batches is null"));
  EXPECT_EQ(FitStatus(FromFunction(nullptr)),
            absl::InvalidArgumentError("the function that makes batches is null"));
  EXPECT_EQ(FitStatus(FromFunction(Generator(false, false), 0)),
            absl::InvalidArgumentError("the source gives no batch"));
  const auto sometimes = [](int64_t, int64_t batch) -> absl::StatusOr<std::optional<Batch>> {
    return Generator(false, batch == 0)(0, batch);
  };
  EXPECT_TRUE(absl::StrContains(FitStatus(FromFunction(sometimes)).message(),
                                "has no sample weights, unlike the first one"));
  const auto narrow = [](int64_t, int64_t) -> absl::StatusOr<std::optional<Batch>> {
    return std::optional<Batch>(Batch{.x = Numbers({2, 5}, 1), .y = Y()});
  };
  EXPECT_TRUE(absl::StrContains(FitStatus(FromFunction(narrow)).message(), "[batch,3]"));
  EXPECT_FALSE(FitStatus(FromFunction(Generator(false, false)), {.validation_split = 0.5}).ok());
  EXPECT_FALSE(FitStatus(FromFunction(Generator(false, false)), {.sample_weight = W()}).ok());
  EXPECT_FALSE(FromArrays(X(), Numbers({3, 2}, 1)).ok());
  EXPECT_FALSE(FromArrays(Tensor::Scalar<float>(1), Y()).ok());
}

TEST(BatchSourceTest, PositionsOfAnotherFormAreRefused) {
  const BatchSourcePtr source = FromFunction(Generator(false, false));
  for (const char* text : {"3", "{}", R"({"epoch":1})", R"({"epoch":-1,"batch":0})",
                           R"({"epoch":1,"batch":0,"row":2})"}) {
    EXPECT_EQ(source->Restore(*ParseJson(text)).code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace dagrad::keras
