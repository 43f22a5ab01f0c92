#include "dagrad/benchmarks/bare/primitive.h"

#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/runtime/onednn/convolution.h"
#include "dagrad/runtime/onednn/sgemm.h"

namespace dagrad::benchmarks {
namespace {

using runtime::onednn::Convolution;
using runtime::onednn::ConvolutionSizes;
using runtime::onednn::Sgemm;

// Half of a primitive, with buffers of its own.
using Half = std::function<absl::Status()>;

int64_t HalfOf(int64_t n) { return (n + 1) / 2; }
Tensor Buffer(int64_t floats) { return Tensor::Full(DType::kFloat32, {floats}, 0.5); }
Tensor Bytes(size_t n) { return Tensor::Full(DType::kUInt8, {static_cast<int64_t>(n)}, 0); }

// Half of the items, else of the rows, else of the columns; leading dimensions kept off the
// multiples of 256 floats, where sgemm is slow.
Half ProductHalf(Product p) {
  const int64_t rows = p.m;
  const int64_t columns = p.n;
  if (p.items > 1) {
    p.items = HalfOf(p.items);
  } else if (p.m >= 16 || p.m >= p.n) {
    p.m = HalfOf(p.m);
  } else {
    p.n = HalfOf(p.n);
  }
  auto padded = [](int64_t x) { return x % 256 == 0 ? x + 16 : x; };
  const int64_t lda = padded(p.transpose_a ? rows : p.k);
  const int64_t ldb = padded(p.transpose_b ? p.k : columns);
  const int64_t ldc = padded(columns);
  const int64_t a_item = (p.transpose_a ? p.k : p.m) * lda;
  const int64_t b_item = (p.transpose_b ? p.n : p.k) * ldb;
  Tensor a = Buffer(p.items * a_item);
  Tensor b = Buffer(p.items * b_item);
  Tensor c = Buffer(p.items * p.m * ldc);
  return [=]() mutable {
    absl::Status status;
    for (int64_t i = 0; i < p.items; ++i) {
      status.Update(Sgemm(p.m, p.n, p.k, {a.data<float>().data() + i * a_item, lda, p.transpose_a},
                          {b.data<float>().data() + i * b_item, ldb, p.transpose_b}, 0,
                          c.mutable_data<float>().data() + i * p.m * ldc, ldc));
    }
    return status;
  };
}

// Half of the images, or of one image's groups or output channels.
ConvolutionSizes HalfOf(ConvolutionSizes s) {
  if (s.batch > 1) {
    s.batch = HalfOf(s.batch);
  } else if (s.groups > 1) {
    s.in_channels = s.in_channels / s.groups * HalfOf(s.groups);
    s.out_channels = s.out_channels / s.groups * HalfOf(s.groups);
    s.groups = HalfOf(s.groups);
  } else {
    s.out_channels = HalfOf(s.out_channels);
  }
  return s;
}

absl::StatusOr<Half> ConvolutionHalf(Convolution::Kind kind, const ConvolutionSizes& whole) {
  const ConvolutionSizes sizes = HalfOf(whole);
  DAGRAD_ASSIGN_OR_RETURN(std::shared_ptr<const Convolution> conv,
                          Convolution::Prepare(kind, sizes));
  Tensor x = Buffer(sizes.batch * sizes.height * sizes.width * sizes.in_channels);
  Tensor y = Buffer(sizes.batch * sizes.out_height * sizes.out_width * sizes.out_channels);
  Tensor filter = Bytes(conv->filter_bytes());
  Tensor scratch = Bytes(conv->scratch_bytes());
  return Half([=]() mutable {
    float* px = x.mutable_data<float>().data();
    float* py = y.mutable_data<float>().data();
    switch (kind) {
      case Convolution::Kind::kForward:
        return conv->Execute(px, filter.bytes(), py, scratch.mutable_bytes());
      case Convolution::Kind::kInputGrad:
        return conv->ExecuteInputGrad(px, filter.bytes(), py, scratch.mutable_bytes());
      case Convolution::Kind::kFilterGrad:
        break;
    }
    return conv->ExecuteFilterGrad(px, filter.mutable_bytes(), py, scratch.mutable_bytes());
  });
}

absl::StatusOr<Half> MakeHalf(const Product& p) {
  if (p.convolution) return ConvolutionHalf(p.kind, p.sizes);
  return ProductHalf(p);
}

struct Timed {
  absl::Status status;
  double per_call = 0;
};

// The first call is not counted.
Timed Repeat(const Half& half, double seconds) {
  using Clock = std::chrono::steady_clock;
  Timed timed{half(), 0};
  const Clock::time_point start = Clock::now();
  int64_t calls = 0;
  double elapsed = 0;
  while (timed.status.ok() && (elapsed < seconds || calls < 2)) {
    timed.status.Update(half());
    ++calls;
    elapsed = std::chrono::duration<double>(Clock::now() - start).count();
  }
  if (calls > 0) timed.per_call = elapsed / static_cast<double>(calls);
  return timed;
}

}  // namespace

absl::StatusOr<double> TimePrimitive(const Product& product, double seconds) {
  DAGRAD_ASSIGN_OR_RETURN(const Half first, MakeHalf(product));
  DAGRAD_ASSIGN_OR_RETURN(const Half second, MakeHalf(product));
  Timed a;
  Timed b;
  std::thread other([&] { b = Repeat(second, seconds); });
  a = Repeat(first, seconds);
  other.join();
  DAGRAD_RETURN_IF_ERROR(a.status);
  DAGRAD_RETURN_IF_ERROR(b.status);
  return (a.per_call + b.per_call) / 2;
}

}  // namespace dagrad::benchmarks
