#ifndef DAGRAD_IO_ONNX_NODE_IMPORT_H_
#define DAGRAD_IO_ONNX_NODE_IMPORT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "dagrad/graph/builder.h"
#include "dagrad/io/onnx/external_data.h"
#include "dagrad/io/onnx/onnx.pb.h"
#include "dagrad/io/onnx/values.h"

namespace dagrad::onnx {

// One node of an ONNX graph while it becomes nodes of dagrad: what the importer of an op sees. The
// first error stays, and after it everything gives something empty, so rows need no checks: the
// driver looks at status() and the builder's.
class NodeImport {
 public:
  NodeImport(const proto::Node& node, int64_t version, GraphBuilder* builder,
             std::vector<ImportedPtr> inputs, ExternalData* external)
      : node_(node),
        version_(version),
        builder_(builder),
        inputs_(std::move(inputs)),
        outputs_(static_cast<size_t>(node.output_size())),
        external_(external) {}

  const std::string& op() const { return node_.op_type(); }
  // Of the op's set that the model imports.
  int64_t version() const { return version_; }
  GraphBuilder* builder() const { return builder_; }

  // ---- Inputs. One that is optional may be absent at any place.
  int num_inputs() const { return static_cast<int>(inputs_.size()); }
  bool has(int i) const { return i < num_inputs() && inputs_[i] != nullptr; }
  // The value; an error if it is absent.
  Value in(int i);
  std::vector<Value> all_inputs();
  // With its channels at the end; IsChannelsLast() says that this costs nothing.
  Value in_channels_last(int i);
  bool IsChannelsLast(int i) const;
  ValueType type(int i);
  Shape shape(int i) { return type(i).shape; }
  int rank(int i) { return shape(i).rank(); }
  DType dtype(int i) { return type(i).dtype; }
  Imported* imported(int i) const { return has(i) ? inputs_[i].get() : nullptr; }

  // Input i as numbers that are known now; an error that says so otherwise (IsNeedOfConstant).
  // Absent: `otherwise`.
  std::vector<Dim> Dims(int i, std::vector<Dim> otherwise = {});
  // The same, where what is not known depends on data: a new symbol for each element (BindDim).
  std::vector<Dim> DimsOrBind(int i);
  std::vector<int64_t> Integers(int i, std::vector<int64_t> otherwise = {});
  int64_t Integer(int i, int64_t otherwise);
  std::vector<double> Floats(int i, std::vector<double> otherwise = {});
  double Float(int i, double otherwise);
  // Null if it is not known.
  const Tensor* constant(int i) const;

  // ---- Attributes. One that says that it is of another type than is asked for is an error.
  const proto::Attribute* attribute(absl::string_view name) const;
  bool has_attribute(absl::string_view name) const { return attribute(name) != nullptr; }
  int64_t Int(absl::string_view name, int64_t otherwise) const;
  double Real(absl::string_view name, double otherwise) const;
  std::string Text(absl::string_view name, absl::string_view otherwise) const;
  // A text that is one of `choices`.
  std::string Choice(absl::string_view name, absl::string_view otherwise,
                     absl::Span<const absl::string_view> choices) const;
  std::vector<int64_t> Ints(absl::string_view name, std::vector<int64_t> otherwise = {}) const;
  std::vector<double> Reals(absl::string_view name, std::vector<double> otherwise = {}) const;
  std::vector<std::string> Texts(absl::string_view name) const;
  Tensor TensorAttribute(absl::string_view name);
  // The dtype that an integer attribute means.
  DType DTypeAttribute(absl::string_view name, DType otherwise);
  // From an input of later versions of the op, or an attribute of earlier ones.
  std::vector<int64_t> AxesOf(int input, absl::string_view name = "axes");

  // ---- Outputs.
  int num_outputs() const { return static_cast<int>(outputs_.size()); }
  bool wants(int i) const { return i < num_outputs() && !node_.output(i).empty(); }
  void out(int i, Value value);
  void out_channels_last(int i, Value value);
  void out_constant(int i, Tensor value);
  void out_dims(int i, std::vector<Dim> dims, bool is_scalar, DType dtype = DType::kInt64);
  // The very same value.
  void out_same(int i, ImportedPtr value) {
    if (i < num_outputs()) outputs_[i] = std::move(value);
  }
  ImportedPtr input_ptr(int i) const { return has(i) ? inputs_[i] : nullptr; }
  const std::vector<ImportedPtr>& outputs() const { return outputs_; }

  void Fail(absl::Status status) {
    if (status_.ok()) status_ = std::move(status);
  }
  void Unsupported(absl::string_view what);  // Unimplemented
  void Invalid(absl::string_view what);      // InvalidArgument
  // True, after an error, unless input i is there.
  bool IsMissing(int i) { return Needed(i) == nullptr; }
  // True, after an error, unless input i is there and `rank` is its rank.
  bool IsNotOfRank(int i, int rank);
  // False, after an error, unless the import's budget has `bytes` more, for good.
  bool Takes(int64_t bytes, absl::string_view what);
  bool ok() const { return status_.ok() && builder_->ok(); }
  const absl::Status& status() const { return status_; }
  const proto::Node& node() const { return node_; }

 private:
  ImportedPtr Needed(int i);
  // The attribute; after an error null, if it says that it is of another type than
  // onnx::AttributeProto::AttributeType `type`.
  const proto::Attribute* Typed(absl::string_view name, int type) const;

  const proto::Node& node_;
  int64_t version_;
  GraphBuilder* builder_;
  std::vector<ImportedPtr> inputs_;
  std::vector<ImportedPtr> outputs_;
  ExternalData* external_;
  mutable absl::Status status_;  // of attributes too, which are read only
};

// FailedPrecondition: "`what` must be known when the model is imported".
absl::Status NeedOfConstant(absl::string_view what);
// Whether an import failed because a value is not known, which a constant could be put for
// (ImportOnnxOptions::constants).
bool IsNeedOfConstant(const absl::Status& status);

}  // namespace dagrad::onnx

#endif  // DAGRAD_IO_ONNX_NODE_IMPORT_H_
