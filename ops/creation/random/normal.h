#ifndef DAGRAD_OPS_CREATION_RANDOM_NORMAL_H_
#define DAGRAD_OPS_CREATION_RANDOM_NORMAL_H_

namespace dagrad::random {

// The z for which a standard normal variable is below z with probability p, 0 < p < 1; relative
// error about 1e-16. Source: Wichura, "Algorithm AS 241: the percentage points of the normal
// distribution", Applied Statistics 37 (1988).
double InverseNormalCdf(double p);

}  // namespace dagrad::random

#endif  // DAGRAD_OPS_CREATION_RANDOM_NORMAL_H_
