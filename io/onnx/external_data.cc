#include "dagrad/io/onnx/external_data.h"

#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"

namespace dagrad::onnx {
namespace {

// Where the bytes are.
struct Place {
  std::string location;
  int64_t offset = 0;
  int64_t length = -1;  // to the end
};

absl::Status ReadNumber(absl::string_view key, const std::string& text, int64_t* value) {
  // Digits only: no sign, no blank.
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  if (digits && absl::SimpleAtoi(text, value)) return absl::OkStatus();
  return InvalidArgumentError(absl::StrCat("external_data: ", key, " is \"", text.substr(0, 64),
                                           "\", which is no number of bytes"));
}

absl::StatusOr<Place> PlaceOf(const proto::Tensor& tensor) {
  Place place;
  std::map<std::string, int> seen;
  for (const proto::StringEntry& entry : tensor.external_data()) {
    if (++seen[entry.key()] > 1) {
      return InvalidArgumentError(
          absl::StrCat("external_data has \"", entry.key(), "\" more than once"));
    }
    if (entry.key() == "location") {
      place.location = entry.value();
    } else if (entry.key() == "offset") {
      DAGRAD_RETURN_IF_ERROR(ReadNumber("offset", entry.value(), &place.offset));
    } else if (entry.key() == "length") {
      DAGRAD_RETURN_IF_ERROR(ReadNumber("length", entry.value(), &place.length));
    } else if (entry.key() != "checksum" && !absl::StartsWith(entry.key(), "prepacked_")) {
      return InvalidArgumentError(
          absl::StrCat("external_data has the unknown key \"", entry.key(), "\""));
    }
  }
  if (!seen.contains("location")) return InvalidArgumentError("external_data has no location");
  return place;
}

}  // namespace

absl::StatusOr<std::shared_ptr<io::MappedFile>> ExternalData::Open(const std::string& location) {
  if (directory_.empty()) {
    return FailedPreconditionError(absl::StrCat("its data is in the file \"", location,
                                                "\", and there is no directory to look in"));
  }
  auto [found, is_new] = files_.try_emplace(location);
  if (is_new) {
    auto file = io::MappedFile::OpenInside(directory_, location, linked_);
    if (!file.ok()) {
      files_.erase(found);
      return file.status();
    }
    found->second = *std::move(file);
  }
  return found->second;
}

absl::StatusOr<Tensor> ExternalData::Load(const proto::Tensor& tensor, DType dtype,
                                          const Dims& dims) {
  DAGRAD_ASSIGN_OR_RETURN(const Place place, PlaceOf(tensor));
  DAGRAD_ASSIGN_OR_RETURN(const int64_t elements, CheckedNumElements(dims));
  const int64_t needed = elements * static_cast<int64_t>(DTypeSize(dtype));
  DAGRAD_ASSIGN_OR_RETURN(const std::shared_ptr<io::MappedFile> file, Open(place.location));
  const auto size = static_cast<int64_t>(file->size());
  const int64_t left = place.offset <= size ? size - place.offset : 0;
  if (needed > left || (place.length >= 0 && place.length != needed)) {
    return DataLossError(
        absl::StrCat("its shape needs ", needed, " bytes; external_data gives ",
                     place.length >= 0 ? absl::StrCat(place.length) : std::string("those"),
                     " from ", place.offset, " on of \"", place.location, "\", which has ", size));
  }
  char* const bytes = file->data() + place.offset;
  if (needed > 0 && reinterpret_cast<uintptr_t>(bytes) % DTypeSize(dtype) == 0 &&
      dtype != DType::kBool) {
    return Tensor::Wrap(dtype, dims, bytes, file);
  }
  DAGRAD_RETURN_IF_ERROR(budget_.Take(needed, "the tensor"));
  DAGRAD_ASSIGN_OR_RETURN(Tensor copy, Tensor::Allocate(dtype, dims));
  auto* const to = static_cast<uint8_t*>(copy.mutable_bytes());
  if (needed > 0) std::memcpy(to, bytes, static_cast<size_t>(needed));
  // Of bools whatever is not 0 is true.
  for (int64_t i = 0; dtype == DType::kBool && i < needed; ++i) to[i] = to[i] != 0 ? 1 : 0;
  return copy;
}

}  // namespace dagrad::onnx
