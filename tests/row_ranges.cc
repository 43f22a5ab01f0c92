#include "dagrad/tests/row_ranges.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/tests/guarded_buffer.h"

namespace dagrad::tests {
namespace {

using runtime::KernelArgs;
using runtime::Phase;
using Range = std::pair<int64_t, int64_t>;

// A partition of [0, count), shuffled: pieces of one row, of a few, and long ones.
std::vector<Range> DrawRanges(int64_t count, std::mt19937* bits) {
  const int64_t longest = std::max<int64_t>(count >> (*bits)() % 6, 1);
  std::vector<Range> ranges;
  for (int64_t begin = 0; begin < count;) {
    const int64_t end = std::min<int64_t>(begin + 1 + (*bits)() % longest, count);
    ranges.push_back({begin, end});
    begin = end;
  }
  std::shuffle(ranges.begin(), ranges.end(), *bits);
  return ranges;
}

struct Bytes {
  std::byte* data;
  size_t size;
};

std::vector<std::byte> Copy(const Bytes& b) { return {b.data, b.data + b.size}; }

// The rows of a buffer outside a range, poisoned while this lives.
class OthersPoisoned {
 public:
  OthersPoisoned(const Bytes& b, const Range& rows, int64_t count, int poison)
      : bytes_(b),
        begin_(b.size / count * rows.first),
        end_(b.size / count * rows.second),
        held_(Copy(b)) {
    std::memset(b.data, poison, begin_);
    std::memset(b.data + end_, poison, b.size - end_);
    poisoned_ = Copy(b);
  }
  ~OthersPoisoned() {
    std::copy_n(held_.data(), begin_, bytes_.data);
    std::copy(held_.begin() + end_, held_.end(), bytes_.data + end_);
  }

  bool Intact() const {
    return std::equal(poisoned_.begin(), poisoned_.begin() + begin_, bytes_.data) &&
           std::equal(poisoned_.begin() + end_, poisoned_.end(), bytes_.data + end_);
  }

 private:
  Bytes bytes_;
  size_t begin_, end_;
  std::vector<std::byte> held_, poisoned_;
};

// Which outputs the phase writes: the others are those of earlier phases, which it may read. The
// buffers are left as they were, the shared scratch is not.
absl::Status FindWritten(const Phase& phase, const RowBuffers& b, std::vector<Bytes>* written) {
  std::vector<std::vector<std::byte>> before;
  for (size_t i = 0; i < b.output_bytes.size(); ++i)
    before.push_back(Copy({b.args.out<std::byte>(i), b.output_bytes[i]}));
  GuardedBuffer task(phase.rows->task_scratch_bytes, 0xA5);
  KernelArgs args = b.args;
  args.task_scratch = task.data();
  DAGRAD_RETURN_IF_ERROR(phase.rows->run(args, 0, phase.rows->count));
  for (size_t i = 0; i < b.output_bytes.size(); ++i) {
    const Bytes out{b.args.out<std::byte>(i), b.output_bytes[i]};
    if (std::equal(before[i].begin(), before[i].end(), out.data)) continue;
    if (out.size % phase.rows->count != 0) {
      return absl::InternalError(
          absl::StrCat("output ", i, " has no ", phase.rows->count, " rows"));
    }
    std::copy(before[i].begin(), before[i].end(), out.data);
    written->push_back(out);
  }
  return absl::OkStatus();
}

absl::Status RunRange(const Phase& phase, const KernelArgs& args, const std::vector<Bytes>& buffers,
                      const Range& range, int poison) {
  GuardedBuffer task(phase.rows->task_scratch_bytes, static_cast<unsigned char>(poison));
  KernelArgs own = args;
  own.task_scratch = task.data();
  std::vector<std::unique_ptr<OthersPoisoned>> others;
  for (const Bytes& b : buffers)
    others.push_back(std::make_unique<OthersPoisoned>(b, range, phase.rows->count, poison));
  const absl::Status status = phase.rows->run(own, range.first, range.second);
  auto in_range = [&](absl::string_view what) {
    return absl::InternalError(
        absl::StrCat("run(", range.first, ", ", range.second, ") wrote ", what));
  };
  for (const auto& o : others) {
    if (!o->Intact()) return in_range("other rows");
  }
  if (!task.GuardsHold()) return in_range("beside its scratch");
  return status;
}

}  // namespace

absl::Status RunInRanges(const Phase& phase, const RowBuffers& b, std::mt19937* bits) {
  const Phase::Rows& rows = *phase.rows;
  if (rows.count == 0) return phase.run(b.args, 0);
  std::vector<Bytes> buffers;
  DAGRAD_RETURN_IF_ERROR(FindWritten(phase, b, &buffers));
  std::set<const void*> known;
  for (const Bytes& out : buffers) known.insert(out.data);
  for (size_t i = 0; i < b.input_bytes.size(); ++i) {
    if ((rows.aligned >> i & 1) == 0) continue;
    if (b.input_bytes[i] % rows.count != 0) {
      return absl::InternalError(absl::StrCat("input ", i, " has no ", rows.count, " rows"));
    }
    auto* data = const_cast<std::byte*>(b.args.in<std::byte>(i));
    if (known.insert(data).second) buffers.push_back({data, b.input_bytes[i]});
  }
  for (const Range& range : DrawRanges(rows.count, bits)) {
    // As a float, 0xFF… is NaN, and 0xA5… is tiny; as an index, the latter is out of range.
    const int poison = (*bits)() % 2 == 0 ? 0xFF : 0xA5;
    DAGRAD_RETURN_IF_ERROR(RunRange(phase, b.args, buffers, range, poison));
  }
  return absl::OkStatus();
}

}  // namespace dagrad::tests
