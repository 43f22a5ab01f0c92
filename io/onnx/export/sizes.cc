#include "dagrad/io/onnx/export/sizes.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace dagrad::onnx {
namespace {

Tensor Number(int64_t n) { return Tensor::Of<int64_t>({1}, {n}); }

// Writes the formula of a dimension, which is text that Dim gave (its grammar stands in
// graph/dim_parse.cc; its nesting has a limit there).
class FormulaWriter {
 public:
  using OfSymbol = std::function<std::string(const std::string& symbol)>;
  FormulaWriter(absl::string_view text, NodeWriter* writer, OfSymbol of_symbol)
      : rest_(text), writer_(writer), of_symbol_(std::move(of_symbol)) {}

  std::string Sum() {  // NOLINT(misc-no-recursion)
    std::string sum = Eat("-") ? Op("Sub", writer_->Constant(Number(0)), Product()) : Product();
    while (true) {
      const bool plus = Eat("+");
      if (!plus && !Eat("-")) return sum;
      sum = Op(plus ? "Add" : "Sub", sum, Product());
    }
  }

 private:
  bool Eat(absl::string_view token) {
    rest_ = absl::StripLeadingAsciiWhitespace(rest_);
    if (!absl::StartsWith(rest_, token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  std::string Op(absl::string_view op, std::string a, std::string b) {
    return writer_->Add(op, {std::move(a), std::move(b)}, {})[0];
  }
  std::string Product() {  // NOLINT(misc-no-recursion)
    std::string product = Factor();
    while (Eat("*")) product = Op("Mul", product, Factor());
    return product;
  }
  std::string Factor() {  // NOLINT(misc-no-recursion)
    if (Eat("floor((")) {
      const std::string numerator = Sum();
      Eat(")/");
      const std::string quotient = Op("Div", numerator, Factor());
      Eat(")");
      return quotient;
    }
    rest_ = absl::StripLeadingAsciiWhitespace(rest_);
    const bool is_number = !rest_.empty() && absl::ascii_isdigit(rest_[0]);
    size_t length = 0;
    while (length < rest_.size() && !absl::StrContains(" *+()", rest_[length])) ++length;
    if (is_number) length = std::min(length, rest_.find_first_not_of("0123456789"));
    const std::string text(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return is_number ? writer_->Constant(Number(std::stoll(text))) : of_symbol_(text);
  }

  absl::string_view rest_;
  NodeWriter* writer_;
  OfSymbol of_symbol_;
};

}  // namespace

std::string SizeOfAxis(NodeWriter* writer, const std::string& name, int axis) {
  return writer->Add("Shape", {name}, {{"start", axis}, {"end", axis + 1}})[0];
}

std::string Sizes::Of(const Dim& dim) {
  if (dim.is_known()) return writer_->Constant(Number(dim.value()));
  const std::string text = dim.ToString();
  const auto known = names_.find(text);
  if (known != names_.end()) return known->second;
  std::string name = find_(dim);
  if (name.empty()) {
    const auto of_symbol = [&](const std::string& symbol) {
      // A symbol alone that was not found would be looked for again.
      if (symbol != text) return Of(Dim(absl::string_view(symbol)));
      if (unknown_.empty()) unknown_ = symbol;
      return writer_->Constant(Number(0));
    };
    name = FormulaWriter(text, writer_, of_symbol).Sum();
  }
  return names_[text] = name;
}

std::string Sizes::Of(const Shape& shape) {
  if (shape.IsStatic()) {
    const Dims dims = shape.ToDims();
    return writer_->Constant(Tensor::Of<int64_t>({shape.rank()}, absl::MakeConstSpan(dims)));
  }
  std::vector<std::string> sizes;
  for (const Dim& dim : shape.dims()) sizes.push_back(Of(dim));
  return writer_->Add("Concat", sizes, {{"axis", 0}})[0];
}

}  // namespace dagrad::onnx
