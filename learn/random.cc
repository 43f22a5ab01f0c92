#include "dagrad/learn/random.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "dagrad/ops/creation/random/normal.h"

namespace dagrad::learn {

double Random::Uniform(double min, double max) {
  uint32_t word = 0;
  bits_.High(next_++, 1, &word);
  return min + (max - min) * (word + 0.5) * 0x1p-32;
}

int64_t Random::Whole(int64_t min, int64_t max) {
  return static_cast<int64_t>(
      std::floor(Uniform(static_cast<double>(min), static_cast<double>(max + 1))));
}

double Random::Normal(double mean, double deviation) {
  return mean + deviation * random::InverseNormalCdf(Uniform());
}

std::vector<int64_t> Random::Permutation(int64_t n) {
  std::vector<int64_t> order(std::max<int64_t>(n, 0));
  std::iota(order.begin(), order.end(), 0);
  for (int64_t i = n - 1; i > 0; --i) std::swap(order[i], order[Whole(0, i)]);
  return order;
}

size_t Random::Choice(absl::Span<const double> weights) {
  double rest = Uniform(0, std::accumulate(weights.begin(), weights.end(), 0.0));
  size_t place = 0;
  while (place + 1 < weights.size() && rest >= weights[place]) rest -= weights[place++];
  return place;
}

}  // namespace dagrad::learn
