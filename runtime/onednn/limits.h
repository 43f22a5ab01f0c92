#ifndef DAGRAD_RUNTIME_ONEDNN_LIMITS_H_
#define DAGRAD_RUNTIME_ONEDNN_LIMITS_H_

#include <cstdint>
#include <initializer_list>
#include <limits>

namespace dagrad::runtime::onednn {

// Whether the library can count factors[0] * factors[1] * … things: many of its kernels do so by
// int, and divide by, write to, or loop over what is left of a larger number. To be asked before
// any of its objects is made of sizes that come from a model.
inline bool CanCount(std::initializer_list<int64_t> factors) {
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  int64_t product = 1;
  for (int64_t factor : factors) {
    if (factor < 0 || factor > kMost) return false;
    product *= factor;  // of two numbers below 2^31
    if (product > kMost) return false;
  }
  return true;
}

}  // namespace dagrad::runtime::onednn

#endif  // DAGRAD_RUNTIME_ONEDNN_LIMITS_H_
