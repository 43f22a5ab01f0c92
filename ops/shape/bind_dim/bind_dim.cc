#include "dagrad/ops/shape/bind_dim/bind_dim.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/data_dims.h"
#include "dagrad/graph/name.h"
#include "dagrad/ops/shape/bind_dim/bind_dim_internal.h"

namespace dagrad {
namespace {

absl::Status Infer(InferContext& c) {
  if (c.shape(0).rank() != 0) {
    return InferContext::Fail("bind_dim_c1",
                              absl::StrCat("size ", c.shape(0).ToString(), " must be a scalar"));
  }
  const auto& symbol = c.attr<std::string>("symbol");
  if (!Dim(absl::string_view(symbol)).is_valid()) {
    return InferContext::Fail("bind_dim_c2",
                              absl::StrCat("\"", Printable(symbol), "\" is no symbol"));
  }
  c.SetOutput(0, DType::kInt64, {});
  return absl::OkStatus();
}

OpDef Make() {
  return {.name = "BindDim",
          .label = "bind_dim",
          .doc =
              "Gives a symbol of shapes the number that a value has in a run.\n"
              "What uses the symbol runs when that is known.",
          .inputs = {{.name = "size",
                      .dtypes = {DType::kInt64},
                      .doc = "a scalar, not negative",
                      .differentiable = false}},
          .outputs = {{.name = "y", .dtypes = {DType::kInt64}, .doc = "size"}},
          .attrs = {{"symbol", AttrKind::kString, std::nullopt, "symbol that is bound"}},
          .traits = kBindsDim,
          .constraints = {{"bind_dim_c1", "size is a scalar"},
                          {"bind_dim_c2", "symbol is one: letters, digits, '_', '.', '/', '-'"}},
          .infer = Infer,
          .make_kernel = ops::bind_dim_internal::MakeKernel,
          .samples = ops::bind_dim_internal::MakeSamples};
}

}  // namespace

namespace ops {
const OpDef& BindDimOp() { return Singleton<Make>(); }
}  // namespace ops

Dim BindDim(Operand size) {
  if (!size.value().valid()) return Dim::Invalid();
  GraphBuilder* const builder = size.builder();
  absl::btree_set<std::string> taken;
  for (const Node& node : builder->function().nodes) {
    if (node.op == &InputOp()) CollectSymbols(node, &taken);
  }
  // Grows with each call, so no earlier one gave it.
  std::string symbol = absl::StrCat("n", builder->function().nodes.size());
  while (taken.contains(symbol)) symbol += "_";
  const Value y = AddNode(ops::BindDimOp(), {size}, {{"symbol", symbol}});
  return y.valid() ? Dim(absl::string_view(symbol)) : Dim::Invalid();
}

}  // namespace dagrad
