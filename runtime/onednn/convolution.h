#ifndef DAGRAD_RUNTIME_ONEDNN_CONVOLUTION_H_
#define DAGRAD_RUNTIME_ONEDNN_CONVOLUTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dagrad::runtime::onednn {

// Sizes of a two-dimensional convolution of float32 images, channels last.
struct ConvolutionSizes {
  int64_t batch, height, width, in_channels;
  int64_t filter_height, filter_width,
      out_channels;  // filter: [height, width, in_channels / groups, out_channels]
  int64_t out_height, out_width;
  int64_t stride_y = 1, stride_x = 1;
  int64_t dilation_y = 1, dilation_x = 1;  // 1: none
  int64_t pad_top = 0, pad_left = 0;  // the rest of the padding follows from the output's sizes
  int64_t groups = 1;
};

// One of a convolution's three primitives, prepared for its sizes. Immutable; all methods may be
// called from many threads at once and work on the calling thread alone, whatever the host program
// set OpenMP to.
class Convolution {
 public:
  enum class Kind {
    kForward,     // reads x and filter, writes y
    kInputGrad,   // reads filter and y (its cotangent), writes x (its cotangent)
    kFilterGrad,  // reads x and y (its cotangent), writes filter (its cotangent)
  };

  // Unimplemented where the library has nothing but its reference implementation: use a kernel of
  // our own then; also for sizes that it cannot count (limits.h). Where `layout_of` is given (of
  // the same kind and filter), the filter's own layout is that one's.
  static absl::StatusOr<std::unique_ptr<const Convolution>> Prepare(
      Kind kind, const ConvolutionSizes& sizes, int concurrency = 1,
      const Convolution* layout_of = nullptr);
  ~Convolution();

  // As the library names it: "jit:avx2", "brgconv:avx512_core".
  const std::string& implementation() const;

  // The primitive has a layout of its own for the filter, of so many bytes.
  size_t filter_bytes() const;
  absl::Status PackFilter(const float* filter, void* packed) const;    // not for kFilterGrad
  absl::Status UnpackFilter(const void* packed, float* filter) const;  // only for kFilterGrad

  // `scratch`: scratch_bytes() private to this call. All buffers aligned to 64 bytes.
  size_t scratch_bytes() const;
  absl::Status Execute(const float* x, const void* packed_filter, float* y, void* scratch) const;
  absl::Status ExecuteInputGrad(float* x, const void* packed_filter, const float* y,
                                void* scratch) const;
  absl::Status ExecuteFilterGrad(const float* x, void* packed_filter, const float* y,
                                 void* scratch) const;

 private:
  struct Impl;
  explicit Convolution(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace dagrad::runtime::onednn

#endif  // DAGRAD_RUNTIME_ONEDNN_CONVOLUTION_H_
