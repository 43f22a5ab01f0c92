// dagrad show
#include <unistd.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/tools/command.h"
#include "dagrad/tools/function_args.h"
#include "dagrad/tools/report.h"

namespace dagrad::tools {
namespace {

std::string Grouped(int64_t n) {
  std::string digits = absl::StrCat(n);
  for (int i = static_cast<int>(digits.size()) - 3; i > (n < 0 ? 1 : 0); i -= 3)
    digits.insert(static_cast<size_t>(i), 1, ',');
  return digits;
}

std::string Scaled(double n, double step, absl::Span<const char* const> units) {
  size_t i = 0;
  for (; n >= step && i + 1 < units.size(); ++i) n /= step;
  return i == 0 ? absl::StrFormat("%.0f %s", n, units[i]) : absl::StrFormat("%.1f %s", n, units[i]);
}

std::string ByteText(double n) { return Scaled(n, 1024, {"B", "KiB", "MiB", "GiB", "TiB"}); }
std::string FlopText(double n) {
  return Scaled(n, 1000, {"flop", "kflop", "Mflop", "Gflop", "Tflop"});
}

void PrintNode(const NodeReport& n, std::string* out) {
  absl::StrAppend(out, "    ", Printable(n.name), " = ", n.op, "(",
                  Printable(absl::StrJoin(n.inputs, ", "), 256), ")",
                  n.attributes.empty() ? "" : " {", Printable(n.attributes, 256),
                  n.attributes.empty() ? "" : "}", " -> ", absl::StrJoin(n.types, ", "),
                  n.source.empty() ? "" : "  # ", Printable(n.source), "\n");
}

void PrintFunction(const FunctionReport& f, bool nodes, std::string* out) {
  auto signature = [](const std::vector<std::pair<std::string, std::string>>& values) {
    return absl::StrJoin(values, ", ", [](std::string* text, const auto& v) {
      absl::StrAppend(text, Printable(v.first), ": ", v.second);
    });
  };
  absl::StrAppend(out, "\nfunction ", Printable(f.name), "(", signature(f.inputs), ") -> (",
                  signature(f.outputs), ")\n");
  auto list = [](const std::vector<std::string>& names) {
    return Printable(absl::StrJoin(names, ", "), 512);
  };
  if (!f.reads.empty()) absl::StrAppend(out, "  reads    ", list(f.reads), "\n");
  if (!f.updates.empty()) absl::StrAppend(out, "  updates  ", list(f.updates), "\n");
  absl::StrAppend(out, "  nodes    ", Grouped(static_cast<int64_t>(f.nodes.size())), ": ",
                  absl::StrJoin(f.ops, ", ",
                                [](std::string* text, const auto& op) {
                                  absl::StrAppend(text, op.second, " ", op.first);
                                }),
                  "\n");
  if (!f.bindings.empty()) {
    absl::StrAppend(out, "  sizes    ",
                    absl::StrJoin(f.bindings, ", ",
                                  [](std::string* text, const auto& b) {
                                    absl::StrAppend(text, Printable(b.first), "=", b.second);
                                  }),
                    "\n");
  }
  if (!f.cost_error.empty()) {
    absl::StrAppend(out, "  cost     unknown: ", f.cost_error, "\n");
  } else {
    absl::StrAppend(out, "  cost     ", FlopText(f.flops), ", ", ByteText(f.bytes),
                    " read and written\n");
  }
  if (!f.plan_error.empty()) {
    absl::StrAppend(out, "  memory   unknown: ", f.plan_error, "\n");
  } else {
    absl::StrAppend(out, "  memory   ", ByteText(static_cast<double>(f.peak_bytes)),
                    " planned peak (", ByteText(static_cast<double>(f.unshared_bytes)),
                    " without reuse), ", ByteText(static_cast<double>(f.state_bytes)),
                    " of state\n");
  }
  for (size_t i = 0; nodes && i < f.nodes.size(); ++i) PrintNode(f.nodes[i], out);
}

const char* WeightsText(Weights weights) {
  switch (weights) {
    case Weights::kNone:
      return " (saved without weights)";
    case Weights::kMissing:
      return " (the file with the weights is missing)";
    case Weights::kPresent:
      return "";
  }
  return "";
}

std::string TextOf(const ModelReport& r, bool nodes) {
  std::string out = absl::StrCat(Printable(r.file, 1024), r.name.empty() ? "" : ": model ",
                                 Printable(r.name), "\n");
  if (!r.states.empty()) {
    absl::StrAppend(&out, "parameters ", Grouped(r.trainable), ", other state ",
                    Grouped(r.elements - r.trainable), ", together ",
                    ByteText(static_cast<double>(r.bytes)), WeightsText(r.weights), "\n");
  }
  for (const auto& [key, value] : r.metadata) {
    absl::StrAppend(&out, Printable(key), ": ", Printable(value), "\n");
  }
  if (!r.states.empty()) out += "\n";
  for (const StateReport& s : r.states) {
    absl::StrAppend(&out, "  ", Printable(s.name), ": ", s.type,
                    s.trainable ? "" : " (not trainable)", "\n");
  }
  for (const FunctionReport& f : r.functions) PrintFunction(f, nodes, &out);
  return out;
}

absl::Status Show(const Args& args, Console* console) {
  DAGRAD_ASSIGN_OR_RETURN(const io::LoadedModel loaded, LoadModel(args, /*weights=*/false));
  DAGRAD_ASSIGN_OR_RETURN(const Bindings bindings, ReadBindings(args, AllFunctions(loaded.model)));
  DAGRAD_ASSIGN_OR_RETURN(ModelReport report, ReportOf(loaded.model, bindings, args.budget));
  report.file = args.operands[0];
  report.weights = loaded.weights_file.empty()                      ? Weights::kNone
                   : access(loaded.weights_file.c_str(), F_OK) == 0 ? Weights::kPresent
                                                                    : Weights::kMissing;
  console->out = args.Has("--json") ? JsonOf(report, args.Has("--nodes"))
                                    : TextOf(report, args.Has("--nodes"));
  return absl::OkStatus();
}

}  // namespace

const Command& ShowCommand() {
  static const auto* const command = new Command{
      "show",
      "FILE",
      "what a model holds, costs and needs",
      "Prints states, functions with their signatures, ops by count, flops and bytes moved (as the "
      "graph\n"
      "stands), and the peak of memory that a run is planned to need. Symbolic sizes are 1 unless "
      "given.",
      {{"--nodes", "", "", "every node: inputs, attributes, types, the line that built it"},
       {"--json", "", "", "as JSON"},
       {"--batch", "-b", "N", "the same as --dim batch=N"},
       {"--dim", "-d", "NAME=N", "the size of a symbolic dimension", true}},
      Show};
  return *command;
}

}  // namespace dagrad::tools
