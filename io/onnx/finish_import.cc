// What comes out of an import: the outputs of the graph, its state and its metadata.
#include <map>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/onnx/graph_import.h"

namespace dagrad::onnx {

absl::Status GraphImport::AddOutputs() {
  if (model_.graph().output().empty()) return InvalidArgumentError("the graph has no outputs");
  std::map<std::string, int> times;  // a result may be listed again: "y", "y:2"
  for (const proto::ValueInfo& output : model_.graph().output()) {
    const ImportedPtr v = scope_.Find(output.name());
    if (v == nullptr)
      return NotFoundError(absl::StrCat("output ", output.name(), " is the result of no node"));
    if (v->sequence.has_value())
      return UnimplementedError(absl::StrCat("output ", output.name(), " is a sequence"));
    const auto update = written_.updates.find(output.name());
    const auto name = written_.outputs.find(output.name());
    if (update != written_.updates.end()) {
      builder_->Update(update->second, Materialize(builder_, v.get()));
    } else {
      const std::string& plain = name == written_.outputs.end() ? output.name() : name->second;
      const int time = ++times[plain];
      builder_->Output(time == 1 ? plain : absl::StrCat(plain, ":", time),
                       Materialize(builder_, v.get()));
    }
    if (!builder_->ok())
      return Prefixed(absl::StrCat("output ", output.name()), builder_->status());
  }
  return absl::OkStatus();
}

// Frozen by the options, or by what dagrad wrote.
bool GraphImport::IsTrainable(const Imported& weight) const {
  if (options_.weights != io::ImportOnnxOptions::Weights::kTrainable) return false;
  const auto found = written_.states.find(weight.state);
  return found == written_.states.end() ? !weight.is_statistic : found->second;
}

absl::StatusOr<io::LoadedModel> GraphImport::Finish() {
  io::LoadedModel loaded;
  for (const ImportedPtr& v : weights_) {
    // A weight that nothing reads, or only as a constant, is left out.
    const Tensor& t = *v->constant;
    if (!root_.Find(v->state).valid() && !written_.states.contains(v->state)) continue;
    loaded.model.states.push_back(
        {v->state, {t.dtype(), Shape(absl::MakeConstSpan(t.dims()))}, IsTrainable(*v), ""});
    loaded.state[v->state] = t;
  }
  DAGRAD_ASSIGN_OR_RETURN(Function function, root_.Build());
  loaded.model.name = written_.is_dagrads ? written_.model : model_.graph().name();
  loaded.model.functions.push_back(std::move(function));
  loaded.model.metadata = written_.metadata;
  for (const proto::StringEntry& entry : model_.metadata_props()) {
    if (!written_.is_dagrads || !absl::StartsWith(entry.key(), "dagrad."))
      loaded.model.metadata[absl::StrCat("onnx.metadata.", entry.key())] = entry.value();
  }
  if (written_.is_dagrads) return loaded;
  loaded.model.metadata["onnx.producer"] =
      absl::StrCat(model_.producer_name(), " ", model_.producer_version());
  for (const auto& [domain, version] : opsets_)
    loaded.model.metadata[absl::StrCat("onnx.opset.", domain)] = absl::StrCat(version);
  return loaded;
}

}  // namespace dagrad::onnx
