#include "dagrad/keras/initializers/initializers.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "dagrad/config/registry.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/nearest.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/creation/random/random.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/linalg/orthonormalize/orthonormalize.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/transpose/transpose.h"

namespace dagrad::keras {
namespace {

struct Scaling {
  const char* name;
  double scale;
  const char* mode;
  const char* distribution;
};

constexpr Scaling kScalings[] = {
    {"glorot_uniform", 1, "fan_avg", "uniform"},
    {"glorot_normal", 1, "fan_avg", "truncated_normal"},
    {"he_uniform", 2, "fan_in", "uniform"},
    {"he_normal", 2, "fan_in", "truncated_normal"},
    {"lecun_uniform", 1, "fan_in", "uniform"},
    {"lecun_normal", 1, "fan_in", "truncated_normal"},
    {"variance_scaling", 1, "fan_in", "truncated_normal"},
};

struct Simple {
  const char* name;
  double a;
  double b;
};

constexpr Simple kSimple[] = {
    {"zeros", 0, 0},
    {"ones", 1, 0},
    {"constant", 0, 0},
    {"random_uniform", -0.05, 0.05},
    {"random_normal", 0, 0.05},
    {"truncated_normal", 0, 0.05},
    {"identity", 1, 0},
    {"orthogonal", 1, 0},
    {"blocks", 0, 0},
};

// Keras's other names, beside those of its classes.
constexpr std::pair<const char*, const char*> kOtherNames[] = {
    {"zero", "zeros"},
    {"one", "ones"},
    {"uniform", "random_uniform"},
    {"normal", "random_normal"},
    {"IdentityInitializer", "identity"},
    {"OrthogonalInitializer", "orthogonal"},
};

// "glorot_uniform" → "GlorotUniform"
std::string ClassOf(std::string name) {
  for (size_t i = 0; i < name.size(); ++i) {
    if (i == 0 || name[i - 1] == '_') name[i] = absl::ascii_toupper(name[i]);
  }
  name.erase(std::remove(name.begin(), name.end(), '_'), name.end());
  return name;
}

// What Keras takes `given` for; as it is given if that is nothing.
std::string NameOf(const std::string& given) {
  for (const auto& [other, name] : kOtherNames) {
    if (given == other) return name;
  }
  if (given.empty() || !absl::ascii_isupper(given[0])) return given;
  for (const std::string& name : InitializerNames()) {
    if (name != "blocks" && given == ClassOf(name)) return name;
  }
  return given;
}

bool IsScaling(const std::string& name) {
  for (const Scaling& s : kScalings) {
    if (name == s.name) return true;
  }
  return false;
}

double Product(absl::Span<const int64_t> dims) {
  double product = 1;
  for (int64_t d : dims) product *= static_cast<double>(d);
  return product;
}

// fan_in and fan_out. The header says what they are.
std::pair<double, double> Fans(absl::Span<const int64_t> dims, int input_axes) {
  if (input_axes > 0) return {Product(dims.first(input_axes)), Product(dims.subspan(input_axes))};
  if (dims.size() < 2) return {Product(dims), Product(dims)};
  const auto in = dims.first(dims.size() - 1);
  return {Product(in), Product(in.first(in.size() - 1)) * static_cast<double>(dims.back())};
}

Value BuildIdentity(GraphBuilder* g, DType dtype, absl::Span<const int64_t> dims, double gain) {
  if (dims.size() != 2) {
    return g->Fail(InvalidArgumentError(
        absl::StrCat("initializer identity needs a matrix, not ", DimsToString(dims))));
  }
  Tensor t = Tensor::Full(DType::kFloat64, dims, 0);
  for (int64_t i = 0; i < std::min(dims[0], dims[1]); ++i)
    t.mutable_data<double>()[i * dims[1] + i] = gain;
  absl::StatusOr<Tensor> cast = t.Cast(dtype);
  return cast.ok() ? Constant(g, *cast) : g->Fail(cast.status());
}

// Of a matrix with dims.back() columns or, if it has fewer rows, of its transpose.
Value BuildOrthogonal(Value key, int64_t stream, DType dtype, absl::Span<const int64_t> dims,
                      double gain) {
  if (dims.size() < 2) {
    return key.builder()->Fail(InvalidArgumentError(
        absl::StrCat("initializer orthogonal needs two or more axes, not ", DimsToString(dims))));
  }
  const int64_t columns = dims.back(), rows = NumElements(dims.subspan(0, dims.size() - 1));
  const Shape tall = {std::max(rows, columns), std::min(rows, columns)};
  Value q = Orthonormalize(dagrad::RandomNormal(key, tall, {.stream = stream, .dtype = dtype}));
  if (rows < columns) q = Transpose(q, {1, 0});
  return Reshape(q * gain, Shape(dims));
}

}  // namespace

std::vector<std::string> InitializerNames() {
  std::vector<std::string> names;
  for (const Scaling& s : kScalings) names.emplace_back(s.name);
  for (const Simple& s : kSimple) names.emplace_back(s.name);
  return names;
}

Initializer::Initializer(const char* name)
    : Initializer(std::string(name == nullptr ? "" : name)) {}

Initializer::Initializer(const std::string& name) : name_(NameOf(name)) {
  for (const Scaling& s : kScalings) {
    if (name_ != s.name) continue;
    a_ = s.scale;
    mode_ = s.mode;
    distribution_ = s.distribution;
  }
  for (const Simple& s : kSimple) {
    if (name_ != s.name) continue;
    a_ = s.a;
    b_ = s.b;
  }
}

Initializer::Initializer(InitializerPtr own) : own_(std::move(own)) {
  if (own_ != nullptr) name_ = std::string(own_->class_name());
}

Initializer Initializer::Constant(double value) {
  Initializer i("constant");
  i.a_ = value;
  return i;
}

Initializer Initializer::RandomUniform(double minval, double maxval) {
  Initializer i("random_uniform");
  i.a_ = minval;
  i.b_ = maxval;
  return i;
}

Initializer Initializer::RandomNormal(double mean, double stddev) {
  Initializer i("random_normal");
  i.a_ = mean;
  i.b_ = stddev;
  return i;
}

Initializer Initializer::TruncatedNormal(double mean, double stddev) {
  Initializer i("truncated_normal");
  i.a_ = mean;
  i.b_ = stddev;
  return i;
}

Initializer Initializer::VarianceScaling(double scale, const std::string& mode,
                                         const std::string& distribution) {
  Initializer i("variance_scaling");
  i.a_ = scale;
  i.mode_ = mode;
  i.distribution_ = distribution;
  return i;
}

Initializer Initializer::Identity(double gain) {
  Initializer i("identity");
  i.a_ = gain;
  return i;
}

Initializer Initializer::Orthogonal(double gain) {
  Initializer i("orthogonal");
  i.a_ = gain;
  return i;
}

Initializer Initializer::Blocks(std::vector<Initializer> blocks) {
  Initializer i("blocks");
  // Nested ones are refused by Validate(); without their own they cannot nest deeper, either.
  for (Initializer& block : blocks) block.blocks_.clear();
  i.blocks_ = std::move(blocks);
  return i;
}

Initializer Initializer::ForProduct(int input_axes) const {
  Initializer i = *this;
  i.input_axes_ = input_axes;
  return i;
}

absl::Status Initializer::Validate() const {
  if (own_ != nullptr) return Prefixed(absl::StrCat("initializer ", name_), own_->Validate());
  auto fail = [&](absl::string_view why) {
    return InvalidArgumentError(absl::StrCat("initializer \"", name_, "\": ", why));
  };
  if (IsScaling(name_)) {
    if (!(a_ > 0)) return fail(absl::StrCat("scale must be positive, not ", a_));
    if (mode_ != "fan_in" && mode_ != "fan_out" && mode_ != "fan_avg") {
      return fail(absl::StrCat("mode is fan_in, fan_out or fan_avg, not \"", mode_, "\""));
    }
    if (distribution_ != "truncated_normal" && distribution_ != "untruncated_normal" &&
        distribution_ != "uniform") {
      return fail(absl::StrCat("unknown distribution \"", distribution_, "\""));
    }
    return absl::OkStatus();
  }
  for (const Simple& s : kSimple) {
    if (name_ != s.name) continue;
    if (name_ == "random_uniform" && !(a_ < b_)) return fail("minval must be below maxval");
    if ((name_ == "random_normal" || name_ == "truncated_normal") && !(b_ >= 0))
      return fail("stddev must not be negative");
    if (name_ == "blocks" && blocks_.empty()) return fail("there must be one or more");
    for (const Initializer& block : blocks_) {
      if (block.name_ == "blocks") return fail("blocks are not nested");
      if (absl::Status status = block.Validate(); !status.ok()) return status;
    }
    return absl::OkStatus();
  }
  return InvalidArgumentError(
      absl::StrCat("unknown initializer \"", name_, "\"", PerhapsOf(name_, InitializerNames())));
}

Value Initializer::BuildOwn(Value key, int64_t stream, DType dtype,
                            absl::Span<const int64_t> dims) const {
  const Value made = own_->Build(key, stream, dtype, dims);
  const ValueType wanted = {dtype, Shape(dims)};
  if (!made.valid() || made.type() == wanted) return made;
  return key.builder()->Fail(
      InvalidArgumentError(absl::StrCat("initializer ", name_, " gives ", made.type().ToString(),
                                        ", the weight is ", wanted.ToString())));
}

Value Initializer::BuildVarianceScaling(Value key, int64_t stream, DType dtype,
                                        absl::Span<const int64_t> dims) const {
  const auto [in, out] = Fans(dims, input_axes_);
  const double fan = mode_ == "fan_in" ? in : mode_ == "fan_out" ? out : (in + out) / 2;
  const double variance = a_ / std::max(1.0, fan);
  const Shape shape(dims);
  if (distribution_ == "uniform") {
    const double limit = std::sqrt(3 * variance);
    return dagrad::RandomUniform(key, shape,
                                 {.lo = -limit, .hi = limit, .stream = stream, .dtype = dtype});
  }
  if (distribution_ == "untruncated_normal") {
    return dagrad::RandomNormal(key, shape,
                                {.stddev = std::sqrt(variance), .stream = stream, .dtype = dtype});
  }
  // The standard deviation of a standard normal distribution that is cut at ±2.
  constexpr double kTruncatedStddev = 0.87962566103423978;
  return dagrad::TruncatedNormal(
      key, shape,
      {.stddev = std::sqrt(variance) / kTruncatedStddev, .stream = stream, .dtype = dtype});
}

Value Initializer::BuildBlocks(Value key, int64_t stream, DType dtype,
                               absl::Span<const int64_t> dims) const {
  const auto count = static_cast<int64_t>(blocks_.size());
  if (dims.empty() || dims.back() % count != 0) {
    return key.builder()->Fail(InvalidArgumentError(
        absl::StrCat("the last axis of ", DimsToString(dims), " has no ", count, " equal blocks")));
  }
  Dims part(dims.begin(), dims.end());
  part.back() /= count;
  std::vector<Value> values;
  for (int64_t i = 0; i < count; ++i) {
    constexpr int64_t kStreamsOfWeights = int64_t{1} << 32;
    values.push_back(blocks_[i].Build(key, stream + i * kStreamsOfWeights, dtype, part));
  }
  return Concat(values, -1);
}

Value Initializer::Build(Value key, int64_t stream, DType dtype,
                         absl::Span<const int64_t> dims) const {
  GraphBuilder* g = key.builder();
  if (g == nullptr) return Value();
  if (absl::Status s = Validate(); !s.ok()) return g->Fail(s);
  if (own_ != nullptr) return BuildOwn(key, stream, dtype, dims);
  if (IsScaling(name_)) return BuildVarianceScaling(key, stream, dtype, dims);
  const Shape shape(dims);
  if (name_ == "blocks") return BuildBlocks(key, stream, dtype, dims);
  if (name_ == "orthogonal") return BuildOrthogonal(key, stream, dtype, dims, a_);
  if (name_ == "identity") return BuildIdentity(g, dtype, dims, a_);
  if (name_ == "random_uniform") {
    return dagrad::RandomUniform(key, shape,
                                 {.lo = a_, .hi = b_, .stream = stream, .dtype = dtype});
  }
  if (name_ == "random_normal") {
    return dagrad::RandomNormal(key, shape,
                                {.mean = a_, .stddev = b_, .stream = stream, .dtype = dtype});
  }
  if (name_ == "truncated_normal") {
    return dagrad::TruncatedNormal(key, shape,
                                   {.mean = a_, .stddev = b_, .stream = stream, .dtype = dtype});
  }
  return Full(g, dtype, shape, a_);  // zeros, ones, constant
}

Json Initializer::ToJson() const {
  if (own_ != nullptr) return Registry<InitializerImpl>::ToJson(*own_);
  boost::json::object json = {{"name", name_}, {"a", NumberToJson(a_)}, {"b", NumberToJson(b_)}};
  if (IsScaling(name_)) {
    json["mode"] = mode_;
    json["distribution"] = distribution_;
  }
  boost::json::array blocks;
  for (const Initializer& block : blocks_) blocks.push_back(block.ToJson());
  if (!blocks.empty()) json["blocks"] = std::move(blocks);
  return json;
}

absl::StatusOr<Initializer> Initializer::FromJson(const Json& json,
                                                  absl::Span<const InitializerClass> custom) {
  auto invalid = [] { return InvalidArgumentError("not the description of an initializer"); };
  std::string name;
  if (!ReadJson(Member(json, "name"), &name)) return invalid();
  const std::vector<std::string> names = InitializerNames();
  const Registry<InitializerImpl> own("an initializer", {});
  if (own.Find(name, custom) != nullptr) {
    absl::StatusOr<InitializerPtr> made = own.FromJson(json, custom);
    if (!made.ok()) return made.status();
    return Initializer(*std::move(made));
  }
  if (const absl::Status known = Initializer(name).Validate();
      std::find(names.begin(), names.end(), Initializer(name).name_) == names.end()) {
    return InvalidArgumentError(
        absl::StrCat(known.message(), "; classes of your own are given to Load as custom_objects"));
  }
  if (absl::Status s =
          CheckKeys("an initializer", json, {"name", "a", "b", "mode", "distribution", "blocks"});
      !s.ok()) {
    return s;
  }
  Initializer i(name);
  for (const auto& [key, member] : {std::pair("a", &i.a_), std::pair("b", &i.b_)}) {
    const Json* const number = Member(json, key);
    if (number != nullptr && !NumberFromJson(*number, member)) return invalid();
  }
  for (const auto& [key, member] :
       {std::pair("mode", &i.mode_), std::pair("distribution", &i.distribution_)}) {
    const Json* const text = Member(json, key);
    if (text != nullptr && !ReadJson(text, member)) return invalid();
  }
  if (const Json* const blocks = Member(json, "blocks")) {
    if (!blocks->is_array()) return invalid();
    for (const Json& block : blocks->get_array()) {
      if (Member(block, "blocks") != nullptr) return invalid();
      absl::StatusOr<Initializer> read = FromJson(block, custom);
      if (!read.ok()) return read.status();
      i.blocks_.push_back(*std::move(read));
    }
  }
  if (absl::Status s = i.Validate(); !s.ok()) return s;
  return i;
}

}  // namespace dagrad::keras
