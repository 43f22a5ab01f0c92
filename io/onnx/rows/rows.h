#ifndef DAGRAD_IO_ONNX_ROWS_ROWS_H_
#define DAGRAD_IO_ONNX_ROWS_ROWS_H_

#include <limits>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/io/onnx/node_import.h"

namespace dagrad::onnx {

// Inputs of a variadic op.
inline constexpr int kAnyNumber = std::numeric_limits<int>::max();

// How the nodes of one op are imported. `import` looks at NodeImport::version() where versions of
// the op differ; `most_inputs` is of the version that has most.
struct Row {
  absl::string_view op;
  void (*import)(NodeImport& c);
  int most_inputs;
  bool takes_strings = false;
};

absl::Span<const Row> ElementwiseRows();
absl::Span<const Row> ActivationRows();
absl::Span<const Row> ReductionRows();
absl::Span<const Row> ShapeRows();
absl::Span<const Row> IndexingRows();
absl::Span<const Row> CreationRows();
absl::Span<const Row> LinearAlgebraRows();
absl::Span<const Row> ConvolutionRows();
absl::Span<const Row> NormalizationRows();
absl::Span<const Row> RecurrentRows();
absl::Span<const Row> RecurrenceRows();
absl::Span<const Row> QuantizationRows();
absl::Span<const Row> LossRows();
absl::Span<const Row> OptimizerRows();
absl::Span<const Row> SamplingRows();
absl::Span<const Row> SignalRows();
absl::Span<const Row> PoolingRows();
absl::Span<const Row> AttentionRows();
absl::Span<const Row> ResizeRows();
absl::Span<const Row> SequenceRows();
absl::Span<const Row> FeatureRows();
absl::Span<const Row> StringRows();
absl::Span<const Row> UnfoldedRows();
absl::Span<const Row> SliceRows();

// Null if the op cannot be imported. One of another domain than ONNX's own is called by both,
// "ai.onnx.preview.training.Adam".
const Row* FindRow(absl::string_view op);
// Those that can be, sorted.
std::vector<absl::string_view> RowNames();

// Imports a node that only computes with dimensions, as symbols: the shape arithmetic that
// exporters write. False, doing nothing, where that is not so.
bool ImportSymbolically(NodeImport& c);

}  // namespace dagrad::onnx

#endif  // DAGRAD_IO_ONNX_ROWS_ROWS_H_
