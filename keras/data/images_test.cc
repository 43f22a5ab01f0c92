// Images in files against Pillow's pixels and Keras's sizes; folders of them; hostile files.
#include "dagrad/keras/data/images.h"

#include <cmath>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/image.h"
#include "dagrad/io/test_files.h"
#include "dagrad/keras/data/images_golden.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Decoded(const std::string& base64) {
  std::string bytes;
  EXPECT_TRUE(absl::Base64Unescape(base64, &bytes));
  return bytes;
}

const ImageGolden& Golden(const std::string& name) {
  for (const ImageGolden& g : kImageGoldens) {
    if (g.name == name) return g;
  }
  ADD_FAILURE() << name;
  return kImageGoldens[0];
}

std::string FileOf(const std::string& name) { return Decoded(Golden(name).base64); }

std::string PixelsOf(const Tensor& image) {
  return std::string(static_cast<const char*>(image.bytes()), image.byte_size());
}

// Without the opacities.
std::string Opaque(const std::string& rgba) {
  std::string rgb;
  for (size_t i = 0; i < rgba.size(); ++i) {
    if (i % 4 != 3) rgb += rgba[i];
  }
  return rgb;
}

TEST(ReadImageTest, GivesPillowsPixels) {
  const std::string dir = io::testing::FreshDirectory();
  for (const ImageGolden& g : kImageGoldens) {
    io::testing::Spill(dir + g.name, Decoded(g.base64));
    const std::string rgba = Decoded(g.rgba);
    for (const auto& [channels, pixels] :
         {std::pair(1, Decoded(g.grayscale)), std::pair(3, Opaque(rgba)), std::pair(4, rgba)}) {
      const absl::StatusOr<Tensor> image = io::ReadImage(dir + g.name, {.channels = channels});
      ASSERT_TRUE(image.ok()) << g.name << ": " << image.status();
      EXPECT_EQ(image->dims(), (Dims{g.height, g.width, channels})) << g.name;
      EXPECT_EQ(PixelsOf(*image), pixels) << g.name << " with " << channels << " channels";
    }
    const absl::StatusOr<Tensor> loaded = LoadImage(dir + g.name, {.color_mode = "rgba"});
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ(loaded->dtype(), DType::kFloat32);
    EXPECT_EQ(PixelsOf(*loaded->Cast(DType::kUInt8)), rgba) << g.name;
  }
}

TEST(ReadImageTest, EveryDamageIsSurvived) {
  for (const ImageGolden& g : kImageGoldens) {
    const std::string bytes = Decoded(g.base64);
    for (size_t n = 0; n < bytes.size(); ++n) {
      const absl::Status status = io::ParseImage(bytes.substr(0, n)).status();
      EXPECT_TRUE(absl::IsDataLoss(status)) << g.name << " cut to " << n << ": " << status;
    }
    for (size_t i = 0; i < bytes.size(); ++i) {
      for (const int mask : {1 << i % 8, 0x80, 0xFF}) {
        std::string damaged = bytes;
        damaged[i] = static_cast<char>(damaged[i] ^ mask);
        const absl::Status status = io::ParseImage(damaged, {.max_bytes = 1 << 16}).status();
        EXPECT_FALSE(absl::IsInternal(status)) << g.name << ": " << status;
        // All of a PNG has checksums; what libpng does not need it may ignore.
        EXPECT_TRUE(!status.ok() || !absl::EndsWith(g.name, ".png") || i > 8) << g.name << i;
      }
    }
  }
}

// A PNG's header for one of 2^31 - 1 x 2^31 - 1, and a BMP's and a JPEG's for as many as they can.
TEST(ReadImageTest, WhatPromisesMuchIsRefused) {
  const std::string png = Decoded(
      "iVBORw0KGgoAAAANSUhEUn////9/////CAIAAACbq5wxAAAACUlEQVR4nGMAAAABAAFe/335AAAAAElFTkSuQmCC");
  EXPECT_THAT(std::string(io::ParseImage(png).status().message()),
              HasSubstr("its header promises 2147483647 x 2147483647 pixels"));
  std::string bmp = FileOf("rgb.bmp");
  bmp[21] = bmp[25] = 0x7F;
  EXPECT_EQ(io::ParseImage(bmp).status().code(), absl::StatusCode::kResourceExhausted);
  std::string jpeg = FileOf("photo.jpg");
  const size_t frame = jpeg.find("\xFF\xC0");
  jpeg[frame + 5] = jpeg[frame + 7] = '\xFF';
  EXPECT_EQ(io::ParseImage(jpeg).status().code(), absl::StatusCode::kResourceExhausted);
  for (const ImageGolden& g : kImageGoldens) {
    const std::string bytes = Decoded(g.base64);
    const size_t most = g.height * g.width * 3;
    EXPECT_TRUE(io::ParseImage(bytes, {.max_bytes = most}).ok()) << g.name;
    EXPECT_TRUE(absl::IsResourceExhausted(io::ParseImage(bytes, {.max_bytes = most - 1}).status()));
    const Budget small({.bytes = static_cast<int64_t>(most) - 1});
    EXPECT_TRUE(absl::IsResourceExhausted(io::ParseImage(bytes, {.budget = small}).status()));
    const Budget enough({.bytes = 1 << 20});
    EXPECT_TRUE(io::ParseImage(bytes, {.channels = 1, .budget = enough}).ok());
    EXPECT_EQ(enough.taken(), g.height * g.width) << g.name << ": what it needed is given back";
  }
}

TEST(ReadImageTest, RefusesByName) {
  const std::string path = io::testing::FreshDirectory() + "x.png";
  const auto message = [&](const std::string& bytes, int channels = 3) {
    io::testing::Spill(path, bytes);
    return io::ReadImage(path, {.channels = channels}).status().ToString();
  };
  EXPECT_THAT(message("GIF89a"), HasSubstr("x.png: is a GIF image; PNG, JPEG and BMP are read"));
  EXPECT_THAT(message("text"), HasSubstr("x.png: is no PNG, JPEG or BMP image"));
  EXPECT_THAT(message(""), HasSubstr("is no PNG"));
  EXPECT_THAT(message(Decoded(kCmykJpeg)),
              HasSubstr("UNIMPLEMENTED: " + path + ": is a JPEG in CMYK"));
  EXPECT_THAT(message(FileOf("rgb.png"), 2), HasSubstr("1, 3 or 4, not 2"));
  std::string jpeg = FileOf("photo.jpg");
  EXPECT_THAT(message(jpeg.substr(0, jpeg.size() - 9)),
              HasSubstr("DATA_LOSS: " + path + ": it is cut or damaged: Premature end of JPEG"));
  EXPECT_THAT(message(FileOf("rgb.png").substr(0, 70)),
              HasSubstr("it is cut or damaged: it ends too early"));
  std::string bmp = FileOf("rgb.bmp");
  bmp[30] = 1;
  EXPECT_THAT(message(bmp), HasSubstr("is a BMP of 24 bits packed by method 1"));
  EXPECT_THAT(io::ReadImage(path + "none").status().ToString(), HasSubstr("NOT_FOUND"));
}

TEST(SavePngTest, IsReadAgain) {
  const std::string path = io::testing::FreshDirectory() + "x.png";
  for (const int channels : {1, 3, 4}) {
    const Tensor image = *io::ParseImage(FileOf("rgba.png"), {.channels = channels});
    ASSERT_TRUE(io::WritePng(path, image).ok());
    EXPECT_TRUE(SameBits(*io::ReadImage(path, {.channels = channels}), image));
    ASSERT_TRUE(SavePng(path, *image.Cast(DType::kFloat64), /*scale=*/false).ok());
    EXPECT_TRUE(SameBits(*io::ReadImage(path, {.channels = channels}), image));
  }
  // keras.utils.array_to_img of it
  ASSERT_TRUE(SavePng(path, Tensor::Of<float>({1, 4, 1}, {-1, 0, 0.5, 2})).ok());
  EXPECT_THAT(io::ReadImage(path, {.channels = 1})->data<uint8_t>(), ElementsAre(0, 85, 127, 255));
  ASSERT_TRUE(SavePng(path, Tensor::Of<float>({1, 2, 1}, {3, 3})).ok());
  EXPECT_THAT(io::ReadImage(path, {.channels = 1})->data<uint8_t>(), ElementsAre(0, 0));
  for (const Tensor& wrong :
       {Tensor(), Tensor::Of<float>({2, 1}, {0, 1}), Tensor::Of<float>({1, 1, 2}, {0, 1}),
        *Tensor::Zeros(DType::kFloat32, {0, 3, 3}), Tensor::Of<float>({1, 1, 1}, {NAN})}) {
    EXPECT_TRUE(absl::IsInvalidArgument(SavePng(path, wrong))) << wrong.ToString();
  }
  const Tensor high = Tensor::Of<float>({1, 1, 1}, {256});
  EXPECT_THAT(std::string(SavePng(path, high, false).message()), HasSubstr("not from 0 to 255"));
}

// The batches of an epoch, one behind the other: x and y.
absl::StatusOr<std::vector<Batch>> All(const BatchSourcePtr& source, int64_t epoch = 0) {
  DAGRAD_RETURN_IF_ERROR(source->Begin(epoch));
  std::vector<Batch> batches;
  while (true) {
    DAGRAD_ASSIGN_OR_RETURN(const Batch* batch, source->Next());
    if (batch == nullptr) return batches;
    batches.push_back(*batch);
  }
}

// {"a", "b", "c"} with 3, 4 and 5 images, some in a folder below; and what is none.
std::string MakeFolder() {
  const std::string dir = io::testing::FreshDirectory();
  const std::vector<std::string> names = {"rgb.png", "photo.jpg", "gray.JPG", "rgb.bmp",
                                          "rgba.png"};
  for (int k = 0; k < 3; ++k) {
    const std::string folder = absl::StrCat(dir, std::string(1, static_cast<char>('a' + k)), "/");
    std::filesystem::create_directories(folder + "below");
    for (int i = 0; i < 3 + k; ++i) {
      io::testing::Spill(absl::StrCat(folder, i == 1 ? "below/" : "", i, names[i]),
                         FileOf(names[i]));
    }
    io::testing::Spill(folder + "notes.txt", "no image");
    io::testing::Spill(folder + ".hidden.png", "no image");
  }
  std::filesystem::create_directories(dir + ".git");
  return dir;
}

TEST(ImageDatasetTest, HasKerassSizes) {
  const std::string dir = io::testing::FreshDirectory();
  io::testing::Spill(dir + "0.png", FileOf("rgb.png"));
  io::testing::Spill(dir + "1.png", FileOf("interlaced.png"));
  for (const SizeGolden& g : kSizeGoldens) {
    const auto images = ImageDatasetFromDirectory(dir, {.label_mode = std::nullopt,
                                                        .image_size = {g.height, g.width},
                                                        .shuffle = false,
                                                        .interpolation = g.interpolation,
                                                        .crop_to_aspect_ratio = g.crop,
                                                        .pad_to_aspect_ratio = g.pad});
    ASSERT_TRUE(images.ok()) << images.status();
    const auto batches = All(images->Source());
    ASSERT_TRUE(batches.ok()) << batches.status();
    ASSERT_EQ(batches->size(), 1u);
    EXPECT_TRUE((*batches)[0].y.empty());
    const Tensor& x = (*batches)[0].x.tensors[0];
    ASSERT_EQ(x.dims(), (Dims{2, g.height, g.width, 3}));
    // TensorFlow takes its bicubic weights from a table of 1,024 places.
    const double tolerance = g.interpolation == "bicubic" ? 0.1 : 1e-3;
    for (size_t i = 0; i < g.images.size(); ++i) {
      ASSERT_NEAR(x.data<float>()[i], g.images[i], tolerance)
          << g.interpolation << g.crop << g.pad << " " << g.height << " x " << g.width << " at "
          << i;
    }
  }
}

TEST(ImageDatasetTest, LabelsAreFolders) {
  const std::string dir = MakeFolder();
  const auto images = ImageDatasetFromDirectory(
      dir, {.color_mode = "rgba", .batch_size = 5, .image_size = {3, 2}, .shuffle = false});
  ASSERT_TRUE(images.ok()) << images.status();
  EXPECT_THAT(images->class_names, ElementsAre("a", "b", "c"));
  EXPECT_THAT(images->labels, ElementsAre(0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2));
  EXPECT_EQ(images->file_paths[2], dir + "a/below/1photo.jpg");
  const auto batches = All(images->Source());
  ASSERT_TRUE(batches.ok()) << batches.status();
  ASSERT_EQ(batches->size(), 3u);
  EXPECT_EQ((*batches)[0].x.tensors[0].dims(), (Dims{5, 3, 2, 4}));
  EXPECT_EQ((*batches)[2].x.tensors[0].dims(), (Dims{2, 3, 2, 4}));
  EXPECT_THAT((*batches)[1].y.tensors[0].data<int32_t>(), ElementsAre(1, 1, 2, 2, 2));

  const auto categorical = ImageDatasetFromDirectory(
      dir, {.label_mode = "categorical", .image_size = {1, 1}, .shuffle = false});
  const Tensor one_hot = All(categorical->Source())->front().y.tensors[0];
  EXPECT_EQ(one_hot.dims(), (Dims{12, 3}));
  EXPECT_THAT(one_hot.data<float>().subspan(6, 6), ElementsAre(1, 0, 0, 0, 1, 0));

  const auto binary = ImageDatasetFromDirectory(dir, {.label_mode = "binary",
                                                      .class_names = {"c", "a"},
                                                      .color_mode = "grayscale",
                                                      .image_size = {2, 2},
                                                      .shuffle = false});
  ASSERT_TRUE(binary.ok()) << binary.status();
  const Batch both = All(binary->Source())->front();
  EXPECT_EQ(both.x.tensors[0].dims(), (Dims{8, 2, 2, 1}));
  EXPECT_EQ(both.y.tensors[0].dims(), (Dims{8, 1}));
  EXPECT_THAT(both.y.tensors[0].data<float>(), ElementsAre(0, 0, 0, 0, 0, 1, 1, 1));
}

TEST(ImageDatasetTest, PartsAreDisjointAndWhole) {
  const std::string dir = MakeFolder();
  for (const bool shuffle : {true, false}) {
    std::multiset<std::string> paths;
    for (const char* subset : {"training", "validation"}) {
      const auto part = ImageDatasetFromDirectory(
          dir, {.shuffle = shuffle, .seed = 3, .validation_split = 0.3, .subset = subset});
      ASSERT_TRUE(part.ok()) << part.status();
      EXPECT_EQ(part->file_paths.size(), subset == std::string("training") ? 9u : 3u);
      for (size_t i = 0; i < part->labels.size(); ++i)
        EXPECT_THAT(part->file_paths[i], HasSubstr(part->class_names[part->labels[i]] + "/"));
      paths.insert(part->file_paths.begin(), part->file_paths.end());
    }
    EXPECT_EQ(paths.size(), 12u);
    EXPECT_EQ(std::set<std::string>(paths.begin(), paths.end()).size(), 12u);
  }
}

TEST(ImageDatasetTest, HasTheSameBitsForAnyThreadsAndGoesOnWhereItWas) {
  const std::string dir = MakeFolder();
  std::vector<std::vector<int32_t>> orders;
  std::vector<std::vector<Batch>> of_threads;
  for (const int threads : {1, 2, 5}) {
    const BatchSourcePtr source =
        ImageDatasetFromDirectory(
            dir, {.batch_size = 5, .image_size = {4, 4}, .seed = 9, .threads = threads})
            ->Source();
    of_threads.push_back(*All(source, 1));
    for (int64_t epoch : {0, 1}) {
      orders.emplace_back();
      const std::vector<Batch> batches = *All(source, epoch);
      for (const Batch& b : batches) {
        for (const int32_t y : b.y.tensors[0].data<int32_t>()) orders.back().push_back(y);
      }
    }
    EXPECT_EQ(orders[orders.size() - 2], orders[0]);
    EXPECT_EQ(orders.back(), orders[1]);
    for (size_t i = 0; i < 3; ++i)
      EXPECT_TRUE(SameBits(of_threads.back()[i].x.tensors[0], of_threads[0][i].x.tensors[0]));
    ASSERT_TRUE(source->Restore(*ParseJson(R"({"epoch": 1, "batch": 2})")).ok());
    ASSERT_TRUE(source->Begin(1).ok());
    const auto rest = source->Next();
    ASSERT_TRUE(rest.ok()) << rest.status();
    EXPECT_TRUE(SameBits((*rest)->x.tensors[0], of_threads[0][2].x.tensors[0]));
  }
  EXPECT_NE(orders[0], orders[1]) << "another order in each epoch";
}

TEST(ImageDatasetTest, RefusesByName) {
  const std::string dir = MakeFolder();
  const auto message = [&](const ImageDatasetOptions& o) {
    return ImageDatasetFromDirectory(dir, o).status().ToString();
  };
  EXPECT_THAT(message({.label_mode = "float"}), HasSubstr("not \"float\""));
  EXPECT_THAT(message({.label_mode = "binary"}), HasSubstr("two classes; "));
  EXPECT_THAT(message({.class_names = {"d"}}),
              HasSubstr("no folder \"d\" of class_names, but a, b, c"));
  EXPECT_THAT(message({.label_mode = std::nullopt, .class_names = {"a"}}),
              HasSubstr("class_names"));
  EXPECT_THAT(message({.color_mode = "hsv"}), HasSubstr("not \"hsv\""));
  EXPECT_THAT(message({.batch_size = 0}), HasSubstr("batch_size"));
  EXPECT_THAT(message({.image_size = {0, 2}}), HasSubstr("from 1 to 1048576, not 0 and 2"));
  EXPECT_THAT(message({.validation_split = 0.2, .subset = "training"}), HasSubstr("takes a seed"));
  EXPECT_THAT(message({.seed = 1, .validation_split = 0.2}), HasSubstr("subset is"));
  EXPECT_THAT(message({.seed = 1, .subset = "training"}), HasSubstr("between 0 and 1, not 0"));
  EXPECT_THAT(message({.seed = 1, .validation_split = 0.01, .subset = "validation"}),
              HasSubstr("no images for validation"));
  EXPECT_THAT(message({.interpolation = "area"}), HasSubstr("not \"area\""));
  EXPECT_THAT(message({.crop_to_aspect_ratio = true, .pad_to_aspect_ratio = true}),
              HasSubstr("exclude each other"));
  EXPECT_EQ(ImageDatasetFromDirectory(dir + "none").status().code(), absl::StatusCode::kNotFound);

  // A file is read when its turn comes.
  io::testing::Spill(dir + "b/0rgb.png", "no image");
  const auto images = ImageDatasetFromDirectory(
      dir, {.batch_size = 1, .image_size = {2, 2}, .shuffle = false, .threads = 1});
  ASSERT_TRUE(images.ok()) << images.status();
  const BatchSourcePtr source = images->examples.Batch(3);
  ASSERT_TRUE(source->Next().ok());
  EXPECT_EQ(source->Next().status().ToString(),
            "DATA_LOSS: " + dir + "b/0rgb.png: is no PNG, JPEG or BMP image");
  io::testing::Spill(dir + "b/x.GIF", "");
  EXPECT_THAT(message({}), HasSubstr("UNIMPLEMENTED: " + dir + "b/x.GIF: GIF images are not read"));
}

}  // namespace
}  // namespace dagrad::keras
