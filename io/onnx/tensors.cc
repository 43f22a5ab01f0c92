#include "dagrad/io/onnx/tensors.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::onnx {
namespace {

// By onnx::TensorProto::DataType.
struct TypeRow {
  absl::string_view name;
  DType dtype = DType::kInvalid;
};
constexpr TypeRow kTypes[] = {{"undefined"},
                              {"float32", DType::kFloat32},
                              {"uint8", DType::kUInt8},
                              {"int8", DType::kInt8},
                              {"uint16", DType::kUInt16},
                              {"int16", DType::kInt16},
                              {"int32", DType::kInt32},
                              {"int64", DType::kInt64},
                              {"string", DType::kString},
                              {"bool", DType::kBool},
                              {"float16", DType::kFloat16},
                              {"float64", DType::kFloat64},
                              {"uint32", DType::kUInt32},
                              {"uint64", DType::kUInt64},
                              {"complex64"},
                              {"complex128"},
                              {"bfloat16", DType::kBFloat16},
                              {"float8e4m3fn"},
                              {"float8e4m3fnuz"},
                              {"float8e5m2"},
                              {"float8e5m2fnuz"},
                              {"uint4"},
                              {"int4"},
                              {"float4e2m1"},
                              {"float8e8m0"},
                              {"uint2"},
                              {"int2"},
                              {"float6e2m3"},
                              {"float6e3m2"}};

absl::Status Mismatch(int64_t have, absl::string_view what, int64_t need) {
  return DataLossError(absl::StrCat("it has ", have, " ", what, ", and its shape needs ", need));
}

// As many bytes as `to` has. Of bools whatever is not 0 is true.
void CopyBytes(const char* from, Tensor* to) {
  if (to->byte_size() == 0) return;
  std::memcpy(to->mutable_bytes(), from, to->byte_size());
  if (to->dtype() != DType::kBool) return;
  auto* bytes = static_cast<uint8_t*>(to->mutable_bytes());
  for (size_t i = 0; i < to->byte_size(); ++i) bytes[i] = bytes[i] != 0 ? 1 : 0;
}

// Calls `f` with the field that elements of `dtype` stand in and a value of their type.
template <typename F>
void WithField(const proto::Tensor& tensor, DType dtype, F f) {
  switch (dtype) {
    case DType::kFloat32:
      return f(tensor.float_data(), float{});
    case DType::kFloat64:
      return f(tensor.double_data(), double{});
    case DType::kInt64:
      return f(tensor.int64_data(), int64_t{});
    case DType::kUInt32:
      return f(tensor.uint64_data(), uint32_t{});
    case DType::kUInt64:
      return f(tensor.uint64_data(), uint64_t{});
    default:
      DispatchDType(dtype, [&](auto zero) { f(tensor.int32_data(), zero); });
  }
}

// An element as a field holds it: halves by their bits.
template <typename T, typename Stored>
T ElementOf(Stored v) {
  if constexpr (kIsHalf<T>) {
    return T::FromBits(static_cast<uint16_t>(v));
  } else {
    return static_cast<T>(v);
  }
}

// How many of the fields of elements are in use.
int FieldsInUse(const proto::Tensor& t) {
  return (t.raw_data().empty() ? 0 : 1) + (t.float_data().empty() ? 0 : 1) +
         (t.int32_data().empty() ? 0 : 1) + (t.int64_data().empty() ? 0 : 1) +
         (t.double_data().empty() ? 0 : 1) + (t.uint64_data().empty() ? 0 : 1) +
         (t.string_data().empty() ? 0 : 1);
}

absl::StatusOr<Tensor> ReadStrings(const proto::Tensor& tensor, const Dims& dims,
                                   int64_t elements) {
  if (tensor.data_location() != 0) return InvalidArgumentError("strings are not in other files");
  if (tensor.string_data_size() == 0 && FieldsInUse(tensor) == 1)
    return InvalidArgumentError("its elements stand in the field of another type");
  if (tensor.string_data_size() != elements)
    return Mismatch(tensor.string_data_size(), "strings", elements);
  DAGRAD_ASSIGN_OR_RETURN(Tensor result, Tensor::Allocate(DType::kString, dims));
  std::copy(tensor.string_data().begin(), tensor.string_data().end(),
            result.mutable_data<absl::string_view>().begin());
  DAGRAD_RETURN_IF_ERROR(result.OwnText());
  return result;
}

absl::StatusOr<Tensor> Read(const proto::Tensor& tensor, ExternalData* external) {
  DAGRAD_ASSIGN_OR_RETURN(const DType dtype, DTypeFrom(tensor.data_type()));
  const Dims dims(tensor.dims().begin(), tensor.dims().end());
  DAGRAD_ASSIGN_OR_RETURN(const int64_t elements, CheckedNumElements(dims));
  const int fields = FieldsInUse(tensor);
  if (fields <= 1 && dtype == DType::kString) return ReadStrings(tensor, dims, elements);
  if (tensor.data_location() != 0) {
    if (fields != 0) return InvalidArgumentError("it has elements both here and in a file");
    return external->Load(tensor, dtype, dims);
  }
  if (fields > 1) return InvalidArgumentError("its elements stand in two fields");
  const bool raw = !tensor.raw_data().empty();
  auto have = static_cast<int64_t>(tensor.raw_data().size());
  if (!raw) WithField(tensor, dtype, [&have](const auto& list, auto) { have = list.size(); });
  const int64_t need = raw ? elements * static_cast<int64_t>(DTypeSize(dtype)) : elements;
  if (!raw && have == 0 && fields == 1)
    return InvalidArgumentError("its elements stand in the field of another type");
  if (have != need) return Mismatch(have, raw ? "bytes" : "elements in their field", need);
  DAGRAD_ASSIGN_OR_RETURN(Tensor result, Tensor::Allocate(dtype, dims));
  if (raw) {
    CopyBytes(tensor.raw_data().data(), &result);
  } else {
    WithField(tensor, dtype, [&result](const auto& list, auto zero) {
      using T = decltype(zero);
      absl::Span<T> out = result.mutable_data<T>();
      for (int i = 0; i < list.size(); ++i) out[i] = ElementOf<T>(list[i]);
    });
  }
  return result;
}

absl::Status Scatter(const Tensor& values, const Tensor& indices, Tensor* to) {
  const int64_t n = values.num_elements();
  const int rank = to->rank();
  const bool flat = indices.rank() == 1;
  if (indices.dtype() != DType::kInt64 || values.rank() != 1 ||
      indices.dims() != (flat ? Dims{n} : Dims{n, rank})) {
    return InvalidArgumentError("indices of a sparse tensor are int64[n] or int64[n, rank]");
  }
  const size_t size = DTypeSize(values.dtype());
  for (int64_t i = 0; i < n; ++i) {
    int64_t place = 0;
    if (flat) {
      place = indices.data<int64_t>()[i];
    } else {
      for (int a = 0; a < rank; ++a) {
        const int64_t index = indices.data<int64_t>()[i * rank + a];
        if (index < 0 || index >= to->dims()[a]) return OutOfRangeError("an index is outside");
        place = place * to->dims()[a] + index;
      }
    }
    if (place < 0 || place >= to->num_elements()) return OutOfRangeError("an index is outside");
    std::memcpy(static_cast<char*>(to->mutable_bytes()) + place * size,
                static_cast<const char*>(values.bytes()) + i * size, size);
  }
  return absl::OkStatus();
}

}  // namespace

std::string DataTypeName(int32_t data_type) {
  if (data_type < 0 || data_type >= static_cast<int32_t>(std::size(kTypes)))
    return absl::StrCat("type ", data_type);
  return std::string(kTypes[data_type].name);
}

absl::StatusOr<DType> DTypeFrom(int32_t data_type) {
  if (data_type <= 0 || data_type >= static_cast<int32_t>(std::size(kTypes)))
    return InvalidArgumentError(absl::StrCat("there is no data type ", data_type));
  if (kTypes[data_type].dtype == DType::kInvalid)
    return UnimplementedError(absl::StrCat("dtype ", kTypes[data_type].name));
  return kTypes[data_type].dtype;
}

int32_t DataTypeOf(DType dtype) {
  for (size_t i = 1; i < std::size(kTypes); ++i) {
    if (kTypes[i].dtype == dtype) return static_cast<int32_t>(i);
  }
  return 0;
}

absl::StatusOr<Tensor> ToTensor(const proto::Tensor& tensor, ExternalData* external) {
  absl::StatusOr<Tensor> result = Read(tensor, external);
  if (result.ok() || tensor.name().empty()) return result;
  return Prefixed(absl::StrCat("tensor ", tensor.name()), result.status());
}

absl::StatusOr<Tensor> ToTensor(const proto::SparseTensor& tensor, ExternalData* external) {
  DAGRAD_ASSIGN_OR_RETURN(const Tensor values, ToTensor(tensor.values(), external));
  DAGRAD_ASSIGN_OR_RETURN(const Tensor indices, ToTensor(tensor.indices(), external));
  const Dims dims(tensor.dims().begin(), tensor.dims().end());
  constexpr int64_t kMostElements = int64_t{1} << 28;
  DAGRAD_ASSIGN_OR_RETURN(const int64_t elements, CheckedNumElements(dims));
  if (elements > kMostElements)
    return ResourceExhaustedError(absl::StrCat("a sparse tensor of ", elements, " elements"));
  DAGRAD_RETURN_IF_ERROR(external->budget().Take(
      elements * static_cast<int64_t>(DTypeSize(values.dtype())), "a sparse tensor"));
  DAGRAD_ASSIGN_OR_RETURN(Tensor result, Tensor::Zeros(values.dtype(), dims));
  DAGRAD_RETURN_IF_ERROR(Scatter(values, indices, &result));
  DAGRAD_RETURN_IF_ERROR(result.OwnText());
  return result;
}

}  // namespace dagrad::onnx
