#ifndef DAGRAD_IO_ONNX_WRITTEN_H_
#define DAGRAD_IO_ONNX_WRITTEN_H_

#include <map>
#include <optional>
#include <string>

#include "dagrad/graph/graph.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/io/onnx/onnx.pb.h"
#include "dagrad/io/onnx/values.h"

// What dagrad writes into models of ONNX beside the graph (io::ToOnnx), read again.
namespace dagrad::onnx {

// The domain of the functions that are written for ops which ONNX does not have.
inline constexpr char kDagradDomain[] = "dagrad";
// The entry of such a function's metadata that has the op: a model of dagrad in text format, whose
// one function has the op's inputs "x0", … and outputs "y0", …, those of the call.
inline constexpr char kFunctionMetadata[] = "dagrad.function";

// The metadata of a model that dagrad wrote; empty for another.
struct Written {
  bool is_dagrads = false;
  std::string function, model;                 // names
  std::map<std::string, bool> states;          // whether they are trained
  std::map<std::string, std::string> updates;  // the state that an output is the new value of
  std::map<std::string, std::string> outputs;  // names of outputs that have others in the file
  std::map<std::string, std::string> metadata;
};
Written ReadWritten(const proto::Model& model);

// The op that a function was written for, as a function of that one node; nothing for others.
// Nothing in the file is trusted.
std::optional<Function> ReadWrittenOp(const proto::Function& function,
                                      const dagrad::ReadLimits& limits);

// Adds the op instead of its composition, and gives its outputs. Nothing, and no node, where the
// inputs are of other types than those that it was written for, symbols aside: some tool has
// changed the model, and the composition is what counts.
std::optional<std::vector<ImportedPtr>> ImportWrittenOp(const Function& op,
                                                        const std::vector<ImportedPtr>& inputs,
                                                        GraphBuilder* builder);

}  // namespace dagrad::onnx

#endif  // DAGRAD_IO_ONNX_WRITTEN_H_
