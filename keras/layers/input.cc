#include "dagrad/keras/layers/input.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/name.h"

namespace dagrad::keras {
namespace {

// For inputs without a name, whose sizes need one.
int64_t NextNumber() {
  static std::atomic<int64_t> number{0};
  return number.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

InputLayer::InputLayer(Dims shape, const InputOptions& options, SourceLocation location)
    : LayerImpl(options.name, location), shape_(std::move(shape)), options_(options) {
  if (!options_.sizes.empty() || std::count(shape_.begin(), shape_.end(), kNone) == 0) return;
  const std::string head =
      Dim(options_.name).is_valid() ? options_.name : absl::StrCat("input_", NextNumber());
  for (size_t i = 0; i < shape_.size(); ++i) {
    if (shape_[i] == kNone) options_.sizes.push_back(absl::StrCat(head, "_", i + 1));
  }
}

absl::Status InputLayer::Build(absl::Span<const ValueType>) {
  if (options_.dtype == DType::kString)
    return UnimplementedError("no layer takes strings: TextVectorization makes numbers of them");
  if (options_.batch_size.value_or(1) < 1) {
    return InvalidArgumentError(
        absl::StrCat("batch_size must be positive, not ", *options_.batch_size));
  }
  const int64_t unknown = std::count(shape_.begin(), shape_.end(), kNone);
  if (unknown != static_cast<int64_t>(options_.sizes.size())) {
    return InvalidArgumentError(absl::StrCat("there are ", options_.sizes.size(), " sizes for ",
                                             unknown, " dimensions that are kNone"));
  }
  for (const std::string& size : options_.sizes) {
    if (Dim(size).is_valid() && size != "batch") continue;
    return InvalidArgumentError(absl::StrCat("\"", Printable(size), "\" cannot name a size"));
  }
  return type().shape.Validate();
}

ValueType InputLayer::type() const {
  Shape shape({options_.batch_size.has_value() ? Dim(*options_.batch_size) : Dim("batch")});
  size_t named = 0;
  for (int64_t d : shape_) {
    const bool unknown = d == kNone && named < options_.sizes.size();
    shape.push_back(unknown ? Dim(options_.sizes[named++]) : Dim(d));
  }
  return {options_.dtype, std::move(shape)};
}

LayerOutputs InputLayer::Call(CallContext& context, const LayerInputs&) const {
  return context.builder()->Input(context.NameOf(*this), options_.dtype, type().shape, location());
}

Json InputLayer::Config() const {
  boost::json::object config = {{"shape", JsonList(shape_)},
                                {"dtype", std::string(DTypeName(options_.dtype))}};
  if (options_.batch_size.has_value()) config["batch_size"] = *options_.batch_size;
  if (!options_.sizes.empty()) config["sizes"] = JsonList(options_.sizes);
  return config;
}

}  // namespace dagrad::keras
