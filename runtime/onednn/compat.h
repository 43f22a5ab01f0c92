#ifndef DAGRAD_RUNTIME_ONEDNN_COMPAT_H_
#define DAGRAD_RUNTIME_ONEDNN_COMPAT_H_

#include "oneapi/dnnl/dnnl.hpp"

// Where oneDNN 2 and 3 differ. Version 2 describes an operation in an object of its own, which
// version 3 replaced by arguments of the primitive's descriptor, the engine first.
namespace dagrad::runtime::onednn {

// A convolution's memory layouts and window. dnnl counts dilations from 0.
struct ConvolutionDesc {
  dnnl::memory::desc src, weights, dst;
  dnnl::memory::dims strides, dilations, padding_begin, padding_end;
};

using ForwardDesc = dnnl::convolution_forward::primitive_desc;
using BackwardDataDesc = dnnl::convolution_backward_data::primitive_desc;
using BackwardWeightsDesc = dnnl::convolution_backward_weights::primitive_desc;

// All three throw dnnl::error where the library has no implementation.
inline ForwardDesc MakeForward(const dnnl::engine& engine, const ConvolutionDesc& d,
                               const dnnl::primitive_attr& attr) {
  constexpr auto kKind = dnnl::prop_kind::forward_training;
  constexpr auto kAlgorithm = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return ForwardDesc(engine, kKind, kAlgorithm, d.src, d.weights, d.dst, d.strides, d.dilations,
                     d.padding_begin, d.padding_end, attr);
#else
  return ForwardDesc({kKind, kAlgorithm, d.src, d.weights, d.dst, d.strides, d.dilations,
                      d.padding_begin, d.padding_end},
                     attr, engine);
#endif
}

inline BackwardDataDesc MakeBackwardData(const dnnl::engine& engine, const ConvolutionDesc& d,
                                         const dnnl::primitive_attr& attr,
                                         const ForwardDesc& hint) {
  constexpr auto kAlgorithm = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return BackwardDataDesc(engine, kAlgorithm, d.src, d.weights, d.dst, d.strides, d.dilations,
                          d.padding_begin, d.padding_end, hint, attr);
#else
  return BackwardDataDesc(
      {kAlgorithm, d.src, d.weights, d.dst, d.strides, d.dilations, d.padding_begin, d.padding_end},
      attr, engine, hint);
#endif
}

inline BackwardWeightsDesc MakeBackwardWeights(const dnnl::engine& engine, const ConvolutionDesc& d,
                                               const dnnl::primitive_attr& attr,
                                               const ForwardDesc& hint) {
  constexpr auto kAlgorithm = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return BackwardWeightsDesc(engine, kAlgorithm, d.src, d.weights, d.dst, d.strides, d.dilations,
                             d.padding_begin, d.padding_end, hint, attr);
#else
  return BackwardWeightsDesc(
      {kAlgorithm, d.src, d.weights, d.dst, d.strides, d.dilations, d.padding_begin, d.padding_end},
      attr, engine, hint);
#endif
}

}  // namespace dagrad::runtime::onednn

#endif  // DAGRAD_RUNTIME_ONEDNN_COMPAT_H_
