#include "dagrad/ops/creation/random/normal.h"

#include <algorithm>
#include <cmath>

#include "dagrad/ops/creation/random/normal_coefficients.h"

namespace dagrad::random {

double InverseNormalCdf(double p) {
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) return q * kNormalCentre(0.180625 - q * q);
  const double r = std::sqrt(-std::log(std::min(p, 1 - p)));
  const double z = r <= 5 ? kNormalTail(r - 1.6) : kNormalFarTail(r - 5);
  return q < 0 ? -z : z;
}

}  // namespace dagrad::random
