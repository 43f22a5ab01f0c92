#ifndef DAGRAD_LEARN_RANDOM_H_
#define DAGRAD_LEARN_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "dagrad/ops/creation/random/philox.h"

namespace dagrad::learn {

// Random numbers one after the other, for data that a program makes up and choices that it draws:
// as NumPy's Generator. The same seed gives the same ones on every machine, which the distributions
// of <random> do not promise. Not thread-safe. Source: ops/creation/random/philox.h.
//
//   learn::Random random(1);
//   const double noise = random.Normal(0, 0.1);
class Random {
 public:
  explicit Random(int64_t seed) : bits_(seed, 0, 0) {}

  // Between min and max.
  double Uniform(double min = 0, double max = 1);
  // An integer from min to max, both included, which are less than 2^32 apart.
  int64_t Whole(int64_t min, int64_t max);
  double Normal(double mean = 0, double deviation = 1);
  // True with probability p.
  bool Chance(double p) { return Uniform() < p; }
  // 0 … n - 1 in an order in which each is as likely; empty for n <= 0.
  std::vector<int64_t> Permutation(int64_t n);
  // A place in `weights`, each as likely as its share in their sum. Weights are not negative; where
  // none is positive it is the last place.
  size_t Choice(absl::Span<const double> weights);

 private:
  random::ElementBits bits_;
  int64_t next_ = 0;
};

}  // namespace dagrad::learn

#endif  // DAGRAD_LEARN_RANDOM_H_
