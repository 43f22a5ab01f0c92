#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/keras/callbacks/callbacks.h"

namespace dagrad::keras {
namespace {

// With the fewest digits that give it back.
std::string TextOf(double value) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

class CsvCallback : public CallbackImpl {
 public:
  CsvCallback(std::string filename, callbacks::CSVLoggerOptions options)
      : filename_(std::move(filename)), o_(std::move(options)) {}

  absl::Status OnTrainBegin(const Context&) override {
    std::error_code error;
    const bool has_lines = o_.append && std::filesystem::file_size(filename_, error) > 0 && !error;
    named_ = has_lines;
    columns_.clear();
    Close();  // of a training that ended with an error
    file_.open(filename_, o_.append ? std::ios::app : std::ios::trunc);
    return Check();
  }

  absl::Status OnEpochEnd(const Context&, int64_t epoch, Logs* logs) override {
    if (columns_.empty()) {
      for (const auto& [name, value] : logs->entries()) columns_.push_back(name);
      std::sort(columns_.begin(), columns_.end());
      AddValidationColumns();
    }
    if (!named_) {
      file_ << "epoch";
      for (const std::string& name : columns_) file_ << o_.separator << name;
      file_ << "\n";
      named_ = true;
    }
    file_ << epoch;
    for (const std::string& name : columns_)
      file_ << o_.separator << (logs->Contains(name) ? TextOf((*logs)[name]) : "NA");
    file_ << "\n" << std::flush;
    return Check();
  }

  absl::Status OnTrainEnd(const Context&, const Logs&) override {
    file_.close();
    return Check();
  }

 private:
  absl::Status Check() const {
    if (file_.good()) return absl::OkStatus();
    return UnavailableError(absl::StrCat("CSVLogger: cannot write ", filename_));
  }

  void Close() {
    if (file_.is_open()) file_.close();
    file_.clear();
  }

  // The first epoch may be one without validation.
  void AddValidationColumns() {
    const auto of_validation = [](const std::string& name) {
      return absl::StartsWith(name, "val_");
    };
    if (std::any_of(columns_.begin(), columns_.end(), of_validation)) return;
    const std::vector<std::string> names = columns_;
    for (const std::string& name : names) columns_.push_back("val_" + name);
  }

  std::string filename_;
  callbacks::CSVLoggerOptions o_;
  std::ofstream file_;
  bool named_ = false;  // the file has its line of names
  std::vector<std::string> columns_;
};

}  // namespace

Callback callbacks::CSVLogger(const std::string& filename, const CSVLoggerOptions& options) {
  return {.object = std::make_shared<CsvCallback>(filename, options)};
}

}  // namespace dagrad::keras
