#include "dagrad/graph/proto_values.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/body.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad {
namespace serialize_internal {

absl::StatusOr<DType> ReadDType(proto::DType number) {
  const DType dtype = static_cast<DType>(number);
  if (number > 0 && number <= proto::DType_MAX) return dtype;
  return InvalidArgumentError(absl::StrCat("dtype ", static_cast<int>(number), " is unknown"));
}

namespace {

template <typename Repeated>
absl::StatusOr<Shape> ReadShape(const Repeated& dims) {
  if (dims.size() > kMaxRank) {
    return InvalidArgumentError(
        absl::StrCat("rank ", dims.size(), " is above the limit of ", kMaxRank));
  }
  Shape shape;
  for (const std::string& text : dims) {
    int64_t number = 0;
    if (!text.empty() && text.size() < 19 && text[0] != '-' && absl::SimpleAtoi(text, &number)) {
      shape.push_back(number);
      continue;
    }
    absl::StatusOr<Dim> d = Dim::Parse(text);
    if (!d.ok())
      return InvalidArgumentError(absl::StrCat("\"", Printable(text), "\" is no dimension"));
    shape.push_back(*std::move(d));
  }
  return shape;
}

}  // namespace

std::string UnknownOf(const google::protobuf::Message& message) {
  const auto& unknown = message.GetReflection()->GetUnknownFields(message);
  std::string bytes;
  if (!unknown.empty()) unknown.SerializeToString(&bytes);
  return bytes;
}

absl::StatusOr<ValueType> ReadType(const proto::ValueType& in) {
  ValueType type;
  DAGRAD_ASSIGN_OR_RETURN(type.dtype, ReadDType(in.dtype()));
  DAGRAD_ASSIGN_OR_RETURN(type.shape, ReadShape(in.dims()));
  return type;
}

absl::StatusOr<Attribute> ReadAttribute(const proto::Attribute& in) {
  switch (in.value_case()) {
    case proto::Attribute::kB:
      return Attribute(in.b());
    case proto::Attribute::kI:
      return Attribute(static_cast<int64_t>(in.i()));
    case proto::Attribute::kF:
      return Attribute(in.f());
    case proto::Attribute::kS:
      return Attribute(in.s());
    case proto::Attribute::kDtype: {
      DAGRAD_ASSIGN_OR_RETURN(DType dtype, ReadDType(in.dtype()));
      return Attribute(dtype);
    }
    case proto::Attribute::kShape: {
      DAGRAD_ASSIGN_OR_RETURN(Shape shape, ReadShape(in.shape().dims()));
      return Attribute(std::move(shape));
    }
    case proto::Attribute::kInts:
      return Attribute(std::vector<int64_t>(in.ints().values().begin(), in.ints().values().end()));
    case proto::Attribute::kFloats:
      return Attribute(
          std::vector<double>(in.floats().values().begin(), in.floats().values().end()));
    case proto::Attribute::kStrings:
      return Attribute(
          std::vector<std::string>(in.strings().values().begin(), in.strings().values().end()));
    case proto::Attribute::kTensor: {
      DAGRAD_ASSIGN_OR_RETURN(Tensor tensor, FromProto(in.tensor()));
      return Attribute(std::move(tensor));
    }
    case proto::Attribute::kFunction:
    case proto::Attribute::kSharedFunction:
    case proto::Attribute::VALUE_NOT_SET:
      break;
  }
  return InvalidArgumentError("has no value of a kind that this version knows");
}

absl::Status TooDeep() {
  return ResourceExhaustedError(absl::StrCat("the file has functions within functions deeper than ",
                                             kMaxBodyDepth, " (body_c3)"));
}

}  // namespace serialize_internal

namespace {

absl::StatusOr<Tensor> ReadStrings(const proto::Tensor& in, DType dtype, const Dims& dims,
                                   int64_t count) {
  if (dtype != DType::kString || in.strings_size() != count || !in.data().empty()) {
    return DataLossError(absl::StrCat(DTypeName(dtype), DimsToString(dims), " has ",
                                      in.strings_size(), " strings and ", in.data().size(),
                                      " bytes"));
  }
  DAGRAD_ASSIGN_OR_RETURN(Tensor tensor, Tensor::Allocate(dtype, dims));
  std::copy(in.strings().begin(), in.strings().end(),
            tensor.mutable_data<absl::string_view>().begin());
  DAGRAD_RETURN_IF_ERROR(tensor.OwnText());
  return tensor;
}

}  // namespace

absl::StatusOr<Tensor> FromProto(const proto::Tensor& in) {
  DAGRAD_ASSIGN_OR_RETURN(DType dtype, serialize_internal::ReadDType(in.dtype()));
  const Dims dims(in.dims().begin(), in.dims().end());
  DAGRAD_ASSIGN_OR_RETURN(int64_t count, CheckedNumElements(dims));
  if (dtype == DType::kString || in.strings_size() > 0) return ReadStrings(in, dtype, dims, count);
  if (in.data().size() != static_cast<size_t>(count) * DTypeSize(dtype)) {
    return DataLossError(absl::StrCat(DTypeName(dtype), DimsToString(dims), " takes ",
                                      count * DTypeSize(dtype), " bytes; there are ",
                                      in.data().size()));
  }
  if (dtype == DType::kBool &&
      in.data().find_first_not_of(std::string("\0\1", 2)) != std::string::npos) {
    return InvalidArgumentError("a bool is neither 0 nor 1");
  }
  DAGRAD_ASSIGN_OR_RETURN(Tensor tensor, Tensor::Allocate(dtype, dims));
  std::memcpy(tensor.mutable_bytes(), in.data().data(), in.data().size());
  return tensor;
}

}  // namespace dagrad
