#ifndef DAGRAD_KERAS_CALLBACKS_PROGRESS_BAR_H_
#define DAGRAD_KERAS_CALLBACKS_PROGRESS_BAR_H_

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>

#include "dagrad/keras/callbacks/history.h"

namespace dagrad::keras {

// The line that Keras shows for an epoch:
//   469/938 ━━━━━━━━━━━━━━━━━━━━ 3s 7ms/step - accuracy: 0.8612 - loss: 0.3921
// On a terminal the line is redrawn, at most 20 times a second, with the time that is left;
// elsewhere only the finished line is written. Not thread-safe.
class ProgressBar {
 public:
  // `target`: number of steps, -1 if it is unknown. `verbose` 1: the bar; 2: one line at the end;
  // 0: nothing.
  ProgressBar(int64_t target, int verbose, bool terminal, std::ostream* out);
  // Whether Update would draw now: spares the work of making the logs.
  bool WantsUpdate() const;
  // After step `current` (counted from 1).
  void Update(int64_t current, const Logs& logs);
  // The last line, after `current` steps, with the logs of the whole epoch.
  void Finish(int64_t current, const Logs& logs);

 private:
  using Clock = std::chrono::steady_clock;
  std::string Line(int64_t current, const Logs& logs, bool finished) const;

  int64_t target_;
  int verbose_;
  bool terminal_;
  std::ostream* out_;
  Clock::time_point start_;
  Clock::time_point last_draw_;
  size_t last_width_ = 0;
};

// `out`, or std::cout if it is null; and whether that shows on a terminal.
std::ostream* OutputStream(std::ostream* out);
// Writes and flushes. That a pipe's reader has left is an error of the stream and not the end of
// the process: training goes on.
void Print(std::ostream* out, absl::string_view text);
bool IsTerminal(const std::ostream* out);

// "0.3921"; "1.2000e-05" for what four decimals would hide; "nan" for every NaN.
std::string FormatLogValue(double value);

}  // namespace dagrad::keras

#endif  // DAGRAD_KERAS_CALLBACKS_PROGRESS_BAR_H_
