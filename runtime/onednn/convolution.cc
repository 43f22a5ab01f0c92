#include "dagrad/runtime/onednn/convolution.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/runtime/onednn/compat.h"
#include "dagrad/runtime/onednn/limits.h"
#include "dagrad/runtime/onednn/openmp.h"
#include "dagrad/runtime/onednn/prepared_primitive.h"

namespace dagrad::runtime::onednn {
namespace {

using dnnl::memory;
constexpr auto kF32 = memory::data_type::f32;

memory::dims FilterDims(const ConvolutionSizes& s) {
  const int64_t in = s.in_channels / s.groups;
  if (s.groups == 1) return {s.out_channels, in, s.filter_height, s.filter_width};
  return {s.groups, s.out_channels / s.groups, in, s.filter_height, s.filter_width};
}

// Height, width, input, output channel, row-major; the groups divide the output channels.
memory::desc PlainFilter(const ConvolutionSizes& s) {
  const int64_t in = s.in_channels / s.groups, out = s.out_channels;
  memory::dims strides = {1, out, s.filter_width * in * out, in * out};
  if (s.groups != 1) strides.insert(strides.begin(), out / s.groups);
  return memory::desc(FilterDims(s), kF32, strides);
}

memory::desc AnyFilter(const ConvolutionSizes& s) {
  return memory::desc(FilterDims(s), kF32, memory::format_tag::any);
}

// The stride, where there is a second element to step to. Otherwise it may be any number, and
// kernels of oneDNN 3.7 compute addresses with it all the same.
int64_t StepOf(int64_t out, int64_t stride) { return out > 1 ? stride : 1; }

// What follows the last element is padding, if the filter reaches so far.
int64_t PadEnd(int64_t in, int64_t filter, int64_t out, int64_t stride, int64_t dilation,
               int64_t begin) {
  return (out - 1) * stride + (filter - 1) * dilation + 1 - in - begin;
}

ConvolutionDesc Describe(const ConvolutionSizes& s, const memory::desc& filter) {
  constexpr auto kNhwc = memory::format_tag::nhwc;
  ConvolutionDesc d;
  d.src = memory::desc({s.batch, s.in_channels, s.height, s.width}, kF32, kNhwc);
  d.dst = memory::desc({s.batch, s.out_channels, s.out_height, s.out_width}, kF32, kNhwc);
  d.weights = filter;
  d.strides = {StepOf(s.out_height, s.stride_y), StepOf(s.out_width, s.stride_x)};
  d.dilations = {s.dilation_y - 1, s.dilation_x - 1};
  d.padding_begin = {s.pad_top, s.pad_left};
  d.padding_end = {
      PadEnd(s.height, s.filter_height, s.out_height, s.stride_y, s.dilation_y, s.pad_top),
      PadEnd(s.width, s.filter_width, s.out_width, s.stride_x, s.dilation_x, s.pad_left)};
  return d;
}

// Along one axis: the image with its padding, the window's step and reach.
bool CanCountAxis(int64_t image, int64_t pad, int64_t stride, int64_t filter, int64_t dilation) {
  return CanCount({image}) && CanCount({pad}) && CanCount({image + 2 * pad}) &&
         CanCount({stride}) && CanCount({filter, dilation});
}

// All elements of the three arrays, and of the patches that some kernels make of an image.
bool CanCountAll(const ConvolutionSizes& s) {
  return CanCountAxis(s.height, s.pad_top, s.stride_y, s.filter_height, s.dilation_y) &&
         CanCount({s.groups}) &&
         CanCountAxis(s.width, s.pad_left, s.stride_x, s.filter_width, s.dilation_x) &&
         CanCount({s.batch, s.height, s.width, s.in_channels}) &&
         CanCount({s.batch, s.out_height, s.out_width, s.out_channels}) &&
         CanCount({s.filter_height, s.filter_width, s.in_channels, s.out_channels}) &&
         CanCount({s.out_height, s.out_width, s.filter_height, s.filter_width, s.in_channels});
}

dnnl::primitive_attr UserScratchpad() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

std::unique_ptr<const PreparedPrimitive> MakeReorder(const memory::desc& from,
                                                     const memory::desc& to) {
  const dnnl::engine& cpu = CpuEngine();
  const dnnl::reorder::primitive_desc desc(cpu, from, cpu, to, UserScratchpad());
  if (desc.scratchpad_desc().get_size() != 0) return nullptr;
  return std::make_unique<PreparedPrimitive>(
      dnnl::reorder(desc),
      std::vector<PreparedPrimitive::Argument>{{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}}, 1);
}

}  // namespace

struct Convolution::Impl {
  int concurrency = 1;
  std::string implementation;
  memory::desc filter;
  size_t scratch_bytes = 0;
  std::unique_ptr<const PreparedPrimitive> primitive;  // arguments: x, filter, y, scratch
  std::unique_ptr<const PreparedPrimitive> reorder;

  // `ids` of x, filter and y.
  template <typename Primitive, typename Desc>
  void Set(const Desc& desc, const ConvolutionDesc& conv, const int (&ids)[3]) {
    implementation = desc.impl_info_str();
    const memory::desc scratch = desc.scratchpad_desc();
    scratch_bytes = scratch.get_size();
    primitive = std::make_unique<PreparedPrimitive>(
        Primitive(desc),
        std::vector<PreparedPrimitive::Argument>{{ids[0], conv.src},
                                                 {ids[1], filter},
                                                 {ids[2], conv.dst},
                                                 {DNNL_ARG_SCRATCHPAD, scratch}},
        concurrency);
  }

  // Replaces `filter` by the layout that the library takes.
  void Prepare(Kind kind, const ConvolutionSizes& sizes) {
    const dnnl::primitive_attr attr = UserScratchpad();
    const ConvolutionDesc conv = Describe(sizes, filter);
    if (kind == Kind::kForward) {
      const ForwardDesc d = MakeForward(CpuEngine(), conv, attr);
      filter = d.weights_desc();
      return Set<dnnl::convolution_forward>(d, conv,
                                            {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST});
    }
    // The backward primitives want to see a forward one, whose filter may be laid out in another
    // way.
    const ForwardDesc hint = MakeForward(CpuEngine(), Describe(sizes, AnyFilter(sizes)), attr);
    if (kind == Kind::kInputGrad) {
      const BackwardDataDesc d = MakeBackwardData(CpuEngine(), conv, attr, hint);
      filter = d.weights_desc();
      Set<dnnl::convolution_backward_data>(
          d, conv, {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST});
    } else {
      const BackwardWeightsDesc d = MakeBackwardWeights(CpuEngine(), conv, attr, hint);
      filter = d.diff_weights_desc();
      Set<dnnl::convolution_backward_weights>(
          d, conv, {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST});
    }
  }
};

Convolution::Convolution(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Convolution::~Convolution() = default;

absl::StatusOr<std::unique_ptr<const Convolution>> Convolution::Prepare(
    Kind kind, const ConvolutionSizes& sizes, int concurrency, const Convolution* layout_of) {
  if (!CanCountAll(sizes)) return UnimplementedError("oneDNN counts by 32 bits");
  SingleThreadedOpenMp single_threaded;
  auto impl = std::make_unique<Impl>();
  impl->concurrency = concurrency;
  try {
    impl->filter = layout_of == nullptr ? AnyFilter(sizes) : layout_of->impl_->filter;
    impl->Prepare(kind, sizes);
    if (absl::StrContains(impl->implementation, "ref")) {
      return UnimplementedError("oneDNN has only its reference implementation");
    }
    const memory::desc plain = PlainFilter(sizes);
    impl->reorder = kind == Kind::kFilterGrad ? MakeReorder(impl->filter, plain)
                                              : MakeReorder(plain, impl->filter);
    if (impl->reorder == nullptr) return UnimplementedError("the filter's reorder needs scratch");
  } catch (const dnnl::error& e) {
    return UnimplementedError(absl::StrCat("oneDNN: ", e.what()));
  }
  return std::unique_ptr<const Convolution>(new Convolution(std::move(impl)));
}

const std::string& Convolution::implementation() const { return impl_->implementation; }
size_t Convolution::scratch_bytes() const { return impl_->scratch_bytes; }
size_t Convolution::filter_bytes() const { return impl_->filter.get_size(); }

absl::Status Convolution::PackFilter(const float* filter, void* packed) const {
  return impl_->reorder->Execute({const_cast<float*>(filter), packed});
}

absl::Status Convolution::UnpackFilter(const void* packed, float* filter) const {
  return impl_->reorder->Execute({const_cast<void*>(packed), filter});
}

absl::Status Convolution::Execute(const float* x, const void* packed_filter, float* y,
                                  void* scratch) const {
  return impl_->primitive->Execute(
      {const_cast<float*>(x), const_cast<void*>(packed_filter), y, scratch});
}

absl::Status Convolution::ExecuteInputGrad(float* x, const void* packed_filter, const float* y,
                                           void* scratch) const {
  return impl_->primitive->Execute(
      {x, const_cast<void*>(packed_filter), const_cast<float*>(y), scratch});
}

absl::Status Convolution::ExecuteFilterGrad(const float* x, void* packed_filter, const float* y,
                                            void* scratch) const {
  return impl_->primitive->Execute(
      {const_cast<float*>(x), packed_filter, const_cast<float*>(y), scratch});
}

}  // namespace dagrad::runtime::onednn
