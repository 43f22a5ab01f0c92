#include "dagrad/keras/callbacks/progress_bar.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dagrad/graph/name.h"
#include "dagrad/io/write_signals.h"

namespace dagrad::keras {
namespace {

constexpr int kBarWidth = 20;

std::string Duration(double seconds) {
  const int64_t s = static_cast<int64_t>(seconds);
  if (s >= 3600) return absl::StrFormat("%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
  if (s >= 60) return absl::StrFormat("%d:%02d", s / 60, s % 60);
  return absl::StrCat(s, "s");
}

std::string StepTime(double seconds) {
  if (seconds >= 1 || seconds == 0) return absl::StrFormat("%.0fs/step", seconds);
  if (seconds >= 1e-3) return absl::StrFormat("%.0fms/step", seconds * 1e3);
  return absl::StrFormat("%.0fus/step", seconds * 1e6);
}

std::string LogsText(const Logs& logs) {
  std::string text;
  for (const auto& [name, value] : logs.entries())
    absl::StrAppend(&text, " - ", Printable(name), ": ", FormatLogValue(value));
  return text;
}

}  // namespace

std::ostream* OutputStream(std::ostream* out) { return out == nullptr ? &std::cout : out; }

void Print(std::ostream* out, absl::string_view text) {
  const io::WriteSignalsHeld held;
  *out << text << std::flush;
}

bool IsTerminal(const std::ostream* out) {
  return (out == nullptr || out == &std::cout) && isatty(STDOUT_FILENO) == 1;
}

std::string FormatLogValue(double value) {
  if (std::isnan(value)) return "nan";  // its sign says nothing
  return std::abs(value) > 1e-3 || value == 0 ? absl::StrFormat("%.4f", value)
                                              : absl::StrFormat("%.4e", value);
}

ProgressBar::ProgressBar(int64_t target, int verbose, bool terminal, std::ostream* out)
    : target_(target), verbose_(verbose), terminal_(terminal), out_(out), start_(Clock::now()) {}

std::string ProgressBar::Line(int64_t current, const Logs& logs, bool finished) const {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const double step = current > 0 ? seconds / static_cast<double>(current) : 0;
  const int64_t target = target_ < 0 && finished ? current : target_;
  const std::string total = target < 0 ? "Unknown" : absl::StrCat(target);
  std::string line = absl::StrFormat("%*d/%s", static_cast<int>(total.size()), current, total);
  if (verbose_ == 2) {
    return absl::StrCat(line, " - ", Duration(seconds), " - ", StepTime(step), LogsText(logs));
  }
  const int64_t filled = target > 0 ? kBarWidth * current / target : kBarWidth;
  absl::StrAppend(&line, " ");
  for (int i = 0; i < kBarWidth; ++i) absl::StrAppend(&line, i < filled ? "━" : "─");
  const double left = step * static_cast<double>(target - current);
  return absl::StrCat(line, " ", Duration(finished || target < 0 ? seconds : left), " ",
                      StepTime(step), LogsText(logs));
}

bool ProgressBar::WantsUpdate() const {
  return verbose_ == 1 && terminal_ && Clock::now() - last_draw_ >= std::chrono::milliseconds(50);
}

void ProgressBar::Update(int64_t current, const Logs& logs) {
  if (!WantsUpdate()) return;
  last_draw_ = Clock::now();
  std::string line = Line(current, logs, /*finished=*/false);
  const size_t width = line.size();
  if (width < last_width_) line.append(last_width_ - width, ' ');
  last_width_ = width;
  Print(out_, absl::StrCat("\r", line));
}

void ProgressBar::Finish(int64_t current, const Logs& logs) {
  if (verbose_ == 0) return;
  std::string line = Line(current, logs, /*finished=*/true);
  if (line.size() < last_width_) line.append(last_width_ - line.size(), ' ');
  Print(out_, absl::StrCat(last_width_ > 0 ? "\r" : "", line, "\n"));
}

}  // namespace dagrad::keras
