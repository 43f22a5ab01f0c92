#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/layers/activations.h"
#include "dagrad/keras/layers/config.h"
#include "dagrad/keras/layers/registry.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/linalg/einsum/einsum.h"

namespace dagrad::keras {
namespace {

struct EinsumDenseArgs {
  std::string equation;
  Dims output_shape;
  EinsumDenseOptions options;
};

// An equation's terms, in which "..." is '0', at the beginning or the end.
struct Terms {
  std::string input, kernel, output;
};

absl::StatusOr<Terms> ParseTerms(const std::string& equation) {
  const absl::Status bad =
      InvalidArgumentError(absl::StrCat("equation must be as \"ab,bc->ac\", \"...ab,bc->...ac\" or "
                                        "\"ab...,bc->ac...\", not \"",
                                        equation, "\""));
  const std::vector<std::string> sides =
      absl::StrSplit(absl::StrReplaceAll(equation, {{"...", "0"}, {" ", ""}}), "->");
  if (sides.size() != 2) return bad;
  const std::vector<std::string> in = absl::StrSplit(sides[0], ',');
  if (in.size() != 2) return bad;
  const Terms t = {in[0], in[1], sides[1]};
  for (const std::string& term : {t.input, t.kernel, t.output}) {
    if (term.empty()) return bad;
    for (size_t i = 0; i < term.size(); ++i) {
      const bool dots = term[i] == '0' && (i == 0 || i + 1 == term.size());
      if (!dots && !absl::ascii_isalpha(static_cast<unsigned char>(term[i]))) return bad;
    }
  }
  const bool left = t.input[0] == '0', right = t.input.back() == '0';
  if (absl::StrContains(t.kernel, "0") || (left && right && t.input.size() > 1) ||
      left != (t.output[0] == '0') || right != (t.output.back() == '0'))
    return bad;
  return t;
}

// What the equation says of an input: shapes of the kernel and of the bias.
struct Shapes {
  Dims kernel, bias;
  int summed = 0;  // how many of the kernel's first axes are summed over
};

class Analysis {
 public:
  Analysis(const EinsumDenseArgs& args, const Terms& terms, const ValueType& input)
      : args_(args), terms_(terms), input_(input) {}

  absl::StatusOr<Shapes> Run() {
    DAGRAD_RETURN_IF_ERROR(Place());
    Shapes shapes;
    bool behind = false;  // an axis that remains
    for (char letter : terms_.kernel) {
      DAGRAD_ASSIGN_OR_RETURN(const int64_t size, SizeOf(letter));
      shapes.kernel.push_back(size);
      const bool remains = absl::StrContains(terms_.output, std::string(1, letter));
      behind |= remains;
      if (!remains && !behind) ++shapes.summed;
    }
    DAGRAD_RETURN_IF_ERROR(AddBias(&shapes));
    return shapes;
  }

 private:
  absl::Status Bad(absl::string_view why) const {
    return InvalidArgumentError(absl::StrCat("equation \"", args_.equation, "\" ", why,
                                             "; the input is ", input_.ToString(),
                                             ", output_shape ", DimsToString(args_.output_shape)));
  }
  // Finds the dimensions of the result, as far as they are given.
  absl::Status Place() {
    const int letters = static_cast<int>(terms_.input.size()) - (HasDots() ? 1 : 0);
    elided_ = input_.shape.rank() - letters;
    if (elided_ < 0 || (!HasDots() && elided_ != 0)) return Bad("has another rank than the input");
    const int given = static_cast<int>(terms_.output.size()) - (HasDots() ? 1 : 0);
    // The batch is the first letter, or the first axis of "..." where that stands first.
    const bool batch_is_letter = !LeftDots();
    if (static_cast<int>(args_.output_shape.size()) != given - (batch_is_letter ? 1 : 0) ||
        (LeftDots() && elided_ < 1))
      return Bad("does not fit output_shape, which has no batch");
    size_t i = 0;
    for (char letter : terms_.output) {
      if (letter == '0') continue;
      const bool is_batch = batch_is_letter && letter == terms_.output[0];
      const int64_t size = is_batch ? -1 : args_.output_shape[i++];
      const Dim here = InputDim(letter);
      if (size >= 0 && absl::StrContains(terms_.input, std::string(1, letter)) &&
          !(here == Dim(size)))
        return Bad(absl::StrCat("has an axis ", std::string(1, letter), " of different sizes"));
      sizes_.push_back({letter, size});
    }
    return absl::OkStatus();
  }
  bool LeftDots() const { return terms_.input[0] == '0'; }
  bool HasDots() const { return LeftDots() || terms_.input.back() == '0'; }
  // Invalid where the input does not have the letter.
  Dim InputDim(char letter) const {
    const size_t at = terms_.input.find(letter);
    if (at == std::string::npos || letter == '0') return Dim::Invalid();
    return input_.shape.dim(static_cast<int>(at) + (LeftDots() ? elided_ - 1 : 0));
  }
  absl::StatusOr<int64_t> SizeOf(char letter) const {
    for (const auto& [name, size] : sizes_) {
      if (name == letter && size >= 0) return size;
    }
    const Dim here = InputDim(letter);
    if (here.is_known()) return here.value();
    return Bad(absl::StrCat("leaves the size of axis ", std::string(1, letter), " open"));
  }
  absl::Status AddBias(Shapes* shapes) const {
    const std::string& axes = args_.options.bias_axes;
    if (axes.empty()) return absl::OkStatus();
    size_t first = terms_.output.size();
    for (char letter : axes) {
      const size_t at = terms_.output.find(letter);
      if (at == std::string::npos || letter == '0')
        return Bad(absl::StrCat("has no axis ", std::string(1, letter), " for bias_axes"));
      first = std::min(first, at);
    }
    for (char letter : terms_.output.substr(first)) {
      if (letter == '0') {
        shapes->bias.insert(shapes->bias.end(), elided_, 1);
      } else if (axes.find(letter) == std::string::npos) {
        shapes->bias.push_back(1);
      } else {
        DAGRAD_ASSIGN_OR_RETURN(const int64_t size, SizeOf(letter));
        shapes->bias.push_back(size);
      }
    }
    return absl::OkStatus();
  }

  const EinsumDenseArgs& args_;
  const Terms& terms_;
  const ValueType& input_;
  int elided_ = 0;
  std::vector<std::pair<char, int64_t>> sizes_;  // of the result's letters; -1: not given
};

class EinsumDenseLayer
    : public layers_internal::ConfiguredLayer<EinsumDenseLayer, EinsumDenseArgs> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  static constexpr const char* kClassName = "EinsumDense";
  template <typename A, typename V>
  static void Fields(A& a, V& visit) {
    visit("equation", a.equation);
    visit("output_shape", a.output_shape);
    visit("activation", a.options.activation);
    visit("bias_axes", a.options.bias_axes);
    visit("kernel_initializer", a.options.kernel_initializer);
    visit("bias_initializer", a.options.bias_initializer);
    visit("kernel_regularizer", a.options.kernel_regularizer);
    visit("bias_regularizer", a.options.bias_regularizer);
    visit("kernel_constraint", a.options.kernel_constraint);
    visit("bias_constraint", a.options.bias_constraint);
    visit("activity_regularizer", a.options.activity_regularizer);
    visit("input_shape", a.options.input_shape);
  }

  absl::Status Build(absl::Span<const ValueType> inputs) override {
    DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOneFloatInput(inputs, 2, kMaxRank));
    const EinsumDenseOptions& o = args().options;
    DAGRAD_RETURN_IF_ERROR(CheckActivation(o.activation));
    DAGRAD_ASSIGN_OR_RETURN(const Terms terms, ParseTerms(args().equation));
    DAGRAD_ASSIGN_OR_RETURN(const Shapes shapes, Analysis(args(), terms, inputs[0]).Run());
    const Initializer initializer =
        shapes.summed > 0 ? o.kernel_initializer.ForProduct(shapes.summed) : o.kernel_initializer;
    kernel_ = WithRules(AddWeight("kernel", inputs[0].dtype, shapes.kernel, initializer),
                        o.kernel_regularizer, o.kernel_constraint);
    if (!o.bias_axes.empty())
      bias_ = WithRules(AddWeight("bias", inputs[0].dtype, shapes.bias, o.bias_initializer),
                        o.bias_regularizer, o.bias_constraint);
    return absl::OkStatus();
  }

  bool supports_masking() const override { return false; }
  LayerOutputs Call(CallContext& context, const LayerInputs& inputs) const override {
    Value y = Einsum(args().equation, {inputs[0], WeightValue(context, kernel_)});
    if (bias_ >= 0) y = dagrad::Add(y, WeightValue(context, bias_));
    return Activate(args().options.activation, y);
  }

 private:
  int kernel_ = -1;
  int bias_ = -1;
};

}  // namespace

Layer EinsumDense(std::string equation, Dims output_shape, EinsumDenseOptions options,
                  SourceLocation location) {
  return layers_internal::MakeLayer<EinsumDenseLayer>(
      EinsumDenseArgs{std::move(equation), std::move(output_shape), std::move(options)}, location);
}

LayerClass layers_internal::EinsumDenseClass() {
  return {EinsumDenseLayer::kClassName, EinsumDenseLayer::FromConfig};
}

}  // namespace dagrad::keras
