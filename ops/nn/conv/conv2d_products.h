#ifndef DAGRAD_OPS_NN_CONV_CONV2D_PRODUCTS_H_
#define DAGRAD_OPS_NN_CONV_CONV2D_PRODUCTS_H_

#include <cstdint>

#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/kernel.h"

namespace dagrad::ops::conv2d_internal {

// Matrix products whose right side is the filter, args.inputs[1]: for each of `groups` of channels
// one of k rows and n columns, `filter_step` floats after the last one's.
struct Products {
  int64_t groups, k, n;
  int64_t filter_ld, filter_step;
  bool transposed;  // the filter, as stored, is n x k

  runtime::ByteSize GroupBytes() const;
  // Of a group, where AddPacking put it.
  const float* Packed(const runtime::KernelArgs& args, int64_t group) const;
};

// First phase of a kernel that has no scratch yet: packs the filters, to the start of the scratch.
void AddPacking(const Products& products, runtime::Kernel* kernel);

// Where the filter is larger than a core's own cache and the pixels are few, all shards of pixels
// would read all of it from a slower one. Cut by columns instead, each part of it is read once.
bool IsByPanels(const Products& products, int64_t pixels);
// The left sides, `ld` and `step` floats from row to row and from group to group: args.inputs[0],
// or in the scratch from byte `scratch_at` >= 0 on.
struct Left {
  int64_t ld, step;
  int64_t scratch_at = -1;
};
// The last phase, where IsByPanels: outputs[0], `pixels` rows of groups * n columns.
void AddPanels(const Products& products, int64_t pixels, const Left& left, runtime::Kernel* kernel);

}  // namespace dagrad::ops::conv2d_internal

#endif  // DAGRAD_OPS_NN_CONV_CONV2D_PRODUCTS_H_
