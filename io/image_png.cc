#include <png.h>

#include <cstdio>
#include <cstring>
#include <limits>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/image_decoder.h"
#include "dagrad/io/write_file.h"

namespace dagrad::io {
namespace image_internal {
namespace {

// libpng's reader of bytes in memory.
class PngReader {
 public:
  explicit PngReader(absl::string_view bytes) : rest_(bytes) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, Fail, [](png_structp, auto) {});
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
  }
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  bool valid() const { return info_ != nullptr; }
  // step(png, info), or the error of libpng in it.
  template <typename Step>
  absl::Status Do(const Step& step) {
    if (Completed(jump_, [&] { step(png_, info_); })) return absl::OkStatus();
    if (absl::StrContains(message_, "emory")) return NoMemoryStatus();
    return DataLossError(absl::StrCat("it is cut or damaged: ", message_));
  }
  void ReadFromMemory() { png_set_read_fn(png_, this, Read); }

 private:
  [[noreturn]] static void Fail(png_structp png, png_const_charp message) {
    auto* self = static_cast<PngReader*>(png_get_error_ptr(png));
    std::snprintf(self->message_, sizeof self->message_, "%s", message);
    std::longjmp(self->jump_, 1);
  }
  static void Read(png_structp png, png_bytep out, size_t size) {
    auto* self = static_cast<PngReader*>(png_get_io_ptr(png));
    if (size > self->rest_.size()) png_error(png, "it ends too early");
    std::memcpy(out, self->rest_.data(), size);
    self->rest_.remove_prefix(size);
  }

  absl::string_view rest_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::jmp_buf jump_;
  char message_[256] = {};
};

// To rows of 8 bits in 3 or 4 channels. How often the rows are gone through: an interlaced image
// comes in several passes.
int ChooseRows(png_structp png, png_infop info, int channels) {
  png_set_expand(png);
  png_set_strip_16(png);
  png_set_gray_to_rgb(png);
  if (channels == 3) png_set_strip_alpha(png);
  if (channels == 4) png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  return passes;
}

}  // namespace

absl::StatusOr<Pixels> ParsePng(absl::string_view bytes, const ReadImageOptions& options) {
  PngReader reader(bytes);
  if (!reader.valid()) return NoMemoryStatus();
  uint64_t height = 0, width = 0, row_bytes = 0;
  DAGRAD_RETURN_IF_ERROR(reader.Do([&](png_structp png, png_infop info) {
    reader.ReadFromMemory();
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, 0);
    png_read_info(png, info);
    height = png_get_image_height(png, info);
    width = png_get_image_width(png, info);
    row_bytes = png_get_rowbytes(png, info);
  }));
  // The most that deflate can shrink anything is a little below 1,032.
  if (height > bytes.size() * 1032 / row_bytes) {
    return DataLossError(absl::StrCat("its header promises ", height, " x ", width,
                                      " pixels, which its size cannot hold"));
  }
  DAGRAD_ASSIGN_OR_RETURN(Pixels pixels, Allocate(height, width, options));
  uint8_t* const to = pixels.tensor.mutable_data<uint8_t>().data();
  const uint64_t stride = width * options.channels;
  DAGRAD_RETURN_IF_ERROR(reader.Do([&](png_structp png, png_infop info) {
    const int passes = ChooseRows(png, info, options.channels);
    if (png_get_rowbytes(png, info) != stride) png_error(png, "its rows");
    // Not png_read_image, which needs a pointer to each row.
    for (int pass = 0; pass < passes; ++pass) {
      for (uint64_t y = 0; y < height; ++y) png_read_row(png, to + y * stride, nullptr);
    }
    png_read_end(png, nullptr);
  }));
  return pixels;
}

}  // namespace image_internal

absl::StatusOr<std::string> EncodePng(const Tensor& image) try {
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  const bool fits = image.defined() && image.dtype() == DType::kUInt8 && image.rank() == 3 &&
                    image.num_elements() > 0 && image.num_elements() <= kMost;
  const int64_t channels = fits ? image.dims()[2] : 0;
  if (channels != 1 && channels != 3 && channels != 4) {
    return InvalidArgumentError(absl::StrCat(
        "an image is uint8 [height, width, 1, 3 or 4] of at most ", kMost, " bytes, not ",
        image.defined() ? absl::StrCat(DTypeName(image.dtype()), DimsToString(image.dims()))
                        : "an undefined tensor"));
  }
  png_image to = {};
  to.version = PNG_IMAGE_VERSION;
  to.height = static_cast<png_uint_32>(image.dims()[0]);
  to.width = static_cast<png_uint_32>(image.dims()[1]);
  to.format = channels == 1 ? PNG_FORMAT_GRAY : channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_RGBA;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(to);
  std::string bytes(size, '\0');
  if (png_image_write_to_memory(&to, bytes.data(), &size, 0, image.bytes(), 0, nullptr) == 0)
    return ResourceExhaustedError(to.message);
  bytes.resize(size);
  return bytes;
}
DAGRAD_CATCH_NO_MEMORY

absl::Status WritePng(const std::string& path, const Tensor& image) try {
  const absl::StatusOr<std::string> bytes = EncodePng(image);
  if (bytes.ok()) return WriteFile(path, *bytes);
  return Prefixed(absl::StrCat("cannot write ", Printable(path, 1024)), bytes.status());
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::io
