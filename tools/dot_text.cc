#include "dagrad/tools/dot_text.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "dagrad/graph/body_walk.h"
#include "dagrad/graph/name.h"

namespace dagrad::tools {
namespace {

// Deeper scopes are drawn in the one at this depth.
constexpr size_t kMaxDepth = 32;

// A quoted string of DOT, in which a backslash would begin an escape.
std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", absl::StrReplaceAll(Printable(text), {{"\\", "\\\\"}, {"\"", "\\\""}}),
                      "\"");
}

// "dense" and "1" of "dense/1/MatMul".
std::vector<std::string> ScopesOf(const Node& node) {
  std::vector<std::string> parts = absl::StrSplit(node.name, '/');
  parts.resize(std::min(parts.size() - 1, kMaxDepth));
  return parts;
}

std::string ShortName(const Node& node) {
  const std::vector<std::string> scopes = ScopesOf(node);
  size_t length = scopes.size();
  for (const std::string& s : scopes) length += s.size();
  return node.name.substr(length);
}

class Writer {
 public:
  std::string Write(const std::vector<const Function*>& functions) {
    out_ =
        "digraph {\n  rankdir=TB\n  node [shape=box, style=rounded, fontname=\"sans-serif\"]\n"
        "  edge [fontname=\"sans-serif\", fontsize=10]\n";
    for (const Function* f : functions) {
      WriteFunction(*f, f->name);
      for (const PlacedBody& placed : AllBodies(*f))
        WriteFunction(placed.body->function(), placed.path);
    }
    return out_ + "}\n";
  }

 private:
  void Line(size_t depth, absl::string_view text) {
    absl::StrAppend(&out_, std::string(2 * depth, ' '), text, "\n");
  }

  void Open(size_t depth, absl::string_view label) {
    Line(depth, absl::StrCat("subgraph cluster_", clusters_++, " {"));
    Line(depth + 1, absl::StrCat("label=", Quoted(label)));
  }

  // Nodes sorted by scope, so that each scope is opened once.
  void WriteFunction(const Function& f, absl::string_view name) {
    prefix_ = absl::StrCat("f", functions_++, "_");
    Open(1, name);
    std::vector<std::pair<std::vector<std::string>, NodeId>> order;
    for (size_t i = 0; i < f.nodes.size(); ++i)
      order.emplace_back(ScopesOf(f.nodes[i]), static_cast<NodeId>(i));
    std::sort(order.begin(), order.end());
    std::vector<std::string> open;
    for (const auto& [scopes, id] : order) {
      MoveTo(scopes, &open);
      WriteNode(f.nodes[id], id, 2 + open.size());
    }
    MoveTo({}, &open);
    for (size_t i = 0; i < f.nodes.size(); ++i) WriteEdges(f, static_cast<NodeId>(i));
    WriteResults(f);
    Line(1, "}");
  }

  void MoveTo(const std::vector<std::string>& scopes, std::vector<std::string>* open) {
    size_t shared = 0;
    while (shared < open->size() && shared < scopes.size() && (*open)[shared] == scopes[shared])
      ++shared;
    for (; open->size() > shared; open->pop_back()) Line(1 + open->size(), "}");
    for (; open->size() < scopes.size(); open->push_back(scopes[open->size()])) {
      Open(2 + open->size(), scopes[open->size()]);
    }
  }

  void WriteNode(const Node& node, NodeId id, size_t depth) {
    const bool placeholder = node.op->Has(kStructural);
    const std::string name = placeholder ? node.name : ShortName(node);
    const std::string label =
        absl::StartsWith(name, node.op->name) ? name : absl::StrCat(node.op->name, " ", name);
    Line(depth,
         absl::StrCat(prefix_, id, " [label=", Quoted(label), placeholder ? ", shape=ellipse" : "",
                      node.gradient_of >= 0 ? ", style=\"rounded,dashed\"" : "",
                      ", tooltip=", Quoted(Describe(node)), "]"));
  }

  void WriteEdges(const Function& f, NodeId id) {
    for (const ValueRef& v : f.nodes[id].inputs) {
      Line(2, absl::StrCat(prefix_, v.node, " -> ", prefix_, id,
                           " [label=", Quoted(f.type(v).ToString()), "]"));
    }
  }

  void WriteResults(const Function& f) {
    auto result = [&](absl::string_view kind, absl::string_view name, ValueRef v) {
      const std::string id = absl::StrCat(prefix_, "r", results_++);
      Line(2, absl::StrCat(id, " [label=", Quoted(absl::StrCat(kind, " ", name)),
                           ", shape=ellipse, peripheries=2]"));
      Line(2, absl::StrCat(prefix_, v.node, " -> ", id, " [label=", Quoted(f.type(v).ToString()),
                           "]"));
    };
    for (const Function::Output& o : f.outputs) result("Output", o.name, o.value);
    for (const Function::Update& u : f.updates) result("Update", u.state, u.value);
  }

  std::string out_;
  std::string prefix_;
  int functions_ = 0;
  int clusters_ = 0;
  int results_ = 0;
};

}  // namespace

std::string DotOf(const std::vector<const Function*>& functions) {
  return Writer().Write(functions);
}

}  // namespace dagrad::tools
