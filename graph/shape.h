#ifndef DAGRAD_GRAPH_SHAPE_H_
#define DAGRAD_GRAPH_SHAPE_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/dim.h"
#include "dagrad/graph/dtype.h"

namespace dagrad {

// Sizes of a tensor at hand: all numbers.
using Dims = absl::InlinedVector<int64_t, 6>;

inline constexpr int kMaxRank = 8;
inline constexpr int64_t kMaxDim = int64_t{1} << 40;

// Product of `dims` (1 for none); InvalidArgument for a negative or too large dimension, a rank
// above kMaxRank, or when the product times 8 leaves int64.
absl::StatusOr<int64_t> CheckedNumElements(absl::Span<const int64_t> dims);
// Product of `dims`, which are known to pass the check above.
int64_t NumElements(absl::Span<const int64_t> dims);
// "[32,784]"
std::string DimsToString(absl::Span<const int64_t> dims);

// Shape of a value in a graph: its dimensions, each a number or symbolic. The rank is always known.
// Axes count from 0; a negative axis counts from the end.
class Shape {
 public:
  Shape() = default;  // a scalar
  Shape(std::initializer_list<Dim> dims) : dims_(dims) {}
  explicit Shape(absl::Span<const Dim> dims) : dims_(dims.begin(), dims.end()) {}
  explicit Shape(absl::Span<const int64_t> dims) : dims_(dims.begin(), dims.end()) {}

  int rank() const { return static_cast<int>(dims_.size()); }
  // Dimension `axis`, -rank() <= axis < rank(). Any other axis gives Dim::Invalid().
  Dim dim(int axis) const;
  const absl::InlinedVector<Dim, 4>& dims() const { return dims_; }
  void set_dim(int axis, Dim dim) { dims_[axis < 0 ? axis + rank() : axis] = std::move(dim); }
  void push_back(Dim dim) { dims_.push_back(std::move(dim)); }

  bool IsStatic() const;         // every dimension is a number
  Dim NumElements() const;       // product; 1 for a scalar
  Dims ToDims() const;           // only where IsStatic()
  std::string ToString() const;  // "[batch,784]"

  // Rank <= kMaxRank, every number in 0..kMaxDim, no invalid dimension, and a byte size (at 8 bytes
  // an element) of the known dimensions that fits int64.
  absl::Status Validate() const;
  // The sizes under `bindings`; InvalidArgument as Dim::Evaluate and CheckedNumElements.
  absl::StatusOr<Dims> Bind(const Bindings& bindings) const;

  // Every dimension with its symbols replaced (Dim::Substitute).
  Shape Substitute(const absl::btree_map<std::string, Dim>& symbols) const;

  bool operator==(const Shape&) const = default;

 private:
  absl::InlinedVector<Dim, 4> dims_;
};

// What a value is: element type and shape. Text: "float32[batch,784]".
struct ValueType {
  DType dtype = DType::kInvalid;
  Shape shape;

  std::string ToString() const;
  bool operator==(const ValueType&) const = default;
};

// Extends `bindings` by matching `shape` (of the graph) with `dims` (of a tensor): a lone symbol is
// bound by its first appearance, then the symbol of a dimension that has no other unbound one and
// rises with it by a whole number, "32*h", where it can be above 0; everything else must agree. On
// failure a message such as "shape [32,3] does not fit [batch,4]".
absl::Status UnifyShape(const Shape& shape, absl::Span<const int64_t> dims, Bindings* bindings);

// The first part of it alone: before several shapes are matched one after the other, so that their
// order does not matter. Does nothing where the ranks differ.
void BindLoneSymbols(const Shape& shape, absl::Span<const int64_t> dims, Bindings* bindings);

// The shape that NumPy's broadcasting gives: aligned at the right, each pair of dimensions equal or
// one of them 1. InvalidArgument without a label otherwise.
absl::StatusOr<Shape> BroadcastShapes(const Shape& a, const Shape& b);

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_SHAPE_H_
