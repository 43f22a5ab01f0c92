#include "dagrad/runtime/compile/cut.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/data_dims.h"

namespace dagrad::runtime {
namespace {

using Source = Cut::Source;

class Cutter {
 public:
  explicit Cutter(const Function& f) : f_(f) {
    const auto begins_with_it = [this](const Node& n) { return absl::StartsWith(n.name, prefix_); };
    while (std::any_of(f.nodes.begin(), f.nodes.end(), begins_with_it)) prefix_ += "cut/";
  }

  Cut Go() {
    FindLevels();
    for (int p = 0; p < num_pieces_; ++p) AddPiece();
    for (size_t id = 0; id < f_.nodes.size(); ++id) {
      const Node& node = f_.nodes[id];
      if (!BoundSymbol(node).empty()) {
        BindFrom(node, static_cast<NodeId>(id));
      } else if (!node.inputs.empty()) {
        Copy(levels_[id], static_cast<NodeId>(id));
      }
    }
    for (const Function::Output& o : f_.outputs) {
      const int piece = LevelOf(o.value);
      cut_.outputs.push_back({Source::Kind::kValue, piece, AddOutput(piece, Find(piece, o.value))});
    }
    for (const Function::Update& u : f_.updates) {
      Function& last = cut_.pieces.back().function;
      last.updates.push_back({u.state, Find(num_pieces_ - 1, u.value), u.unknown_fields});
    }
    return std::move(cut_);
  }

 private:
  // The piece in which each node can run first.
  void FindLevels() {
    std::map<std::string, int, std::less<>> of_symbols;
    for (const Node& node : f_.nodes) {
      int level = 0;
      for (const ValueRef& in : node.inputs) level = std::max(level, LevelOf(in));
      absl::btree_set<std::string> symbols;
      CollectSymbols(node, &symbols);
      for (const std::string& s : symbols) {
        const auto found = of_symbols.find(s);
        if (found != of_symbols.end()) level = std::max(level, found->second);
      }
      levels_.push_back(level);
      num_pieces_ = std::max(num_pieces_, level + 1);
      const absl::string_view bound = BoundSymbol(node);
      if (!bound.empty()) of_symbols[std::string(bound)] = level + 1;
    }
  }

  int LevelOf(ValueRef v) const { return levels_[v.node]; }

  // A piece with the function's inputs.
  void AddPiece() {
    cut_.pieces.emplace_back();
    copies_.emplace_back();
    ids_.emplace_back();
    const int piece = static_cast<int>(cut_.pieces.size()) - 1;
    cut_.pieces.back().function.name = f_.name;
    for (size_t i = 0; i < f_.inputs.size(); ++i) {
      const ValueRef copy = Copy(piece, f_.inputs[i]);
      AddInput(piece, copy.node, {Source::Kind::kFeed, 0, static_cast<int>(i)}, "");
    }
  }

  void AddInput(int piece, NodeId node, Source source, absl::string_view dim) {
    Cut::Piece& p = cut_.pieces[piece];
    p.function.inputs.push_back(node);
    p.inputs.push_back(source);
    p.dims.emplace_back(dim);
  }

  // A new input of a piece for a value of a piece before it.
  NodeId AddPlaceholder(int piece, const ValueType& type, Source source, absl::string_view dim) {
    Node node;
    node.op = &InputOp();
    node.attrs = AttrMap({{"dtype", type.dtype}, {"shape", type.shape}});
    node.outputs = {type};
    node.name = absl::StrCat(prefix_, next_name_++);
    Function& f = cut_.pieces[piece].function;
    f.nodes.push_back(std::move(node));
    const auto id = static_cast<NodeId>(f.nodes.size() - 1);
    AddInput(piece, id, source, dim);
    return id;
  }

  int AddOutput(int piece, ValueRef value) {
    Function& f = cut_.pieces[piece].function;
    for (size_t i = 0; i < f.outputs.size(); ++i) {
      if (f.outputs[i].value == value) return static_cast<int>(i);
    }
    f.outputs.push_back({absl::StrCat("y", f.outputs.size()), value, ""});
    return static_cast<int>(f.outputs.size() - 1);
  }

  // What stands for `v` in a piece: there, or brought there.
  ValueRef Find(int piece, ValueRef v) {
    while (!BoundSymbol(f_.nodes[v.node]).empty()) v = f_.nodes[v.node].inputs[0];
    const auto id = ids_[piece].find(v.node);
    if (id != ids_[piece].end()) return {id->second, v.port};
    if (f_.nodes[v.node].inputs.empty()) return {Copy(piece, v.node).node, v.port};
    const auto known = copies_[piece].find({v.node, v.port});
    if (known != copies_[piece].end()) return known->second;
    const int from = LevelOf(v);
    const Source source{Source::Kind::kValue, from, AddOutput(from, Find(from, v))};
    const ValueRef copy{AddPlaceholder(piece, f_.type(v), source, ""), 0};
    copies_[piece][{v.node, v.port}] = copy;
    return copy;
  }

  ValueRef Copy(int piece, NodeId id) {
    Node node = f_.nodes[id];
    for (ValueRef& in : node.inputs) in = Find(piece, in);
    const auto of = ids_[piece].find(node.gradient_of);
    node.gradient_of = of == ids_[piece].end() ? -1 : of->second;
    Function& f = cut_.pieces[piece].function;
    const auto copy = static_cast<NodeId>(f.nodes.size());
    if (node.op == &StateOp()) f.states.push_back(copy);
    f.nodes.push_back(std::move(node));
    ids_[piece][id] = copy;
    return {copy, 0};
  }

  // The symbol as an input of all pieces behind the one that computes its number.
  void BindFrom(const Node& node, NodeId id) {
    const int piece = levels_[id];
    const Source source{Source::Kind::kDim, piece, AddOutput(piece, Find(piece, node.inputs[0]))};
    const absl::string_view symbol = BoundSymbol(node);
    for (int p = piece + 1; p < num_pieces_; ++p)
      AddPlaceholder(p, {DType::kUInt8, Shape({Dim(symbol), Dim(0)})}, source, symbol);
  }

  const Function& f_;
  Cut cut_;
  std::vector<int> levels_;
  int num_pieces_ = 1;
  std::string prefix_ = "cut/";  // of the names of inputs that are added: no node's begins so
  int next_name_ = 0;
  std::vector<std::map<NodeId, NodeId>> ids_;                           // by piece
  std::vector<std::map<std::pair<NodeId, int32_t>, ValueRef>> copies_;  // by piece
};

}  // namespace

Cut CutAtDataDims(const Function& function) { return Cutter(function).Go(); }

}  // namespace dagrad::runtime
