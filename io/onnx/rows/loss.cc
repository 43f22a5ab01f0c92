// Losses.
#include <string>
#include <utility>

#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/indexing/one_hot/one_hot.h"
#include "dagrad/ops/nn/softmax/softmax.h"
#include "dagrad/ops/reduction/reduce/reduce.h"

namespace dagrad::onnx {
namespace {

// -weight[label]·logp[…, label, …] for logp [batch, classes, …] and labels [batch, …]; 0 where the
// label is ignore_index. Then "none", the "sum", or the "mean": Σ loss / Σ weight.
void NegativeLogLikelihood(NodeImport& c, Value logp) {
  const Value labels = c.in(1);
  if (!c.ok() || logp.rank() < 2) return c.Invalid("the input is of rank 2 at least");
  const int64_t classes = KnownDim(c, logp, 1);
  if (!c.ok()) return;
  // One that is ignored may be no class: it takes part as none.
  const Value chosen = OneHot(labels, classes, {.dtype = logp.dtype(), .axis = 1});
  Value loss = -ReduceSum(Select(Equal(chosen, 0.0), 0.0, logp), {.axes = {1}});
  Value weight;
  if (c.has(2)) {
    const Value safe = Select(Less(labels, 0.0), 0.0, labels);
    const Value in_range = Select(Less(safe, static_cast<double>(classes)), safe, 0.0);
    weight = Gather(c.in(2), in_range);
  }
  if (c.has_attribute("ignore_index")) {
    // Not a product with 0: what is ignored may be infinite.
    const Value kept = NotEqual(labels, static_cast<double>(c.Int("ignore_index", 0)));
    loss = Select(kept, loss, 0.0);
    weight = weight.valid() ? Select(kept, weight, 0.0) : Cast(kept, logp.dtype());
  }
  if (weight.valid()) loss = loss * weight;
  const std::string reduction = c.Choice("reduction", "mean", {"none", "sum", "mean"});
  if (reduction == "none") return c.out(0, loss);
  if (reduction == "sum") return c.out(0, ReduceSum(loss));
  c.out(0, weight.valid() ? ReduceSum(loss) / ReduceSum(weight) : ReduceMean(loss));
}

void ImportNegativeLogLikelihoodLoss(NodeImport& c) {
  const Value logp = c.in(0);
  if (c.ok()) NegativeLogLikelihood(c, logp);
}

void ImportSoftmaxCrossEntropyLoss(NodeImport& c) {
  const Value scores = c.in(0);
  if (!c.ok() || scores.rank() < 2) return c.Invalid("scores are of rank 2 at least");
  const Value logp = LogSoftmax(scores, {.axis = 1});
  NegativeLogLikelihood(c, logp);
  if (c.wants(1)) c.out(1, logp);
}

constexpr Row kRows[] = {
    {"NegativeLogLikelihoodLoss", ImportNegativeLogLikelihoodLoss, 3},
    {"SoftmaxCrossEntropyLoss", ImportSoftmaxCrossEntropyLoss, 3},
};

}  // namespace

absl::Span<const Row> LossRows() { return kRows; }

}  // namespace dagrad::onnx
