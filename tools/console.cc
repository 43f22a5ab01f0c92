#include "dagrad/tools/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"

namespace dagrad::tools {
namespace {

// 0 if `stream` is no terminal.
int ColumnsOf(FILE* stream) {
  constexpr int kUsual = 80;
  if (isatty(fileno(stream)) == 0) return 0;
  winsize size = {};
  if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsual;
  return size.ws_col;
}

bool Write(FILE* stream, const std::string& bytes) {
  return std::fwrite(bytes.data(), 1, bytes.size(), stream) == bytes.size() &&
         std::fflush(stream) == 0;
}

}  // namespace

Console::Console(FILE* out_stream, FILE* err_stream)
    : out_stream_(out_stream), err_stream_(err_stream), columns_(ColumnsOf(err_stream)) {}

absl::Status Console::Flush() {
  ClearProgress();
  const std::string text = std::exchange(out, "");
  if (written_.ok() && !Write(out_stream_, out_is_text ? PrintableLines(text) : text)) {
    // `head` and others leave early.
    written_ = errno == EPIPE ? CancelledError("nobody reads the output any more")
                              : UnavailableError("cannot write the output");
  }
  Write(err_stream_, PrintableLines(std::exchange(err, "")));
  return written_;
}

void Console::Progress(int64_t done, int64_t total, absl::string_view what) {
  constexpr absl::Duration kInterval = absl::Milliseconds(100);
  const absl::Time now = absl::Now();
  if (columns_ == 0 || (now - shown_ < kInterval && done < total)) return;
  shown_ = now;
  const auto width = static_cast<int>(absl::StrFormat("%d", total).size());
  std::string line = absl::StrFormat("[%*d/%d] %s", width, done, total, Printable(what, 256));
  // A line that is cut is no longer than the terminal, whatever its characters take.
  if (line.size() >= static_cast<size_t>(columns_)) line.resize(static_cast<size_t>(columns_) - 1);
  Write(err_stream_, "\r\x1b[K" + line);
  has_progress_ = true;
}

void Console::ClearProgress() {
  if (std::exchange(has_progress_, false)) Write(err_stream_, "\r\x1b[K");
}

}  // namespace dagrad::tools
