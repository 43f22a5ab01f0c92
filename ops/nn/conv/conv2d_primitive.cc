#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/nn/conv/conv2d_internal.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::ops::conv2d_internal {
namespace {

using runtime::ByteSize;
using runtime::KernelArgs;
using runtime::RangeOfShard;
using runtime::onednn::Convolution;

// The batch is cut into shards of n or n + 1 images, with a primitive for each of the two sizes.
struct Shards {
  Sizes sizes;
  Kind kind;
  int count;
  std::shared_ptr<const Convolution> smaller, larger;  // larger: null if all shards are equal
  ByteSize filter_bytes, scratch_bytes;                // of one

  // Of the filter's gradient, one partial sum per shard; they stand first in the scratch.
  ByteSize PartialBytes() const {
    return kind == Kind::kFilterGrad ? count * filter_bytes : ByteSize();
  }
  const Convolution& For(int64_t images) const {
    return images == sizes.batch / count ? *smaller : *larger;
  }
};

std::shared_ptr<const Convolution> Prepare(Kind kind, Sizes sizes, int64_t images, int shards,
                                           const Convolution* layout_of) {
  sizes.batch = images;
  auto convolution = Convolution::Prepare(kind, sizes, shards, layout_of);
  return convolution.ok() ? *std::move(convolution) : nullptr;
}

// Measured on AVX2: products of matrices are faster where there are many channels, except for the
// input's gradient: there only where they are very few. With AVX-512, and for other forms of
// convolution, the primitives are.
bool GemmIsFaster(Kind kind, const Sizes& s, const Convolution& c) {
  if (absl::StrContains(c.implementation(), "gemm")) return true;
  if (s.groups != 1) return false;
  if (kind == Kind::kInputGrad) return s.in_channels < 4;  // the primitives pad them to a vector
  const int64_t wanted = static_cast<int64_t>(Seconds(s) / 16e-6);
  if (kind == Kind::kForward && s.batch == 1 && wanted > 1) return true;  // can be cut by rows
  return s.in_channels >= 32 && absl::StartsWith(c.implementation(), "jit") &&
         absl::EndsWith(c.implementation(), "avx2");
}

// As many images as `c` is for, from `image` on.
absl::Status ConvolveImages(const Convolution& c, Kind kind, const Sizes& s, const KernelArgs& args,
                            int64_t image, std::byte* scratch) {
  const int64_t x = image * XElements(s), y = image * YElements(s);
  if (kind == Kind::kForward)
    return c.Execute(args.in<float>(0) + x, args.kept, args.out<float>(0) + y, scratch);
  return c.ExecuteInputGrad(args.out<float>(0) + x, args.kept, args.in<float>(0) + y, scratch);
}

absl::Status RunShard(const Shards& s, const KernelArgs& args, int shard) {
  const auto range = RangeOfShard(s.sizes.batch, s.count, shard);
  const Convolution& c = s.For(range.end - range.begin);
  std::byte* const scratch = args.scratch + (s.PartialBytes() + shard * s.scratch_bytes).value();
  if (s.kind != Kind::kFilterGrad)
    return ConvolveImages(c, s.kind, s.sizes, args, range.begin, scratch);
  return c.ExecuteFilterGrad(args.in<float>(0) + range.begin * XElements(s.sizes),
                             args.scratch + (shard * s.filter_bytes).value(),
                             args.in<float>(1) + range.begin * YElements(s.sizes), scratch);
}

void AddPackPhase(std::shared_ptr<const Convolution> c, runtime::Kernel* kernel) {
  kernel->kept_bytes = c->filter_bytes();
  kernel->phases.push_back({1, [c = std::move(c)](const KernelArgs& args, int) {
                              return c->PackFilter(args.in<float>(1), args.kept);
                            }});
  kernel->phases.back().inputs = 1 << 1;
  kernel->phases.back().outputs = 0;
  kernel->phases.back().kept = true;
}

void AddUnpackPhase(const Shards& s, runtime::Kernel* kernel) {
  kernel->phases.push_back({1, [c = s.smaller](const KernelArgs& args, int) {
                              return c->UnpackFilter(args.scratch, args.out<float>(0));
                            }});
  kernel->phases.back().inputs = 0;
}

// A primitive costs some 0.3 µs to call: not for each image where those are done as soon.
bool ByImage(Kind kind, const Sizes& s) {
  return kind != Kind::kFilterGrad && Seconds(s) >= 2e-6 * static_cast<double>(s.batch);
}

// Images are the rows.
bool AddImages(Kind kind, const Sizes& sizes, runtime::Kernel* kernel) {
  const double cost = ImageCost(sizes);
  const int shards = runtime::ShardsFor(sizes.batch, cost);
  const auto c = Prepare(kind, sizes, 1, shards, nullptr);
  if (c == nullptr || GemmIsFaster(kind, sizes, *c)) return false;
  kernel->implementation = absl::StrCat("onednn:", c->implementation());
  AddPackPhase(c, kernel);
  const auto run = [c, kind, sizes](const KernelArgs& args, int64_t begin, int64_t end) {
    for (int64_t image = begin; image < end; ++image) {
      DAGRAD_RETURN_IF_ERROR(ConvolveImages(*c, kind, sizes, args, image, args.task_scratch));
    }
    return absl::OkStatus();
  };
  runtime::AddRows({.count = sizes.batch,
                    .aligned = 1,
                    .cost = cost,
                    .task_scratch_bytes = c->scratch_bytes(),
                    .run = run},
                   kernel);
  kernel->phases.back().inputs = 1;
  return true;
}

}  // namespace

bool MakePrimitiveKernel(Kind kind, const Sizes& sizes, runtime::Kernel* kernel) {
  if (ByImage(kind, sizes)) return AddImages(kind, sizes, kernel);
  Shards s{sizes, kind, CountShards(kind, sizes, sizes.batch), nullptr, nullptr, {}, {}};
  const int64_t images = sizes.batch / s.count;
  s.smaller = Prepare(kind, sizes, images, s.count, nullptr);
  if (s.smaller == nullptr || GemmIsFaster(kind, sizes, *s.smaller)) return false;
  s.filter_bytes = ByteSize(s.smaller->filter_bytes()).Aligned();
  s.scratch_bytes = ByteSize(s.smaller->scratch_bytes()).Aligned();
  if (sizes.batch % s.count != 0) {
    s.larger = Prepare(kind, sizes, images + 1, s.count, s.smaller.get());
    if (s.larger == nullptr) return false;
    s.scratch_bytes = std::max(s.scratch_bytes, ByteSize(s.larger->scratch_bytes()).Aligned());
  }
  kernel->implementation = absl::StrCat("onednn:", s.smaller->implementation());
  kernel->scratch_bytes = (s.PartialBytes() + s.count * s.scratch_bytes).value();
  if (kind != Kind::kFilterGrad) AddPackPhase(s.smaller, kernel);
  kernel->phases.push_back(
      {s.count, [s](const KernelArgs& args, int shard) { return RunShard(s, args, shard); }});
  if (kind != Kind::kFilterGrad) kernel->phases.back().inputs = 1;
  if (kind == Kind::kFilterGrad) {
    kernel->phases.back().outputs = 0;
    const auto floats = static_cast<int64_t>(s.filter_bytes.value() / sizeof(float));
    if (s.count > 1) {
      AddSumPhase(s.count, s.smaller->filter_bytes() / sizeof(float), floats, {}, false, kernel);
    }
    AddUnpackPhase(s, kernel);
  }
  return true;
}

void AddSumPhase(int partials, int64_t size, int64_t stride, ByteSize offset, bool to_output,
                 runtime::Kernel* kernel) {
  runtime::ParallelOver(
      size, partials,
      [=, at = offset.value()](const KernelArgs& args, int64_t begin, int64_t end) {
        float* const first = reinterpret_cast<float*>(args.scratch + at);
        for (int p = 1; p < partials; ++p) {
          const float* const next = first + p * stride;
          for (int64_t i = begin; i < end; ++i) first[i] += next[i];
        }
        if (to_output) std::copy(first + begin, first + end, args.out<float>(0) + begin);
      },
      kernel);
  kernel->phases.back().inputs = 0;
  kernel->phases.back().outputs = to_output ? 1 : 0;
}

}  // namespace dagrad::ops::conv2d_internal
