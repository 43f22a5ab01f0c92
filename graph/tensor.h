#ifndef DAGRAD_GRAPH_TENSOR_H_
#define DAGRAD_GRAPH_TENSOR_H_

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/graph/dtype.h"
#include "dagrad/graph/shape.h"

namespace dagrad {

// Alignment in bytes of every tensor that dagrad allocates.
inline constexpr size_t kTensorAlignment = 64;

// A dense, row-major array on the host. Copies share the bytes (Clone() does not), so a Tensor is
// passed by value; writing through one copy is seen by all. Const use from many threads is safe.
class Tensor {
 public:
  Tensor() = default;  // undefined: dtype kInvalid, no dims, no bytes; so is a tensor moved from
  Tensor(const Tensor&) = default;
  Tensor& operator=(const Tensor&) = default;
  Tensor(Tensor&& other) noexcept;
  Tensor& operator=(Tensor&& other) noexcept;

  // Uninitialised bytes; of kString, empty strings. InvalidArgument for kInvalid or bad dims
  // (CheckedNumElements); ResourceExhausted when there is no memory for it.
  static absl::StatusOr<Tensor> Allocate(DType dtype, absl::Span<const int64_t> dims);
  // As Allocate, all bytes 0.
  static absl::StatusOr<Tensor> Zeros(DType dtype, absl::Span<const int64_t> dims);
  // A view of bytes that `owner` keeps alive (a mapped file, a caller's buffer). `bytes` must hold
  // the dims and be aligned for `dtype`.
  static Tensor Wrap(DType dtype, absl::Span<const int64_t> dims, void* bytes,
                     std::shared_ptr<const void> owner);

  // Of the given values in row-major order. values.size() must be the product of dims: a mismatch
  // is a bug of the caller and aborts; so use it for literals, and Allocate for data. The text of
  // strings (T absl::string_view) is copied, as by OwnText().
  template <typename T>
  static Tensor Of(absl::Span<const int64_t> dims, absl::Span<const T> values);
  template <typename T>
  static Tensor Of(absl::Span<const int64_t> dims, std::initializer_list<T> values) {
    return Of<T>(dims, absl::MakeConstSpan(values.begin(), values.size()));
  }
  template <typename T>
  static Tensor Scalar(T value) {
    return Of<T>({}, {value});
  }
  // `value` converted to `dtype` as Cast does, in a tensor of `dims` (which must be valid).
  static Tensor Full(DType dtype, absl::Span<const int64_t> dims, double value);

  DType dtype() const { return dtype_; }
  const Dims& dims() const { return dims_; }
  int rank() const { return static_cast<int>(dims_.size()); }
  int64_t num_elements() const { return dtype_ == DType::kInvalid ? 0 : NumElements(dims_); }
  size_t byte_size() const { return num_elements() * DTypeSize(dtype_); }
  bool defined() const { return dtype_ != DType::kInvalid; }

  const void* bytes() const { return bytes_.get(); }
  void* mutable_bytes() {
    NoteWrite();
    return bytes_.get();
  }
  // T must be the element type: another one is a bug of the caller and aborts. Nothing for an
  // undefined tensor.
  template <typename T>
  absl::Span<const T> data() const {
    return absl::MakeConstSpan(static_cast<const T*>(bytes_.get()), Count<T>());
  }
  template <typename T>
  absl::Span<T> mutable_data() {
    NoteWrite();
    return absl::MakeSpan(static_cast<T*>(bytes_.get()), Count<T>());
  }

  // A number for what the bytes are now: it changes with every call of mutable_bytes() and
  // mutable_data(), of this tensor and of all that share its memory, and no other memory ever has
  // it. So equal versions are equal bytes, but for what is written later through a pointer of an
  // earlier call: call NoteWrite() then. 0: not known, for memory that no Tensor allocated (Wrap).
  uint64_t version() const;
  void NoteWrite();

  // With its own text, of kString.
  absl::StatusOr<Tensor> Clone() const;
  // Of kString: copies the text of all elements into memory of the tensor, where it stays as long
  // as the bytes do, and points the elements there. What is written by mutable_data() must stay
  // where it is until then. Nothing for other dtypes. FailedPrecondition for memory that no Tensor
  // allocated (Wrap); ResourceExhausted when there is no memory.
  absl::Status OwnText();
  // The same bytes under other dims of the same product; InvalidArgument otherwise, and for an
  // undefined tensor.
  absl::StatusOr<Tensor> Reshaped(absl::Span<const int64_t> dims) const;
  // Every element converted, whatever it is. Float to integer rounds toward zero and saturates, NaN
  // gives 0; integer to narrower integer keeps the low bits; to bool: != 0; numbers to narrower
  // floats round once, to the nearest. InvalidArgument for kInvalid, for an undefined tensor, and
  // between strings and others; ResourceExhausted when there is no memory.
  absl::StatusOr<Tensor> Cast(DType dtype) const;

  // "float32[2,3] {1, 2, 3, …}" with at most `limit` elements; strings quoted and escaped, at most
  // 64 bytes of each.
  std::string ToString(int limit = 8) const;

 private:
  template <typename T>
  size_t Count() const;

  DType dtype_ = DType::kInvalid;
  Dims dims_;
  std::shared_ptr<void> bytes_;
};

// ToString().
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);
// The same, or the error.
std::ostream& operator<<(std::ostream& out, const absl::StatusOr<Tensor>& tensor);
// A line for each, or the error.
std::ostream& operator<<(std::ostream& out, const absl::StatusOr<std::vector<Tensor>>& tensors);

// The same dtype, dims and bytes (so NaN equals the same NaN, and 0 differs from -0), or text.
bool SameBits(const Tensor& a, const Tensor& b);

inline Tensor::Tensor(Tensor&& other) noexcept
    : dtype_(std::exchange(other.dtype_, DType::kInvalid)),
      dims_(std::move(other.dims_)),
      bytes_(std::move(other.bytes_)) {
  other.dims_.clear();
}

inline Tensor& Tensor::operator=(Tensor&& other) noexcept {
  if (this == &other) return *this;
  dtype_ = std::exchange(other.dtype_, DType::kInvalid);
  dims_ = std::move(other.dims_);
  bytes_ = std::move(other.bytes_);
  other.dims_.clear();
  return *this;
}

namespace tensor_internal {
[[noreturn]] void DieOnMisuse(const char* what);
Tensor AllocateOrDie(DType dtype, absl::Span<const int64_t> dims);
void OwnTextOrDie(Tensor* tensor);
}  // namespace tensor_internal

template <typename T>
size_t Tensor::Count() const {
  if (defined() && dtype_ != DTypeOf<T>())
    tensor_internal::DieOnMisuse("Tensor::data<T>(): T is not the element type");
  return static_cast<size_t>(num_elements());
}

template <typename T>
Tensor Tensor::Of(absl::Span<const int64_t> dims, absl::Span<const T> values) {
  Tensor t = tensor_internal::AllocateOrDie(DTypeOf<T>(), dims);
  if (static_cast<size_t>(t.num_elements()) != values.size()) {
    tensor_internal::DieOnMisuse("Tensor::Of(): as many values are needed as dims say");
  }
  std::copy(values.begin(), values.end(), t.mutable_data<T>().begin());
  if constexpr (DTypeOf<T>() == DType::kString) tensor_internal::OwnTextOrDie(&t);
  return t;
}

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_TENSOR_H_
