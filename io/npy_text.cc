#include "dagrad/io/npy_text.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "utf8proc.h"

namespace dagrad::io {
namespace {

constexpr int64_t kMostCharacters = int64_t{1} << 30;

int32_t CharacterAt(const char* bytes) {
  int32_t character = 0;
  std::memcpy(&character, bytes, sizeof character);  // little-endian, as this machine is
  return character;
}

// Appends the element's text; false for what is no character.
bool AppendElement(const char* element, const NpyText& text, std::string* out) {
  int64_t size = text.size;
  if (!text.is_unicode) {
    while (size > 0 && element[size - 1] == '\0') --size;
    out->append(element, static_cast<size_t>(size));
    return true;
  }
  while (size > 0 && CharacterAt(element + 4 * (size - 1)) == 0) --size;
  for (int64_t i = 0; i < size; ++i) {
    const int32_t character = CharacterAt(element + 4 * i);
    if (!utf8proc_codepoint_valid(character)) return false;
    utf8proc_uint8_t bytes[4];
    const utf8proc_ssize_t n = utf8proc_encode_char(character, bytes);
    out->append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(n));
  }
  return true;
}

// The characters of UTF-8; false for what is none.
bool Decode(absl::string_view s, std::u32string* out) {
  out->clear();
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(s.data());
  for (size_t at = 0; at < s.size();) {
    utf8proc_int32_t character = 0;
    const auto left = static_cast<utf8proc_ssize_t>(std::min<size_t>(s.size() - at, 4));
    const utf8proc_ssize_t n = utf8proc_iterate(bytes + at, left, &character);
    if (n <= 0) return false;
    out->push_back(static_cast<char32_t>(character));
    at += static_cast<size_t>(n);
  }
  return true;
}

}  // namespace

std::optional<NpyText> ParseNpyText(absl::string_view descr) {
  NpyText text;
  text.is_unicode = absl::ConsumePrefix(&descr, "<U");
  if (!text.is_unicode && !absl::ConsumePrefix(&descr, "|S")) return std::nullopt;
  if (descr.empty() || descr.find_first_not_of("0123456789") != descr.npos ||
      !absl::SimpleAtoi(descr, &text.size) || text.size < 1 || text.size > kMostCharacters)
    return std::nullopt;
  return text;
}

absl::StatusOr<Tensor> ReadNpyText(ByteReader* reader, const NpyText& text, const Dims& dims,
                                   const Budget& budget) {
  DAGRAD_ASSIGN_OR_RETURN(const int64_t count, CheckedNumElements(dims));
  const auto left = static_cast<int64_t>(reader->left());
  const int64_t size = text.bytes();
  const bool fits = left % size == 0 && left / size == count;
  if (!fits) {
    return DataLossError(absl::StrCat("string", DimsToString(dims), " of ", size,
                                      " bytes each; the file has ", left));
  }
  DAGRAD_RETURN_IF_ERROR(budget.Check());
  DAGRAD_ASSIGN_OR_RETURN(const Budget::Lease lease, budget.Lend(2 * left, "the array's text"));
  DAGRAD_RETURN_IF_ERROR(
      budget.Take(left + count * static_cast<int64_t>(sizeof(absl::string_view)), "the tensor"));
  DAGRAD_ASSIGN_OR_RETURN(Tensor tensor, Tensor::Allocate(DType::kString, dims));
  std::string raw(static_cast<size_t>(left), '\0');
  if (left > 0) DAGRAD_RETURN_IF_ERROR(reader->Read(raw.data(), raw.size()));
  std::string all;
  std::vector<size_t> ends;
  for (int64_t i = 0; i < count; ++i) {
    if (!AppendElement(raw.data() + i * size, text, &all))
      return DataLossError(absl::StrCat("element ", i, " has what is no character"));
    ends.push_back(all.size());
  }
  size_t begin = 0;
  for (int64_t i = 0; i < count; ++i) {
    tensor.mutable_data<absl::string_view>()[i] =
        absl::string_view(all).substr(begin, ends[i] - begin);
    begin = ends[i];
  }
  DAGRAD_RETURN_IF_ERROR(tensor.OwnText());
  return tensor;
}

absl::StatusOr<EncodedNpyText> EncodeNpyText(const Tensor& strings) {
  const absl::Span<const absl::string_view> elements = strings.data<absl::string_view>();
  std::u32string characters;
  size_t longest = 1;
  for (size_t i = 0; i < elements.size(); ++i) {
    if (!Decode(elements[i], &characters))
      return InvalidArgumentError(absl::StrCat("element ", i, " is no UTF-8"));
    if (!characters.empty() && characters.back() == 0)
      return InvalidArgumentError(absl::StrCat("element ", i, " ends with a zero"));
    longest = std::max(longest, characters.size());
  }
  constexpr size_t kMost = size_t{1} << 32;
  if (longest > kMost / 4 || elements.size() > kMost / 4 / longest)
    return ResourceExhaustedError("the array would have more than 4 GiB");
  EncodedNpyText encoded;
  encoded.descr = absl::StrCat("<U", longest);
  encoded.bytes.assign(4 * longest * elements.size(), '\0');
  for (size_t i = 0; i < elements.size(); ++i) {
    Decode(elements[i], &characters);
    std::memcpy(encoded.bytes.data() + 4 * longest * i, characters.data(), 4 * characters.size());
  }
  return encoded;
}

}  // namespace dagrad::io
