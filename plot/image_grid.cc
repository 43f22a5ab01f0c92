#include "dagrad/plot/image_grid.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/image.h"
#include "dagrad/io/write_file.h"
#include "dagrad/plot/svg.h"

namespace dagrad::plot {
namespace {

constexpr int64_t kMostImages = 1024, kMostSide = 4096, kMostNumbers = int64_t{1} << 26;
constexpr double kMostWidth = 10000, kGap = 8;

// Images of bytes, 0 black and 255 white, row by row.
struct Pixels {
  int64_t images = 0, height = 0, width = 0, channels = 0, columns = 0;
  std::vector<uint8_t> bytes;

  int64_t rows() const { return (images + columns - 1) / columns; }
  int64_t size() const { return height * width * channels; }
};

absl::Status CheckImages(const ImageGrid& grid) {
  const Tensor& t = grid.images;
  const int rank = t.defined() ? t.rank() : 0;
  const bool fits = (rank == 3 || (rank == 4 && (t.dims()[3] == 1 || t.dims()[3] == 3))) &&
                    t.num_elements() > 0 && t.num_elements() <= kMostNumbers &&
                    t.dims()[0] <= kMostImages && std::max(t.dims()[1], t.dims()[2]) <= kMostSide;
  if (!fits) {
    return InvalidArgumentError(
        absl::StrCat("a grid of images is [1 to ", kMostImages,
                     ", height, width] or has 1 or 3 channels behind,", " with sides up to ",
                     kMostSide, " and up to ", kMostNumbers,
                     " numbers; given: ", t.defined() ? t.ToString(0) : "an undefined tensor"));
  }
  const auto names = static_cast<int64_t>(grid.names.size());
  if (names != 0 && names != t.dims()[0]) {
    return InvalidArgumentError(
        absl::StrCat("a grid of ", t.dims()[0], " images has ", names, " names"));
  }
  if (grid.columns < 0)
    return InvalidArgumentError(absl::StrCat("columns must not be negative: ", grid.columns));
  return absl::OkStatus();
}

// What is drawn black, and white.
absl::StatusOr<std::array<double, 2>> RangeOf(const ImageGrid& grid,
                                              absl::Span<const double> values) {
  double least = INFINITY, greatest = -INFINITY;
  for (const double v : values) {
    if (!std::isfinite(v)) continue;
    least = std::min(least, v);
    greatest = std::max(greatest, v);
  }
  if (!(least <= greatest)) least = 0, greatest = 1;  // no finite value
  const double black = grid.black.value_or(least);
  const double white = grid.white.value_or(greatest);
  if (black < white) return std::array<double, 2>{black, white};
  if (!grid.black.has_value() && !grid.white.has_value())
    return std::array<double, 2>{black - 0.5, black + 0.5};  // all alike: gray
  return InvalidArgumentError(
      absl::StrCat("black (", black, ") must be less than white (", white, ")"));
}

absl::StatusOr<Pixels> PixelsOf(const ImageGrid& grid) {
  DAGRAD_RETURN_IF_ERROR(CheckImages(grid));
  const Dims& dims = grid.images.dims();
  Pixels p{dims[0], dims[1], dims[2], dims.size() == 4 ? dims[3] : 1};
  p.columns = grid.columns > 0
                  ? std::min(grid.columns, p.images)
                  : static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(p.images))));
  DAGRAD_ASSIGN_OR_RETURN(const Tensor wide, grid.images.Cast(DType::kFloat64));
  const absl::Span<const double> values = wide.data<double>();
  DAGRAD_ASSIGN_OR_RETURN(const auto range, RangeOf(grid, values));
  p.bytes.reserve(values.size());
  for (const double v : values) {
    const double place = (v - range[0]) / (range[1] - range[0]);
    p.bytes.push_back(
        std::isnan(place) ? 0 : static_cast<uint8_t>(std::lround(255 * std::clamp(place, 0., 1.))));
  }
  return p;
}

absl::StatusOr<std::string> PngOf(const Pixels& p, int64_t image) {
  DAGRAD_ASSIGN_OR_RETURN(Tensor t,
                          Tensor::Allocate(DType::kUInt8, {p.height, p.width, p.channels}));
  std::copy_n(p.bytes.begin() + image * p.size(), p.size(), t.mutable_data<uint8_t>().begin());
  return io::EncodePng(t);
}

// Brightness from 0 to 1, of an image's pixel.
double Luma(const Pixels& p, int64_t image, int64_t y, int64_t x) {
  const uint8_t* const at = &p.bytes[image * p.size() + (y * p.width + x) * p.channels];
  if (p.channels == 1) return at[0] / 255.0;
  return (0.299 * at[0] + 0.587 * at[1] + 0.114 * at[2]) / 255;
}

}  // namespace

absl::StatusOr<std::string> ToSvg(const ImageGrid& grid) {
  DAGRAD_ASSIGN_OR_RETURN(const Pixels p, PixelsOf(grid));
  // Small images are enlarged to about 64 pixels.
  const int64_t factor = std::max<int64_t>(1, 64 / std::max(p.height, p.width));
  const auto wide = static_cast<double>(p.width * factor);
  const auto high = static_cast<double>(p.height * factor);
  size_t longest = 0;
  for (const std::string& name : grid.names) longest = std::max(longest, Characters(name));
  const double cell = std::max(wide, TextWidth(std::string(longest, '0'), 12));
  const double below = grid.names.empty() ? 0 : 18;
  const double top = grid.title.empty() ? kGap : 40;
  const double width = std::max(kGap + static_cast<double>(p.columns) * (cell + kGap),
                                TextWidth(grid.title, 15) + 2 * kGap);
  const double height = top + static_cast<double>(p.rows()) * (high + below + kGap);
  if (std::max(width, height) > kMostWidth) {
    return InvalidArgumentError(absl::StrCat("the picture would have ", width, " x ", height,
                                             " pixels; it may have ", kMostWidth, " a side"));
  }
  Svg svg(static_cast<int>(width), static_cast<int>(height));
  svg.Text({width / 2, 26}, grid.title, {.size = 15, .anchor = "middle", .bold = true});
  for (int64_t i = 0; i < p.images; ++i) {
    const Point corner{kGap + static_cast<double>(i % p.columns) * (cell + kGap),
                       top + static_cast<double>(i / p.columns) * (high + below + kGap)};
    DAGRAD_ASSIGN_OR_RETURN(const std::string png, PngOf(p, i));
    svg.Image({corner.x + (cell - wide) / 2, corner.y}, wide, high, png);
    if (grid.names.empty()) continue;
    svg.Text({corner.x + cell / 2, corner.y + high + 14}, grid.names[i], {.anchor = "middle"});
  }
  return std::move(svg).Finish();
}

absl::StatusOr<std::string> ToText(const ImageGrid& grid, const TextSize& size) {
  if (size.columns < 20 || size.rows < 5)
    return InvalidArgumentError("a picture as text has at least 20 columns and 5 rows");
  DAGRAD_ASSIGN_OR_RETURN(Pixels p, PixelsOf(grid));
  p.columns = std::min<int64_t>(p.columns, (size.columns + 2) / 6);  // of 4 characters at least
  static constexpr const char* kMarks[] = {" ", "░", "▒", "▓", "█"};
  // A character is about twice as high as wide: two stand for a pixel.
  const int64_t wide = std::min(2 * p.width, (size.columns + 2) / p.columns - 2);
  const int64_t high = std::max<int64_t>(1, p.height * wide / (2 * p.width));
  std::string text =
      grid.title.empty() ? "" : absl::StrCat(Printable(grid.title, kMostOfAText), "\n");
  for (int64_t first = 0; first < p.images; first += p.columns) {
    const int64_t behind = std::min(p.images, first + p.columns);
    for (int64_t y = 0; y < high; ++y) {
      for (int64_t i = first; i < behind; ++i) {
        if (i > first) text += "  ";
        for (int64_t x = 0; x < wide; ++x) {
          const double luma = Luma(p, i, y * p.height / high, x * p.width / wide);
          text += kMarks[std::clamp(static_cast<int>(luma * 5), 0, 4)];
        }
      }
      text += "\n";
    }
    for (int64_t i = first; i < behind && !grid.names.empty(); ++i)
      absl::StrAppend(&text, i > first ? "  " : "",
                      PadRight(Printable(grid.names[i], kMostOfAText), wide));
    text += grid.names.empty() ? "" : "\n";
    if (behind < p.images) text += "\n";
  }
  return text;
}

absl::Status SaveSvg(const ImageGrid& grid, const std::string& path) {
  DAGRAD_ASSIGN_OR_RETURN(const std::string svg, ToSvg(grid));
  return io::WriteFile(path, svg);
}

absl::StatusOr<ImageGrid> FilterGrid(const Tensor& kernel, const FilterGridOptions& options) {
  if (!kernel.defined() || kernel.rank() != 4 || kernel.num_elements() == 0 ||
      options.max_filters < 1 || options.max_channels < 1) {
    return InvalidArgumentError(absl::StrCat(
        "a kernel is [height, width, channels, filters], of which at least one channel and filter ",
        "are drawn; given: ", kernel.defined() ? kernel.ToString(0) : "an undefined tensor",
        ", max_filters ", options.max_filters, ", max_channels ", options.max_channels));
  }
  const int64_t height = kernel.dims()[0], width = kernel.dims()[1], channels = kernel.dims()[2],
                filters = kernel.dims()[3];
  const int64_t drawn = std::min(filters, options.max_filters);
  const bool colored = channels == 3;
  const int64_t images = colored ? 1 : std::min(channels, options.max_channels);  // of a filter
  const int64_t depth = colored ? 3 : 1;
  DAGRAD_ASSIGN_OR_RETURN(const Tensor wide, kernel.Cast(DType::kFloat64));
  ImageGrid grid;
  DAGRAD_ASSIGN_OR_RETURN(
      grid.images,
      Tensor::Allocate(DType::kFloat64, colored ? Dims{drawn, height, width, 3}
                                                : Dims{drawn * images, height, width}));
  const absl::Span<const double> from = wide.data<double>();
  const absl::Span<double> to = grid.images.mutable_data<double>();
  size_t at = 0;
  for (int64_t i = 0; i < drawn * images; ++i) {
    for (int64_t k = 0; k < height * width * depth; ++k) {
      const int64_t channel = i % images + k % depth;
      to[at++] = from[(k / depth * channels + channel) * filters + i / images];
    }
  }
  if (!colored && channels > 1) grid.columns = images;
  return grid;
}

absl::StatusOr<ImageGrid> FeatureMapGrid(const Tensor& outputs) {
  const int rank = outputs.defined() ? outputs.rank() : 0;
  if ((rank != 3 && !(rank == 4 && outputs.dims()[0] == 1)) || outputs.num_elements() == 0) {
    return InvalidArgumentError(
        absl::StrCat("feature maps are [height, width, channels] of one image; given: ",
                     outputs.defined() ? outputs.ToString(0) : "an undefined tensor"));
  }
  const Dims& dims = outputs.dims();
  // As the filters of a kernel of one channel.
  const int64_t channels = dims[rank - 1];
  DAGRAD_ASSIGN_OR_RETURN(const Tensor kernel,
                          outputs.Reshaped({dims[rank - 3], dims[rank - 2], 1, channels}));
  return FilterGrid(kernel, {.max_filters = channels});
}

}  // namespace dagrad::plot
