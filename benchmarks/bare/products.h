#ifndef DAGRAD_BENCHMARKS_BARE_PRODUCTS_H_
#define DAGRAD_BENCHMARKS_BARE_PRODUCTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dagrad/graph/dim.h"
#include "dagrad/graph/graph.h"
#include "dagrad/runtime/onednn/convolution.h"

namespace dagrad::benchmarks {

// One convolution, or `items` matrix products c[m,n] = a[m,k] b[k,n] of one shape: the work of a
// node that a library's primitive could do.
struct Product {
  bool convolution = false;
  runtime::onednn::Convolution::Kind kind = runtime::onednn::Convolution::Kind::kForward;
  runtime::onednn::ConvolutionSizes sizes = {};
  int64_t items = 1, m = 0, n = 0, k = 0;
  bool transpose_a = false, transpose_b = false;
  int count = 1;  // how often the function needs it

  double Flops() const;      // of one
  std::string Name() const;  // equal names, equal work
};

// The products of a function, each distinct one once, sizes under `bindings`. Looked for before
// any rewrite: what the model needs, not what the executor makes of it.
absl::StatusOr<std::vector<Product>> ProductsOf(const Function& function, const Bindings& bindings);

}  // namespace dagrad::benchmarks

#endif  // DAGRAD_BENCHMARKS_BARE_PRODUCTS_H_
