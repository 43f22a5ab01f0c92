#ifndef DAGRAD_PLOT_IMAGE_GRID_H_
#define DAGRAD_PLOT_IMAGE_GRID_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/graph/tensor.h"
#include "dagrad/plot/chart.h"

namespace dagrad::plot {

// Images in rows and columns: of a data set, made by a network, the filters of a convolution.
struct ImageGrid {
  std::string title = {};
  // [images, height, width], or with 1 channel (gray) or 3 (red, green, blue) behind; of any dtype.
  // NaN is drawn black.
  Tensor images = {};
  std::vector<std::string> names = {};  // below each image; empty: none
  int64_t columns = 0;                  // of images; 0: the square root of their number, rounded up
  // What is drawn black, and white (or full red, green, blue); without: the least and the greatest
  // finite value of all images.
  std::optional<double> black = {}, white = {};
};

// Pixels are squares of whole pixels of the screen, large enough to be seen. InvalidArgument for
// other shapes, no pixels, more than 1,024 images, a side of more than 4,096 or 2^26 numbers, a
// picture of more than 10,000 pixels a side, another number of names, columns < 0, black >= white.
absl::StatusOr<std::string> ToSvg(const ImageGrid& grid);
// In the marks ░▒▓█, which are brighter than the background of a dark terminal; images that have
// more pixels than there is room for lose some. Of `size` the columns count: there are as many rows
// as the images need.
absl::StatusOr<std::string> ToText(const ImageGrid& grid, const TextSize& size = {});
absl::Status SaveSvg(const ImageGrid& grid, const std::string& path);

struct FilterGridOptions {
  int64_t max_filters = 64;   // the first ones
  int64_t max_channels = 16;  // of each, where they are drawn one by one
};
// The filters of a convolution over images: `kernel` is [height, width, channels, filters], as
// Conv2D's weight is. Of 1 or 3 channels a filter is one image, gray or colored; of others it is a
// row of gray images, one for each channel. InvalidArgument for another rank or numbers below 1.
absl::StatusOr<ImageGrid> FilterGrid(const Tensor& kernel, const FilterGridOptions& options = {});
// What a layer makes of one image: [height, width, channels], or [1, height, width, channels], as a
// gray image for each channel. InvalidArgument for other shapes.
absl::StatusOr<ImageGrid> FeatureMapGrid(const Tensor& outputs);

}  // namespace dagrad::plot

#endif  // DAGRAD_PLOT_IMAGE_GRID_H_
