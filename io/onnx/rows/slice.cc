// Slices along several axes at once.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad::onnx {
namespace {

constexpr int64_t kFar = 1'000'000'000;  // and more: what exporters write for the end of an axis

// One axis of a slice, NumPy's x[start:end:step].
struct Cut {
  Dim start, size;
};

// Of d elements. Backwards, a start before the axis is its first element.
Cut CutOfNumbers(int64_t d, int64_t start, int64_t end, int64_t step) {
  if (d == 0) return {0, 0};
  const bool is_back = step < 0;
  const auto place = [&](int64_t v, int64_t low) {
    const int64_t near = std::clamp(v, -2 * kMaxDim, 2 * kMaxDim);
    return std::clamp(near < 0 ? near + d : near, low, is_back ? d - 1 : d);
  };
  const int64_t from = place(start, 0), to = place(end, is_back ? -1 : 0);
  const int64_t span = is_back ? from - to : to - from;
  return {Dim(from), Dim(span <= 0 ? 0 : 1 + (span - 1) / std::abs(step))};
}

// Backwards along an axis that is a symbol: all of it.
Cut WholeBackwards(NodeImport& c, const Dim& dim, std::optional<int64_t> start,
                   std::optional<int64_t> end, int64_t step) {
  const bool is_whole =
      start.has_value() && (*start == -1 || *start >= kFar) && end.has_value() && *end <= -kFar;
  if (!is_whole || step != -1) c.Unsupported("a slice backwards of an axis that is a symbol");
  return {dim - 1, dim};
}

// Of an axis that is a symbol numbers below 0 count from its end, and those beyond it are its end.
Cut CutOf(NodeImport& c, const Dim& dim, const Dim& start, const Dim& end, int64_t step) {
  const std::optional<int64_t> first = NumberOf(start), limit = NumberOf(end);
  const bool are_numbers = first.has_value() && limit.has_value();
  if (dim.is_known() && are_numbers) return CutOfNumbers(dim.value(), *first, *limit, step);
  if (step < 0) return WholeBackwards(c, dim, first, limit, step);
  // Whatever the size, between them is nothing.
  if (are_numbers && (*first < 0) == (*limit < 0) && *first >= *limit) return {0, 0};
  const auto place = [&](const Dim& v, std::optional<int64_t> number) {
    if (!number.has_value()) return v;
    if (*number < 0) return *number <= -kFar ? Dim(0) : dim + v;
    return *number >= kFar ? dim : v;
  };
  const Dim from = place(start, first);
  return {from, Dim::CeilDiv(place(end, limit) - from, step)};
}

// Input `i`, an attribute before version 10.
std::vector<Dim> EndsOf(NodeImport& c, int i, const char* name) {
  if (c.version() >= 10) return c.IsMissing(i) ? std::vector<Dim>() : c.Dims(i);
  const std::vector<int64_t> given = c.Ints(name);
  return {given.begin(), given.end()};
}

void ImportSlice(NodeImport& c) {
  const Value x = c.in(0);
  const std::vector<Dim> starts = EndsOf(c, 1, "starts"), ends = EndsOf(c, 2, "ends");
  const bool is_old = c.version() < 10;
  std::vector<int64_t> axes = is_old ? c.Ints("axes") : c.Integers(3);
  std::vector<int64_t> steps = is_old ? std::vector<int64_t>() : c.Integers(4);
  if (axes.empty()) {
    for (size_t a = 0; a < starts.size(); ++a) axes.push_back(static_cast<int64_t>(a));
  }
  steps.resize(steps.empty() ? axes.size() : steps.size(), 1);
  if (!c.ok()) return;
  if (starts.size() != axes.size() || ends.size() != axes.size() || steps.size() != axes.size())
    return c.Invalid("starts, ends, axes and steps are not equally many");
  Shape from, sizes = x.shape();
  std::vector<int64_t> strides(static_cast<size_t>(x.rank()), 1);
  for (int a = 0; a < x.rank(); ++a) from.push_back(0);
  for (size_t i = 0; i < axes.size() && c.ok(); ++i) {
    const int axis = AxisOf(c, axes[i], x.rank());
    if (steps[i] == 0 || steps[i] == INT64_MIN) return c.Invalid(absl::StrCat("step ", steps[i]));
    if (!c.ok()) return;
    const Cut cut = CutOf(c, x.dim(axis), starts[i], ends[i], steps[i]);
    SetDim(&from, axis, cut.start);
    SetDim(&sizes, axis, cut.size);
    strides[static_cast<size_t>(axis)] = steps[i];
  }
  if (c.ok()) c.out(0, Slice(x, from, sizes, strides));
}

constexpr Row kRows[] = {
    {"Slice", ImportSlice, 5, /*takes_strings=*/true},
};

}  // namespace

absl::Span<const Row> SliceRows() { return kRows; }

}  // namespace dagrad::onnx
