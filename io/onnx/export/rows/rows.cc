#include "dagrad/io/onnx/export/rows/rows.h"

#include <map>

namespace dagrad::onnx {
namespace {

const std::map<absl::string_view, ExportRow>& Table() {
  static const auto* const table = [] {
    auto* rows = new std::map<absl::string_view, ExportRow>();
    for (const auto& family :
         {ElementwiseExportRows(), ActivationExportRows(), ReductionExportRows(), ShapeExportRows(),
          IndexingExportRows(), CreationExportRows(), RandomExportRows(), LinearAlgebraExportRows(),
          ConvolutionExportRows(), PoolingExportRows(), NormalizationExportRows(),
          AttentionExportRows(), RecurrentExportRows(), LossExportRows(), TrainingExportRows(),
          ControlExportRows(), StringExportRows(), HashExportRows(), RegionExportRows()}) {
      for (const ExportRow& row : family) rows->emplace(row.op, row);
    }
    return rows;
  }();
  return *table;
}

}  // namespace

const ExportRow* FindExportRow(absl::string_view op) {
  const auto found = Table().find(op);
  return found == Table().end() ? nullptr : &found->second;
}

std::vector<absl::string_view> ExportRowNames() {
  std::vector<absl::string_view> names;
  for (const auto& [name, row] : Table()) names.push_back(name);
  return names;
}

}  // namespace dagrad::onnx
