// What is done to data before a model sees it.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad::onnx {
namespace {

// Columns of x by number.
void ImportArrayFeatureExtractor(NodeImport& c) {
  const Value x = c.in(0), numbers = c.in(1);
  if (!c.ok()) return;
  const Value columns = Reshape(numbers, {numbers.shape().NumElements()});
  const Value y = Gather(x, columns, {.axis = -1});
  c.out(0, x.rank() == 1 ? ExpandDims(y, 0) : y);
}

void ImportBinarizer(NodeImport& c) {
  const double threshold = c.Real("threshold", 0);
  ElementwiseOf(c, [threshold](Value x) { return Cast(Greater(x, threshold), x.dtype()); });
}

// Sequences of n elements: `items` of each, one after the other.
struct Grams {
  int64_t n = 0;
  std::vector<int64_t> items;
  std::vector<int64_t> places;  // of their counts in the result
  std::vector<float> weights;
  int64_t count() const { return static_cast<int64_t>(places.size()); }
};

// Those of attribute pool_int64s that are of the lengths that are asked for. Nothing after an
// error.
std::vector<Grams> ReadGrams(NodeImport& c) {
  const std::vector<int64_t> pool = c.Ints("pool_int64s"), starts = c.Ints("ngram_counts"),
                             places = c.Ints("ngram_indexes");
  const std::vector<double> weights = c.Reals("weights");
  const int64_t least = c.Int("min_gram_length", 1), most = c.Int("max_gram_length", 1);
  std::vector<Grams> result;
  size_t id = 0;
  for (size_t i = 0; i < starts.size(); ++i) {
    const auto size = static_cast<int64_t>(pool.size()), n = static_cast<int64_t>(i) + 1;
    const int64_t begin = starts[i], end = i + 1 < starts.size() ? starts[i + 1] : size;
    if (begin < 0 || end < begin || end > size || (end - begin) % n != 0)
      return c.Invalid("ngram_counts does not fit pool_int64s"), result;
    const auto count = static_cast<size_t>((end - begin) / n);
    if (id + count > places.size() || (!weights.empty() && id + count > weights.size()))
      return c.Invalid("ngram_indexes or weights are fewer than the pool has"), result;
    Grams grams = {.n = n};
    grams.items.assign(pool.begin() + begin, pool.begin() + end);
    for (size_t k = id; k < id + count; ++k) {
      grams.places.push_back(places[k]);
      grams.weights.push_back(weights.empty() ? 1.0f : static_cast<float>(weights[k]));
    }
    id += count;
    if (n >= least && n <= most && count > 0) result.push_back(std::move(grams));
  }
  return result;
}

// How often each stands in the rows of x [rows, length], its elements `step` apart: [rows, count].
Value Occurrences(const Value& x, const Grams& grams, int64_t step) {
  const Dim starts = x.dim(1) - (grams.n - 1) * step;
  Value is_there;
  for (int64_t j = 0; j < grams.n; ++j) {
    const Value element =
        SliceAxis(x, 1, {.start = Dim(j * step), .limit = starts + Dim(j * step)});
    std::vector<int64_t> wanted;
    for (int64_t k = 0; k < grams.count(); ++k) wanted.push_back(grams.items[k * grams.n + j]);
    const Tensor items = Tensor::Of<int64_t>({grams.count()}, wanted);
    const Value is_equal = Equal(ExpandDims(element, -1), Constant(x.builder(), items));
    is_there = is_there.valid() ? LogicalAnd(is_there, is_equal) : is_equal;
  }
  return ReduceSum(Cast(is_there, DType::kFloat32), {.axes = {1}});
}

// Over all steps from 1 on, up to max_skip_count elements left out; one element has no step.
Value OccurrencesOf(NodeImport& c, const Value& x, const Grams& grams) {
  constexpr int64_t kMostTerms = 4096;
  const int64_t skipped = grams.n == 1 ? 0 : c.Int("max_skip_count", 0);
  if (skipped < 0 || skipped >= kMostTerms / grams.n)
    return c.Unsupported(absl::StrCat("max_skip_count ", skipped)), Value();
  const int64_t steps = skipped + 1;
  Value sum = Full(c.builder(), DType::kFloat32, {x.dim(0), Dim(grams.count())}, 0);
  for (int64_t step = 1; step <= steps; ++step) {
    const Dim starts = x.dim(1) - (grams.n - 1) * step;
    if (starts.is_known() && starts.value() < 1) break;
    sum = sum + Occurrences(x, grams, step);
  }
  return sum;
}

void ImportTfIdfVectorizer(NodeImport& c) {
  const Value x = c.in(0);
  if (!c.Texts("pool_strings").empty()) return c.Unsupported("strings");
  const std::string mode = c.Choice("mode", "", {"TF", "IDF", "TFIDF"});
  const std::vector<int64_t> places = c.Ints("ngram_indexes");
  if (places.empty() || *std::min_element(places.begin(), places.end()) < 0)
    return c.Invalid("ngram_indexes");
  const std::vector<Grams> grams = ReadGrams(c);
  if (!c.ok() || x.rank() > 2) return c.Invalid("the input is of rank 2 at most");
  const bool is_batch = x.rank() == 2;
  const Value rows =
      Cast(is_batch ? x : Reshape(x, {Dim(1), x.shape().NumElements()}), DType::kInt64);
  const Shape size({rows.dim(0), Dim(*std::max_element(places.begin(), places.end())) + 1});
  Value y = Full(c.builder(), DType::kFloat32, size, 0);
  for (const Grams& g : grams) {
    Value count = OccurrencesOf(c, rows, g);
    if (!c.ok()) return;
    if (mode == "IDF") count = Cast(Greater(count, 0.0), DType::kFloat32);
    if (mode != "TF")
      count = count * Constant(c.builder(), Tensor::Of<float>({g.count()}, g.weights));
    const Value at = Constant(c.builder(), Tensor::Of<int64_t>({g.count()}, g.places));
    y = y + ScatterAdd(at, count, size, {.axis = 1});
  }
  c.out(0, is_batch ? y : Squeeze(y, {0}));
}

constexpr Row kRows[] = {
    {"TfIdfVectorizer", ImportTfIdfVectorizer, 1},
    {"ai.onnx.ml.ArrayFeatureExtractor", ImportArrayFeatureExtractor, 2},
    {"ai.onnx.ml.Binarizer", ImportBinarizer, 1},
};

}  // namespace

absl::Span<const Row> FeatureRows() { return kRows; }

}  // namespace dagrad::onnx
