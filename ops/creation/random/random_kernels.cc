#include <algorithm>
#include <cmath>
#include <limits>

#include "dagrad/ops/creation/random/normal.h"
#include "dagrad/ops/creation/random/philox.h"
#include "dagrad/ops/creation/random/random_internal.h"

namespace dagrad::ops::random_internal {
namespace {

using random::ElementBits;
using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;

constexpr int64_t kChunk = 512;  // elements whose bits are drawn at a time, on the stack

// y[i] = to_value(bits of element i): 32 bits for float32, 64 bits for float64.
template <typename T, typename ToValue>
void MakeDrawKernel(const KernelRequest& request, double item_cost, ToValue to_value,
                    Kernel* kernel) {
  const int64_t stream = request.attr<int64_t>("stream");
  const auto run = [stream, to_value](const KernelArgs& args, int64_t begin, int64_t end) {
    const int64_t* key = args.in<int64_t>(0);
    const ElementBits bits(key[0], key[1], stream);
    uint32_t high[kChunk], low[kChunk];
    for (int64_t i = begin; i < end; i += kChunk) {
      const int64_t count = std::min(kChunk, end - i);
      T* y = args.out<T>(0) + i;
      bits.High(i, count, high);
      if constexpr (sizeof(T) == 4) {
        for (int64_t k = 0; k < count; ++k) y[k] = to_value(high[k]);
      } else {
        bits.Low(i, count, low);
        for (int64_t k = 0; k < count; ++k) y[k] = to_value(uint64_t{high[k]} << 32 | low[k]);
      }
    }
  };
  runtime::OverRows({.count = request.outputs[0].num_elements(), .cost = item_cost}, run, kernel);
}

// Multiples of 2^-24 or 2^-53 in [0, 1).
float Fraction(uint32_t bits) { return static_cast<float>(bits >> 8) * 0x1p-24f; }
double Fraction(uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

// The middles of 2^32 or 2^52 equal parts of (0, 1): never 0 or 1.
double Middle(uint32_t bits) { return (bits + 0.5) * 0x1p-32; }
double Middle(uint64_t bits) { return (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52; }

template <typename T>
void MakeUniform(const KernelRequest& request, Kernel* kernel) {
  const T lo = static_cast<T>(request.attr<double>("lo")),
          hi = static_cast<T>(request.attr<double>("hi"));
  const T range = hi - lo;
  // The sum may round up to hi, which is excluded.
  const T last = std::nextafter(hi, lo);
  MakeDrawKernel<T>(
      request, 4, [=](auto bits) { return std::min(lo + range * Fraction(bits), last); }, kernel);
}

// z is normal given that it lies between the quantiles `from` and `to`.
template <typename T>
void MakeNormal(const KernelRequest& request, double from, double to, Kernel* kernel) {
  const double mean = request.attr<double>("mean"), stddev = request.attr<double>("stddev");
  MakeDrawKernel<T>(
      request, 16,
      [=](auto bits) {
        return static_cast<T>(mean +
                              stddev * random::InverseNormalCdf(from + (to - from) * Middle(bits)));
      },
      kernel);
}

absl::Status MakeNormalBetween(const KernelRequest& request, double from, double to,
                               Kernel* kernel) {
  if (request.outputs[0].dtype == DType::kFloat32) {
    MakeNormal<float>(request, from, to, kernel);
  } else {
    MakeNormal<double>(request, from, to, kernel);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status MakeUniformKernel(const KernelRequest& request, Kernel* kernel) {
  if (request.outputs[0].dtype == DType::kFloat32) {
    MakeUniform<float>(request, kernel);
  } else {
    MakeUniform<double>(request, kernel);
  }
  return absl::OkStatus();
}

absl::Status MakeNormalKernel(const KernelRequest& request, Kernel* kernel) {
  return MakeNormalBetween(request, 0, 1, kernel);
}

absl::Status MakeTruncatedNormalKernel(const KernelRequest& request, Kernel* kernel) {
  constexpr double kBelowMinus2 = 0.022750131948179207;  // probability of z < -2
  return MakeNormalBetween(request, kBelowMinus2, 1 - kBelowMinus2, kernel);
}

}  // namespace dagrad::ops::random_internal
