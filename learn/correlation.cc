#include "dagrad/learn/correlation.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "dagrad/graph/status_macros.h"
#include "dagrad/learn/rows.h"
#include "dagrad/ops/reduction/sums/sums.h"

namespace dagrad::learn {
namespace {

// Not by the variance: the mean of equal numbers may be rounded to another number.
bool IsConstant(const std::vector<double>& v) {
  return std::all_of(v.begin(), v.end(), [&](double x) { return x == v[0]; });
}

double Correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const int64_t n = static_cast<int64_t>(a.size());
  if (n < 2 || IsConstant(a) || IsConstant(b)) return std::nan("");
  const auto sum = [n](auto term) { return ops::SumOf(n, term); };
  const double mean_a = sum([&](int64_t i) { return a[i]; }) / static_cast<double>(n);
  const double mean_b = sum([&](int64_t i) { return b[i]; }) / static_cast<double>(n);
  const double ab = sum([&](int64_t i) { return (a[i] - mean_a) * (b[i] - mean_b); });
  const double aa = sum([&](int64_t i) { return (a[i] - mean_a) * (a[i] - mean_a); });
  const double bb = sum([&](int64_t i) { return (b[i] - mean_b) * (b[i] - mean_b); });
  if (aa == 0 || bb == 0) return std::nan("");
  return std::clamp(ab / std::sqrt(aa) / std::sqrt(bb), -1.0, 1.0);
}

}  // namespace

absl::StatusOr<Tensor> CorrelationMatrix(const Tensor& x) {
  DAGRAD_ASSIGN_OR_RETURN(const Tensor table, Matrix(x, "x"));
  const int64_t rows = table.dims()[0], columns = table.dims()[1];
  const auto values = table.data<double>();
  DAGRAD_ASSIGN_OR_RETURN(Tensor result, Tensor::Allocate(DType::kFloat64, {columns, columns}));
  const auto cells = result.mutable_data<double>();
  for (int64_t i = 0; i < columns; ++i) {
    for (int64_t j = 0; j <= i; ++j) {
      std::vector<double> a, b;
      for (int64_t r = 0; r < rows; ++r) {
        const double u = values[r * columns + i], v = values[r * columns + j];
        if (std::isnan(u) || std::isnan(v)) continue;
        a.push_back(u), b.push_back(v);
      }
      cells[i * columns + j] = cells[j * columns + i] = Correlation(a, b);
    }
  }
  return result;
}

}  // namespace dagrad::learn
