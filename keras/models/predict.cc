#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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

// The rows of all `parts`, one behind the other.
absl::StatusOr<Tensor> Joined(const std::vector<Tensor>& parts, const Budget& budget) {
  Dims all = parts[0].dims();
  all[0] = 0;
  for (const Tensor& part : parts) {
    all[0] += part.dims()[0];
    Dims dims = part.dims();
    dims[0] = parts[0].dims()[0];
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
  const int64_t examples =
      count == 0 ? 0 : batches.FirstRowOf(count - 1) + batches.RowsOf(count - 1);
  sizes["batch"] = examples;
  std::vector<Tensor> results;
  for (size_t i = 0; i < impl->network->outputs().size(); ++i) {
    const ValueType& type = impl->network->output_type(i);
    DAGRAD_ASSIGN_OR_RETURN(Dims all, type.shape.Bind(sizes));
    if (type.shape.dim(0).is_known()) all[0] = examples;
    DAGRAD_ASSIGN_OR_RETURN(Tensor t, AllocateWithin(options.budget, type.dtype, all));
    results.push_back(std::move(t));
  }
  using Feeds = std::optional<absl::Span<const Tensor>>;
  const auto next = [&](int64_t b) -> absl::StatusOr<Feeds> {
    if (b == count) return Feeds();
    DAGRAD_ASSIGN_OR_RETURN(const absl::Span<const Tensor> feeds, batches.Get(b));
    return Feeds(feeds);
  };
  const auto keep = [&](int64_t b, absl::Span<const Tensor> outputs) {
    const int64_t first = batches.FirstRowOf(b);
    for (size_t i = 0; i < results.size(); ++i) {
      Tensor rows = Rows({results[i]}, first, first + batches.RowsOf(b))[0];
      const Tensor& part = outputs[i];
      if (part.byte_size() > 0) std::memcpy(rows.mutable_bytes(), part.bytes(), part.byte_size());
    }
    return absl::OkStatus();
  };
  Model handle(impl);
  DAGRAD_RETURN_IF_ERROR(RunBatches(&handle, impl.get(), options, count, next, keep));
  return results;
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<std::vector<Tensor>> Model::PredictAll(const BatchSourcePtr& batches,
                                                      PredictOptions options) const try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("Predict"));
  DAGRAD_RETURN_IF_ERROR(CheckSteps(options));
  DAGRAD_ASSIGN_OR_RETURN(Stream stream, Stream::Open(batches, 0));
  DAGRAD_RETURN_IF_ERROR(EnsureFor(impl.get(), stream.first->x));
  stream.steps = options.steps;
  std::vector<Tensor> inputs;
  std::vector<std::vector<Tensor>> parts(impl->network->outputs().size());
  using Feeds = std::optional<absl::Span<const Tensor>>;
  const auto next = [&](int64_t) -> absl::StatusOr<Feeds> {
    DAGRAD_ASSIGN_OR_RETURN(const Batch* batch, stream.Next());
    if (batch == nullptr) return Feeds();
    DAGRAD_ASSIGN_OR_RETURN(inputs, impl->FitInputs(batch->x));
    return Feeds(absl::MakeConstSpan(inputs));
  };
  const auto keep = [&](int64_t, absl::Span<const Tensor> outputs) -> absl::Status {
    for (size_t i = 0; i < parts.size(); ++i) {
      DAGRAD_ASSIGN_OR_RETURN(
          Tensor part, AllocateWithin(options.budget, outputs[i].dtype(), outputs[i].dims()));
      if (part.byte_size() > 0)
        std::memcpy(part.mutable_bytes(), outputs[i].bytes(), part.byte_size());
      parts[i].push_back(std::move(part));
    }
    return absl::OkStatus();
  };
  Model handle(impl);
  DAGRAD_RETURN_IF_ERROR(RunBatches(&handle, impl.get(), options, stream.size(), next, keep));
  std::vector<Tensor> results;
  for (const std::vector<Tensor>& of_output : parts) {
    DAGRAD_ASSIGN_OR_RETURN(Tensor joined, Joined(of_output, options.budget));
    results.push_back(std::move(joined));
  }
  return results;
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
