#include "dagrad/tests/keras/golden_callback.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/keras.h"
#include "dagrad/tests/keras/golden_case.h"
#include "dagrad/tests/keras/golden_events.h"
#include "dagrad/tests/keras/pattern.h"

namespace dagrad::keras_parity {
namespace {

namespace callbacks = keras::callbacks;
using keras::Callback;

constexpr double kTolerance = 1e-5;
constexpr double kQuarterTurn = 1.5707963267948966;

// The options of a case by their names.
class Options {
 public:
  explicit Options(const Json* json) : json_(json) {}
  double Number(const char* key, double otherwise) const {
    if (json_ != nullptr) ReadJson(Member(*json_, key), &otherwise);
    return otherwise;
  }
  int64_t Integer(const char* key, int64_t otherwise) const {
    return static_cast<int64_t>(Number(key, static_cast<double>(otherwise)));
  }
  std::string Text(const char* key, std::string otherwise) const {
    if (json_ != nullptr) ReadJson(Member(*json_, key), &otherwise);
    return otherwise;
  }
  bool Flag(const char* key) const {
    bool set = false;
    if (json_ != nullptr) ReadJson(Member(*json_, key), &set);
    return set;
  }
  std::optional<double> Maybe(const char* key) const {
    if (json_ == nullptr || Member(*json_, key) == nullptr) return std::nullopt;
    return Number(key, 0);
  }

 private:
  const Json* json_;
};

// A callback of the program's own: golden_callbacks.py has the same.
class StopsBelow : public keras::CallbackImpl {
 public:
  explicit StopsBelow(double loss) : loss_(loss) {}
  absl::Status OnEpochEnd(const Context& c, int64_t, keras::Logs* logs) override {
    if ((*logs)["loss"] < loss_) c.model.StopTraining();
    return absl::OkStatus();
  }

 private:
  double loss_;
};

Callback MakeEarlyStopping(const Options& o) {
  return callbacks::EarlyStopping({.monitor = o.Text("monitor", "val_loss"),
                                   .min_delta = o.Number("min_delta", 0),
                                   .patience = o.Integer("patience", 0),
                                   .mode = o.Text("mode", "auto"),
                                   .baseline = o.Maybe("baseline"),
                                   .restore_best_weights = o.Flag("restore_best_weights"),
                                   .start_from_epoch = o.Integer("start_from_epoch", 0)});
}

Callback MakePlateau(const Options& o) {
  return callbacks::ReduceLROnPlateau({.monitor = o.Text("monitor", "val_loss"),
                                       .factor = o.Number("factor", 0.1),
                                       .patience = o.Integer("patience", 10),
                                       .mode = o.Text("mode", "auto"),
                                       .min_delta = o.Number("min_delta", 1e-4),
                                       .cooldown = o.Integer("cooldown", 0),
                                       .min_lr = o.Number("min_lr", 0)});
}

Callback MakeCheckpoint(const Options& o, const std::string& folder) {
  return callbacks::ModelCheckpoint(
      folder + o.Text("filepath", ""),
      {.monitor = o.Text("monitor", "val_loss"),
       .save_best_only = o.Flag("save_best_only"),
       .mode = o.Text("mode", "auto"),
       .save_freq = o.Integer("save_freq", 0),
       .initial_value_threshold = o.Maybe("initial_value_threshold")});
}

Callback Halving(int64_t every) {
  return callbacks::LearningRateScheduler([every](int64_t epoch, double rate) {
    return epoch % every == every - 1 ? rate * 0.5 : rate;
  });
}

// The callbacks of a case; none for what Fit has without being asked.
absl::StatusOr<std::vector<Callback>> Make(const std::string& name, const Options& o,
                                           const std::string& folder) {
  if (name == "History" || name == "ProgbarLogger") return std::vector<Callback>();
  if (name == "EarlyStopping") return std::vector<Callback>{MakeEarlyStopping(o)};
  if (name == "ReduceLROnPlateau") return std::vector<Callback>{MakePlateau(o)};
  if (name == "ModelCheckpoint") return std::vector<Callback>{MakeCheckpoint(o, folder)};
  if (name == "LearningRateScheduler") return std::vector<Callback>{Halving(o.Integer("every", 1))};
  if (name == "TerminateOnNaN") return std::vector<Callback>{callbacks::TerminateOnNaN()};
  if (name == "SwapEMAWeights") {
    return std::vector<Callback>{
        callbacks::SwapEMAWeights({.swap_on_epoch = o.Flag("swap_on_epoch")})};
  }
  if (name == "CSVLogger") {
    return std::vector<Callback>{callbacks::CSVLogger(
        folder + "log.csv", {.separator = o.Text("separator", ","), .append = o.Flag("append")})};
  }
  if (name == "TensorBoard") {
    return std::vector<Callback>{
        callbacks::TensorBoard(folder + "logs", {.histogram_freq = o.Integer("histogram_freq", 0),
                                                 .update_freq = o.Integer("update_freq", 0)})};
  }
  if (name == "BackupAndRestore")
    return std::vector<Callback>{callbacks::BackupAndRestore(folder + "backup")};
  if (name == "Callback")
    return std::vector<Callback>{{.object = std::make_shared<StopsBelow>(o.Number("loss", 0))}};
  if (name == "CallbackList") {
    const auto early = callbacks::EarlyStopping({.patience = 5});
    return std::vector<Callback>{callbacks::ReduceLROnPlateau({.patience = 1}), early};
  }
  return InvalidArgumentError("golden_callback.cc does not make it");
}

keras::Model MakeModel(const Options& o) {
  const keras::KerasTensor x = keras::Input({4});
  keras::Model model(x, keras::Dense(1)(x));
  (void)model.SetWeights({Pattern({4, 1}, 0.5, 0.3, 1), Pattern({1}, 0.5, 0.3, 2)});
  keras::SgdOptions sgd = {.learning_rate = o.Number("rate_of_optimizer", 0.2), .momentum = 0.9};
  sgd.use_ema = o.Maybe("ema_momentum").has_value();
  if (sgd.use_ema) sgd.ema_momentum = o.Number("ema_momentum", 0);
  (void)model.Compile({.optimizer = keras::Sgd(sgd), .loss = "mse", .metrics = {"mae"}});
  return model;
}

// What LambdaCallback counts: golden_callbacks.py has the same.
Callback Counting(std::vector<double>* calls) {
  calls->assign(6, 0);
  const auto count = [calls](size_t i) {
    ++(*calls)[i];
    return absl::OkStatus();
  };
  return {.on_epoch_begin = [count](int64_t) { return count(0); },
          .on_epoch_end = [count](int64_t, const keras::Logs&) { return count(1); },
          .on_train_begin = [count] { return count(2); },
          .on_train_end = [count](const keras::Logs&) { return count(3); },
          .on_train_batch_begin = [count](int64_t) { return count(4); },
          .on_train_batch_end = [count](int64_t, const keras::Logs&) { return count(5); }};
}

absl::Status CheckHistory(const keras::History& history, const Json& expected) {
  for (const auto& member : expected.as_object()) {
    const std::vector<double> values = history[ViewOf(member.key())];
    DAGRAD_RETURN_IF_ERROR(ExpectNumbers(
        ViewOf(member.key()),
        Tensor::Of<double>({static_cast<int64_t>(values.size())}, absl::MakeConstSpan(values)),
        &member.value(), kTolerance));
  }
  return absl::OkStatus();
}

// Lines of names and numbers, compared as such.
absl::Status CheckTable(const std::string& path, const Json& expected,
                        const std::string& separator) {
  std::ifstream in(path);
  std::string line;
  size_t row = 0;
  for (; std::getline(in, line); ++row) {
    if (row >= expected.as_array().size()) break;
    const std::vector<std::string> cells = absl::StrSplit(line, separator);
    const boost::json::array& wanted = expected.as_array()[row].as_array();
    if (cells.size() != wanted.size())
      return InvalidArgumentError(absl::StrCat("line ", row, ": \"", line, "\""));
    for (size_t i = 0; i < cells.size(); ++i) {
      double got = 0, number = 0;
      const std::string text(ViewOf(wanted[i].as_string()));
      const bool good = absl::SimpleAtod(text, &number) ? absl::SimpleAtod(cells[i], &got) &&
                                                              std::abs(got - number) < kTolerance
                                                        : cells[i] == text;
      if (!good)
        return InvalidArgumentError(absl::StrCat("line ", row, ": ", cells[i], ", not ", text));
    }
  }
  if (row == expected.as_array().size()) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat(path, " has ", row, " lines"));
}

absl::Status CheckFiles(const std::string& folder, const Json& expected) {
  std::vector<std::string> files, wanted;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files.push_back(entry.path().filename());
  std::sort(files.begin(), files.end());
  ReadJson(&expected, &wanted);
  if (files == wanted) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("the files are ", absl::StrJoin(files, ", "), ", not ",
                                           absl::StrJoin(wanted, ", ")));
}

absl::StatusOr<keras::History> Train(keras::Model* model, const Options& o,
                                     std::vector<Callback> used, std::ostream* out,
                                     int64_t epochs) {
  const Tensor x = Pattern({6, 4}, o.Number("scale_of_data", 1), 0.7, 0);
  const Tensor y = Pattern({6, 1}, 1, 1.3, kQuarterTurn);
  keras::FitOptions fit{.batch_size = 3,
                        .epochs = epochs,
                        .verbose = 2,
                        .shuffle = false,
                        .callbacks = std::move(used),
                        .out = out};
  fit.validation_data = {Pattern({6, 4}, 1, 0.9, 0.4), Pattern({6, 1}, 1, 0.8, kQuarterTurn)};
  return model->Fit(x, y, fit);
}

int64_t CountOf(const std::string& text, const std::string& part) {
  int64_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

absl::Status CheckCallback(const std::string& class_name, const Json& golden) {
  const Options options(Member(golden, "config"));
  std::string pattern = std::filesystem::temp_directory_path() / "dagrad_callback.XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) return UnavailableError("no temporary directory");
  const std::string folder = pattern + "/";
  const absl::Cleanup remove = [&] { std::filesystem::remove_all(folder); };
  const int64_t epochs = options.Integer("epochs", 14);
  std::ostringstream shown;
  std::vector<double> calls;
  std::vector<Callback> used;
  if (class_name == "LambdaCallback") {
    used = {Counting(&calls)};
  } else {
    DAGRAD_ASSIGN_OR_RETURN(used, Make(class_name, options, folder));
  }
  // A backup is what a run that fails in between leaves to the next one.
  if (const int64_t broken_off = options.Integer("broken_off", -1); broken_off >= 0) {
    keras::Model first = MakeModel(options);
    used.push_back({.on_epoch_begin = [broken_off](int64_t epoch) {
      return epoch == broken_off ? absl::AbortedError("broken off") : absl::OkStatus();
    }});
    if (Train(&first, options, used, &shown, epochs).ok())
      return InvalidArgumentError("the first run was to fail");
    used.pop_back();
    used.push_back({.on_epoch_begin = [](int64_t) { return absl::OkStatus(); }});
  }
  keras::Model model = MakeModel(options);
  DAGRAD_ASSIGN_OR_RETURN(const keras::History history,
                          Train(&model, options, used, &shown, epochs));
  const Json& expected = golden.at("expected");
  DAGRAD_RETURN_IF_ERROR(CheckHistory(history, expected.at("history")));
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Tensor> weights, model.GetWeights());
  for (size_t i = 0; i < weights.size(); ++i) {
    DAGRAD_RETURN_IF_ERROR(ExpectNumbers(absl::StrCat("weight ", i), weights[i],
                                         &expected.at("weights").as_array()[i], kTolerance));
  }
  if (class_name == "ProgbarLogger" &&
      CountOf(shown.str(), "Epoch ") != static_cast<int64_t>(history.epoch.size()))
    return InvalidArgumentError(absl::StrCat("it shows ", shown.str()));
  if (class_name == "LambdaCallback") {
    return ExpectNumbers("calls", Tensor::Of<double>({6}, absl::MakeConstSpan(calls)),
                         Member(expected, "calls"), 0);
  }
  if (class_name == "TensorBoard")
    return CheckEvents(folder + "logs", expected.at("events"), kTolerance);
  if (class_name == "ModelCheckpoint") return CheckFiles(folder, expected.at("files"));
  if (class_name == "CSVLogger")
    return CheckTable(folder + "log.csv", expected.at("table"), options.Text("separator", ","));
  return absl::OkStatus();
}

}  // namespace dagrad::keras_parity
