#include "dagrad/keras/data/data.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::keras {
namespace {

size_t RowBytes(const Tensor& t) {
  return NumElements(absl::MakeConstSpan(t.dims()).subspan(1)) * DTypeSize(t.dtype());
}

// Whether the integer `y`, which `x` was cast to, is `x`.
template <typename To, typename From>
bool IsSame(From x, To y) {
  if constexpr (kIsHalf<From>) {
    return IsSame<To, float>(x, y);
  } else if constexpr (std::is_floating_point_v<From>) {
    // The largest To rounds up to the first float beyond it, which saturates to it.
    return static_cast<From>(y) == x && x < std::ldexp(From{1}, std::numeric_limits<To>::digits);
  } else {
    return std::cmp_equal(+x, y);
  }
}

// Errors for the first element that `cast`, of integers, does not hold as it is in `t`.
absl::Status CheckExact(const Tensor& t, const Tensor& cast, const std::string& what) {
  absl::Status status;
  DispatchDType(t.dtype(), [&](auto from_zero) {
    DispatchDType(cast.dtype(), [&](auto to_zero) {
      using From = decltype(from_zero);
      using To = decltype(to_zero);
      if constexpr (std::is_integral_v<To> && !std::is_same_v<To, bool>) {
        const auto x = t.data<From>();
        const auto y = cast.data<To>();
        const auto [at, unused] = std::mismatch(x.begin(), x.end(), y.begin(), IsSame<To, From>);
        if (at == x.end()) return;
        const int64_t row = (at - x.begin()) / (t.num_elements() / t.dims()[0]);
        status = InvalidArgumentError(
            absl::StrCat(what, " is ", DTypeName(cast.dtype()), "; row ", row, " has ", +*at));
      }
    });
  });
  return status;
}

absl::StatusOr<std::vector<Tensor>> Buffers(const std::vector<Tensor>& columns, int64_t rows) {
  std::vector<Tensor> buffers;
  for (const Tensor& c : columns) {
    Dims dims = c.dims();
    dims[0] = rows;
    DAGRAD_ASSIGN_OR_RETURN(Tensor t, Tensor::Allocate(c.dtype(), dims));
    buffers.push_back(std::move(t));
  }
  return buffers;
}

}  // namespace

absl::StatusOr<Tensor> FitToType(const Tensor& t, const ValueType& type, const std::string& what) {
  Tensor fitted = t;
  const int rank = type.shape.rank();
  if (t.defined() && t.rank() == rank - 1 && t.rank() >= 1 && type.shape.dim(-1) == Dim(1)) {
    Dims dims = t.dims();
    dims.push_back(1);
    DAGRAD_ASSIGN_OR_RETURN(fitted, t.Reshaped(dims));
  } else if (t.defined() && t.rank() == rank + 1 && t.dims().back() == 1) {
    DAGRAD_ASSIGN_OR_RETURN(fitted, t.Reshaped(absl::MakeConstSpan(t.dims()).first(rank)));
  }
  Bindings bindings;
  Shape wanted = type.shape;
  if (rank > 0) wanted.set_dim(0, Dim("batch"));
  if (!fitted.defined() || !UnifyShape(wanted, fitted.dims(), &bindings).ok()) {
    return InvalidArgumentError(
        absl::StrCat(what, " is ", type.ToString(), "; given: ",
                     t.defined() ? absl::StrCat(DTypeName(t.dtype()), DimsToString(t.dims()))
                                 : std::string("nothing")));
  }
  if (fitted.dtype() == type.dtype) return fitted;
  DAGRAD_ASSIGN_OR_RETURN(Tensor cast, fitted.Cast(type.dtype));
  if (IsInteger(type.dtype)) DAGRAD_RETURN_IF_ERROR(CheckExact(fitted, cast, what));
  return cast;
}

absl::StatusOr<int64_t> RowsOfAll(const std::vector<Tensor>& columns) {
  const int64_t rows = columns[0].dims()[0];
  for (const Tensor& c : columns) {
    if (c.dims()[0] == rows) continue;
    return InvalidArgumentError(absl::StrCat(
        "inputs and targets have different numbers of examples: ", rows, " and ", c.dims()[0]));
  }
  return rows;
}

absl::StatusOr<Batches> Batches::Make(std::vector<Tensor> columns, int64_t batch_size) {
  if (batch_size < 1) {
    return InvalidArgumentError(absl::StrCat("batch_size must be positive, not ", batch_size));
  }
  Batches b;
  if (!columns.empty()) {
    DAGRAD_ASSIGN_OR_RETURN(b.rows_, RowsOfAll(columns));
  }
  b.batch_size_ = std::min(batch_size, std::max<int64_t>(b.rows_, 1));
  b.columns_ = std::move(columns);
  const int64_t whole = std::min(b.batch_size_, b.rows_);
  DAGRAD_ASSIGN_OR_RETURN(b.full_, Buffers(b.columns_, whole));
  if (whole > 0 && b.rows_ % whole != 0) {
    DAGRAD_ASSIGN_OR_RETURN(b.last_, Buffers(b.columns_, b.rows_ % whole));
  }
  return b;
}

absl::StatusOr<absl::Span<const Tensor>> Batches::Get(int64_t index) {
  const int64_t begin = FirstRowOf(index);
  const int64_t rows = RowsOf(index);
  std::vector<Tensor>& buffers = rows == full_[0].dims()[0] ? full_ : last_;
  for (size_t c = 0; c < columns_.size(); ++c) {
    const size_t bytes = RowBytes(columns_[c]);
    const char* from = static_cast<const char*>(columns_[c].bytes());
    char* to = static_cast<char*>(buffers[c].mutable_bytes());
    if (order_.empty()) {
      std::memcpy(to, from + begin * bytes, rows * bytes);
      continue;
    }
    for (int64_t i = 0; i < rows; ++i)
      std::memcpy(to + i * bytes, from + order_[begin + i] * bytes, bytes);
  }
  return absl::MakeConstSpan(buffers);
}

std::vector<Tensor> Rows(const std::vector<Tensor>& tensors, int64_t begin, int64_t end) {
  std::vector<Tensor> rows;
  for (const Tensor& t : tensors) {
    Dims dims = t.dims();
    dims[0] = end - begin;
    auto owner = std::make_shared<Tensor>(t);
    char* bytes = static_cast<char*>(owner->mutable_bytes()) + begin * RowBytes(t);
    rows.push_back(Tensor::Wrap(t.dtype(), dims, bytes, owner));
  }
  return rows;
}

}  // namespace dagrad::keras
