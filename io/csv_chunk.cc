#include "dagrad/io/csv_chunk.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dagrad/graph/name.h"
#include "dagrad/io/csv_number.h"

namespace dagrad::io {
namespace {

// Splits text into fields, knowing where it is.
class Scanner {
 public:
  Scanner(absl::string_view text, char delimiter)
      : at_(text.data()), end_(at_ + text.size()), line_begin_(at_), delimiter_(delimiter) {}

  // Skips empty lines; false at the end.
  bool SkipToRow() {
    while (at_ != end_ && EatLineBreak()) {
    }
    return at_ != end_;
  }
  int64_t line() const { return line_; }
  absl::string_view rest() const { return {at_, static_cast<size_t>(end_ - at_)}; }

  // The next field of a row, valid until the next call. `last`: it ends its row.
  bool Field(absl::string_view* field, bool* last) {
    if (!(at_ != end_ && *at_ == '"' ? Quoted(field) : Plain(field))) return false;
    *last = at_ == end_ || EatLineBreak();
    if (!*last) ++at_;  // the delimiter
    return true;
  }
  CsvProblem Problem(std::string message) const { return {line_, column(), std::move(message)}; }
  CsvProblem& problem() { return problem_; }

 private:
  int64_t column() const { return at_ - line_begin_ + 1; }
  bool EatLineBreak() {
    if (*at_ == '\r') {
      at_ += at_ + 1 != end_ && at_[1] == '\n' ? 2 : 1;
    } else if (*at_ == '\n') {
      ++at_;
    } else {
      return false;
    }
    ++line_;
    line_begin_ = at_;
    return true;
  }
  bool AtEndOfField() const {
    return at_ == end_ || *at_ == delimiter_ || *at_ == '\n' || *at_ == '\r';
  }
  bool Plain(absl::string_view* field) {
    const char* const begin = at_;
    while (at_ != end_ && *at_ != delimiter_ && *at_ != '\n' && *at_ != '\r' && *at_ != '"') ++at_;
    *field = {begin, static_cast<size_t>(at_ - begin)};
    if (AtEndOfField()) return true;
    problem_ = Problem("a quote within a field that does not begin with one");
    return false;
  }
  bool Quoted(absl::string_view* field) {
    CsvProblem open = Problem("the quote that opens here is never closed");
    unescaped_.clear();
    ++at_;
    while (true) {
      const char* const begin = at_;
      while (at_ != end_ && *at_ != '"' && *at_ != '\r' && *at_ != '\n') ++at_;
      if (at_ == end_) {
        problem_ = std::move(open);
        return false;
      }
      const char* stop = at_;
      const bool line_break = EatLineBreak();
      if (line_break) stop = at_;
      unescaped_.append(begin, stop);
      if (line_break) continue;
      ++at_;
      if (at_ == end_ || *at_ != '"') break;
      unescaped_ += '"';
      ++at_;
    }
    *field = unescaped_;
    if (AtEndOfField()) return true;
    problem_ = Problem("text after the closing quote");
    return false;
  }

  const char* at_;
  const char* end_;
  const char* line_begin_;
  char delimiter_;
  int64_t line_ = 0;
  std::string unescaped_;
  CsvProblem problem_;
};

bool IsAsciiWithoutNul(absl::string_view text) {
  // Bytes 1 to 127 are those whose value less 1, as an unsigned byte, is below 127. Without an
  // early end the loop takes many bytes at a time.
  unsigned char bad = 0;
  for (const char c : text) bad |= static_cast<unsigned char>(c - 1) >= 127 ? 1 : 0;
  return bad == 0;
}

// The first line that holds a NUL or is no UTF-8.
CsvProblem CheckText(absl::string_view text) {
  if (IsAsciiWithoutNul(text)) return {};
  int64_t line = 0;
  while (!text.empty()) {
    const absl::string_view part = text.substr(0, text.find('\n'));
    if (part.find('\0') != part.npos) return {line, 0, "holds a NUL"};
    if (!IsUtf8(part)) return {line, 0, absl::StrCat("is no UTF-8: ", Printable(part, 60))};
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    ++line;
  }
  return {};
}

// Collects the fields of one column, in the narrowest type so far.
class Collector {
 public:
  Collector(CsvType at_least, CsvChunkColumn* out) : out_(out) { out_->type = at_least; }

  void AddMissing(size_t row) {
    out_->missing.push_back(row);
    switch (out_->type) {
      case CsvType::kBool:
        return out_->rows.bools.push_back(false);
      case CsvType::kInt:
        return out_->rows.ints.push_back(0);
      case CsvType::kFloat:
        return out_->rows.floats.push_back(std::numeric_limits<double>::quiet_NaN());
      case CsvType::kText:
        return out_->rows.texts.Add("");
    }
  }
  // False where the column turns out to be text though numbers or bools stand before: their text
  // is not there any more.
  bool Add(size_t row, absl::string_view field) {
    while (!AddAs(out_->type, row, field)) {
      const CsvType next = out_->type == CsvType::kInt     ? CsvType::kFloat
                           : out_->type == CsvType::kFloat ? CsvType::kBool
                                                           : CsvType::kText;
      if (!Widen(next)) return false;
    }
    out_->any_value = true;
    return true;
  }

 private:
  bool AddAs(CsvType type, size_t row, absl::string_view field) {
    switch (type) {
      case CsvType::kBool: {
        bool value = false;
        if (!ParseBool(field, &value)) return false;
        out_->rows.bools.push_back(value);
        return true;
      }
      case CsvType::kInt: {
        int64_t value = 0;
        if (!ParseInt(field, &value)) return false;
        out_->rows.ints.push_back(value);
        return true;
      }
      case CsvType::kFloat: {
        double value = 0;
        if (!ParseFloat(field, &value)) return false;
        if (std::isnan(value)) out_->missing.push_back(row);
        out_->rows.floats.push_back(value);
        return true;
      }
      case CsvType::kText:
        out_->rows.texts.Add(field);
        return true;
    }
    return false;
  }
  bool Widen(CsvType type) {
    if (out_->any_value && type != CsvType::kFloat) return false;
    ConvertCsvRows(type, out_);
    return true;
  }
  static void ConvertCsvRows(CsvType type, CsvChunkColumn* column);

  CsvChunkColumn* out_;
};

void Collector::ConvertCsvRows(CsvType type, CsvChunkColumn* column) {
  CsvColumn& rows = column->rows;
  const size_t n = std::max({rows.bools.size(), rows.ints.size(), rows.floats.size()});
  if (type == CsvType::kFloat) {
    rows.floats.assign(rows.ints.begin(), rows.ints.end());
    for (const size_t row : column->missing)
      rows.floats[row] = std::numeric_limits<double>::quiet_NaN();
  }
  // Only missing fields otherwise.
  if (type == CsvType::kBool) rows.bools.assign(n, false);
  if (type == CsvType::kText) {
    for (size_t i = 0; i < n; ++i) rows.texts.Add("");
  }
  if (type != CsvType::kBool) rows.bools = {};
  rows.ints = {};
  if (type != CsvType::kFloat) rows.floats = {};
  column->type = type;
}

// One pass over the rows of a chunk: takes the columns that are `wanted`, and says which turned out
// to be text too late.
class Pass {
 public:
  Pass(absl::string_view text, const CsvOptions& options, const CsvMissing& missing)
      : scanner_(text, options.delimiter), options_(options), missing_(missing) {}

  // False after an error, which is then in the chunk.
  bool Run(const std::vector<CsvType>& at_least, std::vector<bool>* wanted, CsvChunk* chunk) {
    std::vector<Collector> collectors;
    for (size_t i = 0; i < at_least.size(); ++i)
      collectors.emplace_back(at_least[i], &chunk->columns[i]);
    late_.assign(at_least.size(), false);
    int64_t expected_line = -1;
    chunk->num_rows = 0;
    chunk->line_jumps.clear();
    while (scanner_.SkipToRow()) {
      const int64_t line = scanner_.line();
      if (line != expected_line) chunk->line_jumps.emplace_back(chunk->num_rows, line);
      expected_line = line + 1;
      if (!Row(line, *wanted, &collectors, chunk)) return false;
      ++chunk->num_rows;
    }
    chunk->num_lines = scanner_.line();
    *wanted = late_;
    return true;
  }

 private:
  bool Row(int64_t line, const std::vector<bool>& wanted, std::vector<Collector>* collectors,
           CsvChunk* chunk) {
    absl::string_view field;
    bool last = false;
    size_t count = 0;
    for (; !last; ++count) {
      if (count >= options_.max_columns) {
        chunk->problem = scanner_.Problem(absl::StrCat("more than ", count, " fields"));
        return false;
      }
      if (!scanner_.Field(&field, &last)) {
        chunk->problem = std::move(scanner_.problem());
        return false;
      }
      if (count >= wanted.size() || !wanted[count] || late_[count]) continue;
      if (missing_.Contains(field)) {
        (*collectors)[count].AddMissing(chunk->num_rows);
      } else {
        late_[count] = !(*collectors)[count].Add(chunk->num_rows, field);
      }
    }
    if (count == wanted.size()) return true;
    chunk->problem = {line, 0,
                      absl::StrCat("has ", count, " fields; the first line has ", wanted.size())};
    return false;
  }

  Scanner scanner_;
  const CsvOptions& options_;
  const CsvMissing& missing_;
  std::vector<bool> late_;
};

}  // namespace

CsvMissing::CsvMissing(const std::vector<std::string>& fields) {
  for (const std::string& f : fields) {
    if (f.empty()) {
      empty_ = true;
    } else {
      by_first_[static_cast<unsigned char>(f[0])].push_back(f);
    }
  }
}

std::vector<std::string> TakeCsvRow(absl::string_view* text, const CsvOptions& options,
                                    int64_t* lines, CsvProblem* problem) {
  std::vector<std::string> fields;
  *problem = CheckText(text->substr(0, EndOfLastCsvRow(*text)));
  if (!problem->message.empty()) return {};
  Scanner scanner(*text, options.delimiter);
  absl::string_view field;
  for (bool last = !scanner.SkipToRow(); !last;) {
    if (fields.size() >= options.max_columns) {
      *problem = scanner.Problem(absl::StrCat("more than ", fields.size(), " fields"));
      return {};
    }
    if (!scanner.Field(&field, &last)) {
      *problem = std::move(scanner.problem());
      return {};
    }
    fields.emplace_back(field);
  }
  *lines = scanner.line();
  *text = scanner.rest();
  return fields;
}

CsvChunk ParseCsvChunk(absl::string_view text, const CsvOptions& options, const CsvMissing& missing,
                       const std::vector<CsvType>& at_least) {
  CsvChunk chunk;
  chunk.columns.resize(at_least.size());
  chunk.problem = CheckText(text);
  if (!chunk.problem.message.empty()) return chunk;
  std::vector<bool> wanted(at_least.size(), true);
  if (!Pass(text, options, missing).Run(at_least, &wanted, &chunk)) return chunk;
  if (std::find(wanted.begin(), wanted.end(), true) == wanted.end()) return chunk;
  // Once more for the columns that were text too late.
  std::vector<CsvType> types = at_least;
  for (size_t i = 0; i < types.size(); ++i) {
    types[i] = wanted[i] ? CsvType::kText : chunk.columns[i].type;
    if (wanted[i]) chunk.columns[i] = {};
  }
  Pass(text, options, missing).Run(types, &wanted, &chunk);
  return chunk;
}

CsvType WiderCsvType(CsvType a, CsvType b) {
  if (a == b) return a;
  const bool numbers =
      a != CsvType::kBool && b != CsvType::kBool && a != CsvType::kText && b != CsvType::kText;
  return numbers ? CsvType::kFloat : CsvType::kText;
}

size_t EndOfLastCsvRow(absl::string_view text) {
  // Quotes before a place are even in number where it is outside of quotes.
  bool inside = std::count(text.begin(), text.end(), '"') % 2 != 0;
  for (size_t i = text.size(); i > 0; --i) {
    const char c = text[i - 1];
    if (c == '"') inside = !inside;
    if (inside) continue;
    // A CR at the very end may be half of a CRLF.
    if (c == '\n' || (c == '\r' && i < text.size())) return i;
  }
  return 0;
}

}  // namespace dagrad::io
