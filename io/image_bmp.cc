#include <array>
#include <cstdlib>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/image_decoder.h"

namespace dagrad::io::image_internal {
namespace {

constexpr size_t kFileHeader = 14;
constexpr size_t kInfoHeader = 40;  // later ones are longer, and begin alike

uint32_t LittleEndian(absl::string_view bytes, size_t at, int size) {
  uint32_t value = 0;
  for (int i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

struct Header {
  uint32_t pixels_at = 0, size = 0;
  int64_t height = 0, width = 0;
  bool top_first = false;
  uint32_t bits = 0;  // of a pixel: 1, 4, 8, 24, 32
  uint32_t colors = 0;
};

absl::StatusOr<Header> ReadHeader(absl::string_view bytes) {
  if (bytes.size() < kFileHeader + kInfoHeader) return DataLossError("it ends within its header");
  Header h;
  h.pixels_at = LittleEndian(bytes, 10, 4);
  h.size = LittleEndian(bytes, 14, 4);
  if (h.size < kInfoHeader)
    return UnimplementedError(
        absl::StrCat("is a BMP with a header of ", h.size, " bytes; 40 or more are read"));
  h.width = static_cast<int32_t>(LittleEndian(bytes, 18, 4));
  h.height = static_cast<int32_t>(LittleEndian(bytes, 22, 4));
  h.top_first = h.height < 0;
  h.height = std::abs(h.height);
  h.bits = LittleEndian(bytes, 28, 2);
  const uint32_t method = LittleEndian(bytes, 30, 4);
  h.colors = LittleEndian(bytes, 46, 4);
  if (h.width < 1 || h.height < 1)
    return DataLossError(absl::StrCat("its header promises ", h.height, " x ", h.width, " pixels"));
  const bool known = h.bits == 1 || h.bits == 4 || h.bits == 8 || h.bits == 24 || h.bits == 32;
  if (method == 0 && known) return h;
  return UnimplementedError(absl::StrCat("is a BMP of ", h.bits, " bits packed by method ", method,
                                         "; 1, 4, 8, 24 and 32 bits by method 0 are read"));
}

// Red, green, blue of each color; all 256, black where the file has none.
absl::StatusOr<std::vector<std::array<uint8_t, 3>>> ReadPalette(absl::string_view bytes,
                                                                const Header& h) {
  std::vector<std::array<uint8_t, 3>> palette(256);
  if (h.bits > 8) return palette;
  const uint64_t count = h.colors == 0 ? uint64_t{1} << h.bits : h.colors;
  const uint64_t begin = kFileHeader + uint64_t{h.size};
  if (count > 256 || begin + 4 * count > bytes.size())
    return DataLossError(absl::StrCat("its palette of ", count, " colors is not there"));
  for (uint64_t i = 0; i < count; ++i) {
    for (int c = 0; c < 3; ++c) palette[i][c] = static_cast<uint8_t>(bytes[begin + 4 * i + 2 - c]);
  }
  return palette;
}

}  // namespace

absl::StatusOr<Pixels> ParseBmp(absl::string_view bytes, const ReadImageOptions& options) {
  DAGRAD_ASSIGN_OR_RETURN(const Header h, ReadHeader(bytes));
  DAGRAD_ASSIGN_OR_RETURN(const auto palette, ReadPalette(bytes, h));
  DAGRAD_ASSIGN_OR_RETURN(Pixels pixels, Allocate(h.height, h.width, options));
  const uint64_t stride = (h.width * h.bits + 31) / 32 * 4;
  if (h.pixels_at + stride * h.height > bytes.size()) {
    return DataLossError(absl::StrCat("its ", h.height, " rows take ", stride * h.height,
                                      " bytes from byte ", h.pixels_at, " on; it has ",
                                      bytes.size()));
  }
  uint8_t* to = pixels.tensor.mutable_data<uint8_t>().data();
  for (int64_t i = 0; i < h.height; ++i) {
    const auto* row = reinterpret_cast<const uint8_t*>(bytes.data()) + h.pixels_at +
                      stride * (h.top_first ? i : h.height - 1 - i);
    for (int64_t j = 0; j < h.width; ++j, to += options.channels) {
      if (h.bits <= 8) {
        const int64_t bit = j * h.bits;
        const uint32_t index = row[bit / 8] >> (8 - h.bits - bit % 8) & ((1u << h.bits) - 1);
        for (int c = 0; c < 3; ++c) to[c] = palette[index][c];
      } else {
        for (int c = 0; c < 3; ++c) to[c] = row[j * (h.bits / 8) + 2 - c];
      }
      if (options.channels == 4) to[3] = 255;
    }
  }
  return pixels;
}

}  // namespace dagrad::io::image_internal
