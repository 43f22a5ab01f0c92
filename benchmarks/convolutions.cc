// Every way in which a convolution can be computed, on one thread: what ops/nn/conv chooses by.
//
//   bazel run -c opt //benchmarks:convolutions -- SIZE CIN COUT KERNEL STRIDE GROUPS BATCH ...
//
// Seven numbers for each square convolution with "same" padding. Prints, for each of the three ops,
// each kernel's least time over some runs, in processor time of the thread, with the arithmetic and
// the memory traffic (of x, y and the filter, once) a second.

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "dagrad/ops/nn/conv/conv2d_internal.h"

namespace dagrad {
namespace {

namespace conv = ops::conv2d_internal;
using conv::Kind;
using runtime::Kernel;

double Now() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

Tensor Ones(Dims dims) { return Tensor::Full(DType::kFloat32, dims, 1); }

void RunOnce(const Kernel& kernel, const runtime::KernelArgs& args) {
  for (const runtime::Phase& phase : kernel.phases) {
    for (int shard = 0; shard < phase.shards; ++shard) {
      if (!phase.run(args, shard).ok()) std::abort();
    }
  }
}

double LeastSeconds(const Kernel& kernel, const Tensor& a, const Tensor& b, Tensor& result) {
  Tensor memory = Ones({static_cast<int64_t>(runtime::PrivateBytes(kernel) / sizeof(float)) + 16});
  const void* const inputs[] = {a.data<float>().data(), b.data<float>().data()};
  void* const outputs[] = {result.mutable_data<float>().data()};
  runtime::KernelArgs args = {inputs, outputs};
  runtime::PlacePrivate(kernel, reinterpret_cast<std::byte*>(memory.mutable_data<float>().data()),
                        &args);
  RunOnce(kernel, args);
  double least = 1e9;
  const double start = Now();
  for (int run = 0; run < 200 && (run < 5 || Now() - start < 0.3); ++run) {
    const double begin = Now();
    RunOnce(kernel, args);
    least = std::min(least, Now() - begin);
  }
  return least;
}

void Compare(const conv::Sizes& s) {
  Tensor x = Ones({s.batch, s.height, s.width, s.in_channels});
  Tensor y = Ones({s.batch, s.out_height, s.out_width, s.out_channels});
  Tensor f = Ones({s.filter_height, s.filter_width, s.in_channels / s.groups, s.out_channels});
  const double bytes = 4.0 * static_cast<double>(x.num_elements() + y.num_elements());
  const auto gemm = [](Kind kind, const conv::Sizes& sizes, Kernel* kernel) {
    conv::MakeGemmKernel(kind, sizes, kernel);
    return true;
  };
  for (const Kind kind : {Kind::kForward, Kind::kInputGrad, Kind::kFilterGrad}) {
    constexpr const char* kNames[] = {"forward", "input", "filter"};
    std::printf("%ld c%ld-%ld k%ld s%ld g%ld b%ld %-7s", s.height, s.in_channels, s.out_channels,
                s.filter_height, s.stride_y, s.groups, s.batch, kNames[static_cast<int>(kind)]);
    for (bool (*make)(Kind, const conv::Sizes&, Kernel*) :
         {+conv::MakeDepthwiseKernel, +conv::MakePointwiseKernel, +conv::MakePrimitiveKernel,
          +conv::MakeDirectKernel, +gemm}) {
      Kernel kernel;
      if (!make(kind, s, &kernel)) continue;
      Tensor& result = kind == Kind::kForward ? y : kind == Kind::kInputGrad ? x : f;
      const double t = LeastSeconds(kernel, kind == Kind::kInputGrad ? y : x,
                                    kind == Kind::kFilterGrad ? y : f, result);
      std::printf(" | %s %.1f us %.1f GF/s %.1f GB/s", kernel.implementation.c_str(), t * 1e6,
                  conv::Flops(s) / t * 1e-9, bytes / t * 1e-9);
    }
    std::printf("\n");
  }
}

}  // namespace
}  // namespace dagrad

int main(int argc, char** argv) {
  std::vector<int64_t> n;
  for (int i = 1; i < argc; ++i) n.push_back(std::atoll(argv[i]));
  for (size_t i = 0; i + 7 <= n.size(); i += 7) {
    const int64_t size = n[i], out = (size + n[i + 4] - 1) / n[i + 4];
    dagrad::ops::conv2d_internal::Sizes s;
    s.batch = n[i + 6];
    s.height = s.width = size;
    s.in_channels = n[i + 1];
    s.out_channels = n[i + 2];
    s.filter_height = s.filter_width = n[i + 3];
    s.out_height = s.out_width = out;
    s.stride_y = s.stride_x = n[i + 4];
    s.pad_top = s.pad_left = std::max<int64_t>(((out - 1) * n[i + 4] + n[i + 3] - size) / 2, 0);
    s.groups = n[i + 5];
    dagrad::Compare(s);
  }
}
