#ifndef DAGRAD_IO_ONNX_EXPORT_ROWS_ROWS_H_
#define DAGRAD_IO_ONNX_EXPORT_ROWS_ROWS_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/io/onnx/export/node_export.h"

namespace dagrad::onnx {

// How the nodes of one op of dagrad are written.
struct ExportRow {
  absl::string_view op;
  void (*write)(NodeExport& c);
  // Whether what `write` gives for this node is imported as the same op, with the same bits. Null:
  // never, it is a composition of other ops.
  bool (*is_same)(const NodeExport& c) = nullptr;
};

inline bool Always(const NodeExport&) { return true; }

absl::Span<const ExportRow> ElementwiseExportRows();
absl::Span<const ExportRow> ActivationExportRows();
absl::Span<const ExportRow> ReductionExportRows();
absl::Span<const ExportRow> ShapeExportRows();
absl::Span<const ExportRow> IndexingExportRows();
absl::Span<const ExportRow> CreationExportRows();
absl::Span<const ExportRow> RandomExportRows();
absl::Span<const ExportRow> LinearAlgebraExportRows();
absl::Span<const ExportRow> ConvolutionExportRows();
absl::Span<const ExportRow> PoolingExportRows();
absl::Span<const ExportRow> NormalizationExportRows();
absl::Span<const ExportRow> AttentionExportRows();
absl::Span<const ExportRow> RecurrentExportRows();
absl::Span<const ExportRow> LossExportRows();
absl::Span<const ExportRow> TrainingExportRows();
absl::Span<const ExportRow> ControlExportRows();
absl::Span<const ExportRow> StringExportRows();
absl::Span<const ExportRow> HashExportRows();
absl::Span<const ExportRow> RegionExportRows();

// Null if the op cannot be exported.
const ExportRow* FindExportRow(absl::string_view op);
// Those that can be, sorted.
std::vector<absl::string_view> ExportRowNames();

}  // namespace dagrad::onnx

#endif  // DAGRAD_IO_ONNX_EXPORT_ROWS_ROWS_H_
