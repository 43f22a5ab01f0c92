#include "dagrad/graph/dtype.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/error.h"

namespace dagrad {

size_t DTypeSize(DType dtype) {
  size_t size = 0;
  DispatchDType(dtype, [&](auto zero) { size = sizeof(zero); });
  return size;
}

absl::string_view DTypeName(DType dtype) {
  switch (dtype) {
    case DType::kFloat32:
      return "float32";
    case DType::kFloat64:
      return "float64";
    case DType::kInt32:
      return "int32";
    case DType::kInt64:
      return "int64";
    case DType::kUInt8:
      return "uint8";
    case DType::kBool:
      return "bool";
    case DType::kInvalid:
      break;
  }
  return "invalid";
}

absl::StatusOr<DType> ParseDType(absl::string_view name) {
  for (DType dtype : kAllDTypes) {
    if (DTypeName(dtype) == name) return dtype;
  }
  return InvalidArgumentError(
      absl::StrCat("unknown dtype \"", name, "\"; known: ", kAnyType.ToString()));
}

bool IsFloating(DType dtype) { return kFloatTypes.Contains(dtype); }
bool IsInteger(DType dtype) { return kIntegerTypes.Contains(dtype); }

std::string DTypeSet::ToString() const {
  std::vector<absl::string_view> names;
  for (DType dtype : kAllDTypes) {
    if (Contains(dtype)) names.push_back(DTypeName(dtype));
  }
  return absl::StrJoin(names, "|");
}

}  // namespace dagrad
