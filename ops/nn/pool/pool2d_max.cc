#include <algorithm>

#include "dagrad/ops/nn/pool/pool2d_internal.h"
#include "dagrad/ops/nn/pool/pool2d_max_rows.h"

namespace dagrad::ops::pool2d_internal {
namespace {

using runtime::KernelArgs;

template <typename T>
void MakeGradKernel(const Sizes& s, runtime::Kernel* kernel) {
  // As if rows cost nothing: so no image is cut whose windows overlap.
  const Bands bands = BandsOf(s, s.y.input, 0);
  const double cost = 1.0 * s.y.input * s.x.input * s.channels +
                      2 * s.Taps() * s.y.output * s.x.output * s.channels;
  const bool fresh = s.EachInOneWindow();
  const int64_t outputs = s.batch * s.y.output / bands.count;  // rows of a band
  runtime::OverRows(
      {.count = bands.count,
       .aligned = AllInputs(Kind::kMaxGrad),
       .cost = cost / 2 * static_cast<double>(bands.rows) / static_cast<double>(s.y.input)},
      [s, bands, fresh, outputs](const KernelArgs& args, int64_t begin, int64_t end) {
        T* const dx = args.out<T>(0);
        const int64_t elements = s.Input(0, bands.rows, 0);
        for (int64_t band = begin; band < end; ++band) {
          if (!fresh) std::fill_n(dx + band * elements, elements, T{0});
          for (int64_t row = band * outputs; row < (band + 1) * outputs; ++row)
            AddGradOfRow(s, args.in<T>(0), args.in<T>(1), row, fresh, dx);
        }
      },
      kernel);
}

}  // namespace

template <typename T>
void MakeMaxKernel(Kind kind, const Sizes& s, runtime::Kernel* kernel) {
  kernel->implementation = "simd";
  if (kind == Kind::kMaxGrad) return MakeGradKernel<T>(s, kernel);
  const bool gather = kind == Kind::kMaxGather;
  const double cost = (gather ? 1.0 : 0.5) * s.Taps() * s.x.output * s.channels;
  const Bands bands = BandsOf(s, s.y.output, cost);
  runtime::OverRows(
      {.count = bands.count,
       .aligned = bands.aligned ? AllInputs(kind) : 0,
       .cost = cost * bands.rows},
      [s, gather, each = bands.rows](const KernelArgs& args, int64_t begin, int64_t end) {
        for (int64_t row = begin * each; row < end * each; ++row) {
          if (gather) {
            GatherRow(s, args.in<T>(0), args.in<T>(1), row, args.out<T>(0));
          } else {
            MaxRow(s, args.in<T>(0), row, args.out<T>(0));
          }
        }
      },
      kernel);
}

template void MakeMaxKernel<float>(Kind, const Sizes&, runtime::Kernel*);
template void MakeMaxKernel<double>(Kind, const Sizes&, runtime::Kernel*);

}  // namespace dagrad::ops::pool2d_internal
