#ifndef DAGRAD_GRAPH_DTYPE_H_
#define DAGRAD_GRAPH_DTYPE_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/half.h"

namespace dagrad {

// Element type of a tensor. The numbers are part of the file format and never change.
enum class DType : uint8_t {
  kInvalid = 0,
  kFloat32 = 1,  // IEEE 754 binary32
  kFloat64 = 2,  // IEEE 754 binary64
  kInt32 = 3,    // two's complement
  kInt64 = 4,    // two's complement
  kUInt8 = 5,
  kBool = 6,      // one byte, 0 or 1
  kFloat16 = 7,   // IEEE 754 binary16
  kBFloat16 = 8,  // the upper half of a binary32
  kInt8 = 9,      // two's complement
  kInt16 = 10,    // two's complement
  kUInt16 = 11,
  kUInt32 = 12,
  kUInt64 = 13,
  // Bytes, UTF-8 where letters matter: an absl::string_view into what its tensor keeps.
  kString = 14,
};

// Those whose elements are numbers or bools: all but kString.
inline constexpr DType kAllDTypes[] = {
    DType::kFloat32, DType::kFloat64, DType::kInt32,    DType::kInt64, DType::kUInt8,
    DType::kBool,    DType::kFloat16, DType::kBFloat16, DType::kInt8,  DType::kInt16,
    DType::kUInt16,  DType::kUInt32,  DType::kUInt64};

// Bytes of one element; 0 for kInvalid. Of kString that is the view: its text stands elsewhere.
size_t DTypeSize(DType dtype);

// "float32", "int64", …; "invalid" for kInvalid and for a number that is no DType.
absl::string_view DTypeName(DType dtype);

// The inverse of DTypeName; InvalidArgument, with the known names, for any other text.
absl::StatusOr<DType> ParseDType(absl::string_view name);

bool IsFloating(DType dtype);

// The ends of the range of `dtype`: -infinity and infinity for floats, 0 and 1 for bool; those of
// 64-bit integers may be rounded up, which Convert (graph/convert.h) undoes.
double LowestValue(DType dtype);
double HighestValue(DType dtype);
// The largest finite number of a floating dtype.
double LargestFinite(DType dtype);

bool IsInteger(DType dtype);  // signed or unsigned; not bool

// In which dtype kernels compute what has `dtype`, if they do not just move it: float32 for float16
// and bfloat16; int32 for int8, int16 and uint16; int64 for uint32; otherwise `dtype`. It holds
// every value of `dtype`, and what is computed is cast back (graph/convert.h): rounded once, or the
// low bits, as if it had been computed in `dtype`, wrapping around.
DType ComputeDType(DType dtype);

// A set of dtypes, used where an op states what a port accepts.
class DTypeSet {
 public:
  constexpr DTypeSet() = default;
  constexpr DTypeSet(std::initializer_list<DType> dtypes) {
    for (DType d : dtypes) bits_ |= Bit(d);
  }
  constexpr bool Contains(DType dtype) const { return (bits_ & Bit(dtype)) != 0; }
  constexpr DTypeSet operator|(const DTypeSet& other) const {
    DTypeSet both;
    both.bits_ = bits_ | other.bits_;
    return both;
  }
  constexpr DTypeSet operator&(const DTypeSet& other) const {
    DTypeSet both;
    both.bits_ = bits_ & other.bits_;
    return both;
  }
  constexpr bool operator==(const DTypeSet&) const = default;
  // "float32|float64"
  std::string ToString() const;

 private:
  static constexpr uint32_t Bit(DType d) { return uint32_t{1} << static_cast<unsigned>(d); }
  uint32_t bits_ = 0;
};

inline constexpr DTypeSet kFloatTypes = {DType::kFloat32, DType::kFloat64, DType::kFloat16,
                                         DType::kBFloat16};
inline constexpr DTypeSet kIntegerTypes = {DType::kInt32,  DType::kInt64, DType::kUInt8,
                                           DType::kInt8,   DType::kInt16, DType::kUInt16,
                                           DType::kUInt32, DType::kUInt64};
inline constexpr DTypeSet kIndexTypes = {DType::kInt32, DType::kInt64};
inline constexpr DTypeSet kNumberTypes = kFloatTypes | kIntegerTypes;
inline constexpr DTypeSet kSignedTypes =
    kFloatTypes | DTypeSet{DType::kInt32, DType::kInt64, DType::kInt8, DType::kInt16};
inline constexpr DTypeSet kBoolType = {DType::kBool};
inline constexpr DTypeSet kAnyType = kNumberTypes | kBoolType;
inline constexpr DTypeSet kStringType = {DType::kString};
// What ops accept that only move elements, and that strings pass.
inline constexpr DTypeSet kAnyElement = kAnyType | kStringType;

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
template <>
constexpr DType DTypeOf<Float16>() {
  return DType::kFloat16;
}
template <>
constexpr DType DTypeOf<BFloat16>() {
  return DType::kBFloat16;
}
template <>
constexpr DType DTypeOf<int8_t>() {
  return DType::kInt8;
}
template <>
constexpr DType DTypeOf<int16_t>() {
  return DType::kInt16;
}
template <>
constexpr DType DTypeOf<uint16_t>() {
  return DType::kUInt16;
}
template <>
constexpr DType DTypeOf<uint32_t>() {
  return DType::kUInt32;
}
template <>
constexpr DType DTypeOf<uint64_t>() {
  return DType::kUInt64;
}
template <>
constexpr DType DTypeOf<absl::string_view>() {
  return DType::kString;
}

namespace dtype_internal {

// Calls `f` for the dtypes that kernels compute in; false for others.
template <typename F>
bool DispatchComputed(DType dtype, F& f) {
  switch (dtype) {
    case DType::kFloat32:
      return f(float{}), true;
    case DType::kFloat64:
      return f(double{}), true;
    case DType::kInt32:
      return f(int32_t{}), true;
    case DType::kInt64:
      return f(int64_t{}), true;
    case DType::kUInt8:
      return f(uint8_t{}), true;
    case DType::kUInt64:
      return f(uint64_t{}), true;
    case DType::kBool:
      return f(bool{}), true;
    default:
      return false;
  }
}

}  // namespace dtype_internal

// Calls `f` with a value of the C++ element type of `dtype`, whose type `f` uses
// (`[&](auto zero) { using T = decltype(zero); … }`). kInvalid is a bug of the caller and calls
// nothing; nor does kString, whose elements are no numbers.
template <typename F>
void DispatchDType(DType dtype, F&& f) {
  if (dtype_internal::DispatchComputed(dtype, f)) return;
  switch (dtype) {
    case DType::kFloat16:
      return f(Float16{});
    case DType::kBFloat16:
      return f(BFloat16{});
    case DType::kInt8:
      return f(int8_t{});
    case DType::kInt16:
      return f(int16_t{});
    case DType::kUInt16:
      return f(uint16_t{});
    case DType::kUInt32:
      return f(uint32_t{});
    default:
      return;
  }
}

// The same for kernels that compute: `f` is called if `dtype` is its own ComputeDType.
template <typename F>
void DispatchComputed(DType dtype, F&& f) {
  dtype_internal::DispatchComputed(dtype, f);
}

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_DTYPE_H_
