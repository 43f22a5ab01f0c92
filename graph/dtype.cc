#include "dagrad/graph/dtype.h"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/error.h"

namespace dagrad {
namespace {

// By number.
constexpr absl::string_view kNames[] = {"invalid", "float32", "float64", "int32",    "int64",
                                        "uint8",   "bool",    "float16", "bfloat16", "int8",
                                        "int16",   "uint16",  "uint32",  "uint64",   "string"};

}  // namespace

size_t DTypeSize(DType dtype) {
  constexpr uint8_t kSizes[] = {0, 4, 8, 4, 8, 1, 1, 2, 2, 1, 2, 2, 4, 8, 16};  // by number
  static_assert(sizeof(absl::string_view) == 16);
  const auto number = static_cast<size_t>(dtype);
  return number < std::size(kSizes) ? kSizes[number] : 0;
}

absl::string_view DTypeName(DType dtype) {
  const auto number = static_cast<size_t>(dtype);
  return kNames[number < std::size(kNames) ? number : 0];
}

absl::StatusOr<DType> ParseDType(absl::string_view name) {
  for (size_t number = 1; number < std::size(kNames); ++number) {
    if (kNames[number] == name) return static_cast<DType>(number);
  }
  return InvalidArgumentError(
      absl::StrCat("unknown dtype \"", name, "\"; known: ", kAnyElement.ToString()));
}

bool IsFloating(DType dtype) { return kFloatTypes.Contains(dtype); }
bool IsInteger(DType dtype) { return kIntegerTypes.Contains(dtype); }

DType ComputeDType(DType dtype) {
  switch (dtype) {
    case DType::kFloat16:
    case DType::kBFloat16:
      return DType::kFloat32;
    case DType::kInt8:
    case DType::kInt16:
    case DType::kUInt16:
      return DType::kInt32;
    case DType::kUInt32:
      return DType::kInt64;
    default:
      return dtype;
  }
}

double LowestValue(DType dtype) {
  if (IsFloating(dtype)) return -std::numeric_limits<double>::infinity();
  double lowest = 0;
  DispatchDType(dtype, [&](auto zero) {
    lowest = static_cast<double>(std::numeric_limits<decltype(zero)>::lowest());
  });
  return lowest;
}

double HighestValue(DType dtype) {
  if (IsFloating(dtype)) return std::numeric_limits<double>::infinity();
  double highest = 0;
  DispatchDType(dtype, [&](auto zero) {
    highest = static_cast<double>(std::numeric_limits<decltype(zero)>::max());
  });
  return highest;
}

double LargestFinite(DType dtype) {
  switch (dtype) {
    case DType::kFloat16:
      return 65504;
    case DType::kBFloat16:
      return 0x1.FEp127;
    case DType::kFloat32:
      return std::numeric_limits<float>::max();
    default:
      return std::numeric_limits<double>::max();
  }
}

std::string DTypeSet::ToString() const {
  std::vector<absl::string_view> names;
  for (size_t number = 1; number < std::size(kNames); ++number) {
    if (Contains(static_cast<DType>(number))) names.push_back(kNames[number]);
  }
  return absl::StrJoin(names, "|");
}

}  // namespace dagrad
