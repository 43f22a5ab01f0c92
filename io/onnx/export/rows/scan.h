#ifndef DAGRAD_IO_ONNX_EXPORT_ROWS_SCAN_H_
#define DAGRAD_IO_ONNX_EXPORT_ROWS_SCAN_H_

#include <functional>
#include <vector>

#include "dagrad/io/onnx/export/node_export.h"

namespace dagrad::onnx {

// What a step of a Scan gives.
struct Step {
  std::vector<Var> carried;
  std::vector<Var> outputs;
};
// A step is written by `inner`: what it uses from outside is Inside(inner, value) there.
using WriteStep = std::function<Step(NodeExport& inner, const std::vector<Var>& carried,
                                     const std::vector<Var>& slices)>;
// Name, dtype and rank, if it is known: ONNX Runtime does not find that of what an If gives, and
// its Scan asks for it.
void SetInfo(const Var& value, proto::ValueInfo* info);
// Inputs of a graph within a node, named after `name`, of the dtypes of `outside`.
std::vector<Var> AddInputs(NodeExport& inner, const std::vector<Var>& outside, const char* name,
                           proto::Graph* graph);
// Makes `value` an output of such a graph, under a name of its own.
void AddOutput(NodeExport& inner, const Var& value, proto::Graph* graph);
inline Var Inside(NodeExport& inner, Var outer) {
  outer.c = &inner;
  return outer;
}

// ONNX's Scan over the first axis of `slices`, from the last one on if `reverse`: what is carried
// after all steps, then the outputs of all steps, stacked in the order of the slices.
std::vector<Var> Scan(NodeExport& c, const std::vector<Var>& carried,
                      const std::vector<Var>& slices, bool reverse, const WriteStep& step);

}  // namespace dagrad::onnx

#endif  // DAGRAD_IO_ONNX_EXPORT_ROWS_SCAN_H_
