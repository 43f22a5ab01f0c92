#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/models/fit_loop.h"
#include "dagrad/keras/models/model_impl.h"

// Predict, of arrays and of batches.
namespace dagrad::keras {
namespace {

// Runs the model over batches. `next(b)` gives the inputs of batch b, or nothing behind the last;
// `keep(b, outputs)` takes what comes out. `count`: how many there are, where that is known.
template <typename Next, typename Keep>
absl::Status RunBatches(Model* handle, Model::Impl* impl, const PredictOptions& options,
                        std::optional<int64_t> count, Next next, Keep keep) {
  DAGRAD_ASSIGN_OR_RETURN(std::unique_ptr<RunContext> context,
                          impl->predict->NewContext(&impl->state, options.budget));
  ProgressBar bar(count.value_or(-1), options.verbose, IsTerminal(options.out),
                  OutputStream(options.out));
  const CallbackList callbacks(
      options.callbacks, {.model = *handle, .steps = count, .out = OutputStream(options.out)});
  const Running running(impl);
  absl::Cleanup failed = [&] { callbacks.Fail(); };
  DAGRAD_RETURN_IF_ERROR(callbacks.Call(&CallbackImpl::OnPredictBegin));
  int64_t b = 0;
  for (; b < options.steps.value_or(b + 1); ++b) {
    DAGRAD_ASSIGN_OR_RETURN(const std::optional<absl::Span<const Tensor>> feeds, next(b));
    if (!feeds.has_value()) break;
    DAGRAD_RETURN_IF_ERROR(callbacks.Call(&CallbackImpl::OnPredictBatchBegin, b));
    DAGRAD_RETURN_IF_ERROR(impl->predict->Run(context.get(), *feeds, {options.budget}));
    DAGRAD_RETURN_IF_ERROR(keep(b, context->outputs()));
    bar.Update(b + 1, Logs());
    DAGRAD_RETURN_IF_ERROR(callbacks.Call(&CallbackImpl::OnPredictBatchEnd, b));
  }
  DAGRAD_RETURN_IF_ERROR(callbacks.Call(&CallbackImpl::OnPredictEnd));
  std::move(failed).Cancel();
  bar.Finish(b, Logs());
  return absl::OkStatus();
}

absl::Status CheckSteps(const PredictOptions& options) {
  if (options.steps.value_or(1) > 0) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("steps must be positive, not ", *options.steps));
}

absl::Status EnsureFor(Model::Impl* impl, const Data& x) {
  const Dims* dims = x.empty() ? nullptr : &x.tensors[0].dims();
  const DType dtype = x.empty() ? DType::kFloat32 : x.tensors[0].dtype();
  DAGRAD_RETURN_IF_ERROR(impl->EnsureNetwork(dims, dtype));
  return impl->EnsurePredict();
}

absl::StatusOr<Tensor> AllocateWithin(const Budget& budget, DType dtype, const Dims& dims) {
  const runtime::TensorSpec spec{dtype, dims};
  DAGRAD_RETURN_IF_ERROR(budget.Take(static_cast<int64_t>(spec.byte_size()), "the predictions"));
  return Tensor::Allocate(dtype, dims);
}

// What the inputs' symbols stand for in these arrays.
absl::StatusOr<Bindings> SizesOf(const Network& network, const std::vector<Tensor>& inputs) {
  Bindings sizes;
  for (size_t i = 0; i < inputs.size(); ++i) {
    Shape shape = network.input_type(i).shape;
    shape.set_dim(0, Dim("batch"));
    DAGRAD_RETURN_IF_ERROR(Prefixed(absl::StrCat("input \"", network.InputName(i), "\""),
                                    UnifyShape(shape, inputs[i].dims(), &sizes)));
    sizes.erase("batch");
  }
  return sizes;
}

absl::StatusOr<Tensor> CopyWithin(const Budget& budget, const Tensor& t) {
  DAGRAD_ASSIGN_OR_RETURN(Tensor copy, AllocateWithin(budget, t.dtype(), t.dims()));
  if (t.byte_size() > 0) std::memcpy(copy.mutable_bytes(), t.bytes(), t.byte_size());
  return copy;
}

// The rows of all `parts`, of which there is one, one behind the other.
absl::StatusOr<Tensor> Joined(const std::vector<Tensor>& parts, const Budget& budget) {
  Dims all = parts[0].dims();
  if (all.empty()) {
    return InvalidArgumentError(
        "a batch's prediction is a scalar; those of batches are joined along their first axis");
  }
  all[0] = 0;
  for (const Tensor& part : parts) {
    all[0] += part.dims()[0];
    Dims dims = part.dims();
    dims[0] = parts[0].dims()[0];  // of one rank, as the output is
    if (dims == parts[0].dims()) continue;
    return InvalidArgumentError(absl::StrCat(
        "batches give predictions of different shapes: ", DimsToString(parts[0].dims()), ", ",
        DimsToString(part.dims())));
  }
  DAGRAD_ASSIGN_OR_RETURN(Tensor joined, AllocateWithin(budget, parts[0].dtype(), all));
  char* to = reinterpret_cast<char*>(joined.mutable_bytes());
  for (const Tensor& part : parts) {
    if (part.byte_size() > 0) std::memcpy(to, part.bytes(), part.byte_size());
    to += part.byte_size();
  }
  return joined;
}

// Whether the shape has a row for each example, and nothing else in it depends on how many there
// are.
bool HasRowPerExample(const Shape& shape) {
  if (shape.rank() == 0 || shape.dim(0) != Dim("batch")) return false;
  absl::btree_set<std::string> symbols;
  for (int i = 1; i < shape.rank(); ++i) shape.dim(i).CollectSymbols(&symbols);
  return !symbols.contains("batch");
}

// What the batches give, of each output.
class Results {
 public:
  Results(const Network& network, Budget budget)
      : network_(&network),
        budget_(std::move(budget)),
        whole_(network.outputs().size()),
        parts_(network.outputs().size()) {}

  // The outputs with a row for each example go to their places at once: `sizes` has the number of
  // all examples, "batch". `none`: there is no batch to come.
  static absl::StatusOr<Results> Make(const Network& network, const Bindings& sizes, bool none,
                                      const Budget& budget) {
    Results results(network, budget);
    for (size_t i = 0; i < results.whole_.size(); ++i) {
      ValueType type = network.output_type(i);
      if (none && type.shape.rank() > 0) type.shape.set_dim(0, 0);
      if (!none && !HasRowPerExample(type.shape)) continue;
      DAGRAD_ASSIGN_OR_RETURN(const Dims all, type.shape.Bind(sizes));
      DAGRAD_ASSIGN_OR_RETURN(results.whole_[i], AllocateWithin(budget, type.dtype, all));
    }
    return results;
  }

  // Of a batch whose first example is `first`.
  absl::Status Keep(int64_t first, absl::Span<const Tensor> outputs) {
    for (size_t i = 0; i < outputs.size(); ++i) {
      const Tensor& part = outputs[i];
      if (!whole_[i].defined()) {
        DAGRAD_ASSIGN_OR_RETURN(Tensor copy, CopyWithin(budget_, part));
        parts_[i].push_back(std::move(copy));
      } else if (part.byte_size() > 0) {
        Tensor rows = Rows({whole_[i]}, first, first + part.dims()[0])[0];
        std::memcpy(rows.mutable_bytes(), part.bytes(), part.byte_size());
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Tensor>> Finish() {
    for (size_t i = 0; i < whole_.size(); ++i) {
      if (whole_[i].defined()) continue;
      absl::StatusOr<Tensor> joined = Joined(parts_[i], budget_);
      if (!joined.ok()) {
        return Prefixed(absl::StrCat("output \"", network_->OutputName(i), "\""), joined.status());
      }
      whole_[i] = *std::move(joined);
    }
    return std::move(whole_);
  }

 private:
  const Network* network_;
  Budget budget_;
  std::vector<Tensor> whole_;               // not defined: `parts_` has what there is
  std::vector<std::vector<Tensor>> parts_;  // by output and batch
};

}  // namespace

absl::StatusOr<std::vector<Tensor>> Model::PredictAll(const Data& x, PredictOptions options) const
    try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("Predict"));
  DAGRAD_RETURN_IF_ERROR(CheckSteps(options));
  DAGRAD_RETURN_IF_ERROR(EnsureFor(impl.get(), x));
  DAGRAD_ASSIGN_OR_RETURN(std::vector<Tensor> inputs, impl->FitInputs(x));
  DAGRAD_RETURN_IF_ERROR(impl->CheckBatches(inputs[0].dims()[0], options.batch_size));
  DAGRAD_ASSIGN_OR_RETURN(Bindings sizes, SizesOf(*impl->network, inputs));
  DAGRAD_ASSIGN_OR_RETURN(Batches batches, Batches::Make(std::move(inputs), options.batch_size));
  const int64_t count = std::min(batches.count(), options.steps.value_or(batches.count()));
  sizes["batch"] = count == 0 ? 0 : batches.FirstRowOf(count - 1) + batches.RowsOf(count - 1);
  DAGRAD_ASSIGN_OR_RETURN(Results results,
                          Results::Make(*impl->network, sizes, count == 0, options.budget));
  using Feeds = std::optional<absl::Span<const Tensor>>;
  const auto next = [&](int64_t b) -> absl::StatusOr<Feeds> {
    if (b == count) return Feeds();
    DAGRAD_ASSIGN_OR_RETURN(const absl::Span<const Tensor> feeds, batches.Get(b));
    return Feeds(feeds);
  };
  const auto keep = [&](int64_t b, absl::Span<const Tensor> outputs) {
    return results.Keep(batches.FirstRowOf(b), outputs);
  };
  Model handle(impl);
  DAGRAD_RETURN_IF_ERROR(RunBatches(&handle, impl.get(), options, count, next, keep));
  return results.Finish();
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<std::vector<Tensor>> Model::PredictAll(const BatchSourcePtr& batches,
                                                      PredictOptions options) const try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("Predict"));
  DAGRAD_RETURN_IF_ERROR(CheckSteps(options));
  DAGRAD_ASSIGN_OR_RETURN(Stream stream, Stream::Open(batches, 0));
  DAGRAD_RETURN_IF_ERROR(EnsureFor(impl.get(), stream.first->x));
  stream.steps = options.steps;
  Results results(*impl->network, options.budget);
  std::vector<Tensor> inputs;
  using Feeds = std::optional<absl::Span<const Tensor>>;
  const auto next = [&](int64_t) -> absl::StatusOr<Feeds> {
    DAGRAD_ASSIGN_OR_RETURN(const Batch* batch, stream.Next());
    if (batch == nullptr) return Feeds();
    DAGRAD_ASSIGN_OR_RETURN(inputs, impl->FitInputs(batch->x));
    return Feeds(absl::MakeConstSpan(inputs));
  };
  const auto keep = [&](int64_t, absl::Span<const Tensor> outputs) {
    return results.Keep(0, outputs);
  };
  Model handle(impl);
  DAGRAD_RETURN_IF_ERROR(RunBatches(&handle, impl.get(), options, stream.size(), next, keep));
  return results.Finish();
}
DAGRAD_CATCH_NO_MEMORY

namespace {

absl::StatusOr<Tensor> OnlyOne(const Model& model, absl::StatusOr<std::vector<Tensor>> results) {
  DAGRAD_RETURN_IF_ERROR(results.status());
  if (results->size() == 1) return (*results)[0];
  return FailedPreconditionError(absl::StrCat("model ", model.name(), " has ", results->size(),
                                              " outputs; PredictAll gives them all"));
}

}  // namespace

absl::StatusOr<Tensor> Model::Predict(const Data& x, PredictOptions options) const try {
  return OnlyOne(*this, PredictAll(x, std::move(options)));
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<Tensor> Model::Predict(const BatchSourcePtr& batches, PredictOptions options) const
    try {
  return OnlyOne(*this, PredictAll(batches, std::move(options)));
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::keras
