#include "dagrad/keras/data/images.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "dagrad/graph/allocation_guard.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/image.h"
#include "dagrad/keras/data/image_size.h"
#include "dagrad/keras/layers/resize_weights.h"
#include "dagrad/ops/creation/random/philox.h"

namespace dagrad::keras {
namespace {

namespace fs = std::filesystem;

absl::StatusOr<int> ChannelsOf(const std::string& color_mode) {
  if (color_mode == "grayscale") return 1;
  if (color_mode == "rgb") return 3;
  if (color_mode == "rgba") return 4;
  return InvalidArgumentError(absl::StrCat("color_mode can be \"rgb\", \"rgba\" or \"grayscale\", ",
                                           "not \"", color_mode, "\""));
}

absl::Status CheckSplit(const ImageDatasetOptions& o) {
  if (o.validation_split == 0 && o.subset.empty()) return absl::OkStatus();
  if (!(o.validation_split > 0 && o.validation_split < 1)) {
    return InvalidArgumentError(absl::StrCat("with a subset, validation_split is between 0 and 1, ",
                                             "not ", o.validation_split));
  }
  if (o.subset != "training" && o.subset != "validation") {
    return InvalidArgumentError(absl::StrCat(
        "with validation_split, subset is \"training\" or \"validation\", not \"", o.subset, "\""));
  }
  if (!o.shuffle || o.seed.has_value()) return absl::OkStatus();
  return InvalidArgumentError(
      "validation_split of shuffled images takes a seed, which is the same for both parts");
}

absl::Status CheckOptions(const ImageDatasetOptions& o) {
  DAGRAD_RETURN_IF_ERROR(ChannelsOf(o.color_mode).status());
  DAGRAD_RETURN_IF_ERROR(layers_internal::CheckImageSize(o.image_size[0], o.image_size[1]));
  DAGRAD_RETURN_IF_ERROR(layers_internal::CheckInterpolation(o.interpolation));
  if (o.crop_to_aspect_ratio && o.pad_to_aspect_ratio)
    return InvalidArgumentError("crop_to_aspect_ratio and pad_to_aspect_ratio exclude each other");
  if (o.batch_size < 1 || o.threads < 1) {
    return InvalidArgumentError(absl::StrCat("batch_size and threads are positive, not ",
                                             o.batch_size, " and ", o.threads));
  }
  const std::string mode = o.label_mode.value_or("int");
  if (mode != "int" && mode != "categorical" && mode != "binary") {
    return InvalidArgumentError(absl::StrCat(
        "label_mode can be \"int\", \"categorical\", \"binary\" or none, not \"", mode, "\""));
  }
  if (!o.label_mode.has_value() && !o.class_names.empty())
    return InvalidArgumentError("class_names without a label_mode");
  return CheckSplit(o);
}

struct Entry {
  std::string path;
  bool folder = false;
};

// What is in a folder, by name.
absl::StatusOr<std::vector<Entry>> EntriesOf(const std::string& folder) {
  std::error_code error;
  std::vector<Entry> entries;
  for (fs::directory_iterator at(folder, error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    if (at->path().filename().string()[0] == '.') continue;
    std::error_code unknown;
    entries.push_back({at->path().string(), at->is_directory(unknown)});
  }
  if (error) {
    return NotFoundError(
        absl::StrCat("cannot list ", Printable(folder, 1024), ": ", error.message()));
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.path < b.path; });
  return entries;
}

// Appends the images in a folder, then those in the folders below, no deeper than a path can be.
absl::Status AddImages(const std::string& folder, std::vector<std::string>* paths) {
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Entry> entries, EntriesOf(folder));
  for (const Entry& e : entries) {
    const std::string name = absl::AsciiStrToLower(e.path);
    if (e.folder) continue;
    if (absl::EndsWith(name, ".gif"))
      return UnimplementedError(
          absl::StrCat(Printable(e.path, 1024), ": GIF images are not read; PNG, JPEG, BMP are"));
    for (const char* known : {".png", ".jpg", ".jpeg", ".bmp"}) {
      if (absl::EndsWith(name, known)) paths->push_back(e.path);
    }
  }
  for (const Entry& e : entries) {
    std::error_code unknown;
    if (e.folder && !fs::is_symlink(e.path, unknown))
      DAGRAD_RETURN_IF_ERROR(AddImages(e.path, paths));
  }
  return absl::OkStatus();
}

// The classes: those of the options, or all folders.
absl::StatusOr<std::vector<std::string>> ClassNames(const std::string& directory,
                                                    const std::vector<std::string>& wanted) {
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Entry> entries, EntriesOf(directory));
  std::vector<std::string> all;
  for (const Entry& e : entries) {
    if (e.folder) all.push_back(fs::path(e.path).filename().string());
  }
  if (wanted.empty()) return all;
  for (const std::string& name : wanted) {
    if (std::find(all.begin(), all.end(), name) != all.end()) continue;
    return NotFoundError(absl::StrCat(Printable(directory, 1024), " has no folder \"", name,
                                      "\" of class_names, but ", absl::StrJoin(all, ", ")));
  }
  return wanted;
}

struct Files {
  std::vector<std::string> class_names, paths;
  std::vector<int64_t> labels;
};

absl::StatusOr<Files> AllFiles(const std::string& directory, const ImageDatasetOptions& o) {
  Files all;
  if (!o.label_mode.has_value()) {
    DAGRAD_RETURN_IF_ERROR(AddImages(directory, &all.paths));
    return all;
  }
  DAGRAD_ASSIGN_OR_RETURN(all.class_names, ClassNames(directory, o.class_names));
  for (size_t k = 0; k < all.class_names.size(); ++k) {
    const std::string folder = (fs::path(directory) / all.class_names[k]).string();
    DAGRAD_RETURN_IF_ERROR(AddImages(folder, &all.paths));
    all.labels.resize(all.paths.size(), static_cast<int64_t>(k));
  }
  if (*o.label_mode != "binary" || all.class_names.size() == 2) return all;
  return InvalidArgumentError(absl::StrCat("label_mode \"binary\" takes two classes; ",
                                           Printable(directory, 1024), " has ",
                                           all.class_names.size()));
}

// The part that the options want.
Files Part(const Files& all, const ImageDatasetOptions& o) {
  const auto count = static_cast<int64_t>(all.paths.size());
  const auto kept =
      static_cast<int64_t>(o.validation_split * static_cast<double>(count));  // rounded down
  std::vector<int64_t> order(count);
  for (int64_t i = 0; i < count; ++i) order[i] = i;
  if (o.shuffle) order = random::Permutation(o.seed.value_or(0), 0, count);
  if (o.subset == "training") order.resize(count - kept);
  if (o.subset == "validation") order.erase(order.begin(), order.end() - kept);
  Files part;
  part.class_names = all.class_names;
  for (const int64_t i : order) {
    part.paths.push_back(all.paths[i]);
    if (!all.labels.empty()) part.labels.push_back(all.labels[i]);
  }
  return part;
}

// Makes an example of the number of a file.
class Reader {
 public:
  Reader(Files files, const ImageDatasetOptions& o, int channels)
      : files_(std::move(files)),
        image_{channels, o.max_bytes, o.budget},
        size_{o.image_size[0], o.image_size[1], o.interpolation, o.crop_to_aspect_ratio,
              o.pad_to_aspect_ratio},
        label_mode_(o.label_mode) {}

  int64_t count() const { return static_cast<int64_t>(files_.paths.size()); }
  absl::StatusOr<Example> Read(int64_t number) const try {
    Budget::Lease lease;
    DAGRAD_ASSIGN_OR_RETURN(const Tensor image,
                            io::ReadImage(files_.paths[number], image_, &lease));
    Example e;
    DAGRAD_ASSIGN_OR_RETURN(Tensor x, data_internal::Resized(image, size_));
    e.x = std::move(x);
    if (label_mode_.has_value()) e.y = Label(files_.labels[number]);
    return e;
  }
  DAGRAD_CATCH_NO_MEMORY

 private:
  Tensor Label(int64_t k) const {
    if (*label_mode_ == "int") return Tensor::Of<int32_t>({}, {static_cast<int32_t>(k)});
    if (*label_mode_ == "binary") return Tensor::Of<float>({1}, {static_cast<float>(k)});
    Tensor one_hot =
        Tensor::Full(DType::kFloat32, {static_cast<int64_t>(files_.class_names.size())}, 0);
    one_hot.mutable_data<float>()[k] = 1;
    return one_hot;
  }

  Files files_;
  io::ReadImageOptions image_;
  data_internal::NewSize size_;
  std::optional<std::string> label_mode_;
};

Dataset Examples(const std::shared_ptr<const Reader>& reader, const ImageDatasetOptions& o) {
  Dataset numbers =
      Dataset::FromFunction([reader](int64_t, int64_t i) -> absl::StatusOr<std::optional<Example>> {
        if (i >= reader->count()) return std::nullopt;
        return Example{Tensor::Of<int64_t>({}, {i})};
      });
  if (o.shuffle) numbers = numbers.Shuffle(reader->count(), o.seed.value_or(0));
  return numbers.Map(
      [reader](const Example& e) { return reader->Read(e.x.tensors[0].data<int64_t>()[0]); },
      o.threads);
}

}  // namespace

absl::StatusOr<ImageDataset> ImageDatasetFromDirectory(const std::string& directory,
                                                       const ImageDatasetOptions& options) try {
  DAGRAD_RETURN_IF_ERROR(CheckOptions(options));
  DAGRAD_ASSIGN_OR_RETURN(const Files all, AllFiles(directory, options));
  Files files = Part(all, options);
  if (files.paths.empty()) {
    return InvalidArgumentError(absl::StrCat(
        Printable(directory, 1024), " has no images", options.subset.empty() ? "" : " for ",
        options.subset, " (.png, .jpg, .jpeg, .bmp)",
        options.label_mode.has_value() ? " in folders, one for each class" : ""));
  }
  DAGRAD_ASSIGN_OR_RETURN(const int channels, ChannelsOf(options.color_mode));
  const auto reader = std::make_shared<const Reader>(files, options, channels);
  return ImageDataset{std::move(files.class_names), std::move(files.paths), std::move(files.labels),
                      Examples(reader, options), options.batch_size};
}
DAGRAD_CATCH_NO_MEMORY

absl::StatusOr<Tensor> LoadImage(const std::string& path, const LoadImageOptions& options) try {
  DAGRAD_ASSIGN_OR_RETURN(const int channels, ChannelsOf(options.color_mode));
  DAGRAD_ASSIGN_OR_RETURN(const Tensor image,
                          io::ReadImage(path, {channels, options.max_bytes, options.budget}));
  return image.Cast(DType::kFloat32);
}
DAGRAD_CATCH_NO_MEMORY

absl::Status SavePng(const std::string& path, const Tensor& image, bool scale) try {
  if (!image.defined())
    return InvalidArgumentError(
        absl::StrCat("cannot write ", Printable(path, 1024), ": the tensor is undefined"));
  DAGRAD_ASSIGN_OR_RETURN(Tensor x, image.Cast(DType::kFloat32));
  const auto values = x.mutable_data<float>();
  for (const float v : values) {
    if (std::isfinite(v) && (scale || (v >= 0 && v <= 255))) continue;
    return InvalidArgumentError(absl::StrCat("cannot write ", Printable(path, 1024),
                                             ": an element is ", v,
                                             scale ? "" : ", not from 0 to 255"));
  }
  if (scale && !values.empty()) {
    const float least = *std::min_element(values.begin(), values.end());
    const float most = *std::max_element(values.begin(), values.end()) - least;
    for (float& v : values) v = (v - least) / (most == 0 ? 1 : most) * 255;
  }
  DAGRAD_ASSIGN_OR_RETURN(const Tensor bytes, x.Cast(DType::kUInt8));
  return io::WritePng(path, bytes);
}
DAGRAD_CATCH_NO_MEMORY

}  // namespace dagrad::keras
