#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/safetensors.h"
#include "dagrad/keras/callbacks/callbacks.h"
#include "dagrad/keras/models/model.h"

namespace dagrad::keras {
namespace {

constexpr const char* kEpochs = "epochs";    // done: the number of the next one
constexpr const char* kStopped = "stopped";  // the last one was, though there are more
constexpr absl::string_view kModel = "model/";

// Before the names of what callback `i` of the run keeps.
std::string OfCallback(size_t i) { return absl::StrCat("callbacks/", i, "/"); }

class BackupCallback : public CallbackImpl {
 public:
  BackupCallback(std::string directory, callbacks::BackupAndRestoreOptions options)
      : directory_(std::move(directory)), o_(options) {}

  absl::Status BeforeTraining(const Context& c, int64_t* first_epoch) override {
    if (directory_.empty()) return InvalidArgumentError("BackupAndRestore: backup_dir is empty");
    std::error_code error;
    std::filesystem::create_directories(directory_, error);
    if (error) {
      return UnavailableError(absl::StrCat("BackupAndRestore: cannot make the directory ",
                                           directory_, ": ", error.message()));
    }
    if (!std::filesystem::exists(File(), error)) return absl::OkStatus();
    return Prefixed(absl::StrCat("BackupAndRestore: ", File()), Restore(c, first_epoch));
  }

  absl::Status AfterEpoch(const Context& c, int64_t epoch, bool last) override {
    io::Safetensors backup;
    DAGRAD_ASSIGN_OR_RETURN(const auto state, c.model.GetState());
    for (const auto& [name, tensor] : state) backup.tensors[absl::StrCat(kModel, name)] = tensor;
    for (size_t i = 0; i < c.callbacks.size(); ++i) {
      for (const auto& [name, tensor] : c.callbacks[i]->State())
        backup.tensors[OfCallback(i) + name] = tensor;
    }
    backup.metadata[kEpochs] = absl::StrCat(epoch + 1);
    backup.metadata[kStopped] = last ? "yes" : "no";
    return Prefixed("BackupAndRestore", io::WriteSafetensors(File(), backup));
  }

  absl::Status OnTrainEnd(const Context&, const Logs&) override {
    std::error_code error;
    if (o_.delete_checkpoint) std::filesystem::remove(File(), error);
    if (!error) return absl::OkStatus();
    return UnavailableError(
        absl::StrCat("BackupAndRestore: cannot remove ", File(), ": ", error.message()));
  }

 private:
  std::string File() const { return directory_ + "/backup.safetensors"; }

  absl::Status Restore(const Context& c, int64_t* first_epoch) const {
    DAGRAD_ASSIGN_OR_RETURN(io::Safetensors backup, io::ReadSafetensors(File()));
    int64_t epochs = 0;
    if (!absl::SimpleAtoi(backup.metadata[kEpochs], &epochs) || epochs < 0)
      return DataLossError("it says not how many epochs were done");
    std::map<std::string, Tensor> model;
    std::vector<CallbackState> kept(c.callbacks.size());
    for (auto& [name, tensor] : backup.tensors) {
      if (!Place(name, tensor, &model, &kept)) {
        return InvalidArgumentError(
            absl::StrCat("\"", name, "\" belongs to no callback of this run"));
      }
    }
    DAGRAD_RETURN_IF_ERROR(c.model.SetState(model));
    for (size_t i = 0; i < kept.size(); ++i)
      DAGRAD_RETURN_IF_ERROR(c.callbacks[i]->SetState(kept[i]));
    *first_epoch = backup.metadata[kStopped] == "yes" ? std::max(epochs, c.epochs) : epochs;
    return absl::OkStatus();
  }

  static bool Place(absl::string_view name, const Tensor& tensor,
                    std::map<std::string, Tensor>* model, std::vector<CallbackState>* kept) {
    if (absl::ConsumePrefix(&name, kModel)) {
      (*model)[std::string(name)] = tensor;
      return true;
    }
    for (size_t i = 0; i < kept->size(); ++i) {
      if (!absl::ConsumePrefix(&name, OfCallback(i))) continue;
      (*kept)[i][std::string(name)] = tensor;
      return true;
    }
    return false;
  }

  std::string directory_;
  callbacks::BackupAndRestoreOptions o_;
};

}  // namespace

Callback callbacks::BackupAndRestore(const std::string& backup_dir,
                                     const BackupAndRestoreOptions& options) {
  return {.object = std::make_shared<BackupCallback>(backup_dir, options)};
}

std::vector<std::string> callbacks::Names() {
  return {"BackupAndRestore", "CSVLogger",     "Callback",          "CallbackList",
          "EarlyStopping",    "History",       "LambdaCallback",    "LearningRateScheduler",
          "ModelCheckpoint",  "ProgbarLogger", "ReduceLROnPlateau", "SwapEMAWeights",
          "TensorBoard",      "TerminateOnNaN"};
}

}  // namespace dagrad::keras
