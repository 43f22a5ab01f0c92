#ifndef DAGRAD_KERAS_INITIALIZERS_INITIALIZERS_H_
#define DAGRAD_KERAS_INITIALIZERS_INITIALIZERS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "dagrad/config/object_class.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/json_fwd.h"

namespace dagrad::keras {

// What an initializer of a program's own implements: it derives from Configured<…, InitializerImpl,
// …> (config/configured.h), is given as a shared pointer, and to Model::Load as
// CustomObjects::initializers. Immutable; thread-safe.
class InitializerImpl : public ConfiguredObject {
 public:
  using Kind = InitializerImpl;

  // The first value of a weight as nodes, of `dtype` and `dims`. `key` (int64[2]) and the option
  // `stream`, the weight's own number, are for random ops (ops/creation/random/random.h).
  virtual Value Build(Value key, int64_t stream, DType dtype,
                      absl::Span<const int64_t> dims) const = 0;
};
using InitializerPtr = std::shared_ptr<const InitializerImpl>;
using InitializerClass = ObjectClass<InitializerImpl>;

// How a weight starts: one of Keras's initializers, by its name in Keras, with Keras's defaults, or
// one of the program's own. Random ones draw from Philox keyed by the model's seed and the weight's
// place, so the same seed gives the same weights on any machine.
//
//   zeros, also by the name zero
//   ones, also by the name one
//   constant(value)
//   random_uniform(minval -0.05, maxval 0.05), also by the name uniform
//   random_normal(mean 0, stddev 0.05), also by the name normal
//   truncated_normal(mean 0, stddev 0.05): values beyond two standard deviations are drawn again
//   variance_scaling(scale 1, mode, distribution):
//     mode fan_in (by default), fan_out or fan_avg;
//     distribution truncated_normal (by default), untruncated_normal or uniform
//   glorot_uniform, glorot_normal: variance_scaling with scale 1 and fan_avg; its distribution is
//     uniform, or truncated_normal, here and in the next four
//   he_uniform, he_normal: with scale 2 and fan_in
//   lecun_uniform, lecun_normal: with scale 1 and fan_in
//   identity(gain 1): of a matrix
//   orthogonal(gain 1): of [..., n], seen as a matrix of n columns: columns of length gain that are
//     orthogonal to one another (rows, where there are fewer of these), uniformly distributed
//   blocks(initializers): the last axis in equal parts, each by its own initializer
//
// All but blocks also by the names of Keras's classes: GlorotUniform, OrthogonalInitializer, ….
//
// With n the chosen fan: uniform draws from ±sqrt(3 scale/n); the normal ones have standard
// deviation sqrt(scale/n), truncated_normal's divided by 0.87962566103423978 to make up for the
// cut. For a kernel [..., in, out] fan_in is in times the product of the leading dimensions,
// fan_out likewise; for one that ForProduct describes they are the products of the axes that the
// layer's product sums over, and of the others. Sources: Glorot & Bengio 2010, He et al. 2015,
// Saxe et al. 2013 (orthogonal).
class Initializer {
 public:
  // .kernel_initializer = "he_normal"
  Initializer(const char* name);              // NOLINT(google-explicit-constructor)
  Initializer(const std::string& name);       // NOLINT(google-explicit-constructor)
  Initializer(InitializerPtr own);            // NOLINT(google-explicit-constructor)
  Initializer(const Initializer&) = default;  // moves copy
  Initializer& operator=(const Initializer&) = default;

  static Initializer Constant(double value);
  static Initializer RandomUniform(double minval = -0.05, double maxval = 0.05);
  static Initializer RandomNormal(double mean = 0, double stddev = 0.05);
  static Initializer TruncatedNormal(double mean = 0, double stddev = 0.05);
  static Initializer VarianceScaling(double scale = 1, const std::string& mode = "fan_in",
                                     const std::string& distribution = "truncated_normal");
  static Initializer Identity(double gain = 1);
  static Initializer Orthogonal(double gain = 1);
  static Initializer Blocks(std::vector<Initializer> blocks);

  // The same for a kernel whose first `input_axes` axes (>= 1) are summed over and whose others
  // remain, as those of MultiHeadAttention: what fan_in and fan_out are. A layer says it of its
  // weight; it is no option, so JSON has none of it.
  Initializer ForProduct(int input_axes) const;

  // InvalidArgument for an unknown name, a null pointer or a parameter out of range.
  absl::Status Validate() const;
  // The initial value as nodes: `key` is the Philox key (int64[2]), `stream` the weight's own
  // number.
  Value Build(Value key, int64_t stream, DType dtype, absl::Span<const int64_t> dims) const;

  // {"name": "variance_scaling", "scale": 2.0, …}
  Json ToJson() const;
  // `custom`: the classes of the program's own.
  static absl::StatusOr<Initializer> FromJson(const Json& json,
                                              absl::Span<const InitializerClass> custom = {});

 private:
  Value BuildVarianceScaling(Value key, int64_t stream, DType dtype,
                             absl::Span<const int64_t> dims) const;
  Value BuildBlocks(Value key, int64_t stream, DType dtype, absl::Span<const int64_t> dims) const;
  Value BuildOwn(Value key, int64_t stream, DType dtype, absl::Span<const int64_t> dims) const;

  std::string name_;
  double a_ = 0;  // constant's value; minval, mean, scale, gain
  double b_ = 0;  // maxval, stddev
  std::string mode_ = "fan_in";
  std::string distribution_ = "truncated_normal";
  int input_axes_ = 0;  // of ForProduct; 0: a convolution's or matrix product's kernel
  std::vector<Initializer> blocks_;
  InitializerPtr own_;
};

// The names of all of them, without other names of the same.
std::vector<std::string> InitializerNames();

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_INITIALIZERS_INITIALIZERS_H_
