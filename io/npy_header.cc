#include "dagrad/io/npy_header.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::io {
namespace {

constexpr char kMagic[] = "\x93NUMPY";
constexpr size_t kMaxHeader = 65536;

struct Parts {
  std::optional<std::string> descr;
  std::optional<bool> fortran_order;
  std::optional<Dims> shape;
};

// Of Python's literals those that NumPy writes:
// {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class HeaderParser {
 public:
  explicit HeaderParser(absl::string_view text) : rest_(text) {}

  bool Parse(Parts* header) {
    if (!Eat("{")) return false;
    while (!Eat("}")) {
      std::optional<std::string> key = String();
      if (!key.has_value() || !Eat(":") || !Value(*key, header)) return false;
      if (Eat(",")) continue;
      if (!Eat("}")) return false;
      break;
    }
    Skip();
    return rest_.empty() && header->descr && header->fortran_order && header->shape;
  }

 private:
  void Skip() {
    while (!rest_.empty() &&
           absl::string_view(" \n\t\r").find(rest_[0]) != absl::string_view::npos) {
      rest_.remove_prefix(1);
    }
  }
  bool Eat(absl::string_view token) {
    Skip();
    return absl::ConsumePrefix(&rest_, token);
  }
  std::optional<std::string> String() {
    for (const char* quote : {"'", "\""}) {
      if (!Eat(quote)) continue;
      const size_t end = rest_.find(quote);
      if (end == rest_.npos || rest_.substr(0, end).find('\\') != rest_.npos) return std::nullopt;
      std::string text(rest_.substr(0, end));
      rest_.remove_prefix(end + 1);
      return text;
    }
    return std::nullopt;
  }
  bool Value(absl::string_view key, Parts* header) {
    if (key == "descr" && !header->descr) return (header->descr = String()).has_value();
    if (key == "fortran_order" && !header->fortran_order) {
      const bool yes = Eat("True");
      header->fortran_order = yes;
      return yes || Eat("False");
    }
    return key == "shape" && !header->shape && Shape(&header->shape.emplace());
  }
  bool Shape(Dims* dims) {
    if (!Eat("(")) return false;
    while (!Eat(")")) {
      Skip();
      const size_t length = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
      int64_t size = 0;
      if (!absl::SimpleAtoi(rest_.substr(0, length), &size) || dims->size() >= 64) return false;
      dims->push_back(size);
      rest_.remove_prefix(length);
      if (Eat(",")) continue;
      return Eat(")");
    }
    return true;
  }

  absl::string_view rest_;
};

uint32_t LittleEndian(absl::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

// The next bytes, of which there must be as many.
absl::StatusOr<std::string> Take(ByteReader* reader, size_t size, absl::string_view otherwise) {
  if (size > reader->left()) return dagrad::DataLossError(otherwise);
  std::string bytes(size, '\0');
  DAGRAD_RETURN_IF_ERROR(reader->Read(bytes.data(), size));
  return bytes;
}

absl::StatusOr<std::string> TakeText(ByteReader* reader) {
  constexpr absl::string_view kForeign = "it does not begin as a .npy file";
  constexpr absl::string_view kCut = "it ends within its header";
  DAGRAD_ASSIGN_OR_RETURN(const std::string start, Take(reader, 8, kForeign));
  if (!absl::StartsWith(start, absl::string_view(kMagic, 6)))
    return dagrad::DataLossError(kForeign);
  const int version = start[6];
  if (version < 1 || version > 3 || start[7] != 0) {
    return UnimplementedError(absl::StrCat("version ", static_cast<unsigned char>(start[6]), ".",
                                           static_cast<unsigned char>(start[7]),
                                           " of the format is unknown; known: 1.0 to 3.0"));
  }
  DAGRAD_ASSIGN_OR_RETURN(const std::string field, Take(reader, version == 1 ? 2 : 4, kCut));
  const size_t length = LittleEndian(field);
  if (length > kMaxHeader)
    return ResourceExhaustedError(
        absl::StrCat("its header has ", length, " bytes; the limit is ", kMaxHeader));
  return Take(reader, length, kCut);
}

}  // namespace

absl::StatusOr<NpyHeader> TakeNpyHeader(ByteReader* reader) {
  DAGRAD_ASSIGN_OR_RETURN(const std::string text, TakeText(reader));
  Parts parts;
  if (!HeaderParser(text).Parse(&parts))
    return DataLossError(absl::StrCat("its header is none of NumPy's: ", Printable(text)));
  return NpyHeader{*std::move(parts.descr), *parts.fortran_order, *std::move(parts.shape)};
}

}  // namespace dagrad::io
