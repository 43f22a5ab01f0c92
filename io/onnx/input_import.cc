// What a graph begins with: initializers and inputs.
#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/onnx/graph_import.h"
#include "dagrad/io/onnx/tensors.h"

namespace dagrad::onnx {

namespace {

// A name as dagrad's symbols are: letters, digits, '_', '.', '/' and '-'.
std::string SymbolOf(absl::string_view name) {
  std::string symbol;
  for (char c : name) {
    const bool fits = absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' ||
                      c == '/' || c == '-';
    symbol.push_back(fits ? c : '_');
  }
  if (symbol.empty() || absl::ascii_isdigit(static_cast<unsigned char>(symbol[0])) ||
      symbol[0] == '-') {
    return absl::StrCat("_", symbol);
  }
  return symbol;
}

bool IsTensorType(const proto::Type& type) { return type.value_case() == proto::Type::kTensorType; }

bool IsInput(const proto::Graph& graph, const std::string& name) {
  return absl::c_any_of(graph.input(), [&](const auto& input) { return input.name() == name; });
}

}  // namespace

absl::Status GraphImport::AddInitializers(const proto::Graph& graph, ValueScope* scope,
                                          bool is_outermost) {
  const auto add = [&](const std::string& name, absl::StatusOr<Tensor> tensor) -> absl::Status {
    if (!tensor.ok()) return Prefixed(absl::StrCat("initializer ", name), tensor.status());
    auto v = std::make_shared<Imported>();
    v->constant = *std::move(tensor);
    const bool is_real = IsFloating(v->constant->dtype()) && v->constant->rank() > 0;
    const bool is_weight = (is_real || written_.states.contains(name)) &&
                           options_.weights != io::ImportOnnxOptions::Weights::kConstant;
    if (is_weight && is_outermost) {
      v->state = name;
      weights_.push_back(v);
    }
    if (scope->Add(name, std::move(v))) return absl::OkStatus();
    return AlreadyExistsError(absl::StrCat("initializer ", name, " stands twice"));
  };
  // An input's default, which a constant takes the place of.
  const auto is_given = [&](const std::string& name) {
    return is_outermost && options_.constants.contains(name) && IsInput(graph, name);
  };
  for (const proto::Tensor& t : graph.initializer()) {
    if (!is_given(t.name())) DAGRAD_RETURN_IF_ERROR(add(t.name(), ToTensor(t, &external_)));
  }
  for (const proto::SparseTensor& t : graph.sparse_initializer())
    DAGRAD_RETURN_IF_ERROR(add(t.values().name(), ToTensor(t, &external_)));
  return absl::OkStatus();
}

absl::StatusOr<Shape> GraphImport::ShapeOfInput(const proto::ValueInfo& input) const {
  const auto given = options_.shapes.find(input.name());
  if (given != options_.shapes.end()) return given->second;
  if (!input.type().tensor_type().has_shape()) {
    return UnimplementedError(
        "its rank is not known; ImportOnnxOptions::shapes may give its shape");
  }
  const auto& dims = input.type().tensor_type().shape().dim();
  Shape shape;
  for (int a = 0; a < dims.size(); ++a) {
    // -1 and "?" are what some exporters write for a size that is not known.
    using Dimension = proto::Shape::Dimension;
    const Dimension& d = dims[a];
    if (d.value_case() == Dimension::kDimValue && d.dim_value() != -1) {
      shape.push_back(Dim(d.dim_value()));
    } else if (const auto dim = Dim::Parse(d.dim_param()); written_.is_dagrads && dim.ok()) {
      shape.push_back(*dim);
    } else if (!d.dim_param().empty() && d.dim_param() != "?") {
      shape.push_back(Dim(absl::string_view(SymbolOf(d.dim_param()))));
    } else {
      shape.push_back(Dim(absl::string_view(SymbolOf(absl::StrCat(input.name(), "_", a)))));
    }
  }
  return shape;
}

absl::btree_set<std::string> GraphImport::SymbolsOfInputs() const {
  absl::btree_set<std::string> symbols;
  const Function& f = root_.function();
  for (const NodeId id : f.inputs) {
    for (const Dim& d : f.nodes[id].outputs[0].shape.dims()) d.CollectSymbols(&symbols);
  }
  return symbols;
}

// The constant as what the input is declared: one number may be given in another dtype or shape.
absl::StatusOr<Tensor> GraphImport::ConstantOf(const proto::ValueInfo& input,
                                               Tensor constant) const {
  if (!IsTensorType(input.type())) return constant;
  DAGRAD_ASSIGN_OR_RETURN(const DType dtype, DTypeFrom(input.type().tensor_type().elem_type()));
  const bool is_number = constant.num_elements() == 1 && constant.dtype() != DType::kString;
  if (is_number && dtype != DType::kString) {
    DAGRAD_ASSIGN_OR_RETURN(constant, constant.Cast(dtype));
  }
  absl::Status fits;
  if (input.type().tensor_type().has_shape()) {
    DAGRAD_ASSIGN_OR_RETURN(const Shape shape, ShapeOfInput(input));
    const absl::StatusOr<Dims> ones = shape.IsStatic() ? shape.Bind({}) : Dims(shape.rank(), 1);
    if (is_number && ones.ok() && NumElements(*ones) == 1) return constant.Reshaped(*ones);
    Bindings sizes;
    fits = UnifyShape(shape, constant.dims(), &sizes);
  }
  if (fits.ok() && constant.dtype() == dtype) return constant;
  return InvalidArgumentError(absl::StrCat(
      "the constant that is given is ", DTypeName(constant.dtype()), DimsToString(constant.dims()),
      "; the input is ", DTypeName(dtype), fits.ok() ? "" : ", and ", fits.message()));
}

absl::Status GraphImport::AddInput(const proto::ValueInfo& input) {
  auto v = std::make_shared<Imported>();
  const auto constant = options_.constants.find(input.name());
  if (constant != options_.constants.end()) {
    DAGRAD_ASSIGN_OR_RETURN(v->constant, ConstantOf(input, constant->second));
  } else {
    if (!IsTensorType(input.type())) return UnimplementedError("it is no tensor");
    DAGRAD_ASSIGN_OR_RETURN(const DType dtype, DTypeFrom(input.type().tensor_type().elem_type()));
    DAGRAD_ASSIGN_OR_RETURN(const Shape shape, ShapeOfInput(input));
    DAGRAD_RETURN_IF_ERROR(shape.Validate());
    v->value = builder_->Input(input.name(), dtype, shape);
  }
  if (!scope_.Add(input.name(), std::move(v))) return AlreadyExistsError("the name stands twice");
  return builder_->status();
}

absl::Status GraphImport::AddInputs() {
  // In older files initializers are inputs too: defaults of inputs.
  std::set<std::string> initializers;
  for (const proto::Tensor& t : model_.graph().initializer()) initializers.insert(t.name());
  for (const proto::SparseTensor& t : model_.graph().sparse_initializer())
    initializers.insert(t.values().name());
  std::set<std::string> fed;
  for (const proto::ValueInfo& input : model_.graph().input()) {
    if (initializers.contains(input.name()) && !options_.constants.contains(input.name())) continue;
    fed.insert(input.name());
    const absl::Status status = AddInput(input);
    if (!status.ok()) return Prefixed(absl::StrCat("input ", input.name()), status);
  }
  const auto check = [&fed](const std::string& name, absl::string_view what) {
    if (fed.contains(name)) return absl::OkStatus();
    return InvalidArgumentError(
        absl::StrCat("a ", what, " is given for ", name,
                     ", which is no input; those that are: ", absl::StrJoin(fed, ", ")));
  };
  for (const auto& [name, tensor] : options_.constants)
    DAGRAD_RETURN_IF_ERROR(check(name, "constant"));
  for (const auto& [name, shape] : options_.shapes) DAGRAD_RETURN_IF_ERROR(check(name, "shape"));
  return absl::OkStatus();
}

}  // namespace dagrad::onnx
