#ifndef DAGRAD_OPS_NN_POOL_POOL2D_MAX_ROWS_H_
#define DAGRAD_OPS_NN_POOL_POOL2D_MAX_ROWS_H_

#include <cstdint>

#include "dagrad/ops/nn/pool/pool2d_internal.h"

// Max pooling of one row of outputs, of all images' rows, vectorized over the channels. A window's
// maximum is its first element that is greater than all others, or its first NaN. T: float or
// double.
namespace dagrad::ops::pool2d_internal {

// y: the maxima; -infinity for an empty window.
template <typename T>
void MaxRow(const Sizes& s, const T* x, int64_t row, T* y);
// y: what u has at the maxima's places; 0 for an empty window.
template <typename T>
void GatherRow(const Sizes& s, const T* x, const T* u, int64_t row, T* y);
// Adds dy to dx at the maxima's places. `fresh`: dx holds nothing yet and counts as 0; every
// element of it must lie in one window.
template <typename T>
void AddGradOfRow(const Sizes& s, const T* x, const T* dy, int64_t row, bool fresh, T* dx);

}  // namespace dagrad::ops::pool2d_internal

#endif  // DAGRAD_OPS_NN_POOL_POOL2D_MAX_ROWS_H_
