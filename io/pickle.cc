#include "dagrad/io/pickle.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::io {
namespace {

// Python puts 1,000 elements of a list on the stack at a time.
constexpr size_t kMostOnStack = 1 << 16;

// What is on the stack: `number` is that of an integer, or the place of what is kept elsewhere.
struct Item {
  enum Kind : uint8_t { kMark, kNone, kInteger, kText, kTuple, kList, kGlobal, kDType, kArray };
  Kind kind = kNone;
  int64_t number = 0;
};

enum Global : int64_t { kNdarray, kDtype, kReconstruct, kEncode };
struct GlobalName {
  absl::string_view module, name;
  Global global;
};
constexpr GlobalName kGlobals[] = {{"numpy", "ndarray", kNdarray},
                                   {"numpy", "dtype", kDtype},
                                   {"numpy.core.multiarray", "_reconstruct", kReconstruct},
                                   {"numpy._core.multiarray", "_reconstruct", kReconstruct},
                                   {"_codecs", "encode", kEncode}};

// A list of integers, or of lists; those are places in Pickle::lists_.
struct List {
  std::vector<int64_t> elements;
  bool of_lists = false;
};

class Pickle {
 public:
  Pickle(absl::string_view bytes, size_t max_bytes, const Budget& budget)
      : rest_(bytes), max_bytes_(max_bytes), budget_(budget) {}

  absl::StatusOr<IntegerLists> Run(int64_t count) {
    for (int64_t steps = 0; !stopped_; ++steps) {
      if (steps % 65536 == 0) DAGRAD_RETURN_IF_ERROR(budget_.Check());
      DAGRAD_RETURN_IF_ERROR(Step());
      if (stack_.size() > kMostOnStack)
        return ResourceExhaustedError(
            absl::StrCat("it stacks more than ", kMostOnStack, " values"));
    }
    if (!rest_.empty())
      return DataLossError(absl::StrCat("it has ", rest_.size(), " bytes too many"));
    return Result(count);
  }

 private:
  static absl::Status Damaged() { return DataLossError("it is cut or no pickle"); }
  static absl::Status Other(absl::string_view what) {
    return UnimplementedError(
        absl::StrCat("it has ", what, "; read are NumPy's arrays of lists of integers"));
  }

  absl::StatusOr<absl::string_view> Take(uint64_t size) {
    if (size > rest_.size()) return Damaged();
    const absl::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }
  // Little-endian, of `size` bytes, the last of them with a sign or not.
  absl::StatusOr<int64_t> TakeNumber(size_t size, bool has_sign = false) {
    DAGRAD_ASSIGN_OR_RETURN(const absl::string_view bytes, Take(size));
    uint64_t value = has_sign && size > 0 && (bytes.back() & 0x80) != 0 ? ~uint64_t{0} : 0;
    for (size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return static_cast<int64_t>(value);
  }
  absl::StatusOr<absl::string_view> TakeLine() {
    const size_t end = rest_.find('\n');
    if (end == rest_.npos) return Damaged();
    DAGRAD_ASSIGN_OR_RETURN(const absl::string_view line, Take(end));
    rest_.remove_prefix(1);
    return line;
  }

  // What it makes takes so much; at once more than that, so that this is asked seldom.
  absl::Status Charge(size_t bytes) {
    made_ += bytes;
    if (made_ > max_bytes_) {
      return ResourceExhaustedError(
          absl::StrCat("more than ", max_bytes_, " bytes come out of it; that is the limit"));
    }
    if (made_ <= taken_) return absl::OkStatus();
    const size_t more = std::max(made_ - taken_, taken_ / 4);
    taken_ += more;
    return budget_.Take(static_cast<int64_t>(more), "the lists");
  }

  absl::Status Push(Item::Kind kind, int64_t number = 0) {
    stack_.push_back({kind, number});
    return absl::OkStatus();
  }
  absl::Status PushNumber(absl::StatusOr<int64_t> number) {
    if (!number.ok()) return number.status();
    return Push(Item::kInteger, *number);
  }
  absl::Status PushText(absl::StatusOr<int64_t> size) {
    if (!size.ok()) return size.status();
    DAGRAD_ASSIGN_OR_RETURN(const absl::string_view text, Take(static_cast<uint64_t>(*size)));
    texts_.push_back(text);
    DAGRAD_RETURN_IF_ERROR(Charge(sizeof text));
    return Push(Item::kText, static_cast<int64_t>(texts_.size()) - 1);
  }
  absl::Status PushList() {
    lists_.emplace_back();
    DAGRAD_RETURN_IF_ERROR(Charge(sizeof(List)));
    return Push(Item::kList, static_cast<int64_t>(lists_.size()) - 1);
  }
  absl::Status PushTuple(std::vector<Item> items) {
    DAGRAD_RETURN_IF_ERROR(Charge(sizeof items + items.size() * sizeof(Item)));
    tuples_.push_back(std::move(items));
    return Push(Item::kTuple, static_cast<int64_t>(tuples_.size()) - 1);
  }
  // The last `count` items, off the stack.
  absl::StatusOr<std::vector<Item>> Pop(size_t count) {
    if (count > stack_.size()) return Damaged();
    std::vector<Item> items(stack_.end() - static_cast<int64_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    for (const Item& item : items) {
      if (item.kind == Item::kMark) return Damaged();
    }
    return items;
  }
  // Those behind the last mark, which goes too.
  absl::StatusOr<std::vector<Item>> PopToMark() {
    size_t count = 0;
    while (count < stack_.size() && stack_[stack_.size() - 1 - count].kind != Item::kMark) ++count;
    if (count == stack_.size()) return Damaged();
    DAGRAD_ASSIGN_OR_RETURN(std::vector<Item> items, Pop(count));
    stack_.pop_back();
    return items;
  }
  absl::Status Tuple(absl::StatusOr<std::vector<Item>> items) {
    if (!items.ok()) return items.status();
    return PushTuple(*std::move(items));
  }

  absl::Status Append(const absl::StatusOr<std::vector<Item>>& items) {
    if (!items.ok()) return items.status();
    if (stack_.empty() || stack_.back().kind != Item::kList) return Damaged();
    List& list = lists_[stack_.back().number];
    for (const Item& item : *items) {
      const bool is_list = item.kind == Item::kList;
      if (!is_list && item.kind != Item::kInteger)
        return Other("a list with elements that are neither integers nor lists");
      if (list.elements.empty()) list.of_lists = is_list;
      if (list.of_lists != is_list) return Other("a list of integers and lists");
      list.elements.push_back(item.number);
    }
    return Charge(items->size() * sizeof(int64_t));
  }

  // Python numbers what it may need again from 0 or from 1 on.
  absl::Status Remember(absl::StatusOr<int64_t> place) {
    if (!place.ok()) return place.status();
    if (stack_.empty() || stack_.back().kind == Item::kMark) return Damaged();
    const auto at = static_cast<uint64_t>(*place);
    if (at > memo_.size() + 1) return Damaged();
    if (at >= memo_.size()) {
      DAGRAD_RETURN_IF_ERROR(Charge((at + 1 - memo_.size()) * sizeof(Item)));
      memo_.resize(at + 1);
    }
    memo_[at] = stack_.back();
    return absl::OkStatus();
  }
  absl::Status Recall(absl::StatusOr<int64_t> place) {
    if (!place.ok()) return place.status();
    if (static_cast<uint64_t>(*place) >= memo_.size()) return Damaged();
    const Item item = memo_[*place];
    return Push(item.kind, item.number);
  }

  absl::Status PushGlobal(absl::string_view module, absl::string_view name) {
    for (const GlobalName& g : kGlobals) {
      if (g.module == module && g.name == name) return Push(Item::kGlobal, g.global);
    }
    return Other(absl::StrCat("\"", Printable(module), ".", Printable(name), "\""));
  }
  absl::Status StackGlobal() {
    DAGRAD_ASSIGN_OR_RETURN(const std::vector<Item> names, Pop(2));
    if (names[0].kind != Item::kText || names[1].kind != Item::kText) return Damaged();
    return PushGlobal(texts_[names[0].number], texts_[names[1].number]);
  }

  // A function and its arguments become what they make.
  absl::Status Reduce() {
    DAGRAD_ASSIGN_OR_RETURN(const std::vector<Item> call, Pop(2));
    if (call[0].kind != Item::kGlobal || call[1].kind != Item::kTuple) return Damaged();
    if (call[0].number == kReconstruct) return Push(Item::kArray, -1);
    if (call[0].number == kEncode) return Push(Item::kNone);
    if (call[0].number == kNdarray) return Other("a call of numpy.ndarray");
    const std::vector<Item>& args = tuples_[call[1].number];
    if (args.empty() || args[0].kind != Item::kText) return Damaged();
    const absl::string_view type = texts_[args[0].number];
    if (!absl::StartsWith(type, "O"))
      return Other(absl::StrCat("elements of type \"", Printable(type), "\""));
    return Push(Item::kDType);
  }
  // Gives a dtype its byte order and so on, or an array its shape, dtype, order and elements.
  absl::Status Build() {
    DAGRAD_ASSIGN_OR_RETURN(const std::vector<Item> state, Pop(1));
    if (stack_.empty() || state[0].kind != Item::kTuple) return Damaged();
    Item& built = stack_.back();
    if (built.kind == Item::kDType) return absl::OkStatus();
    if (built.kind != Item::kArray || built.number >= 0) return Damaged();
    const std::vector<Item>& parts = tuples_[state[0].number];
    if (parts.size() != 5 || parts[1].kind != Item::kTuple || parts[2].kind != Item::kDType ||
        parts[4].kind != Item::kList)
      return Damaged();
    const std::vector<Item>& shape = tuples_[parts[1].number];
    if (shape.size() != 1) return Other(absl::StrCat("an array of rank ", shape.size()));
    if (shape[0].kind != Item::kInteger) return Damaged();
    const auto length = static_cast<int64_t>(lists_[parts[4].number].elements.size());
    if (shape[0].number != length) {
      return DataLossError(
          absl::StrCat("an array of ", shape[0].number, " has ", length, " elements"));
    }
    built.number = parts[4].number;
    return absl::OkStatus();
  }

  absl::Status Protocol(absl::StatusOr<int64_t> version) {
    if (!version.ok()) return version.status();
    if (*version <= 5) return absl::OkStatus();
    return UnimplementedError(absl::StrCat("protocol ", *version, " is unknown; known: 2 to 5"));
  }
  absl::Status Long() {
    DAGRAD_ASSIGN_OR_RETURN(const int64_t size, TakeNumber(1));
    if (size > 8) return Other("an integer of more than 64 bits");
    return PushNumber(TakeNumber(size, /*has_sign=*/true));
  }
  absl::Status NamedGlobal() {
    DAGRAD_ASSIGN_OR_RETURN(const absl::string_view module, TakeLine());
    DAGRAD_ASSIGN_OR_RETURN(const absl::string_view name, TakeLine());
    return PushGlobal(module, name);
  }
  absl::Status Stop() {
    stopped_ = true;
    return absl::OkStatus();
  }

  // One instruction.
  absl::Status Step() {
    DAGRAD_ASSIGN_OR_RETURN(const int64_t code, TakeNumber(1));
    switch (code) {
      case 0x80:
        return Protocol(TakeNumber(1));
      case 0x95:
        return TakeNumber(8).status();  // of a frame, the size
      case '.':
        return Stop();
      case '(':
        return Push(Item::kMark);
      case 'N':
        return Push(Item::kNone);
      case 0x88:
        return Push(Item::kInteger, 1);  // True
      case 0x89:
        return Push(Item::kInteger, 0);  // False
      case 'K':
        return PushNumber(TakeNumber(1));
      case 'M':
        return PushNumber(TakeNumber(2));
      case 'J':
        return PushNumber(TakeNumber(4, /*has_sign=*/true));
      case 0x8A:
        return Long();
      case 'U':  // of Python 2
      case 'C':
      case 0x8C:
        return PushText(TakeNumber(1));
      case 'T':
      case 'B':
      case 'X':
        return PushText(TakeNumber(4));
      case ')':
        return PushTuple({});
      case 0x85:
        return Tuple(Pop(1));
      case 0x86:
        return Tuple(Pop(2));
      case 0x87:
        return Tuple(Pop(3));
      case 't':
        return Tuple(PopToMark());
      case ']':
        return PushList();
      case 'a':
        return Append(Pop(1));
      case 'e':
        return Append(PopToMark());
      case 0x94:
        return Remember(memo_.size());
      case 'q':
        return Remember(TakeNumber(1));
      case 'r':
        return Remember(TakeNumber(4));
      case 'h':
        return Recall(TakeNumber(1));
      case 'j':
        return Recall(TakeNumber(4));
      case 'c':
        return NamedGlobal();
      case 0x93:
        return StackGlobal();
      case 'R':
        return Reduce();
      case 'b':
        return Build();
      default:
        return Other(absl::StrFormat("the instruction 0x%02x", code));
    }
  }

  // The one array on the stack.
  absl::StatusOr<IntegerLists> Result(int64_t count) {
    if (stack_.size() != 1 || stack_[0].kind != Item::kArray || stack_[0].number < 0)
      return Other("something else than one array");
    const List outer = std::move(lists_[stack_[0].number]);
    if (static_cast<int64_t>(outer.elements.size()) != count) {
      return DataLossError(
          absl::StrCat("an array of ", count, " has ", outer.elements.size(), " elements"));
    }
    if (count > 0 && !outer.of_lists) return Other("elements that are no lists");
    IntegerLists result;
    DAGRAD_RETURN_IF_ERROR(Charge(outer.elements.size() * sizeof(result[0])));
    result.reserve(outer.elements.size());
    for (const int64_t place : outer.elements) {
      const List& inner = lists_[place];
      if (inner.of_lists || place == stack_[0].number) return Other("lists of lists");
      DAGRAD_RETURN_IF_ERROR(Charge(inner.elements.size() * sizeof(int64_t)));
      result.push_back(inner.elements);
    }
    return result;
  }

  absl::string_view rest_;
  size_t max_bytes_, made_ = 0, taken_ = 0;
  const Budget& budget_;
  bool stopped_ = false;
  std::vector<Item> stack_, memo_;
  std::vector<absl::string_view> texts_;
  std::vector<std::vector<Item>> tuples_;
  std::vector<List> lists_;
};

}  // namespace

absl::StatusOr<IntegerLists> ParsePickledLists(absl::string_view bytes, int64_t count,
                                               size_t max_bytes, const Budget& budget) try {
  return Pickle(bytes, max_bytes, budget).Run(count);
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::io
