#ifndef DAGRAD_GRAPH_CONVERT_H_
#define DAGRAD_GRAPH_CONVERT_H_

#include <cmath>
#include <limits>
#include <type_traits>

#include "dagrad/graph/half.h"

namespace dagrad {

// One element as another element type: the only conversion between dtypes, of Tensor::Cast and of
// the op Cast alike. Float to integer rounds toward zero and saturates at the ends of To, NaN gives
// 0; integer to narrower integer keeps the low bits; to bool: v != 0; from bool: 0 or 1; numbers to
// narrower floats rounds once to the nearest, ties to even, beyond their range to infinity.
template <typename To, typename From>
To Convert(From v) {
  if constexpr (kIsHalf<From>) {
    return Convert<To>(static_cast<float>(v));
  } else if constexpr (std::is_same_v<To, bool>) {
    return v != From{};
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    if (std::isnan(v)) return 0;
    // The largest To may round up as a From, so the comparison with it is >=.
    if (v >= static_cast<From>(std::numeric_limits<To>::max()))
      return std::numeric_limits<To>::max();
    if (v <= static_cast<From>(std::numeric_limits<To>::min()))
      return std::numeric_limits<To>::min();
    return static_cast<To>(v);
  } else {
    return static_cast<To>(v);
  }
}

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_CONVERT_H_
