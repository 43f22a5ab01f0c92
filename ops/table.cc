#include "dagrad/ops/table.h"

#include <algorithm>
#include <vector>

#include "dagrad/graph/graph.h"
#include "dagrad/graph/hash_map.h"
#include "dagrad/ops/control/call/call.h"
#include "dagrad/ops/control/custom_gradient/custom_gradient.h"
#include "dagrad/ops/control/if/if.h"
#include "dagrad/ops/control/scan/scan.h"
#include "dagrad/ops/control/while/while.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/creation/iota/iota.h"
#include "dagrad/ops/creation/random/random.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/bitwise/bitwise.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/compare/compare.h"
#include "dagrad/ops/elementwise/hash_bucket/hash_bucket.h"
#include "dagrad/ops/elementwise/logical/logical.h"
#include "dagrad/ops/elementwise/neg/neg.h"
#include "dagrad/ops/elementwise/power/power.h"
#include "dagrad/ops/elementwise/select/select.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/indexing/gather/gather.h"
#include "dagrad/ops/indexing/non_zero/non_zero.h"
#include "dagrad/ops/indexing/one_hot/one_hot.h"
#include "dagrad/ops/indexing/slice_update/slice_update.h"
#include "dagrad/ops/indexing/top_k/top_k.h"
#include "dagrad/ops/indexing/unique/unique.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/linalg/orthonormalize/orthonormalize.h"
#include "dagrad/ops/linalg/sparse_mat_mul/sparse_mat_mul.h"
#include "dagrad/ops/nn/attention/attention.h"
#include "dagrad/ops/nn/batch_norm/batch_norm.h"
#include "dagrad/ops/nn/conv/conv2d.h"
#include "dagrad/ops/nn/conv/fused_conv2d.h"
#include "dagrad/ops/nn/cross_entropy/cross_entropy.h"
#include "dagrad/ops/nn/dropout/dropout.h"
#include "dagrad/ops/nn/gelu/gelu.h"
#include "dagrad/ops/nn/layer_norm/layer_norm.h"
#include "dagrad/ops/nn/non_max_suppression/non_max_suppression.h"
#include "dagrad/ops/nn/pool/pool2d.h"
#include "dagrad/ops/nn/relu_grad/relu_grad.h"
#include "dagrad/ops/nn/roi_align/roi_align.h"
#include "dagrad/ops/nn/softmax/softmax.h"
#include "dagrad/ops/recurrent/gru/gru.h"
#include "dagrad/ops/recurrent/lstm/lstm.h"
#include "dagrad/ops/reduction/arg_max/arg_max.h"
#include "dagrad/ops/reduction/cum_sum/cum_sum.h"
#include "dagrad/ops/reduction/reduce/exclusive_prod.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/ops/shape/bind_dim/bind_dim.h"
#include "dagrad/ops/shape/broadcast_to/broadcast_to.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/identity/identity.h"
#include "dagrad/ops/shape/pad/pad.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/size/size.h"
#include "dagrad/ops/shape/slice/slice.h"
#include "dagrad/ops/shape/transpose/transpose.h"
#include "dagrad/ops/strings/string_binary/string_binary.h"
#include "dagrad/ops/strings/string_case/string_case.h"
#include "dagrad/ops/strings/string_split/string_split.h"
#include "dagrad/ops/training/adam_update/adam_update.h"
#include "dagrad/ops/training/adam_update/adam_update_rows.h"
#include "dagrad/ops/training/clip_factor/clip_factor.h"

namespace dagrad::ops {
namespace {

// An explicit list, not registration by static initialisers: a static library keeps its ops without
// linker options.
std::vector<const OpDef*> MakeTable() {
  std::vector<const OpDef*> table = {
      &AbsOp(),
      &AcosOp(),
      &AcoshOp(),
      &AddOp(),
      &AdamUpdateOp(),
      &AdamUpdateRowsOp(),
      &ArgMaxOp(),
      &ArgMinOp(),
      &ArgRoiAlignOp(),
      &ArgTopKOp(),
      &AsinOp(),
      &AsinhOp(),
      &AtanOp(),
      &AtanhOp(),
      &AttentionGradOp(),
      &AttentionOp(),
      &AvgPool2DGradOp(),
      &AvgPool2DOp(),
      &BatchNormGradOp(),
      &BatchNormOp(),
      &BindDimOp(),
      &BitwiseAndOp(),
      &BitwiseNotOp(),
      &BitwiseOrOp(),
      &BitwiseXorOp(),
      &BroadcastToOp(),
      &CallOp(),
      &CastOp(),
      &CeilOp(),
      &ClipFactorOp(),
      &ConcatOp(),
      &ConstantOp(),
      &Conv2DFilterGradOp(),
      &Conv2DInputGradOp(),
      &Conv2DOp(),
      &CosOp(),
      &CoshOp(),
      &CumSumOp(),
      &CustomGradientOp(),
      &DivOp(),
      &DropoutOp(),
      &EluOp(),
      &EqualOp(),
      &ErfOp(),
      &ExclusiveProdOp(),
      &ExpOp(),
      &Expm1Op(),
      &FloorModOp(),
      &FloorOp(),
      &FullOp(),
      &FusedConv2DOp(),
      &GatherOp(),
      &GeluGradOp(),
      &GeluOp(),
      &GreaterEqualOp(),
      &GreaterOp(),
      &GruGradOp(),
      &GruOp(),
      &HashBucketOp(),
      &IdentityOp(),
      &IfOp(),
      &IotaOp(),
      &IsFiniteOp(),
      &IsInfOp(),
      &IsNanOp(),
      &LayerNormGradOp(),
      &LayerNormOp(),
      &LeakyReluOp(),
      &LessEqualOp(),
      &LessOp(),
      &Log1pOp(),
      &LogOp(),
      &LogSoftmaxOp(),
      &LogicalAndOp(),
      &LogicalNotOp(),
      &LogicalOrOp(),
      &LogicalXorOp(),
      &LstmGradOp(),
      &LstmOp(),
      &MatMulOp(),
      &MaxPool2DGatherOp(),
      &MaxPool2DGradOp(),
      &MaxPool2DOp(),
      &MaximumOp(),
      &MinimumOp(),
      &MulOp(),
      &NegOp(),
      &NonMaxSuppressionOp(),
      &NonZeroOp(),
      &NotEqualOp(),
      &OneHotOp(),
      &OrthonormalizeOp(),
      &PadGradOp(),
      &PadOp(),
      &PowOp(),
      &RandomNormalOp(),
      &RandomUniformOp(),
      &ReciprocalOp(),
      &ReduceAllOp(),
      &ReduceAnyOp(),
      &ReduceMaxOp(),
      &ReduceMeanOp(),
      &ReduceMinOp(),
      &ReduceProdOp(),
      &ReduceSumOp(),
      &Relu6Op(),
      &ReluGradOp(),
      &ReluOp(),
      &ReshapeOp(),
      &RoiAlignGradOp(),
      &RoiAlignOp(),
      &RoundOp(),
      &RsqrtOp(),
      &ScanOp(),
      &ScatterAddOp(),
      &SelectOp(),
      &ShiftLeftOp(),
      &ShiftRightOp(),
      &SigmoidCrossEntropyOp(),
      &SigmoidOp(),
      &SignOp(),
      &SinOp(),
      &SinhOp(),
      &SizeOp(),
      &SliceGradOp(),
      &SliceOp(),
      &SliceUpdateOp(),
      &SoftmaxCrossEntropyGradOp(),
      &SoftmaxCrossEntropyOp(),
      &SoftmaxOp(),
      &SoftplusOp(),
      &SoftsignOp(),
      &SparseMatMulOp(),
      &SparseSoftmaxCrossEntropyGradOp(),
      &SparseSoftmaxCrossEntropyOp(),
      &SqrtOp(),
      &SquareOp(),
      &StopGradientOp(),
      &StringCaseOp(),
      &StringConcatOp(),
      &StringEqualOp(),
      &StringIsInOp(),
      &StringSplitCountOp(),
      &StringSplitOp(),
      &SubOp(),
      &TanOp(),
      &TanhOp(),
      &TransposeOp(),
      &UniqueOp(),
      &TruncatedNormalOp(),
      &WhileOp(),
  };
  std::sort(table.begin(), table.end(),
            [](const OpDef* a, const OpDef* b) { return a->name < b->name; });
  return table;
}

const std::vector<const OpDef*>& Table() {
  static const auto* const table = new std::vector<const OpDef*>(MakeTable());
  return *table;
}

}  // namespace

absl::Span<const OpDef* const> AllOps() { return Table(); }

const OpDef* FindOp(absl::string_view name) {
  static const auto* const by_name = [] {
    auto* map = new HashMap<absl::string_view, const OpDef*>();
    for (const OpDef* op : Table()) map->emplace(op->name, op);
    for (const OpDef* op : Table()) {
      for (absl::string_view name : op->former_names) map->emplace(name, op);
    }
    map->emplace(InputOp().name, &InputOp());
    map->emplace(StateOp().name, &StateOp());
    return map;
  }();
  auto it = by_name->find(name);
  return it == by_name->end() ? nullptr : it->second;
}

}  // namespace dagrad::ops
