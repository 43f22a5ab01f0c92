#ifndef DAGRAD_IO_IMAGE_H_
#define DAGRAD_IO_IMAGE_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/budget.h"
#include "dagrad/graph/tensor.h"

// Images in files: PNG by libpng, JPEG by libjpeg-turbo, uncompressed BMP. Thread-safe.
namespace dagrad::io {

struct ReadImageOptions {
  // 3: red, green, blue; 4: and opacity, 255 where the file has none; 1: their luma
  // (19595 R + 38470 G + 7471 B + 32768) / 65536, the weights of ITU-R BT.601.
  int channels = 3;
  size_t max_bytes = size_t{1} << 28;  // of the file, and of its pixels
  // Takes the tensor's bytes for good, and while it is read those of file and decoder.
  Budget budget = {};
};

// The pixels, uint8 [height, width, channels], 0 to 255, top row first; the same as Pillow's
// convert("RGB" or "RGBA" or "L") gives. What the file's first bytes say counts, not its name.
// Palettes become colors, fewer than 8 bits are spread over 0 to 255, of 16 the upper 8 are kept,
// colors are not changed by a profile or gamma, the image is not turned as Exif says, and of an
// animation it is the first frame.
//
// DataLoss for what is no image, is cut or damaged; stray bytes between the segments of a JPEG are
// skipped. ResourceExhausted above `max_bytes`; Unimplemented, by name, for GIF, WebP and TIFF, for
// JPEGs in CMYK, BMPs that are compressed or have 16 bits; InvalidArgument for other `channels`.
absl::StatusOr<Tensor> ReadImage(const std::string& path, const ReadImageOptions& options = {});
absl::StatusOr<Tensor> ParseImage(absl::string_view bytes, const ReadImageOptions& options = {});
// The same; `lease` has the tensor's bytes, and gives them back when it goes.
absl::StatusOr<Tensor> ReadImage(const std::string& path, const ReadImageOptions& options,
                                 Budget::Lease* lease);

// A PNG file of uint8 [height, width, 1 or 3 or 4]: gray, red-green-blue, and opacity. All or
// nothing (WriteFile). InvalidArgument for another dtype or shape, or no pixels.
absl::Status WritePng(const std::string& path, const Tensor& image);
// The bytes of that file.
absl::StatusOr<std::string> EncodePng(const Tensor& image);

}  // namespace dagrad::io

#endif  // DAGRAD_IO_IMAGE_H_
