#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/encoding.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/hash_bucket/hash_bucket.h"
#include "dagrad/ops/elementwise/select/select.h"

namespace dagrad::keras {
namespace {

struct HashingArgs {
  int64_t num_bins = 1;
  HashingOptions options;
};

class HashingLayer : public layers_internal::ConfiguredLayer<HashingLayer, HashingArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "Hashing";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("num_bins", a.num_bins);
    visit("mask_value", a.options.mask_value);
    visit("salt", a.options.salt);
    visit("output_mode", a.options.output_mode);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckInputCount(inputs, 1, 1));
    if (args().num_bins < 1 || args().num_bins > kMaxDim) {
      return InvalidArgumentError(
          absl::StrCat("num_bins must be at least 1, and a size, not ", args().num_bins));
    }
    if (args().options.salt.size() > 2) {
      return InvalidArgumentError(
          absl::StrCat("salt takes one number or two, not ", args().options.salt.size()));
    }
    return layers_internal::CheckOutputMode(args().options.output_mode, true, inputs[0]);
  }
  IntegerData integer_data() const override { return IntegerData::kIndices; }

  LayerOutputs Call(CallContext&, const LayerInputs& inputs) const override {
    if (!inputs[0].valid()) return inputs[0];
    const Value bins = Bins(inputs[0]);
    if (args().options.output_mode == "int") return bins;
    return layers_internal::EncodeCategories(bins, args().options.output_mode, args().num_bins,
                                             Value());
  }

 private:
  // Bin 0 is that of mask_value, unless it is the only one.
  Value Bins(Value x) const {
    if (!IsInteger(x.dtype())) x = Cast(x, DType::kInt64);
    std::vector<int64_t> salt = args().options.salt;
    if (salt.size() == 1) salt.push_back(salt[0]);
    const std::optional<int64_t>& mask = args().options.mask_value;
    if (!mask.has_value() || args().num_bins == 1) return HashBucket(x, args().num_bins, salt);
    const Value bins = HashBucket(x, args().num_bins - 1, salt) + 1.0;
    const Value value = Constant(x.builder(), Tensor::Scalar<int64_t>(*mask));
    return dagrad::Select(Equal(Cast(x, DType::kInt64), value), ZerosLike(bins), bins);
  }
};

}  // namespace

Layer Hashing(int64_t num_bins, HashingOptions options, SourceLocation location) {
  return layers_internal::MakeLayer<HashingLayer>(HashingArgs{num_bins, std::move(options)},
                                                  location);
}

namespace layers_internal {
LayerClass HashingClass() { return {HashingLayer::kClassName, HashingLayer::FromConfig}; }
}  // namespace layers_internal

}  // namespace dagrad::keras
