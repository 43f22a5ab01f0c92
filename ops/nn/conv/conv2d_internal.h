#ifndef DAGRAD_OPS_NN_CONV_CONV2D_INTERNAL_H_
#define DAGRAD_OPS_NN_CONV_CONV2D_INTERNAL_H_

#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/ops/nn/conv/conv2d.h"
#include "dagrad/ops/samples.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/kernel.h"
#include "dagrad/runtime/onednn/convolution.h"

namespace dagrad::ops::conv2d_internal {

using Sizes = runtime::onednn::ConvolutionSizes;
using Kind = runtime::onednn::Convolution::Kind;

// The attributes that the three ops share, and the constraints: c1 to c6, and c7 for the gradients.
std::vector<AttrSpec> SharedAttrs();
std::vector<Constraint> SharedConstraints(Kind kind);
AttrMap ToAttrs(const Conv2DOptions& options);
// The options of the node in `c`, for the nodes of its gradient.
Conv2DOptions OptionsOf(const GradContext& c);

// Checks c1 to c6 and gives the shape of y.
absl::StatusOr<Shape> InferOutput(const InferContext& c, absl::string_view label, const Shape& x,
                                  const Shape& filter);
// Checks that dy has y's shape: c7.
absl::Status CheckCotangent(absl::string_view label, const Shape& dy, const Shape& y);

absl::StatusOr<Sizes> ReadSizes(const AttrMap& attrs, absl::Span<const int64_t> x,
                                absl::Span<const int64_t> filter, absl::Span<const int64_t> y);
int64_t FilterElements(const Sizes& s);
inline int64_t XElements(const Sizes& s) {
  return s.height * s.width * s.in_channels;
}  // an image's
inline int64_t YElements(const Sizes& s) { return s.out_height * s.out_width * s.out_channels; }
// Whether the fast kernels, and what they plan with, can take the sizes: neither an image with its
// padding nor the filter has 2^31 elements, and the window steps and reaches less far than that.
// (So products of any two numbers of these fit 64 bits.) The reference kernel takes all.
bool IsOrdinary(const Sizes& s);
double Flops(const Sizes& s);  // of any of the three kinds
// Rough seconds of the convolution on one core.
double Seconds(const Sizes& s);
// Of one image, as for runtime::ShardsFor, where a shard is worth some 16 µs.
inline double ImageCost(const Sizes& s) { return Seconds(s) * 2e9 / static_cast<double>(s.batch); }

// In how many shards, of `units` that are not cut, the kernel works: one is worth some 16 µs, and
// the partial gradients of a filter, one per shard, must not outweigh the images.
int CountShards(Kind kind, const Sizes& s, int64_t units);
// Whether there are enough images to share them among threads whole.
bool IsByImage(const Sizes& s);

// What follows a forward convolution, with further inputs: activation(y + inputs[2] (+ inputs[3])),
// where inputs[2] is a bias for each channel and inputs[3] has y's shape.
struct Epilogue {
  bool bias = false, residual = false;
  bool relu = false;                                    // 0 for what is not above it
  float most = std::numeric_limits<float>::infinity();  // for what is above; only where relu
};
// Adds what an Epilogue says to a kernel that does without.
using Finish = absl::FunctionRef<void(runtime::Kernel*)>;

// The kernel of `kind`, where args.inputs[0] and [1] and outputs[0] are: x, filter, y; dy, filter,
// dx; or x, dy, dfilter. What follows is part of the kernel (`epilogue`), or is added to it by
// `finish`: both say the same.
absl::Status MakeKernel(
    Kind kind, const Sizes& sizes, const runtime::KernelRequest& request, runtime::Kernel* kernel,
    const Epilogue& epilogue = {}, Finish finish = [](runtime::Kernel*) {});
template <typename T>
void MakeReferenceKernel(Kind kind, const Sizes& sizes, runtime::Kernel* kernel);
// Zeros around images, times an infinity or a NaN of the other operand, make NaN of what does not
// depend on it. Results of the kernel, of images or their gradient, that meet padding and are NaN
// are computed again, by the definition.
void MendPadding(Kind kind, const Sizes& sizes, runtime::Kernel* kernel);
// Our own loops where each channel is convolved with one filter of its own. False for others.
bool MakeDepthwiseKernel(Kind kind, const Sizes& sizes, runtime::Kernel* kernel);
// Products of the matrices of all pixels, for filters of one pixel without stride or padding. False
// for others.
bool MakePointwiseKernel(Kind kind, const Sizes& sizes, runtime::Kernel* kernel);
// Products of the matrices that the windows of an image are, without groups and without dilation
// along x, and for the input's gradient along y. False for others, and where patches are faster.
bool MakeDirectKernel(Kind kind, const Sizes& sizes, runtime::Kernel* kernel);
// By oneDNN's primitives over the batch. False, and no kernel, where there is none that is good for
// the sizes.
bool MakePrimitiveKernel(Kind kind, const Sizes& sizes, runtime::Kernel* kernel);
// By products of matrices: rows of image patches times the filter. True.
bool MakeGemmKernel(Kind kind, const Sizes& sizes, runtime::Kernel* kernel);
void MakeGemmForward(const Sizes& sizes, runtime::Kernel* kernel);

// The last phase of a filter's gradient: out[i] = Σ_p partials[p * stride + i], i < size, in the
// order of p. The partials stand in the scratch at byte `offset`; the sum replaces the first of
// them, or goes to outputs[0].
void AddSumPhase(int partials, int64_t size, int64_t stride, runtime::ByteSize offset,
                 bool to_output, runtime::Kernel* kernel);

// Rewrites of Conv2D and of its gradients.
absl::Span<const runtime::Rule> Rules();
absl::Span<const runtime::Rule> InputGradRules();
absl::Span<const runtime::Rule> FilterGradRules();

Samples MakeSamples();
Samples MakeInputGradSamples();
Samples MakeFilterGradSamples();

}  // namespace dagrad::ops::conv2d_internal

#endif  // DAGRAD_OPS_NN_CONV_CONV2D_INTERNAL_H_
