#include <algorithm>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/models/model_impl.h"

// Keras's table of a model's layers.
namespace dagrad::keras {
namespace {

// 21502 → "21,502"
std::string WithCommas(int64_t n) {
  std::string digits = absl::StrCat(n);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3) digits.insert(i, 1, ',');
  return digits;
}

std::string ByteText(int64_t bytes) {
  constexpr const char* kUnits[] = {"B", "KB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  int unit = 0;
  while (value >= 1024 && unit < 4) {
    value /= 1024;
    ++unit;
  }
  return absl::StrFormat("%.2f %s", value, kUnits[unit]);
}

// "(None, 28, 28, 1)", as Keras writes it.
std::string ShapeText(const Shape& shape) {
  std::vector<std::string> dims;
  for (const Dim& d : shape.dims()) dims.push_back(d.is_known() ? d.ToString() : "None");
  return absl::StrCat("(", absl::StrJoin(dims, ", "), dims.size() == 1 ? ",)" : ")");
}

// Of a single result its shape, of several "[(None, 8), (None, 8)]".
std::string ShapesText(const std::vector<ValueType>& types) {
  if (types.size() == 1) return ShapeText(types[0].shape);
  return absl::StrCat("[",
                      absl::StrJoin(types, ", ",
                                    [](std::string* out, const ValueType& type) {
                                      absl::StrAppend(out, ShapeText(type.shape));
                                    }),
                      "]");
}

// A row of the table: a layer, the results of its last call, and what all of its calls take,
// "dense[0][0], lstm[1][2]": of which call of which layer, and which of the results.
struct LayerRow {
  std::vector<ValueType> types;
  std::vector<std::string> connected_to;
};

std::map<const LayerImpl*, LayerRow> RowsOf(const Network& network) {
  std::map<const LayerImpl*, LayerRow> rows;
  std::map<const LayerImpl*, int> calls_of;
  std::vector<int> number;  // by call, among those of its layer
  for (const Network::Call& call : network.calls()) {
    LayerRow& row = rows[call.layer.get()];
    number.push_back(calls_of[call.layer.get()]++);
    row.types = call.types;
    for (const auto* refs : {&call.inputs, &call.initial_state, &call.attention_mask}) {
      for (const Network::Ref& r : *refs) {
        const LayerImpl& from = *network.calls()[r.call].layer;
        row.connected_to.push_back(absl::StrCat(Printable(network.LayerName(from)), "[",
                                                number[r.call], "][", r.port, "]"));
      }
    }
  }
  return rows;
}

struct Column {
  std::string title;
  bool right = false;
  size_t width = 0;
};

using Row = std::vector<std::string>;

std::string Repeat(const char* text, size_t n) {
  std::string out;
  for (size_t i = 0; i < n; ++i) out += text;
  return out;
}

std::string Rule(const std::vector<Column>& columns, const char* left, const char* line,
                 const char* cross, const char* right) {
  std::string out = left;
  for (size_t i = 0; i < columns.size(); ++i) {
    absl::StrAppend(&out, i == 0 ? "" : cross, Repeat(line, columns[i].width + 2));
  }
  return absl::StrCat(out, right, "\n");
}

std::string Line(const std::vector<Column>& columns, const Row& row, const char* bar) {
  std::string out = bar;
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string pad(columns[i].width - row[i].size(), ' ');
    absl::StrAppend(&out, " ", columns[i].right ? pad + row[i] : row[i] + pad, " ", bar);
  }
  return out + "\n";
}

std::string Table(std::vector<Column> columns, const std::vector<Row>& rows) {
  Row titles;
  for (size_t i = 0; i < columns.size(); ++i) {
    titles.push_back(columns[i].title);
    columns[i].width = std::max(columns[i].width, columns[i].title.size());
    for (const Row& r : rows) columns[i].width = std::max(columns[i].width, r[i].size());
  }
  std::string out = Rule(columns, "┏", "━", "┳", "┓") + Line(columns, titles, "┃") +
                    Rule(columns, "┡", "━", "╇", "┩");
  for (size_t i = 0; i < rows.size(); ++i) {
    absl::StrAppend(&out, i == 0 ? "" : Rule(columns, "├", "─", "┼", "┤"),
                    Line(columns, rows[i], "│"));
  }
  return out + Rule(columns, "└", "─", "┴", "┘");
}

struct Count {
  int64_t params = 0;
  int64_t bytes = 0;
  void Add(DType dtype, int64_t elements) {
    params += elements;
    bytes += elements * static_cast<int64_t>(DTypeSize(dtype));
  }
  std::string Text(const char* what) const {
    return absl::StrCat(" ", what, ": ", WithCommas(params), " (", ByteText(bytes), ")\n");
  }
};

// A network in which every layer follows the one before it needs no column of connections.
bool IsChain(const Network& network) {
  if (network.calls().size() != network.layers().size()) return false;
  for (size_t i = 1; i < network.calls().size(); ++i) {
    const std::vector<Network::Ref>& in = network.calls()[i].inputs;
    if (in.size() != 1 || in[0].call != static_cast<int>(i) - 1) return false;
    if (!network.calls()[i].initial_state.empty()) return false;
  }
  return true;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const SummaryText& summary) {
  return out << summary.text;
}

std::ostream& operator<<(std::ostream& out, const absl::StatusOr<SummaryText>& summary) {
  return summary.ok() ? out << *summary : out << summary.status();
}

std::ostream& operator<<(std::ostream& out, const Model& model) { return out << model.Summary(); }

std::ostream& operator<<(std::ostream& out, const Layer& layer) {
  return out << layer->name() << (layer->name().empty() ? "(" : " (") << layer->class_name() << ")";
}

std::ostream& operator<<(std::ostream& out, const KerasTensor& tensor) {
  return out << tensor.type().ToString();
}

std::ostream& operator<<(std::ostream& out, const absl::StatusOr<Model>& model) {
  return model.ok() ? out << *model : out << model.status();
}

std::ostream& operator<<(std::ostream& out, const absl::StatusOr<Layer>& layer) {
  return layer.ok() ? out << *layer : out << layer.status();
}

absl::StatusOr<SummaryText> Model::Summary() const try {
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<Impl> impl, Enter("Summary"));
  DAGRAD_RETURN_IF_ERROR(impl->EnsureNetwork(nullptr, DType::kFloat32));
  const Network& network = *impl->network;
  const bool chain = IsChain(network);
  std::vector<Column> columns = {
      {"Layer (type)", false, 31}, {"Output Shape", false, 22}, {"Param #", true, 13}};
  if (!chain) columns.push_back({"Connected to", false, 0});
  std::vector<Row> rows;
  const std::map<const LayerImpl*, LayerRow> of_layers = RowsOf(network);
  for (const std::shared_ptr<LayerImpl>& layer : network.layers()) {
    if (!impl->stack.empty() && layer->class_name() == "InputLayer")
      continue;  // as Keras for a Sequential
    const LayerRow& of_layer = of_layers.at(layer.get());
    Row row = {absl::StrCat(Printable(network.LayerName(*layer)), " (", layer->class_name(), ")"),
               ShapesText(of_layer.types), WithCommas(layer->CountParams())};
    const std::vector<std::string>& from = of_layer.connected_to;
    if (!chain) row.push_back(from.empty() ? "-" : absl::StrJoin(from, ", "));
    rows.push_back(std::move(row));
  }
  Count trainable;
  Count frozen;
  Count optimizer;
  for (const StateDecl& s : network.WeightDecls()) {
    (s.trainable ? trainable : frozen).Add(s.type.dtype, NumElements(s.type.shape.ToDims()));
  }
  // As in Keras, where an optimizer has no variables before its first step.
  const Tensor steps = impl->state.Get(std::string(dagrad::Optimizer::kIterationState));
  const bool trained = steps.defined() && steps.data<int64_t>()[0] > 0;
  for (const auto& [state, decl] : impl->extra_states) {
    if (trained && state != CallContext::kRandomKeyState)
      optimizer.Add(decl.type.dtype, NumElements(decl.type.shape.ToDims()));
  }
  const Count total{trainable.params + frozen.params + optimizer.params,
                    trainable.bytes + frozen.bytes + optimizer.bytes};
  std::string text =
      absl::StrCat("Model: \"", Printable(name()), "\"\n", Table(std::move(columns), rows),
                   total.Text("Total params"), trainable.Text("Trainable params"),
                   frozen.Text("Non-trainable params"));
  if (optimizer.params > 0) absl::StrAppend(&text, optimizer.Text("Optimizer params"));
  return SummaryText{std::move(text)};
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::keras
