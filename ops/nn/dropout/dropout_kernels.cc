#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "dagrad/ops/creation/random/philox.h"
#include "dagrad/ops/nn/dropout/dropout_internal.h"

namespace dagrad::ops::dropout_internal {
namespace {

constexpr int64_t kChunk = 1024;  // elements whose bits are drawn at a time, on the stack

// The least 32-bit number that keeps its element: rate 2^32 rounded up. 2^32 - 1 at most, so that
// any rate below 1 can keep an element.
uint32_t Threshold(double rate) {
  return static_cast<uint32_t>(std::min(std::ceil(rate * 0x1p32), 0x1p32 - 1));
}

// v or 0, whatever v is, without a branch: the compiler vectorizes it.
template <typename T>
T KeepIf(bool keep, T v) {
  using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  return std::bit_cast<T>(std::bit_cast<Bits>(v) & (Bits{0} - static_cast<Bits>(keep)));
}

template <typename T>
void MakeScaledMask(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  const double rate = request.attr<double>("rate");
  const int64_t stream = request.attr<int64_t>("stream");
  const uint32_t threshold = Threshold(rate);
  const T scale = static_cast<T>(1 / (1 - rate));
  const auto run = [=](const runtime::KernelArgs& args, int64_t begin, int64_t end) {
    const int64_t* key = args.in<int64_t>(1);
    const random::ElementBits bits(key[0], key[1], stream);
    uint32_t words[kChunk];
    for (int64_t i = begin; i < end; i += kChunk) {
      const int64_t count = std::min(kChunk, end - i);
      bits.High(i, count, words);
      const T* x = args.in<T>(0) + i;
      T* y = args.out<T>(0) + i;
      for (int64_t k = 0; k < count; ++k) y[k] = KeepIf(words[k] >= threshold, x[k] * scale);
    }
  };
  runtime::OverRows({.count = request.outputs[0].num_elements(), .aligned = 1, .cost = 4}, run,
                    kernel);
}

void MakeCopy(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  const int64_t size = static_cast<int64_t>(DTypeSize(request.outputs[0].dtype));
  runtime::OverRows(
      {.count = request.outputs[0].num_elements(), .aligned = 1, .cost = 0.5},
      [size](const runtime::KernelArgs& args, int64_t begin, int64_t end) {
        if (args.inputs[0] == args.outputs[0] || begin == end) return;
        std::memcpy(args.out<std::byte>(0) + begin * size, args.in<std::byte>(0) + begin * size,
                    (end - begin) * size);
      },
      kernel);
  kernel->phases.back().inputs = 1;
}

}  // namespace

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  if (request.attr<double>("rate") == 0) {
    MakeCopy(request, kernel);
  } else if (request.inputs[0].dtype == DType::kFloat32) {
    MakeScaledMask<float>(request, kernel);
  } else {
    MakeScaledMask<double>(request, kernel);
  }
  return absl::OkStatus();
}

}  // namespace dagrad::ops::dropout_internal
