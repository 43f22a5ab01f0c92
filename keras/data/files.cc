#include "dagrad/keras/data/files.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/csv_chunk.h"
#include "dagrad/io/file.h"

namespace dagrad::keras {
namespace {

// Row `row` of a matrix, as a vector of its own.
Tensor RowOf(const Tensor& matrix, int64_t row) {
  Tensor part = Tensor::Full(matrix.dtype(), {matrix.dims()[1]}, 0);
  if (part.byte_size() > 0) {
    std::memcpy(part.mutable_bytes(),
                static_cast<const char*>(matrix.bytes()) + row * part.byte_size(),
                part.byte_size());
  }
  return part;
}

int64_t LinesIn(absl::string_view text) {
  int64_t lines = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool alone = text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n');
    lines += text[i] == '\n' || alone ? 1 : 0;
  }
  return lines;
}

// An error of ParseCsv, whose message begins with a line, in the lines of the whole file.
absl::Status MovedLine(const absl::Status& status, int64_t by) {
  absl::string_view message = status.message();
  int64_t line = 0;
  if (!absl::ConsumePrefix(&message, "line ")) return status;
  const size_t digits = std::min(message.find_first_not_of("0123456789"), message.size());
  if (!absl::SimpleAtoi(message.substr(0, digits), &line)) return status;
  return MakeStatus(status.code(), absl::StrCat("line ", line + by, message.substr(digits)));
}

class CsvStream : public ExampleStream {
 public:
  CsvStream(std::string path, io::CsvEncoder x, io::CsvEncoder y, io::CsvOptions options,
            size_t piece_bytes)
      : path_(std::move(path)),
        x_encoder_(std::move(x)),
        y_encoder_(std::move(y)),
        options_(std::move(options)),
        piece_bytes_(std::max<size_t>(piece_bytes, 1)) {
    options_.threads = 1;
  }

  absl::Status Begin(int64_t) override {
    DAGRAD_ASSIGN_OR_RETURN(io::FileReader file, io::FileReader::Open(path_));
    file_.emplace(std::move(file));
    header_.clear();
    rest_.clear();
    header_lines_ = lines_ = 0;
    row_ = rows_ = 0;
    any_row_ = false;
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<Example>> Next() override {
    while (row_ == rows_) {
      if (!file_.has_value()) return std::nullopt;
      if (any_row_ && file_->left() == 0 && rest_.empty()) return std::nullopt;
      const absl::Status status = ReadPiece();
      if (!status.ok()) return Prefixed(Printable(path_, 1024), status);
    }
    Example e;
    e.x = RowOf(x_, row_);
    if (y_.defined()) e.y = RowOf(y_, row_);
    ++row_;
    return e;
  }

 private:
  // The next whole rows.
  absl::Status ReadPiece() {
    std::string piece = std::exchange(rest_, {});
    size_t end = 0;
    while (end == 0 && file_->left() > 0) {
      const size_t before = piece.size();
      const size_t more = std::min(file_->left(), std::max(piece_bytes_, before));
      if (before + more > options_.max_bytes) {
        return ResourceExhaustedError(
            absl::StrCat("a row has more than ", options_.max_bytes, " bytes; that is the limit"));
      }
      piece.resize(before + more);
      DAGRAD_RETURN_IF_ERROR(file_->Read(piece.data() + before, more));
      if (file_->left() > 0) end = io::EndOfLastCsvRow(piece);
    }
    if (end > 0) {
      rest_ = piece.substr(end);
      piece.resize(end);
    }
    return Encode(std::move(piece));
  }

  // Takes the first row, where it has the names, from the piece.
  absl::Status TakeHeader(std::string* piece) {
    absl::string_view text = *piece;
    absl::ConsumePrefix(&text, "\xEF\xBB\xBF");
    const absl::string_view all = text;
    io::CsvProblem problem;
    io::TakeCsvRow(&text, options_, &header_lines_, &problem);
    if (!problem.message.empty()) return io::ParseCsv(all, options_).status();
    lines_ = header_lines_;
    header_ = std::string(all.substr(0, all.size() - text.size()));
    *piece = std::string(text);
    return absl::OkStatus();
  }

  absl::Status Encode(std::string piece) {
    if (options_.header && header_.empty()) DAGRAD_RETURN_IF_ERROR(TakeHeader(&piece));
    const int64_t moved = lines_ - header_lines_;
    lines_ += LinesIn(piece);
    row_ = rows_ = 0;
    if (piece.find_first_not_of("\r\n") == piece.npos) {
      if (any_row_ || file_->left() > 0 || !rest_.empty()) return absl::OkStatus();
      return InvalidArgumentError("has no rows");
    }
    absl::StatusOr<io::CsvTable> table = io::ParseCsv(header_ + piece, options_);
    if (!table.ok()) return MovedLine(table.status(), moved);
    for (auto& [row, line] : table->line_jumps) line += moved;
    DAGRAD_ASSIGN_OR_RETURN(x_, x_encoder_.Transform(*table));
    if (!y_encoder_.names().empty()) {
      DAGRAD_ASSIGN_OR_RETURN(y_, y_encoder_.Transform(*table));
    }
    rows_ = static_cast<int64_t>(table->num_rows);
    any_row_ = true;
    return absl::OkStatus();
  }

  std::string path_;
  io::CsvEncoder x_encoder_, y_encoder_;
  io::CsvOptions options_;
  size_t piece_bytes_;
  std::optional<io::FileReader> file_;
  std::string header_;        // the text of the first row
  std::string rest_;          // the begin of a row that goes on in the next piece
  int64_t header_lines_ = 0;  // of header_
  int64_t lines_ = 0;         // before the next piece
  Tensor x_, y_;              // of the piece
  int64_t row_ = 0, rows_ = 0;
  bool any_row_ = false;
};

// The entries of a folder, by name, of one kind.
absl::StatusOr<std::vector<std::string>> Entries(const std::string& folder,
                                                 std::filesystem::file_type type) {
  std::error_code error;
  std::filesystem::directory_iterator at(folder, error);
  std::vector<std::string> names;
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name[0] != '.' && at->symlink_status(error).type() == type) names.push_back(name);
  }
  if (error) {
    return NotFoundError(
        absl::StrCat("cannot list ", Printable(folder, 1024), ": ", error.message()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Dataset DatasetFromCsv(const std::string& path, const io::CsvEncoder& x, const io::CsvEncoder& y,
                       const io::CsvOptions& options, size_t piece_bytes) {
  return Dataset::FromStreams([path, x, y, options, piece_bytes] {
    return std::make_unique<CsvStream>(path, x, y, options, piece_bytes);
  });
}

absl::StatusOr<Dataset> DatasetFromIdx(const std::string& images, const std::string& labels,
                                       const io::ReadIdxOptions& options) {
  DAGRAD_ASSIGN_OR_RETURN(const Tensor x, io::ReadIdx(images, options));
  DAGRAD_ASSIGN_OR_RETURN(const Tensor y, io::ReadIdx(labels, options));
  if (x.rank() == 0 || y.rank() == 0 || x.dims()[0] != y.dims()[0]) {
    return InvalidArgumentError(absl::StrCat(
        Printable(images, 1024), " has ", DimsToString(x.dims()), ", and ", Printable(labels, 1024),
        " ", DimsToString(y.dims()), ": not as many examples"));
  }
  return Dataset::FromArrays(x, y);
}

absl::StatusOr<TextFiles> TextFilesOf(const std::string& folder) {
  TextFiles files;
  DAGRAD_ASSIGN_OR_RETURN(files.class_names,
                          Entries(folder, std::filesystem::file_type::directory));
  for (size_t k = 0; k < files.class_names.size(); ++k) {
    const std::string of_class = absl::StrCat(folder, "/", files.class_names[k]);
    DAGRAD_ASSIGN_OR_RETURN(const auto names,
                            Entries(of_class, std::filesystem::file_type::regular));
    for (const std::string& name : names) {
      files.paths.push_back(absl::StrCat(of_class, "/", name));
      files.labels.push_back(static_cast<int64_t>(k));
    }
  }
  if (!files.paths.empty()) return files;
  return InvalidArgumentError(
      absl::StrCat(Printable(folder, 1024), " has no folder with a file, one for each class"));
}

absl::StatusOr<std::vector<std::string>> TextFiles::Read() const {
  std::vector<std::string> texts;
  for (const std::string& path : paths) {
    DAGRAD_ASSIGN_OR_RETURN(texts.emplace_back(), io::ReadFile(path, kMostBytes));
  }
  return texts;
}

Dataset TextFiles::Examples(const TextVectorization& vectorize) const {
  return Dataset::FromFunction(
      [files = *this, vectorize](int64_t, int64_t i) -> absl::StatusOr<std::optional<Example>> {
        if (i >= static_cast<int64_t>(files.paths.size())) return std::nullopt;
        DAGRAD_ASSIGN_OR_RETURN(const std::string text, io::ReadFile(files.paths[i], kMostBytes));
        DAGRAD_ASSIGN_OR_RETURN(const Tensor row, vectorize.Transform({text}));
        Example e;
        DAGRAD_ASSIGN_OR_RETURN(e.x, row.Reshaped(Dims(row.dims().begin() + 1, row.dims().end())));
        e.y = Tensor::Of<int64_t>({}, {files.labels[i]});
        return e;
      });
}

}  // namespace dagrad::keras
