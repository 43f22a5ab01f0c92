#include "dagrad/io/csv.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/hash_map.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/csv_chunk.h"
#include "dagrad/io/csv_growing_column.h"
#include "dagrad/io/csv_number.h"
#include "dagrad/io/file.h"
#include "dagrad/runtime/run/cpu_budget.h"

namespace dagrad::io {
namespace {

// What one thread takes at a time.
constexpr size_t kBlockBytes = size_t{2} << 20;
// What a byte of a block becomes at most: a field of one byte is a number of eight and, where it is
// missing, an index of eight, in vectors that double.
constexpr int64_t kChunkBytesPerByte = 32;
constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Cuts what a reader gives into blocks of whole rows. The bytes that it holds are lent by the
// budget.
class RowBlocks {
 public:
  RowBlocks(std::unique_ptr<ByteReader> in, const Budget& budget)
      : in_(std::move(in)), budget_(budget) {}

  // Empty at the end.
  absl::StatusOr<std::string> Next() {
    std::string block = std::exchange(rest_, {});
    while (in_->left() > 0) {
      const size_t before = block.size();
      // A row that does not end doubles it, so that finding its end takes linear time.
      const size_t more = std::min(in_->left(), std::max(kBlockBytes, before));
      DAGRAD_RETURN_IF_ERROR(budget_.Check());
      DAGRAD_ASSIGN_OR_RETURN(held_,
                              budget_.Lend(static_cast<int64_t>(before + more), "a block of rows"));
      block.resize(before + more);
      DAGRAD_RETURN_IF_ERROR(in_->Read(block.data() + before, more));
      if (in_->left() == 0) break;
      const size_t end = EndOfLastCsvRow(block);
      if (end == 0) continue;
      rest_ = block.substr(end);
      block.resize(end);
      break;
    }
    return block;
  }
  size_t left() const { return rest_.size() + in_->left(); }

 private:
  std::unique_ptr<ByteReader> in_;
  const Budget& budget_;
  std::string rest_;
  Budget::Lease held_;  // of the block, and then of its rest
};

using Open = std::function<absl::StatusOr<std::unique_ptr<ByteReader>>()>;

absl::Status StatusOf(const CsvProblem& problem, int64_t lines_before) {
  if (problem.message.empty()) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat(
      "line ", lines_before + problem.line + 1,
      problem.column > 0 ? absl::StrCat(", column ", problem.column) : "", ": ", problem.message));
}

// One pass over a whole table. Chunks are parsed by several threads, and joined in their order.
class TablePass {
 public:
  explicit TablePass(const CsvOptions& options) : options_(options), missing_(options.missing) {}

  // `at_least`: as in ParseCsvChunk; empty where nothing is known.
  absl::Status Read(std::unique_ptr<ByteReader> in, std::vector<CsvType> at_least) {
    RowBlocks blocks(std::move(in), options_.budget);
    bytes_ = blocks.left();
    DAGRAD_ASSIGN_OR_RETURN(next_, blocks.Next());
    DAGRAD_RETURN_IF_ERROR(ReadHeader());
    types_ = std::move(at_least);
    types_.resize(columns_.size(), CsvType::kInt);
    const int wanted = options_.threads > 0 ? options_.threads : runtime::AllowedCores();
    const size_t useful = blocks.left() / kBlockBytes + 1;
    {
      const std::vector<std::jthread> helpers =
          StartHelpers(std::min<size_t>(wanted, useful) - 1, &blocks);
      Work(&blocks);
    }
    if (status_.ok() && table_.num_rows == 0) return InvalidArgumentError("has no rows");
    return status_;
  }

  // Whether every column could be joined. If not, `types` are those that another pass needs.
  bool Types(std::vector<CsvType>* types) const {
    bool sound = true;
    types->clear();
    for (const GrowingColumn& c : columns_) {
      types->push_back(c.type());
      sound = sound && !c.conflict();
    }
    return sound;
  }
  CsvTable Take() {
    for (GrowingColumn& c : columns_) table_.columns.push_back(c.Take());
    for (Budget::Lease& lease : held_) lease.Keep();
    return std::move(table_);
  }

 private:
  // Of what taking a block apart needs, its header included.
  absl::StatusOr<Budget::Lease> LendFor(const std::string& block) const {
    return options_.budget.Lend(static_cast<int64_t>(block.size()) * kChunkBytesPerByte,
                                "taking rows apart");
  }

  absl::Status ReadHeader() {
    DAGRAD_ASSIGN_OR_RETURN(const Budget::Lease lease, LendFor(next_));
    absl::string_view text = next_;
    if (absl::StartsWith(text, kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    const absl::string_view all = text;
    CsvProblem problem;
    std::vector<std::string> names = TakeCsvRow(&text, options_, &lines_, &problem);
    DAGRAD_RETURN_IF_ERROR(StatusOf(problem, 0));
    HashSet<std::string> seen;
    for (size_t i = 0; i < names.size(); ++i) {
      const std::string name = options_.header ? names[i] : absl::StrCat(i);
      if (!seen.insert(name).second) {
        return InvalidArgumentError(
            absl::StrCat("two columns are named \"", Printable(name), "\""));
      }
      columns_.emplace_back(name);
    }
    if (!options_.header) lines_ = 0;
    next_ = std::string(options_.header ? text : all);
    return absl::OkStatus();
  }

  // Fewer where there cannot be so many: the others do it too.
  std::vector<std::jthread> StartHelpers(size_t count, RowBlocks* blocks) {
    std::vector<std::jthread> helpers;
    try {
      for (size_t i = 0; i < count; ++i) helpers.emplace_back([this, blocks] { Work(blocks); });
    } catch (const std::exception&) {
    }
    return helpers;
  }

  void Work(RowBlocks* blocks) {
    const absl::Status status = WorkOn(blocks);
    if (status.ok()) return;
    const std::lock_guard lock(mutex_);
    if (status_.ok()) status_ = status;
    stop_ = true;
  }

  // Takes block after block until there is none, or an error.
  absl::Status WorkOn(RowBlocks* blocks) try {
    std::unique_lock lock(mutex_);
    while (!stop_) {
      std::string block = std::exchange(next_, {});
      if (block.empty()) {
        DAGRAD_ASSIGN_OR_RETURN(block, blocks->Next());
      }
      if (block.empty()) break;
      DAGRAD_RETURN_IF_ERROR(options_.budget.Check());
      DAGRAD_ASSIGN_OR_RETURN(Budget::Lease lease, LendFor(block));
      const size_t index = blocks_taken_++;
      const std::vector<CsvType> types = types_;
      lock.unlock();
      CsvChunk chunk = ParseCsvChunk(block, options_, missing_, types);
      chunk.num_bytes = block.size();
      lock.lock();
      for (size_t i = 0; i < types_.size(); ++i) {
        if (chunk.columns[i].any_value) types_[i] = chunk.columns[i].type;
      }
      waiting_.emplace(index, Waiting{std::move(chunk), std::move(lease)});
      DAGRAD_RETURN_IF_ERROR(JoinWaiting());
    }
    stop_ = true;
    return absl::OkStatus();
  }
  DAGRAD_CATCH_NO_MEMORY

  // Joins the chunks whose turn it is.
  absl::Status JoinWaiting() {
    while (status_.ok() && !waiting_.empty() && waiting_.begin()->first == blocks_joined_) {
      const Waiting first = std::move(waiting_.begin()->second);
      waiting_.erase(waiting_.begin());
      ++blocks_joined_;
      DAGRAD_RETURN_IF_ERROR(StatusOf(first.chunk.problem, lines_));
      Join(first.chunk);
      DAGRAD_RETURN_IF_ERROR(TakeColumns());
    }
    return absl::OkStatus();
  }

  // What the columns have grown by.
  absl::Status TakeColumns() {
    if (!options_.budget.limited()) return absl::OkStatus();
    size_t bytes = 0;
    for (const GrowingColumn& c : columns_) bytes += c.memory();
    if (bytes <= bytes_held_) return absl::OkStatus();
    DAGRAD_ASSIGN_OR_RETURN(
        Budget::Lease lease,
        options_.budget.Lend(static_cast<int64_t>(bytes - bytes_held_), "the table"));
    held_.push_back(std::move(lease));
    bytes_held_ = bytes;
    return absl::OkStatus();
  }

  void Join(const CsvChunk& chunk) {
    for (const auto& [row, line_in_chunk] : chunk.line_jumps) {
      const size_t absolute = table_.num_rows + row;
      const int64_t line = lines_ + line_in_chunk + 1;
      if (absolute == 0 || table_.LineOf(absolute - 1) + 1 != line)
        table_.line_jumps.emplace_back(absolute, line);
    }
    // As many rows for every byte as in the first chunk, and a few more.
    if (rows_in_all_ == 0 && chunk.num_bytes > 0) {
      rows_in_all_ =
          static_cast<size_t>(1.05 * static_cast<double>(chunk.num_rows) *
                              static_cast<double>(bytes_) / static_cast<double>(chunk.num_bytes));
    }
    for (size_t i = 0; i < columns_.size(); ++i)
      columns_[i].Add(chunk.columns[i], chunk.num_rows, rows_in_all_);
    table_.num_rows += chunk.num_rows;
    lines_ += chunk.num_lines;
  }

  struct Waiting {
    CsvChunk chunk;
    Budget::Lease lease;  // of the chunk
  };

  const CsvOptions& options_;
  const CsvMissing missing_;
  size_t bytes_ = 0;  // of the whole file

  std::mutex mutex_;  // of all below, while Work runs
  std::string next_;  // what ReadHeader left of the first block
  std::vector<CsvType> types_;
  size_t blocks_taken_ = 0;
  size_t blocks_joined_ = 0;
  std::map<size_t, Waiting> waiting_;  // parsed, but one before is not
  std::vector<GrowingColumn> columns_;
  CsvTable table_;     // without its columns
  int64_t lines_ = 0;  // before the next chunk
  size_t rows_in_all_ = 0;
  std::vector<Budget::Lease> held_;  // of the columns
  size_t bytes_held_ = 0;
  absl::Status status_;
  bool stop_ = false;
};

// A column that turns out to be text after numbers were read needs a second pass, and no third.
absl::StatusOr<CsvTable> ReadTable(const Open& open, const CsvOptions& options) {
  std::vector<CsvType> types;
  for (int pass = 0; pass < 2; ++pass) {
    DAGRAD_ASSIGN_OR_RETURN(std::unique_ptr<ByteReader> in, open());
    TablePass table(options);
    DAGRAD_RETURN_IF_ERROR(table.Read(std::move(in), types));
    if (table.Types(&types)) return table.Take();
  }
  return DataLossError("was changed while it was read");
}

}  // namespace

absl::string_view CsvTypeName(CsvType type) {
  constexpr absl::string_view kNames[] = {"bool", "int", "float", "text"};
  return kNames[static_cast<int>(type)];
}

void CsvText::Append(const CsvText& other) {
  const size_t begin = bytes_.size();
  bytes_ += other.bytes_;
  for (const size_t end : other.ends_) ends_.push_back(begin + end);
}

void CsvText::Reserve(size_t rows, size_t bytes) {
  ends_.reserve(rows);
  bytes_.reserve(bytes);
}

double CsvColumn::Number(size_t row) const {
  if (type == CsvType::kBool) return bools[row] ? 1 : 0;
  return type == CsvType::kInt ? static_cast<double>(ints[row]) : floats[row];
}

std::string CsvColumn::Field(size_t row) const {
  if (IsMissing(row)) return "";
  switch (type) {
    case CsvType::kBool:
      return bools[row] ? "true" : "false";
    case CsvType::kInt:
      return absl::StrCat(ints[row]);
    case CsvType::kFloat:
      return FormatFloat(floats[row]);
    case CsvType::kText:
      return std::string(texts[row]);
  }
  return "";
}

int64_t CsvTable::LineOf(size_t row) const {
  const auto behind = std::upper_bound(line_jumps.begin(), line_jumps.end(), row,
                                       [](size_t r, const auto& jump) { return r < jump.first; });
  const auto& [first, line] = *(behind - 1);
  return line + static_cast<int64_t>(row - first);
}

const CsvColumn* CsvTable::Find(absl::string_view name) const {
  for (const CsvColumn& c : columns) {
    if (c.name == name) return &c;
  }
  return nullptr;
}

absl::StatusOr<CsvTable> ParseCsv(absl::string_view text, const CsvOptions& options) try {
  return ReadTable([&] { return std::make_unique<MemoryReader>(text); }, options);
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<CsvTable> ReadCsv(const std::string& path, const CsvOptions& options) try {
  const Open open = [&]() -> absl::StatusOr<std::unique_ptr<ByteReader>> {
    DAGRAD_ASSIGN_OR_RETURN(FileReader file, FileReader::Open(path));
    if (file.left() > options.max_bytes) {
      return ResourceExhaustedError(absl::StrCat(Printable(path, 1024), ": has ", file.left(),
                                                 " bytes; the limit is ", options.max_bytes));
    }
    return std::make_unique<FileReader>(std::move(file));
  };
  absl::StatusOr<CsvTable> table = ReadTable(open, options);
  if (table.ok() || !absl::IsInvalidArgument(table.status())) return table;
  return Prefixed(Printable(path, 1024), table.status());
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::io
