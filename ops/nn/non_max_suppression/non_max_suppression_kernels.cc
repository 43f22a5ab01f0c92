#include <algorithm>
#include <cmath>
#include <numeric>
#include <type_traits>

#include "dagrad/ops/nn/non_max_suppression/non_max_suppression_internal.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::ops::non_max_suppression_internal {
namespace {

using runtime::KernelArgs;

struct Options {
  int64_t batch, classes, n, most;
  double iou_threshold, score_threshold;
  bool center_point_box;
};

struct Box {
  double y1, x1, y2, x2;
};

template <typename T>
Box BoxAt(const T* b, bool center_point_box) {
  if (center_point_box) {
    const double w = 0.5 * b[2], h = 0.5 * b[3];
    return {b[1] - h, b[0] - w, b[1] + h, b[0] + w};
  }
  return {std::min<double>(b[0], b[2]), std::min<double>(b[1], b[3]), std::max<double>(b[0], b[2]),
          std::max<double>(b[1], b[3])};
}

bool Overlaps(const Box& a, const Box& b, double threshold) {
  const double height = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
  const double width = std::min(a.x2, b.x2) - std::max(a.x1, b.x1);
  if (!(height > 0) || !(width > 0)) return false;
  const double both = height * width;
  const double all = (a.y2 - a.y1) * (a.x2 - a.x1) + (b.y2 - b.y1) * (b.x2 - b.x1) - both;
  return all > 0 && both / all > threshold;
}

// One class of one image: numbers of boxes in `order`, [n], those kept first. Gives their count.
template <typename T>
int64_t Keep(const T* boxes, const T* scores, const Options& o, int64_t* order) {
  int64_t candidates = 0;
  for (int64_t i = 0; i < o.n; ++i) {
    // A NaN is above no threshold, nor above what has none.
    const bool is_above = scores[i] > o.score_threshold ||
                          (std::isinf(o.score_threshold) && scores[i] == o.score_threshold);
    if (is_above) order[candidates++] = i;
  }
  std::sort(order, order + candidates, [scores](int64_t i, int64_t j) {
    return scores[i] != scores[j] ? scores[i] > scores[j] : i < j;
  });
  int64_t kept = 0;
  for (int64_t c = 0; c < candidates && kept < o.most; ++c) {
    const Box box = BoxAt(boxes + 4 * order[c], o.center_point_box);
    const bool overlaps = std::any_of(order, order + kept, [&](int64_t k) {
      return Overlaps(BoxAt(boxes + 4 * k, o.center_point_box), box, o.iou_threshold);
    });
    if (!overlaps) order[kept++] = order[c];
  }
  return kept;
}

// Classes in parallel, each into its own place of the scratch: kept numbers, and how many.
template <typename T>
void AddPhases(const Options& o, runtime::Kernel* kernel) {
  const int64_t items = o.batch * o.classes;
  runtime::ParallelOver(
      items, 20 * static_cast<double>(o.n),
      [o](const KernelArgs& args, int64_t begin, int64_t end) {
        auto* scratch = reinterpret_cast<int64_t*>(args.scratch);
        for (int64_t i = begin; i < end; ++i) {
          int64_t* order = scratch + i * (o.n + 1);
          order[o.n] =
              Keep(args.in<T>(0) + i / o.classes * o.n * 4, args.in<T>(1) + i * o.n, o, order);
        }
      },
      kernel);
  kernel->phases.push_back({1, [o, items](const KernelArgs& args, int) {
                              const auto* scratch = reinterpret_cast<const int64_t*>(args.scratch);
                              auto* y = args.out<int64_t>(0);
                              const int64_t* const end = y + 3 * items * o.n;
                              int64_t count = 0;
                              for (int64_t i = 0; i < items; ++i) {
                                const int64_t* order = scratch + i * (o.n + 1);
                                for (int64_t k = 0; k < order[o.n]; ++k, ++count) {
                                  *y++ = i / o.classes;
                                  *y++ = i % o.classes;
                                  *y++ = order[k];
                                }
                              }
                              std::fill(y, args.out<int64_t>(0) + (end - args.out<int64_t>(0)), 0);
                              *args.out<int64_t>(1) = count;
                              return absl::OkStatus();
                            }});
}

}  // namespace

absl::Status MakeKernel(const runtime::KernelRequest& request, runtime::Kernel* kernel) {
  const Dims& scores = request.inputs[1].dims;
  const int64_t items = scores[0] * scores[1];
  const Options o = {scores[0],
                     scores[1],
                     scores[2],
                     request.attr<int64_t>("max_output_per_class"),
                     request.attr<double>("iou_threshold"),
                     request.attr<double>("score_threshold"),
                     request.attr<bool>("center_point_box")};
  kernel->scratch_bytes = kernel->shared_scratch_bytes =
      (runtime::BytesOf<int64_t>(items, o.n) + runtime::BytesOf<int64_t>(items)).value();
  DispatchComputed(request.inputs[0].dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_floating_point_v<T>) AddPhases<T>(o, kernel);
  });
  return absl::OkStatus();
}

}  // namespace dagrad::ops::non_max_suppression_internal
