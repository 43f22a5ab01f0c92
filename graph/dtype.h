#ifndef DAGRAD_GRAPH_DTYPE_H_
#define DAGRAD_GRAPH_DTYPE_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dagrad {

// Element type of a tensor. The numbers are part of the file format and never change.
enum class DType : uint8_t {
  kInvalid = 0,
  kFloat32 = 1,  // IEEE 754 binary32
  kFloat64 = 2,  // IEEE 754 binary64
  kInt32 = 3,    // two's complement
  kInt64 = 4,    // two's complement
  kUInt8 = 5,
  kBool = 6,  // one byte, 0 or 1
};

inline constexpr DType kAllDTypes[] = {DType::kFloat32, DType::kFloat64, DType::kInt32,
                                       DType::kInt64,   DType::kUInt8,   DType::kBool};

// Bytes of one element; 0 for kInvalid.
size_t DTypeSize(DType dtype);

// "float32", "int64", …; "invalid" for kInvalid and for a number that is no DType.
absl::string_view DTypeName(DType dtype);

// The inverse of DTypeName; InvalidArgument, with the known names, for any other text.
absl::StatusOr<DType> ParseDType(absl::string_view name);

bool IsFloating(DType dtype);
bool IsInteger(DType dtype);  // int32, int64, uint8; not bool

// A set of dtypes, used where an op states what a port accepts.
class DTypeSet {
 public:
  constexpr DTypeSet() = default;
  constexpr DTypeSet(std::initializer_list<DType> dtypes) {
    for (DType d : dtypes) bits_ |= Bit(d);
  }
  constexpr bool Contains(DType dtype) const { return (bits_ & Bit(dtype)) != 0; }
  constexpr bool operator==(const DTypeSet&) const = default;
  // "float32|float64"
  std::string ToString() const;

 private:
  static constexpr uint32_t Bit(DType d) { return uint32_t{1} << static_cast<unsigned>(d); }
  uint32_t bits_ = 0;
};

inline constexpr DTypeSet kFloatTypes = {DType::kFloat32, DType::kFloat64};
inline constexpr DTypeSet kIntegerTypes = {DType::kInt32, DType::kInt64, DType::kUInt8};
inline constexpr DTypeSet kIndexTypes = {DType::kInt32, DType::kInt64};
inline constexpr DTypeSet kNumberTypes = {DType::kFloat32, DType::kFloat64, DType::kInt32,
                                          DType::kInt64, DType::kUInt8};
inline constexpr DTypeSet kSignedTypes = {DType::kFloat32, DType::kFloat64, DType::kInt32,
                                          DType::kInt64};
inline constexpr DTypeSet kBoolType = {DType::kBool};
inline constexpr DTypeSet kAnyType = {DType::kFloat32, DType::kFloat64, DType::kInt32,
                                      DType::kInt64,   DType::kUInt8,   DType::kBool};

// C++ element type → DType: DTypeOf<float>() == DType::kFloat32.
template <typename T>
constexpr DType DTypeOf();
template <>
constexpr DType DTypeOf<float>() {
  return DType::kFloat32;
}
template <>
constexpr DType DTypeOf<double>() {
  return DType::kFloat64;
}
template <>
constexpr DType DTypeOf<int32_t>() {
  return DType::kInt32;
}
template <>
constexpr DType DTypeOf<int64_t>() {
  return DType::kInt64;
}
template <>
constexpr DType DTypeOf<uint8_t>() {
  return DType::kUInt8;
}
template <>
constexpr DType DTypeOf<bool>() {
  return DType::kBool;
}

// Calls `f` with a value of the C++ element type of `dtype`, whose type `f` uses
// (`[&](auto zero) { using T = decltype(zero); … }`). kInvalid is a bug of the caller and calls
// nothing.
template <typename F>
void DispatchDType(DType dtype, F&& f) {
  switch (dtype) {
    case DType::kFloat32:
      return f(float{});
    case DType::kFloat64:
      return f(double{});
    case DType::kInt32:
      return f(int32_t{});
    case DType::kInt64:
      return f(int64_t{});
    case DType::kUInt8:
      return f(uint8_t{});
    case DType::kBool:
      return f(bool{});
    case DType::kInvalid:
      return;
  }
}

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_DTYPE_H_
