#include "dagrad/io/onnx/rows/rows.h"

#include <map>

namespace dagrad::onnx {

const Row* FindRow(absl::string_view op) {
  static const auto* const table = [] {
    auto* rows = new std::map<absl::string_view, Row>();
    for (const auto& family :
         {ElementwiseRows(), ActivationRows(), ReductionRows(), ShapeRows(), IndexingRows(),
          CreationRows(), LinearAlgebraRows(), ConvolutionRows(), NormalizationRows(),
          RecurrentRows(), QuantizationRows(), LossRows(), ResizeRows(), AttentionRows(),
          PoolingRows(), OptimizerRows(), SamplingRows()}) {
      for (const Row& row : family) rows->emplace(row.op, row);
    }
    return rows;
  }();
  const auto found = table->find(op);
  return found == table->end() ? nullptr : &found->second;
}

}  // namespace dagrad::onnx
