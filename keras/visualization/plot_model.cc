#include "dagrad/keras/visualization/plot_model.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/write_file.h"
#include "dagrad/keras/layers/network_layer.h"
#include "dagrad/plot/graphviz.h"

namespace dagrad::keras {
namespace {

// Text of a label in Graphviz's HTML.
std::string Escaped(absl::string_view text) {
  return absl::StrReplaceAll(Printable(text),
                             {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

// "(None, 8)" as Python writes it; of several "[(None, 8), (None, 8)]".
std::string ShapesText(const std::vector<ValueType>& types) {
  std::vector<std::string> shapes;
  for (const ValueType& type : types) {
    std::string dims;
    for (const Dim& d : type.shape.dims())
      absl::StrAppend(&dims, dims.empty() ? "" : ", ", d.is_known() ? d.ToString() : "None");
    shapes.push_back(absl::StrCat("(", dims, type.shape.rank() == 1 ? ",)" : ")"));
  }
  if (shapes.size() == 1) return shapes[0];
  return absl::StrCat("[", absl::StrJoin(shapes, ", "), "]");
}

std::string DTypesText(const std::vector<ValueType>& types) {
  const std::string names = absl::StrJoin(types, ", ", [](std::string* out, const ValueType& type) {
    absl::StrAppend(out, DTypeName(type.dtype));
  });
  return types.size() == 1 ? names : absl::StrCat("[", names, "]");
}

std::string Cell(absl::string_view content, absl::string_view color = "white",
                 absl::string_view more = "") {
  return absl::StrCat("<td bgcolor=\"", color, "\"", more, ">", content, "</td>");
}

std::string Font(int size, absl::string_view text, absl::string_view color = "black") {
  return absl::StrCat("<font point-size=\"", size, "\" color=\"", color, "\">", text, "</font>");
}

// "Output shape: (None, 8)", of which the second part is bold.
std::string Fact(absl::string_view name, absl::string_view value) {
  return Font(14, absl::StrCat(name, ": <b>", Escaped(value), "</b>"));
}

// What a layer of a network is first called on, and gives.
struct FirstCall {
  std::vector<ValueType> inputs, outputs;
};

FirstCall FirstCallOf(const Network& network, const LayerImpl& layer) {
  FirstCall first;
  for (const Network::Call& call : network.calls()) {
    if (call.layer.get() != &layer) continue;
    first.outputs = call.types;
    for (const Network::Ref& r : call.inputs)
      first.inputs.push_back(network.calls()[r.call].types[r.port]);
    break;
  }
  return first;
}

class Drawing {
 public:
  explicit Drawing(const PlotModelOptions& options) : o_(options) {}

  std::string Draw(const LayerImpl& whole) {
    out_ = absl::StrCat("digraph {\n  rankdir=", o_.rankdir, "\n  dpi=", o_.dpi,
                        "\n  splines=ortho\n  node [shape=plain, fontname=Helvetica]\n"
                        "  edge [penwidth=2]\n");
    AddBoxes(whole, 1);
    AddArrows(whole);
    return out_ + "}\n";
  }

 private:
  static bool IsInput(const LayerImpl& layer) { return layer.class_name() == "InputLayer"; }
  // The network that is drawn as a frame in the place of the layer, or null.
  const Network* FrameOf(const LayerImpl& layer) const {
    return o_.expand_nested ? NetworkOf(layer) : nullptr;
  }
  bool Drawn(const LayerImpl& model, const LayerImpl& layer) const {
    return model.class_name() != "Sequential" || !IsInput(layer);
  }
  int IdOf(const LayerImpl& layer) {
    return ids_.emplace(&layer, static_cast<int>(ids_.size())).first->second;
  }

  // The boxes of a model's layers.
  void AddBoxes(const LayerImpl& model, int depth) {
    const Network& network = *NetworkOf(model);
    const std::string indent(2 * depth, ' ');
    for (const auto& layer : network.layers()) {
      if (!Drawn(model, *layer) || !boxes_.insert(layer.get()).second) continue;
      if (FrameOf(*layer) != nullptr) {
        absl::StrAppend(&out_, indent, "subgraph cluster_", IdOf(*layer), " {\n", indent,
                        "  style=dashed\n", indent, "  labeljust=l\n", indent,
                        "  fontname=Helvetica\n", indent, "  label=<",
                        Escaped(network.LayerName(*layer)), ">\n");
        AddBoxes(*layer, depth + 1);
        absl::StrAppend(&out_, indent, "}\n");
      } else {
        absl::StrAppend(&out_, indent, IdOf(*layer), " [label=<", Label(network, *layer), ">]\n");
      }
    }
  }

  // A black title, then a line of the activation, then one of what else is asked for.
  std::string Label(const Network& network, const LayerImpl& layer) const {
    const std::vector<std::string> cells = Cells(network, layer);
    const std::string span = absl::StrCat(" colspan=\"", std::max<size_t>(cells.size(), 1), "\"");
    const std::string class_name = Escaped(layer.class_name());
    const std::string title =
        o_.show_layer_names
            ? absl::StrCat("<b>", Escaped(network.LayerName(layer)), "</b>&#160;(", class_name, ")")
            : absl::StrCat("<b>", class_name, "</b>");
    std::string rows = absl::StrCat("<tr>", Cell(Font(16, title, "white"), "black", span), "</tr>");
    const std::string activation = o_.show_layer_activations ? ActivationOf(layer) : "";
    if (!activation.empty())
      absl::StrAppend(&rows, "<tr>", Cell(Fact("Activation", activation), "white", span), "</tr>");
    if (!cells.empty()) absl::StrAppend(&rows, "<tr>", absl::StrJoin(cells, ""), "</tr>");
    return absl::StrCat(
        "<table bgcolor=\"black\" border=\"0\" cellborder=\"1\" cellpadding=\"10\">", rows,
        "</table>");
  }

  std::vector<std::string> Cells(const Network& network, const LayerImpl& layer) const {
    const FirstCall first = FirstCallOf(network, layer);
    std::vector<std::string> cells;
    if (o_.show_shapes && !IsInput(layer))
      cells.push_back(Cell(Fact("Input shape", ShapesText(first.inputs))));
    if (o_.show_shapes) cells.push_back(Cell(Fact("Output shape", ShapesText(first.outputs))));
    if (o_.show_dtype) cells.push_back(Cell(Fact("Output dtype", DTypesText(first.outputs))));
    if (o_.show_trainable && !layer.TrainableFlags().empty() && layer.CountParams() > 0) {
      const bool trains = layer.trainable();
      cells.push_back(Cell(Font(14, trains ? "<b>Trainable</b>" : "<b>Non-trainable</b>", "white"),
                           trains ? "forestgreen" : "firebrick"));
    }
    return cells;
  }

  // Empty for a layer that has none.
  static std::string ActivationOf(const LayerImpl& layer) {
    const Json config = layer.Config();
    std::string name;
    const Json* const activation = Member(config, "activation");
    if (activation == nullptr || !ReadJson(activation, &name)) return "";
    return name.empty() ? "linear" : name;
  }

  void AddArrows(const LayerImpl& model) {
    const Network& network = *NetworkOf(model);
    for (const Network::Call& call : network.calls()) {
      int input = 0;
      for (const auto* refs : {&call.inputs, &call.initial_state, &call.attention_mask}) {
        for (const Network::Ref& r : *refs)
          AddArrow(model, *network.calls()[r.call].layer, r.port, *call.layer, input++);
      }
    }
    for (const auto& layer : network.layers()) {
      if (FrameOf(*layer) != nullptr && framed_.insert(layer.get()).second) AddArrows(*layer);
    }
  }

  // From what makes result `port` of a layer to what takes input `input` of another one.
  void AddArrow(const LayerImpl& model, const LayerImpl& from, int port, const LayerImpl& to,
                int input) {
    if (!Drawn(model, from)) return;
    const LayerImpl *source = &from, *target = &to;
    while (const Network* frame = FrameOf(*source)) {
      const Network::Ref& output = frame->outputs()[port];
      source = frame->calls()[output.call].layer.get();
      port = output.port;
    }
    while (const Network* frame = FrameOf(*target)) {
      const int place = frame->inputs()[input];
      const LayerImpl* const within = frame->calls()[place].layer.get();
      if (Drawn(*target, *within)) {
        target = within;
        break;
      }
      // Of a Sequential the first layer that is called on its input.
      target = FirstBehind(*frame, place);
      input = 0;
    }
    if (arrows_.insert({source, target}).second)
      absl::StrAppend(&out_, "  ", IdOf(*source), " -> ", IdOf(*target), "\n");
  }

  static const LayerImpl* FirstBehind(const Network& network, int place) {
    for (const Network::Call& call : network.calls()) {
      if (!call.inputs.empty() && call.inputs[0].call == place) return call.layer.get();
    }
    return network.calls()[place].layer.get();
  }

  const PlotModelOptions& o_;
  std::string out_;
  std::map<const LayerImpl*, int> ids_;
  std::set<const LayerImpl*> boxes_, framed_;
  std::set<std::pair<const LayerImpl*, const LayerImpl*>> arrows_;
};

}  // namespace

absl::StatusOr<std::string> ModelToDot(const Model& model, const PlotModelOptions& options,
                                       SourceLocation location) try {
  const std::string& r = options.rankdir;
  if (r != "TB" && r != "BT" && r != "LR" && r != "RL") {
    return InvalidArgumentError(
        absl::StrCat("rankdir can be \"TB\", \"BT\", \"LR\" or \"RL\", not \"", r, "\""));
  }
  if (options.dpi < 1 || options.dpi > 2400)
    return InvalidArgumentError(absl::StrCat("dpi is from 1 to 2400, not ", options.dpi));
  DAGRAD_ASSIGN_OR_RETURN(const Layer whole, model.AsLayer(location));
  return Drawing(options).Draw(*whole);
}
DAGRAD_CATCH_NO_MEMORY

absl::Status PlotModel(const Model& model, const std::string& to_file,
                       const PlotModelOptions& options, SourceLocation location) try {
  std::string format = std::filesystem::path(to_file).extension().string();
  format = format.empty() ? "png" : format.substr(1);
  if (format != "dot" && format != "svg" && format != "png" && format != "pdf") {
    return InvalidArgumentError(absl::StrCat("cannot draw ", Printable(to_file, 1024),
                                             ": its name ends in .png, .svg, .pdf or .dot"));
  }
  DAGRAD_ASSIGN_OR_RETURN(std::string text, ModelToDot(model, options, location));
  if (format != "dot") {
    DAGRAD_ASSIGN_OR_RETURN(text, plot::DrawDot(text, format, options.budget));
  }
  return io::WriteFile(to_file, text);
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::keras
