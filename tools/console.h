#ifndef DAGRAD_TOOLS_CONSOLE_H_
#define DAGRAD_TOOLS_CONSOLE_H_

#include <cstdint>
#include <cstdio>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace dagrad::tools {

// What a command writes. Text is made printable: file contents reach no terminal as they are. Not
// thread-safe.
class Console {
 public:
  explicit Console(FILE* out_stream = stdout, FILE* err_stream = stderr);

  // What is to be written, whole lines, by Flush() or when the command has ended.
  std::string out;
  std::string err;
  bool out_is_text = true;  // false: bytes, as they are

  // Writes what `out` and `err` hold, and empties them: for a command that takes long. An error,
  // with which the command should end, where that cannot be: Cancelled if nobody reads any more.
  absl::Status Flush();
  // Shows on a terminal's last line how far the command is, ten times a second at most:
  //   [  12/932] test_abs
  // The next one or Flush() takes its place. Nothing where standard error is no terminal.
  void Progress(int64_t done, int64_t total, absl::string_view what);

  // The first error of writing.
  const absl::Status& written() const { return written_; }

 private:
  void ClearProgress();

  FILE* out_stream_;
  FILE* err_stream_;
  int columns_ = 0;  // of the terminal of err_stream_; 0: it is none
  bool has_progress_ = false;
  absl::Time shown_ = absl::InfinitePast();
  absl::Status written_;
};

}  // namespace dagrad::tools

#endif  // DAGRAD_TOOLS_CONSOLE_H_
