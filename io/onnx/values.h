#ifndef DAGRAD_IO_ONNX_VALUES_H_
#define DAGRAD_IO_ONNX_VALUES_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/dim.h"
#include "dagrad/graph/tensor.h"

namespace dagrad::onnx {

// What a name of an ONNX graph stands for: one tensor, in every form that it was asked for so far.
struct Imported {
  Value value;  // as ONNX has it; invalid until it is asked for
  // The same with axis 1, the channels, moved to the end, as dagrad's convolutions have it.
  Value channels_last;
  // Known when the graph is imported. Of a weight, which may change, this is its first value.
  std::optional<Tensor> constant;
  // A vector of integers (or one integer, if it is a scalar) that are known as dimensions.
  std::optional<std::vector<Dim>> dims;
  bool is_scalar = false;            // of dims
  DType dims_dtype = DType::kInt64;  // int32 behind a Cast
  // Name of the state that it is; empty if it is none. Its first value is `constant`.
  std::string state;
  bool is_statistic = false;  // state that is no weight, as the running mean of a normalization
  // A sequence instead of a tensor: its elements, which are tensors. Nothing else is set then.
  std::optional<std::vector<std::shared_ptr<Imported>>> sequence;

  bool IsFixed() const { return constant.has_value() && state.empty(); }
};
using ImportedPtr = std::shared_ptr<Imported>;

// Names and what they stand for; those of outer graphs are seen in nested ones.
class ValueScope {
 public:
  // `is_body`: of the function of a node, whose values must not be left behind in what stands
  // outside. It sees copies of that.
  explicit ValueScope(const ValueScope* outer = nullptr, bool is_body = false)
      : outer_(outer), is_body_(is_body) {}
  // Null if there is none.
  ImportedPtr Find(absl::string_view name) const;
  // False if the name is taken in this very scope.
  bool Add(absl::string_view name, ImportedPtr value);

 private:
  const ValueScope* outer_;
  const bool is_body_;
  std::map<std::string, ImportedPtr, std::less<>> values_;
  mutable std::map<std::string, ImportedPtr, std::less<>> seen_;  // copies of outer values
};

// The value, in `builder`; made if it is not there yet.
Value Materialize(GraphBuilder* builder, Imported* v);
Value MaterializeChannelsLast(GraphBuilder* builder, Imported* v);
// One dimension, or another polynomial over symbols, which may be below 0, as a scalar int64.
Value DimValue(GraphBuilder* builder, const Dim& dim);
// Several as a vector of int64.
Value DimsValue(GraphBuilder* builder, const std::vector<Dim>& dims);
// Type without making anything.
ValueType TypeOf(const Imported& v);

// {0, 2, …, rank-1, 1} and its inverse.
std::vector<int64_t> ToChannelsLast(int rank);
std::vector<int64_t> ToChannelsFirst(int rank);

// The integers of a tensor of int32 or int64 of rank 0 or 1 as dimensions.
std::optional<std::vector<Dim>> DimsOf(const Imported& v);
// The number that it is, one below 0 too; none of a symbol, or of what is not valid.
std::optional<int64_t> NumberOf(const Dim& dim);
// dim = added - taken, both without a term below 0: divisions have none within them.
struct DimParts {
  Dim added = 0, taken = 0;
};
DimParts PartsOf(const Dim& dim);
// Whether it is below 0 for no sizes of 1 and more that its symbols stand for.
bool IsNeverNegative(const Dim& dim);
// An int64 tensor, if all of `dims` are numbers.
std::optional<Tensor> TensorOf(const std::vector<Dim>& dims, bool is_scalar);

}  // namespace dagrad::onnx

#endif  // DAGRAD_IO_ONNX_VALUES_H_
