#include "dagrad/io/onnx/export/graph_export.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::onnx {
namespace {

bool IsIdentity(const Perm& p) { return p == IdentityPerm(static_cast<int>(p.size())); }

Shape Permuted(const Shape& shape, const Perm& perm) {
  Shape result;
  for (int64_t a : perm) result.push_back(shape.dim(static_cast<int>(a)));
  return result;
}

// A symbol is read where it stands in a shape, without a wire.
bool BindsSymbol(const Node& node) { return node.op->name == "BindDim"; }

// Which outputs of which nodes something reads.
std::vector<std::vector<bool>> WantedOf(const Function& f) {
  std::vector<std::vector<bool>> wanted;
  for (const Node& node : f.nodes) wanted.emplace_back(node.outputs.size(), false);
  const auto mark = [&wanted](ValueRef v) { wanted[v.node][v.port] = true; };
  for (const Function::Output& output : f.outputs) mark(output.value);
  for (const Function::Update& update : f.updates) mark(update.value);
  for (size_t i = f.nodes.size(); i-- > 0;) {
    if (BindsSymbol(f.nodes[i])) mark({static_cast<NodeId>(i), 0});
    const bool is_used = std::find(wanted[i].begin(), wanted[i].end(), true) != wanted[i].end();
    if (!is_used) continue;
    for (ValueRef input : f.nodes[i].inputs) mark(input);
  }
  return wanted;
}

}  // namespace

void UnsupportedOps::Add(const Node& node, const absl::Status& why) {
  Entry& entry = ops_[std::string(node.op->name)];
  entry.nodes.push_back(node.name);
  if (entry.why.empty()) entry.why = std::string(why.message());
}

absl::Status UnsupportedOps::status() const {
  if (ops_.empty()) return absl::OkStatus();
  constexpr size_t kNames = 3;
  std::vector<std::string> parts;
  for (const auto& [op, entry] : ops_) {
    const std::vector<std::string> some(entry.nodes.begin(),
                                        entry.nodes.begin() + std::min(entry.nodes.size(), kNames));
    parts.push_back(absl::StrCat(op, " (", entry.nodes.size(), ": ", absl::StrJoin(some, ", "),
                                 entry.nodes.size() > kNames ? ", …; " : "; ", entry.why, ")"));
  }
  return UnimplementedError(
      absl::StrCat("these ops are not written as ONNX: ", absl::StrJoin(parts, ", ")));
}

GraphExport::GraphExport(const Function& function, const ExportContext& context, NodeWriter* writer,
                         Sizes::Find find_size)
    : function_(function),
      context_(context),
      writer_(writer),
      sizes_(writer,
             [this, find_size = std::move(find_size)](const Dim& dim) {
               std::string name = find_size(dim);
               return name.empty() ? BoundSize(dim) : name;
             }),
      wanted_(WantedOf(function)) {}

void GraphExport::Bind(ValueRef value, const std::string& name) {
  stored_[Key(value)] = {name, IdentityPerm(function_.type(value).shape.rank())};
}

std::string GraphExport::BoundSize(const Dim& dim) {
  for (size_t i = 0; i < function_.nodes.size(); ++i) {
    const Node& node = function_.nodes[i];
    if (!BindsSymbol(node) || node.attrs.Get<std::string>("symbol") != dim.ToString()) continue;
    const std::string size = Get({static_cast<NodeId>(i), 0});
    const std::string axes = writer_->Constant(Tensor::Of<int64_t>({1}, {0}));
    return size.empty() ? size : writer_->Add("Unsqueeze", {size, axes}, {})[0];
  }
  return "";
}

absl::Status GraphExport::Run() {
  for (size_t i = 0; i < function_.nodes.size(); ++i) {
    const Node& node = function_.nodes[i];
    const bool is_used = std::find(wanted_[i].begin(), wanted_[i].end(), true) != wanted_[i].end();
    if (!is_used || node.op->Has(kStructural)) continue;
    DAGRAD_RETURN_IF_ERROR(ExportNode(static_cast<NodeId>(i)));
  }
  return absl::OkStatus();
}

std::string GraphExport::Get(ValueRef value) {
  return Get(value, IdentityPerm(function_.type(value).shape.rank()));
}

std::string GraphExport::Get(ValueRef value, const Perm& perm) {
  const auto found = stored_.find(Key(value));
  if (found == stored_.end()) return "";  // of a node that is not supported
  const Stored& stored = found->second;
  const Perm whole = Then(stored.perm, perm);
  if (IsIdentity(whole)) return stored.name;
  std::string& name = transposed_[{stored.name, whole}];
  if (!name.empty()) return name;
  const int from = writer_->size();
  writer_->set_scope(function_.nodes[value.node].name);
  name = writer_->Add("Transpose", {stored.name}, {{"perm", whole}})[0];
  const auto wished = wished_.find(Key(value));
  if (wished != wished_.end() && IsIdentity(perm)) {
    writer_->Rename(from, name, wished->second);
    name = wished->second;
    wished_.erase(wished);
  }
  return name;
}

Perm GraphExport::PermOf(const Node& node) const {
  const int rank = node.outputs[0].shape.rank();
  Perm perm = IdentityPerm(rank);
  if (!node.op->Has(kElementwise)) return perm;
  for (ValueRef input : node.inputs) {
    const int r = function_.type(input).shape.rank();
    if (r != rank && r > 1) return IdentityPerm(rank);
    const auto stored = stored_.find(Key(input));
    if (r == rank && stored != stored_.end() && IsIdentity(perm)) perm = stored->second.perm;
  }
  return perm;
}

// Input i as an operand of a node on tensors of `layout`; a vector becomes as many axes as put it
// where the last axis of the value stands.
std::string GraphExport::InputOf(const Node& node, int i, const Perm& layout, const Perm& perm) {
  const ValueRef value = node.inputs[i];
  const int rank = function_.type(value).shape.rank();
  if (IsIdentity(layout) || rank == 0) return Get(value, perm);
  if (rank == static_cast<int>(layout.size())) return Get(value, Then(Inverse(layout), perm));
  std::vector<int64_t> axes;
  for (int64_t a = 1; a < static_cast<int64_t>(layout.size()) - layout.back(); ++a)
    axes.push_back(a);
  const std::string vector = Get(value);
  if (axes.empty() || vector.empty()) return vector;
  const Tensor places = Tensor::Of<int64_t>({static_cast<int64_t>(axes.size())}, axes);
  return writer_->Add("Unsqueeze", {vector, writer_->Constant(places)}, {})[0];
}

NodeSurroundings GraphExport::SurroundingsOf(NodeId id, const Perm& perm) {
  const Node& node = function_.nodes[id];
  NodeSurroundings around;
  const bool is_permuted = !IsIdentity(perm);
  const int rank = static_cast<int>(perm.size());
  for (ValueRef input : node.inputs) {
    ValueType type = function_.type(input);
    if (is_permuted && type.shape.rank() == rank) {
      type.shape = Permuted(type.shape, Inverse(perm));
    } else if (is_permuted && type.shape.rank() == 1) {
      while (type.shape.rank() < rank - perm.back()) type.shape.push_back(1);
    }
    around.inputs.push_back(std::move(type));
  }
  around.outputs = node.outputs;
  if (is_permuted)
    for (ValueType& type : around.outputs) type.shape = Permuted(type.shape, Inverse(perm));
  around.wanted = wanted_[id];
  around.input = [this, &node, perm](int i, const Perm& p) { return InputOf(node, i, perm, p); };
  around.stored = [this, &node](int i) {
    const Stored& stored = stored_[Key(node.inputs[i])];
    return std::pair(stored.name, stored.perm);
  };
  around.write_body = [this](const Function& body, NodeWriter* writer,
                             const std::vector<std::string>& operands) {
    return WriteBody(body, context_.opset, writer, operands, &sizes_);
  };
  return around;
}

absl::Status GraphExport::ExportNode(NodeId id) {
  const Node& node = function_.nodes[id];
  const ExportRow* row = FindExportRow(node.op->name);
  if (row == nullptr) {
    context_.unsupported->Add(node, UnimplementedError("no op of ONNX"));
    return absl::OkStatus();
  }
  for (ValueRef input : node.inputs) {
    if (!stored_.contains(Key(input))) return absl::OkStatus();  // it is named already
  }
  const Perm layout = PermOf(node);
  const NodeSurroundings around = SurroundingsOf(id, layout);
  writer_->set_scope(node.name);
  const int from = writer_->size();
  NodeExport c(node, context_.opset, around, writer_, &sizes_);
  if (row->is_same != nullptr && row->is_same(c)) {
    row->write(c);
  } else if (context_.compositions == nullptr) {
    const auto results = WriteComposition(node, *row, context_.opset, around, writer_, &sizes_);
    if (absl::IsUnimplemented(results.status())) {
      c.Unsupported(results.status().message());
    } else {
      DAGRAD_RETURN_IF_ERROR(results.status());
      for (size_t i = 0; i < results->size(); ++i)
        c.out(static_cast<int>(i), (*results)[i].value, (*results)[i].perm);
    }
  } else {
    DAGRAD_RETURN_IF_ERROR(Call(id, *row, around, &c));
  }
  if (!sizes_.unknown().empty())
    c.Unsupported(absl::StrCat("no input has the size ", sizes_.unknown()));
  if (!c.status().ok()) {
    context_.unsupported->Add(node, c.status());
    return absl::OkStatus();
  }
  Keep(id, from, layout, c.results());
  return absl::OkStatus();
}

absl::Status GraphExport::Call(NodeId id, const ExportRow& row, const NodeSurroundings& around,
                               NodeExport* c) {
  const Node& node = function_.nodes[id];
  const auto composition = context_.compositions->Of(node, row, around);
  if (absl::IsUnimplemented(composition.status())) {
    c->Unsupported(composition.status().message());
    return absl::OkStatus();
  }
  DAGRAD_RETURN_IF_ERROR(composition.status());
  std::vector<std::string> inputs;
  for (const Var& input : c->all_inputs()) inputs.push_back(input.name);
  for (const Dim& size : (*composition)->sizes) inputs.push_back(sizes_.Of(size));
  const auto wanted = std::count(around.wanted.begin(), around.wanted.end(), true);
  writer_->set_scope(node.name);
  const std::vector<std::string> outputs =
      writer_->Add((*composition)->name, inputs, {}, static_cast<int>(wanted));
  writer_->nodes()->Mutable(writer_->size() - 1)->set_domain(kDagradDomain);
  size_t next = 0;
  for (size_t i = 0; i < around.wanted.size(); ++i) {
    if (around.wanted[i]) c->out(static_cast<int>(i), {c, outputs[next++], node.outputs[i].dtype});
  }
  return absl::OkStatus();
}

void GraphExport::Keep(NodeId id, int from, const Perm& layout,
                       const std::vector<NodeExport::Result>& results) {
  const Node& node = function_.nodes[id];
  for (int32_t port = 0; port < static_cast<int32_t>(results.size()); ++port) {
    const NodeExport::Result& r = results[port];
    if (!wanted_[id][port]) continue;
    const bool is_permuted = !IsIdentity(layout);
    Stored stored = {r.value.name, is_permuted ? Then(r.perm, layout) : r.perm};
    const auto wished = wished_.find({id, port});
    if (IsIdentity(stored.perm) && wished != wished_.end()) {
      if (!writer_->Rename(from, stored.name, wished->second)) {
        const int last = writer_->size();
        writer_->Rename(last, writer_->Add("Identity", {stored.name}, {})[0], wished->second);
      }
      stored.name = wished->second;
      wished_.erase(wished);
    } else {
      const std::string name =
          writer_->names()->Unique(port == 0 ? node.name : absl::StrCat(node.name, ":", port));
      if (writer_->Rename(from, stored.name, name)) stored.name = name;
    }
    stored_[{id, port}] = std::move(stored);
  }
}

absl::StatusOr<std::vector<std::string>> WriteBody(const Function& body, int64_t opset,
                                                   NodeWriter* writer,
                                                   const std::vector<std::string>& operands,
                                                   Sizes* outside) {
  UnsupportedOps unsupported;
  const ExportContext context = {opset, nullptr, &unsupported};
  GraphExport graph(body, context, writer, [&](const Dim& dim) -> std::string {
    for (size_t i = 0; i < operands.size(); ++i) {
      const Shape& shape = body.type({body.inputs[i], 0}).shape;
      for (int a = 0; a < shape.rank(); ++a)
        if (shape.dim(a) == dim) return SizeOfAxis(writer, operands[i], a);
    }
    absl::btree_set<std::string> symbols;
    dim.CollectSymbols(&symbols);
    return symbols.size() == 1 && *symbols.begin() == dim.ToString() ? outside->Of(dim) : "";
  });
  for (size_t i = 0; i < operands.size(); ++i) graph.Bind({body.inputs[i], 0}, operands[i]);
  DAGRAD_RETURN_IF_ERROR(graph.Run());
  DAGRAD_RETURN_IF_ERROR(unsupported.status());
  std::vector<std::string> outputs;
  for (const Function::Output& output : body.outputs) outputs.push_back(graph.Get(output.value));
  return outputs;
}

}  // namespace dagrad::onnx
