#include "dagrad/io/onnx/rows/rows.h"

#include <map>

namespace dagrad::onnx {

namespace {

const std::map<absl::string_view, Row>& Table() {
  static const auto* const table = [] {
    auto* rows = new std::map<absl::string_view, Row>();
    for (const auto& family :
         {ElementwiseRows(),   ActivationRows(), ReductionRows(),     ShapeRows(),
          IndexingRows(),      CreationRows(),   LinearAlgebraRows(), ConvolutionRows(),
          NormalizationRows(), RecurrentRows(),  QuantizationRows(),  LossRows(),
          ResizeRows(),        AttentionRows(),  PoolingRows(),       OptimizerRows(),
          SamplingRows(),      SignalRows(),     SequenceRows(),      RecurrenceRows(),
          FeatureRows(),       UnfoldedRows(),   StringRows(),        SliceRows()}) {
      for (const Row& row : family) rows->emplace(row.op, row);
    }
    return rows;
  }();
  return *table;
}

}  // namespace

const Row* FindRow(absl::string_view op) {
  const auto found = Table().find(op);
  return found == Table().end() ? nullptr : &found->second;
}

std::vector<absl::string_view> RowNames() {
  std::vector<absl::string_view> names;
  for (const auto& [name, row] : Table()) names.push_back(name);
  return names;
}

}  // namespace dagrad::onnx
