#include "dagrad/graph/tensor.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <ostream>
#include <string>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/aligned_memory.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/convert.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad {
namespace {

// No two writes, of whatever tensors, have the same number.
uint64_t NextVersion() {
  static std::atomic<uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

constexpr size_t kMaxText = size_t{1} << 40;  // bytes

// Stands beside the reference count, so that all tensors of the same memory share the version.
struct Deleter {
  uint64_t version = NextVersion();
  std::shared_ptr<char[]> text = nullptr;  // of strings
  void operator()(const void* bytes) const { std::free(const_cast<void*>(bytes)); }
};

}  // namespace

namespace tensor_internal {

void DieOnMisuse(const char* what) {
  std::fprintf(stderr, "dagrad: misuse of %s\n", what);
  std::abort();
}

Tensor AllocateOrDie(DType dtype, absl::Span<const int64_t> dims) {
  absl::StatusOr<Tensor> t = Tensor::Allocate(dtype, dims);
  if (absl::IsResourceExhausted(t.status())) throw std::bad_alloc();
  if (!t.ok()) DieOnMisuse("Tensor::Of() or Full(): dims");
  return *std::move(t);
}

void OwnTextOrDie(Tensor* tensor) {
  if (!tensor->OwnText().ok()) throw std::bad_alloc();
}

}  // namespace tensor_internal

absl::StatusOr<Tensor> Tensor::Allocate(DType dtype, absl::Span<const int64_t> dims) try {
  if (DTypeSize(dtype) == 0) return InvalidArgumentError("a tensor needs a valid dtype");
  absl::StatusOr<int64_t> n = CheckedNumElements(dims);
  if (!n.ok()) return n.status();
  const size_t bytes = *n * DTypeSize(dtype);
  void* p = AllocateAligned(bytes);
  if (p == nullptr) {
    return ResourceExhaustedError(absl::StrCat("no memory for ", DTypeName(dtype),
                                               DimsToString(dims), ": ", bytes, " bytes"));
  }
  if (dtype == DType::kString) std::memset(p, 0, bytes);
  return Wrap(dtype, dims, p, std::shared_ptr<const void>(p, Deleter()));
}
DAGRAD_CATCH_NO_MEMORY

absl::Status Tensor::OwnText() try {
  if (dtype_ != DType::kString) return absl::OkStatus();
  Deleter* const deleter = std::get_deleter<Deleter>(bytes_);
  if (deleter == nullptr) return FailedPreconditionError("the strings are in memory of others");
  const absl::Span<absl::string_view> elements = mutable_data<absl::string_view>();
  size_t size = 0;
  for (absl::string_view s : elements) {
    size += s.size();
    if (size > kMaxText) return ResourceExhaustedError("no memory for the text of strings");
  }
  const std::shared_ptr<char[]> text(new char[size]);
  char* to = text.get();
  for (absl::string_view& s : elements) {
    to = std::copy(s.begin(), s.end(), to);
    s = absl::string_view(to - s.size(), s.size());
  }
  deleter->text = text;
  return absl::OkStatus();
}
DAGRAD_CATCH_NO_MEMORY

uint64_t Tensor::version() const {
  Deleter* const deleter = std::get_deleter<Deleter>(bytes_);
  return deleter == nullptr ? 0 : std::atomic_ref(deleter->version).load(std::memory_order_relaxed);
}

void Tensor::NoteWrite() {
  Deleter* const deleter = std::get_deleter<Deleter>(bytes_);
  if (deleter != nullptr)
    std::atomic_ref(deleter->version).store(NextVersion(), std::memory_order_relaxed);
}

absl::StatusOr<Tensor> Tensor::Zeros(DType dtype, absl::Span<const int64_t> dims) try {
  absl::StatusOr<Tensor> t = Allocate(dtype, dims);
  if (t.ok()) std::memset(t->mutable_bytes(), 0, t->byte_size());
  return t;
}
DAGRAD_CATCH_NO_MEMORY

Tensor Tensor::Wrap(DType dtype, absl::Span<const int64_t> dims, void* bytes,
                    std::shared_ptr<const void> owner) {
  Tensor t;
  t.dtype_ = dtype;
  t.dims_.assign(dims.begin(), dims.end());
  t.bytes_ = std::shared_ptr<void>(std::const_pointer_cast<void>(owner), bytes);
  return t;
}

Tensor Tensor::Full(DType dtype, absl::Span<const int64_t> dims, double value) {
  Tensor t = tensor_internal::AllocateOrDie(dtype, dims);
  DispatchDType(dtype, [&](auto zero) {
    using T = decltype(zero);
    auto data = t.mutable_data<T>();
    std::fill(data.begin(), data.end(), Convert<T>(value));
  });
  return t;
}

absl::StatusOr<Tensor> Tensor::Clone() const try {
  if (!defined()) return Tensor();
  absl::StatusOr<Tensor> t = Allocate(dtype_, dims_);
  if (!t.ok()) return t;
  std::memcpy(t->mutable_bytes(), bytes(), byte_size());
  DAGRAD_RETURN_IF_ERROR(t->OwnText());
  return t;
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<Tensor> Tensor::Reshaped(absl::Span<const int64_t> dims) const try {
  if (!defined()) return InvalidArgumentError("cannot reshape an undefined tensor");
  absl::StatusOr<int64_t> n = CheckedNumElements(dims);
  if (!n.ok()) return n.status();
  if (*n != num_elements()) {
    return InvalidArgumentError(
        absl::StrCat("cannot reshape ", DimsToString(dims_), " to ", DimsToString(dims)));
  }
  Tensor t = *this;
  t.dims_.assign(dims.begin(), dims.end());
  return t;
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<Tensor> Tensor::Cast(DType dtype) const try {
  if (!defined()) {
    return InvalidArgumentError(
        absl::StrCat("cannot cast an undefined tensor to ", DTypeName(dtype)));
  }
  if (dtype_ == DType::kString && dtype == DType::kString) return Clone();
  if (dtype_ == DType::kString || dtype == DType::kString) {
    return InvalidArgumentError(
        absl::StrCat("cannot cast ", DTypeName(dtype_), " to ", DTypeName(dtype)));
  }
  absl::StatusOr<Tensor> result = Allocate(dtype, dims_);
  if (!result.ok()) return result;
  DispatchDType(dtype_, [&](auto from_zero) {
    DispatchDType(dtype, [&](auto to_zero) {
      using From = decltype(from_zero);
      using To = decltype(to_zero);
      auto to = result->mutable_data<To>().begin();
      for (From v : data<From>()) *to++ = Convert<To>(v);
    });
  });
  return result;
}
DAGRAD_CATCH_NO_MEMORY

namespace {

std::string Quoted(absl::string_view s) {
  constexpr size_t kShown = 64;
  return absl::StrCat("\"", absl::CHexEscape(s.substr(0, kShown)),
                      s.size() > kShown ? "…\"" : "\"");
}

}  // namespace

std::string Tensor::ToString(int limit) const {
  if (!defined()) return "undefined";
  std::string text = absl::StrCat(DTypeName(dtype_), DimsToString(dims_), " {");
  const int64_t shown = std::min<int64_t>(num_elements(), limit);
  for (int64_t i = 0; i < shown && dtype_ == DType::kString; ++i)
    absl::StrAppend(&text, i == 0 ? "" : ", ", Quoted(data<absl::string_view>()[i]));
  DispatchDType(dtype_, [&](auto zero) {
    using T = decltype(zero);
    for (int64_t i = 0; i < shown; ++i) {
      const T v = data<T>()[i];
      absl::StrAppend(&text, i == 0 ? "" : ", ");
      if constexpr (std::is_same_v<T, bool>) {
        absl::StrAppend(&text, v ? "true" : "false");
      } else if constexpr (kIsHalf<T>) {
        absl::StrAppend(&text, static_cast<float>(v));
      } else if constexpr (sizeof(T) == 1) {
        absl::StrAppend(&text, static_cast<int>(v));
      } else {
        absl::StrAppend(&text, v);
      }
    }
  });
  return absl::StrCat(text, shown < num_elements() ? ", …}" : "}");
}

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) {
  return out << tensor.ToString();
}

std::ostream& operator<<(std::ostream& out, const absl::StatusOr<Tensor>& tensor) {
  return tensor.ok() ? out << *tensor : out << tensor.status();
}

std::ostream& operator<<(std::ostream& out, const absl::StatusOr<std::vector<Tensor>>& tensors) {
  if (!tensors.ok()) return out << tensors.status();
  for (const Tensor& tensor : *tensors) out << tensor << '\n';
  return out;
}

bool SameBits(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.dims() != b.dims()) return false;
  if (a.dtype() == DType::kString) {
    const auto x = a.data<absl::string_view>(), y = b.data<absl::string_view>();
    return std::equal(x.begin(), x.end(), y.begin());
  }
  return (a.byte_size() == 0 || std::memcmp(a.bytes(), b.bytes(), a.byte_size()) == 0);
}

}  // namespace dagrad
