#ifndef DAGRAD_BENCHMARKS_BARE_PRIMITIVE_H_
#define DAGRAD_BENCHMARKS_BARE_PRIMITIVE_H_

#include "absl/status/statusor.h"
#include "dagrad/benchmarks/bare/products.h"

namespace dagrad::benchmarks {

// Seconds that one product takes by the library's own primitive, in dense layouts of the library's
// choice, filters packed before. It is cut in two halves that two threads do over and over for
// `seconds` without ever waiting for each other: a bound, not a system. Unimplemented where the
// library has nothing but its reference implementation.
absl::StatusOr<double> TimePrimitive(const Product& product, double seconds);

}  // namespace dagrad::benchmarks

#endif  // DAGRAD_BENCHMARKS_BARE_PRIMITIVE_H_
