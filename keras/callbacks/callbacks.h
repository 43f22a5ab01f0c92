#ifndef DAGRAD_KERAS_CALLBACKS_CALLBACKS_H_
#define DAGRAD_KERAS_CALLBACKS_CALLBACKS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dagrad/keras/callbacks/callback.h"

// Keras's callbacks, with its options, defaults and behaviour. Epochs count from 0, and from 1
// where they are printed. What is monitored is a number of the logs of an epoch; where an epoch has
// none of that name the callback does nothing and says so, but for ModelCheckpoint. mode is "min",
// "max", or "auto", by which losses are to be low and metrics as they say (MetricImpl::direction):
// InvalidArgument where that is not known. Better than r is what is below r - min_delta, or above r
// + min_delta. Options out of range are InvalidArgument when the training begins. verbose 1 says
// what is done. Source: Keras 3.
namespace dagrad::keras::callbacks {

struct EarlyStoppingOptions {
  std::string monitor = "val_loss";
  double min_delta = 0;
  int64_t patience = 0;  // epochs without improvement, from 0
  int verbose = 0;
  std::string mode = "auto";
  std::optional<double> baseline = {};  // the wait starts anew only where this is surpassed, too
  bool restore_best_weights = false;
  int64_t start_from_epoch = 0;  // nothing is monitored before
};
// Ends Fit when `monitor` has not improved for `patience` epochs. With restore_best_weights the
// weights at the end of Fit, however it ended without an error, are those of the best epoch.
// State: wait, stopped_epoch, best, best_epoch, best_weights/….
Callback EarlyStopping(const EarlyStoppingOptions& options = {});

struct ReduceLROnPlateauOptions {
  std::string monitor = "val_loss";
  double factor = 0.1;  // in (0, 1)
  int64_t patience = 10;
  int verbose = 0;
  std::string mode = "auto";
  double min_delta = 1e-4;
  int64_t cooldown = 0;  // epochs after a reduction in which nothing is counted
  double min_lr = 0;
};
// Multiplies the learning rate by `factor`, not below min_lr, when `monitor` has not improved for
// `patience` epochs. The logs of every epoch have the "learning_rate" that it was trained with.
// FailedPrecondition where the rate is a schedule. State: wait, cooldown_counter, best.
Callback ReduceLROnPlateau(const ReduceLROnPlateauOptions& options = {});

struct ModelCheckpointOptions {
  std::string monitor = "val_loss";
  int verbose = 0;
  bool save_best_only = false;
  bool save_weights_only = false;  // a file of Model::SaveWeights: filepath ends with .safetensors
  std::string mode = "auto";
  int64_t save_freq = 0;  // 0: after each epoch, as Keras's "epoch"; n: after every n batches
  std::optional<double> initial_value_threshold = {};  // the first "best" value
};
// Saves the model into the directory `filepath`, or its weights alone into the file of that name,
// whole at any time (Model::Save, SaveWeights); with save_best_only only when `monitor` is better
// than ever, or is not among the logs, which it says. In filepath {epoch}, {batch} (both from 1)
// and {NAME} of the logs stand for their values, in Python's formats: {epoch:02d},
// {val_loss:.2f}; {{ and }} for braces. InvalidArgument for another format or a name that the logs
// do not have. State: best, batches.
Callback ModelCheckpoint(const std::string& filepath, const ModelCheckpointOptions& options = {});

// Sets the learning rate before every epoch to schedule(epoch, rate). The logs of every epoch have
// it as "learning_rate". FailedPrecondition where the rate is a schedule.
Callback LearningRateScheduler(std::function<double(int64_t epoch, double rate)> schedule,
                               int verbose = 0);

struct TerminateOnNaNOptions {
  bool raise_error = false;  // end Fit with an error (FailedPrecondition), not by StopTraining
};
// Ends Fit after the first batch whose running "loss" is NaN or infinite; a train_step that logs
// none of that name is not ended.
Callback TerminateOnNaN(const TerminateOnNaNOptions& options = {});

struct CSVLoggerOptions {
  std::string separator = ",";
  bool append = false;  // to what the file has, without a second line of names
};
// Writes a line for each epoch into `filename`: the epoch, and the numbers that the first epoch's
// logs have, by name, then "val_" and each name where it has none of validation; "NA" for one that
// an epoch does not have.
Callback CSVLogger(const std::string& filename, const CSVLoggerOptions& options = {});

struct BackupAndRestoreOptions {
  bool delete_checkpoint = true;  // at the end of Fit
};
// After every epoch writes what a training is, model, learning rate, random key and the states of
// all callbacks, into one file in `backup_dir`, whole at any time; a Fit that finds it there goes
// on behind that epoch. A training that was broken off, whenever, thus ends with the same bits as
// one that was not, if its sources give the same batches for the same numbers of epochs. Its
// History has the epochs that it ran itself. InvalidArgument for a backup of another model or of
// other callbacks.
Callback BackupAndRestore(const std::string& backup_dir,
                          const BackupAndRestoreOptions& options = {});

struct SwapEMAWeightsOptions {
  bool swap_on_epoch = false;
};
// For an optimizer with use_ema, else InvalidArgument: has the moving averages as the model's
// weights in evaluation, validation and prediction; with swap_on_epoch also from the end of each
// epoch to the begin of the next one, so that what saves the model then saves them. Stands before
// BackupAndRestore. State: averages_in_model.
Callback SwapEMAWeights(const SwapEMAWeightsOptions& options = {});

struct TensorBoardOptions {
  int64_t histogram_freq = 0;  // of the weights, every n epochs; 0: none
  bool write_steps_per_second = false;
  int64_t update_freq = 0;  // 0: after each epoch, as Keras's "epoch"; n: also every n batches, 1
                            // being Keras's "batch"
};
// Writes event files that TensorBoard shows, into `log_dir`/train and `log_dir`/validation, by
// Keras's tags: "epoch_<name>" of each number of an epoch's logs and "epoch_learning_rate", the
// rate behind the epoch, at the epoch's number; "batch_<name>" at the number of batches since the
// training began; "evaluation_<name>_vs_iterations" of each evaluation at Model::GetIterations;
// "<weight>/histogram" (io/tensorboard/event_file.h). Unlike Keras's, epochs and evaluations are
// written whatever update_freq is. There is no graph, image, embedding or profile: `dagrad dot`
// draws the graph. State: batches.
Callback TensorBoard(const std::string& log_dir = "logs", const TensorBoardOptions& options = {});

// Keras's names of the callbacks that there are: those above, History and ProgbarLogger, which Fit
// has without being asked, LambdaCallback (Callback with functions), CallbackList
// (FitOptions::callbacks) and Callback (CallbackImpl).
std::vector<std::string> Names();

}  // namespace dagrad::keras::callbacks

#endif  // DAGRAD_KERAS_CALLBACKS_CALLBACKS_H_
