// What Loop becomes.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/onnx/control_import.h"
#include "dagrad/ops/control/scan/scan.h"
#include "dagrad/ops/control/while/while.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad::onnx {
namespace {

// Steps of which a gradient keeps all that is carried; a loop of more has no bound, and no
// gradient.
constexpr int64_t kMostKept = 1 << 16;
constexpr int64_t kMostUnrolled = 1024;  // steps of a loop that become nodes of their own

}  // namespace

absl::Status ControlImport::ReadLoop() {
  DAGRAD_ASSIGN_OR_RETURN(body_, Graph("body"));
  for (int i = 2; i < c_.num_inputs(); ++i) {
    if (!c_.has(i)) return InvalidArgumentError(absl::StrCat("input ", i, " is missing"));
    carried_.push_back(c_.input_ptr(i));
  }
  const int needed = static_cast<int>(carried_.size()) + 1;
  if (body_->input_size() == needed + 1 && body_->output_size() >= needed) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("for ", carried_.size(),
                                           " carried values, its body has ", body_->input_size(),
                                           " inputs and ", body_->output_size(), " outputs"));
}

bool ControlImport::IsForLoop() const {
  std::string name = body_->output(0).name();
  for (int i = body_->node_size() - 1; i >= 0; --i) {
    const proto::Node& node = body_->node(i);
    if (node.output_size() != 1 || node.output(0) != name) continue;
    if (node.op_type() == "Constant") return true;  // LoopAsScan looks whether it is true
    if (node.op_type() != "Identity" || node.input_size() != 1) return false;
    name = node.input(0);
  }
  const auto& constants = body_->initializer();
  return name == body_->input(1).name() ||
         std::any_of(constants.begin(), constants.end(),
                     [&](const proto::Tensor& t) { return t.name() == name; }) ||
         KnownBool(scope_.Find(name).get()).has_value();
}

Value ControlImport::AsDeclared(int i, Value scalar) const {
  const proto::Type& type = body_->input(i).type();
  const bool is_vector = type.value_case() == proto::Type::kTensorType &&
                         type.tensor_type().has_shape() &&
                         type.tensor_type().shape().dim_size() == 1;
  return is_vector ? Reshape(scalar, {1}) : scalar;
}

absl::Status ControlImport::Loop(std::vector<ImportedPtr>* outputs) {  // NOLINT(misc-no-recursion)
  DAGRAD_RETURN_IF_ERROR(ReadLoop());
  std::optional<std::vector<Dim>> most;
  if (c_.has(0) && c_.imported(0)->state.empty()) most = DimsOf(*c_.imported(0));
  if (most.has_value() && most->size() != 1)
    return InvalidArgumentError("its number of steps is no scalar");
  const bool is_true = !c_.has(1) || KnownBool(c_.imported(1)) == true;
  const bool is_counted = most.has_value() && is_true && IsForLoop();
  if (is_counted && !HasSequence(carried_)) {
    // A negative number of steps is none.
    const bool is_number = TensorOf(*most, true).has_value();
    const Dim steps = is_number && !(*most)[0].is_known() ? Dim(0) : (*most)[0];
    DAGRAD_ASSIGN_OR_RETURN(const bool is_done, LoopAsScan(steps, outputs));
    if (is_done) return absl::OkStatus();
  }
  const bool is_known = KnownBool(c_.imported(1)).has_value() || !c_.has(1);
  const bool stacks = body_->output_size() > static_cast<int>(carried_.size()) + 1;
  if (!HasSequence(carried_) && !stacks && !is_counted) {
    const int64_t steps = most.has_value() && (*most)[0].is_known() ? (*most)[0].value() : 0;
    return LoopAsWhile(steps <= kMostKept ? steps : 0, outputs);
  }
  if (is_known && (most.has_value() ? TensorOf(*most, true).has_value() : !c_.has(0)))
    return Unroll(outputs);
  return NeedOfConstant(
      stacks ? "the number of its steps, whose outputs it stacks,"
             : "the number of its steps, which carry sequences or change their types,");
}

absl::Status ControlImport::Unroll(
    std::vector<ImportedPtr>* outputs) {  // NOLINT(misc-no-recursion)
  const int64_t most = c_.Integer(0, INT64_MAX);
  const auto count = static_cast<size_t>(body_->output_size()) - 1 - carried_.size();
  std::vector<std::vector<Value>> stacked(count);
  ImportedPtr condition = c_.has(1) ? c_.input_ptr(1) : ImportedOf(Tensor::Scalar(true));
  for (int64_t i = 0; i < most && KnownBool(condition.get()) == true; ++i) {
    if (i == kMostUnrolled) {
      return UnimplementedError(absl::StrCat("a loop of more than ", kMostUnrolled,
                                             " steps whose types or sequences change"));
    }
    std::vector<ImportedPtr> inputs = {ImportedOf(Tensor::Scalar(i)), condition};
    inputs.insert(inputs.end(), carried_.begin(), carried_.end());
    ValueScope scope(&scope_);
    DAGRAD_ASSIGN_OR_RETURN(const std::vector<ImportedPtr> values, Import(*body_, inputs, &scope));
    condition = values[0];
    if (!KnownBool(condition.get()).has_value())
      return NeedOfConstant(absl::StrCat("the condition of step ", i, " of its loop"));
    const auto behind = values.begin() + 1 + static_cast<int64_t>(carried_.size());
    carried_.assign(values.begin() + 1, behind);
    for (size_t k = 0; k < count; ++k)
      stacked[k].push_back(
          Materialize(import_.builder_, (behind + static_cast<int64_t>(k))->get()));
  }
  *outputs = carried_;
  for (const std::vector<Value>& values : stacked) {
    if (values.empty()) return UnimplementedError("a loop of no steps that stacks outputs");
    outputs->push_back(ImportedOf(Stack(values)));
  }
  return import_.builder_->status();
}

absl::StatusOr<bool> ControlImport::LoopAsScan(
    const Dim& steps, std::vector<ImportedPtr>* outputs) {  // NOLINT(misc-no-recursion)
  GraphBuilder* const builder = import_.builder_;
  std::vector<Value> init = {Constant(builder, Tensor::Scalar<int64_t>(0))};
  for (const ImportedPtr& v : carried_) init.push_back(Materialize(builder, v.get()));
  DAGRAD_RETURN_IF_ERROR(builder->status());
  const std::vector<ValueType> types = ops::TypesOf(init);
  std::vector<std::string> names;
  for (size_t i = 0; i < init.size(); ++i) names.push_back(absl::StrCat("c", i));
  ops::BodiesOfNode bodies(builder);
  bool fits = true;
  size_t count = 0;
  bodies.Add("step", names, types, [&](GraphBuilder& body, absl::Span<const Value> c) {
    std::vector<ImportedPtr> in = {ImportedOf(AsDeclared(0, c[0])),
                                   ImportedOf(Tensor::Scalar(true))};
    for (const Value& v : c.subspan(1)) in.push_back(ImportedOf(v));
    std::vector<bool> is_true;
    Values values = ImportInto(&body, *body_, in, &is_true);
    if (values.empty()) return values;
    values[0] = c[0] + 1;  // in the place of the condition
    for (size_t i = 0; i < types.size(); ++i) fits = fits && values[i].type() == types[i];
    fits = fits && is_true[0];
    count = values.size();
    return values;
  });
  if (IsNeedOfConstant(status_)) {  // of the number of the step, perhaps
    status_ = absl::OkStatus();
    fits = false;
  }
  DAGRAD_RETURN_IF_ERROR(status_);
  if (!fits) return false;
  const std::vector<BodyPtr> made = bodies.Build();
  const auto carried = static_cast<int64_t>(init.size());
  init.insert(init.end(), bodies.captures().begin(), bodies.captures().end());
  const Value first = bodies.outer()->AddNode(ops::ScanOp(), init,
                                              {{"body", made[0]},
                                               {"num_carried", carried},
                                               {"num_scanned", int64_t{0}},
                                               {"length", Shape({steps})}},
                                              SourceLocation::Current());
  const std::vector<Value> all = bodies.outer()->Outputs(first, static_cast<int>(count));
  for (size_t i = 1; i < all.size(); ++i) outputs->push_back(ImportedOf(all[i]));
  DAGRAD_RETURN_IF_ERROR(builder->status());
  return true;
}

absl::Status ControlImport::LoopAsWhile(
    int64_t bound, std::vector<ImportedPtr>* outputs) {  // NOLINT(misc-no-recursion)
  GraphBuilder* const builder = import_.builder_;
  std::vector<Value> init = {
      Constant(builder, Tensor::Scalar<int64_t>(0)),
      c_.has(1) ? ScalarOf(c_.in(1)) : Constant(builder, Tensor::Scalar(true))};
  for (const ImportedPtr& v : carried_) init.push_back(Materialize(builder, v.get()));
  const Value most = c_.has(0) ? ScalarOf(c_.in(0)) : Value();
  DAGRAD_RETURN_IF_ERROR(c_.status());
  DAGRAD_RETURN_IF_ERROR(builder->status());
  const auto condition = [&](GraphBuilder&, absl::Span<const Value> c) {
    return c_.has(0) ? LogicalAnd(c[1], Less(c[0], most)) : c[1];
  };
  const auto step = [&](GraphBuilder& body, absl::Span<const Value> c) -> Values {
    std::vector<ImportedPtr> in = {ImportedOf(AsDeclared(0, c[0])),
                                   ImportedOf(AsDeclared(1, c[1]))};
    for (const Value& v : c.subspan(2)) in.push_back(ImportedOf(v));
    Values values = ImportInto(&body, *body_, in);
    if (values.empty()) return Values(std::vector<Value>(c.begin(), c.end()));
    for (size_t i = 1; i < values.size() && status_.ok(); ++i) {
      const ValueType before = c[i + 1].type(), after = values[i].type();
      if (after == before) continue;
      status_ = UnimplementedError(
          absl::StrCat(Differs("carried value", i - 1, before, " before a step and ", after),
                       " behind it, in a loop of an unknown number of steps"));
    }
    values[0] = ScalarOf(values[0]);
    values.insert(values.begin(), c[0] + 1);
    return values;
  };
  const WhileResult result = While(init, condition, step, {.max_iterations = bound});
  DAGRAD_RETURN_IF_ERROR(status_);
  DAGRAD_RETURN_IF_ERROR(builder->status());
  for (size_t i = 2; i < result.carried.size(); ++i)
    outputs->push_back(ImportedOf(result.carried[i]));
  return absl::OkStatus();
}

}  // namespace dagrad::onnx
