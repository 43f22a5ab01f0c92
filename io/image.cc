#include "dagrad/io/image.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/file.h"
#include "dagrad/io/image_decoder.h"

namespace dagrad::io {
namespace {

using image_internal::Pixels;

struct Format {
  absl::string_view name;
  absl::string_view begin;
  absl::StatusOr<Pixels> (*parse)(absl::string_view, const ReadImageOptions&);
};
constexpr Format kFormats[] = {{"PNG", "\x89PNG\r\n\x1a\n", image_internal::ParsePng},
                               {"JPEG", "\xFF\xD8\xFF", image_internal::ParseJpeg},
                               {"BMP", "BM", image_internal::ParseBmp},
                               {"GIF", "GIF8", nullptr},
                               {"WebP", "RIFF", nullptr},
                               {"TIFF", {"II*\0", 4}, nullptr},
                               {"TIFF", {"MM\0*", 4}, nullptr}};

absl::StatusOr<Pixels> Parse(absl::string_view bytes, const ReadImageOptions& options) {
  for (const Format& format : kFormats) {
    if (!absl::StartsWith(bytes, format.begin)) continue;
    if (format.parse != nullptr) return format.parse(bytes, options);
    return UnimplementedError(
        absl::StrCat("is a ", format.name, " image; PNG, JPEG and BMP are read"));
  }
  return DataLossError("is no PNG, JPEG or BMP image");
}

absl::StatusOr<Pixels> Luma(const Tensor& colors, const ReadImageOptions& options) {
  DAGRAD_ASSIGN_OR_RETURN(Pixels gray,
                          image_internal::Allocate(colors.dims()[0], colors.dims()[1], options));
  const uint8_t* from = colors.data<uint8_t>().data();
  for (uint8_t& to : gray.tensor.mutable_data<uint8_t>()) {
    to = static_cast<uint8_t>((19595 * from[0] + 38470 * from[1] + 7471 * from[2] + 32768) >> 16);
    from += 3;
  }
  return gray;
}

}  // namespace

namespace image_internal {

absl::StatusOr<Pixels> Allocate(uint64_t height, uint64_t width, const ReadImageOptions& options) {
  // Neither is above 2^32.
  const uint64_t pixels = height * width;
  if (pixels > options.max_bytes / options.channels) {
    return ResourceExhaustedError(absl::StrCat("its ", height, " x ", width,
                                               " pixels take more than ", options.max_bytes,
                                               " bytes; that is the limit"));
  }
  DAGRAD_RETURN_IF_ERROR(options.budget.Check());
  Pixels made;
  DAGRAD_ASSIGN_OR_RETURN(
      made.lease,
      options.budget.Lend(static_cast<int64_t>(pixels * options.channels), "the image"));
  DAGRAD_ASSIGN_OR_RETURN(
      made.tensor,
      Tensor::Allocate(DType::kUInt8, {static_cast<int64_t>(height), static_cast<int64_t>(width),
                                       options.channels}));
  return made;
}

}  // namespace image_internal

namespace {

absl::StatusOr<Pixels> ParseAny(absl::string_view bytes, const ReadImageOptions& options) {
  if (options.channels != 1 && options.channels != 3 && options.channels != 4) {
    return InvalidArgumentError(
        absl::StrCat("channels of an image are 1, 3 or 4, not ", options.channels));
  }
  if (options.channels != 1) return Parse(bytes, options);
  ReadImageOptions colors = options;
  colors.channels = 3;
  DAGRAD_ASSIGN_OR_RETURN(const Pixels pixels, Parse(bytes, colors));
  return Luma(pixels.tensor, options);
}

}  // namespace

absl::StatusOr<Tensor> ParseImage(absl::string_view bytes, const ReadImageOptions& options) try {
  DAGRAD_ASSIGN_OR_RETURN(Pixels pixels, ParseAny(bytes, options));
  pixels.lease.Keep();
  return std::move(pixels.tensor);
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<Tensor> ReadImage(const std::string& path, const ReadImageOptions& options,
                                 Budget::Lease* lease) try {
  Budget::Lease file;
  DAGRAD_ASSIGN_OR_RETURN(const std::string bytes,
                          ReadFile(path, options.max_bytes, options.budget, &file));
  absl::StatusOr<Pixels> pixels = ParseAny(bytes, options);
  if (!pixels.ok()) return Prefixed(Printable(path, 1024), pixels.status());
  *lease = std::move(pixels->lease);
  return std::move(pixels->tensor);
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<Tensor> ReadImage(const std::string& path, const ReadImageOptions& options) {
  Budget::Lease lease;
  absl::StatusOr<Tensor> image = ReadImage(path, options, &lease);
  lease.Keep();
  return image;
}

}  // namespace dagrad::io
