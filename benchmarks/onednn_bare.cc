// The sum of the bare oneDNN primitives that each workload of benchmarks/compare.py needs: every
// convolution and matrix product of the forward pass, or of the whole step, with dense layouts of
// the library's choice. Each is cut in two halves that two threads run at the same time without
// ever waiting for each other: a bound, not a system. What is not a convolution or a matrix product
// (activations, pooling, loss, optimizer) is left out.

#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/runtime/onednn/convolution.h"
#include "dagrad/runtime/onednn/sgemm.h"
#include "nlohmann/json.hpp"

namespace dagrad::benchmarks {
namespace {

using runtime::onednn::Convolution;
using runtime::onednn::ConvolutionSizes;
using runtime::onednn::Sgemm;

// Half of a primitive, with buffers of its own.
using Half = std::function<absl::Status()>;

Tensor Buffer(int64_t floats) { return Tensor::Full(DType::kFloat32, {floats}, 0.5); }
Tensor Bytes(size_t n) { return Tensor::Full(DType::kUInt8, {static_cast<int64_t>(n)}, 0); }

// c[m, n] = a[m, k] b[k, n], rows of m in two halves; leading dimensions as onednn.md advises.
Half ProductHalf(int64_t m, int64_t n, int64_t k, bool transpose_a, bool transpose_b) {
  auto padded = [](int64_t x) { return x % 256 == 0 ? x + 16 : x; };
  const int64_t rows = (m + 1) / 2;
  const int64_t lda = padded(transpose_a ? m : k);
  const int64_t ldb = padded(transpose_b ? k : n);
  const int64_t ldc = padded(n);
  Tensor a = Buffer((transpose_a ? k : rows) * lda);
  Tensor b = Buffer((transpose_b ? n : k) * ldb);
  Tensor c = Buffer(rows * ldc);
  return [=]() mutable {
    return Sgemm(rows, n, k, {a.data<float>().data(), lda, transpose_a},
                 {b.data<float>().data(), ldb, transpose_b}, 0, c.mutable_data<float>().data(),
                 ldc);
  };
}

absl::StatusOr<Half> ConvolutionHalf(Convolution::Kind kind, ConvolutionSizes sizes) {
  sizes.batch /= 2;
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

using MakeHalf = std::function<absl::StatusOr<Half>()>;

void AddDense(int64_t batch, const std::vector<int64_t>& sizes, bool step,
              bool first_needs_input_grad, std::vector<MakeHalf>* primitives) {
  for (size_t i = 0; i + 1 < sizes.size(); ++i) {
    const int64_t in = sizes[i];
    const int64_t out = sizes[i + 1];
    primitives->push_back([=] { return ProductHalf(batch, out, in, false, false); });
    if (!step) continue;
    primitives->push_back([=] { return ProductHalf(in, out, batch, true, false); });
    if (i > 0 || first_needs_input_grad)
      primitives->push_back([=] { return ProductHalf(batch, in, out, false, true); });
  }
}

void AddConvolution(const ConvolutionSizes& sizes, bool step, bool needs_input_grad,
                    std::vector<MakeHalf>* primitives) {
  primitives->push_back([=] { return ConvolutionHalf(Convolution::Kind::kForward, sizes); });
  if (!step) return;
  primitives->push_back([=] { return ConvolutionHalf(Convolution::Kind::kFilterGrad, sizes); });
  if (needs_input_grad)
    primitives->push_back([=] { return ConvolutionHalf(Convolution::Kind::kInputGrad, sizes); });
}

std::vector<MakeHalf> Primitives(const std::string& workload, bool step) {
  std::vector<MakeHalf> primitives;
  if (workload == "mlp") AddDense(128, {784, 512, 512, 10}, step, false, &primitives);
  if (workload == "titanic") AddDense(32, {7, 100, 100, 1}, step, false, &primitives);
  if (workload == "wages") AddDense(32, {9, 10, 5, 1}, step, false, &primitives);
  if (workload != "cnn" && workload != "cnn128") return primitives;
  const int64_t batch = workload == "cnn" ? 64 : 128;
  AddConvolution({.batch = batch,
                  .height = 28,
                  .width = 28,
                  .in_channels = 1,
                  .filter_height = 3,
                  .filter_width = 3,
                  .out_channels = 32,
                  .out_height = 28,
                  .out_width = 28,
                  .pad_top = 1,
                  .pad_left = 1},
                 step, false, &primitives);
  AddConvolution({.batch = batch,
                  .height = 14,
                  .width = 14,
                  .in_channels = 32,
                  .filter_height = 3,
                  .filter_width = 3,
                  .out_channels = 64,
                  .out_height = 14,
                  .out_width = 14,
                  .pad_top = 1,
                  .pad_left = 1},
                 step, true, &primitives);
  AddDense(batch, {3136, 128, 10}, step, true, &primitives);
  return primitives;
}

// Seconds per call while two threads run the two halves for `seconds`.
absl::StatusOr<double> TimeOne(const MakeHalf& make, double seconds) {
  using Clock = std::chrono::steady_clock;
  double per_call[2] = {0, 0};
  absl::Status status[2];
  auto body = [&](int thread, Half half) {
    const Clock::time_point start = Clock::now();
    int64_t calls = 0;
    double elapsed = 0;
    while (elapsed < seconds && status[thread].ok()) {
      for (int i = 0; i < 4; ++i, ++calls) status[thread].Update(half());
      elapsed = std::chrono::duration<double>(Clock::now() - start).count();
    }
    per_call[thread] = elapsed / static_cast<double>(calls);
  };
  DAGRAD_ASSIGN_OR_RETURN(Half first, make());
  DAGRAD_ASSIGN_OR_RETURN(Half second, make());
  std::thread other(body, 1, std::move(second));
  body(0, std::move(first));
  other.join();
  DAGRAD_RETURN_IF_ERROR(status[0]);
  DAGRAD_RETURN_IF_ERROR(status[1]);
  return (per_call[0] + per_call[1]) / 2;
}

absl::StatusOr<nlohmann::json> Time(const std::string& workload, bool step, double seconds) {
  const std::vector<MakeHalf> primitives = Primitives(workload, step);
  double sum = 0;
  for (const MakeHalf& make : primitives) {
    DAGRAD_ASSIGN_OR_RETURN(const double one,
                            TimeOne(make, seconds / static_cast<double>(primitives.size())));
    sum += one;
  }
  return nlohmann::json{{"seconds", sum}, {"calls", 1}};
}

}  // namespace
}  // namespace dagrad::benchmarks

int main() {
  std::string workload;
  std::string line;
  while (std::getline(std::cin, line)) {
    const nlohmann::json order = nlohmann::json::parse(line);
    if (order["do"] == "load") {
      workload = order["workload"];
      std::cout << nlohmann::json{{"version",
                                   "sum of oneDNN's convolutions and matrix products, two threads"}}
                << std::endl;
      continue;
    }
    absl::StatusOr<nlohmann::json> answer =
        dagrad::benchmarks::Time(workload, order["what"] == "step", order["seconds"]);
    if (!answer.ok()) {
      std::cerr << answer.status() << "\n";
      return 1;
    }
    std::cout << *answer << std::endl;
  }
  return 0;
}
