// Charts, heat maps and images as SVG and as text.
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dagrad/io/image.h"
#include "dagrad/io/test_files.h"
#include "dagrad/plot/axis.h"
#include "dagrad/plot/charts.h"
#include "dagrad/plot/image_grid.h"
#include "dagrad/plot/svg.h"
#include "gtest/gtest.h"

namespace dagrad::plot {
namespace {

int Count(const std::string& text, const std::string& part) {
  return static_cast<int>(std::vector<std::string>(absl::StrSplit(text, part)).size()) - 1;
}

std::vector<double> Curve(int n, double shift) {
  std::vector<double> v;
  for (int i = 0; i < n; ++i) v.push_back(std::exp(-0.1 * i) + shift + 0.02 * std::sin(i));
  return v;
}

keras::History AHistory() {
  keras::History history;
  for (int64_t i = 0; i < 40; ++i) {
    keras::Logs logs;
    logs.Set("loss", Curve(40, 0.1)[i]);
    if (i % 2 == 1) logs.Set("val_loss", Curve(40, 0.3)[i]);
    history.epoch.push_back(i);
    history.logs.push_back(logs);
  }
  return history;
}

Tensor SomeField() {
  Tensor z = Tensor::Full(DType::kFloat64, {40, 40}, 0);
  for (int i = 0; i < 1600; ++i) {
    const double x = (i % 40) / 20.0 - 1, y = (i / 40) / 20.0 - 1;
    z.mutable_data<double>()[i] = x * x + 3 * y * y;
  }
  return z;
}

// Eight waves, [8, 5, 5].
Tensor SomeImages(int64_t n = 8) {
  Tensor t = Tensor::Full(DType::kFloat32, {n, 5, 5}, 0);
  for (int64_t i = 0; i < t.num_elements(); ++i) {
    const double angle = static_cast<double>(i / 25) * 0.8;
    t.mutable_data<float>()[i] =
        static_cast<float>(std::sin(static_cast<double>(i % 5) * std::cos(angle) +
                                    static_cast<double>(i / 5 % 5) * std::sin(angle)));
  }
  return t;
}

// Every kind of picture; with DAGRAD_PICTURES set to a folder, they are written there to be looked
// at.
std::vector<std::pair<std::string, absl::StatusOr<std::string>>> Pictures() {
  const learn::Roc roc{{0, 0, 0.1, 0.4, 1}, {0, 0.4, 0.7, 0.95, 1}, {INFINITY, 3, 2, 1, 0}};
  const Tensor counts = Tensor::Of<double>({3, 3}, {50, 3, 0, 7, 41, 12, 1, 9, 120});
  const Tensor correlation = Tensor::Of<double>(
      {4, 4}, {1, 0.4, -0.9, NAN, 0.4, 1, 0.05, NAN, -0.9, 0.05, 1, NAN, NAN, NAN, NAN, NAN});
  const Chart descent{.title = "Descent",
                      .x_label = "w0",
                      .y_label = "w1",
                      .lines = {{"path", {-0.9, -0.5, -0.2, 0}, {0.8, -0.5, 0.2, 0}, true}},
                      .field = {-1, 1, -1, 1, SomeField()},
                      .width = 480,
                      .height = 480};
  Chart many{.title = "Eight optimizers, one model", .x_label = "epoch", .y_label = "loss"};
  many.log_y = true;
  for (int i = 0; i < 8; ++i)
    many.lines.push_back({.name = absl::StrCat("optimizer ", i), .y = Curve(30, 0.02 * i + 0.03)});
  return {
      {"history", ToSvg(*HistoryChart(AHistory(), "loss"))},
      {"roc", ToSvg(RocChart(roc, 0.83))},
      {"validation", ToSvg(ValidationCurve("depth", {{1, 2, 3, 4}}, {{0.7, 0.8, 0.9, 0.99}},
                                           {{0.69, 0.75, 0.74, 0.6}}))},
      {"learning", ToSvg(LearningCurve({{50, 100, 200, 400}}, {{0.99, 0.95, 0.93, 0.92}},
                                       {{0.7, 0.8, 0.85, 0.87}}))},
      {"confusion", ToSvg(ConfusionMap(counts, {"cat", "dog", "hippopotamus"}))},
      {"correlation", ToSvg(CorrelationMap(correlation, {"Age", "Fare", "Parch", "Constant"}))},
      {"descent", ToSvg(descent)},
      {"many", ToSvg(many)},
      {"images", ToSvg(ImageGrid{.title = "Waves",
                                 .images = SomeImages(),
                                 .names = {"0", "1", "2", "3", "4", "5", "6", "seven"}})},
      {"filters", ToSvg(*FilterGrid(*SomeImages(48).Reshaped({5, 5, 3, 16})))},
      {"bare", ToSvg(Chart{.lines = {{.y = {3}}, {.y = {1e-7, 2e-7, NAN, 4e7}}}})},
  };
}

TEST(PlotTest, PicturesAreWellFormedAndNamed) {
  const char* folder = std::getenv("DAGRAD_PICTURES");
  for (const auto& [name, svg] : Pictures()) {
    ASSERT_TRUE(svg.ok()) << name << ": " << svg.status();
    EXPECT_TRUE(absl::StartsWith(*svg, "<svg xmlns")) << name;
    EXPECT_TRUE(absl::EndsWith(*svg, "</svg>\n")) << name;
    EXPECT_FALSE(absl::StrContains(*svg, "nan")) << name;
    EXPECT_FALSE(absl::StrContains(*svg, "\"inf")) << name;
    EXPECT_EQ(Count(*svg, "<text"), Count(*svg, "</text>")) << name;
    if (folder != nullptr) io::testing::Spill(absl::StrCat(folder, "/", name, ".svg"), *svg);
  }
}

TEST(PlotTest, LinesHaveTheirPoints) {
  const auto svg =
      ToSvg(Chart{.lines = {{"a <b> & \"c\"\n", {}, {1, 2, NAN, 4, 5, NAN, 7}, true}}});
  ASSERT_TRUE(svg.ok());
  EXPECT_EQ(Count(*svg, "<polyline"), 3);  // of two runs and the legend
  EXPECT_EQ(Count(*svg, "<circle"), 6);
  EXPECT_TRUE(absl::StrContains(*svg, "a &lt;b&gt; &amp; &quot;c&quot; <"));
  const auto logarithmic = ToSvg(Chart{.lines = {{.y = {1, 0, -1, 100, 10}}}, .log_y = true});
  ASSERT_TRUE(logarithmic.ok());
  EXPECT_EQ(Count(*logarithmic, "<polyline"), 1);
  EXPECT_EQ(Count(*logarithmic, "<circle"), 1);
}

TEST(PlotTest, TextsShowTheCurve) {
  const auto text = ToText(Chart{.title = "y = x",
                                 .x_label = "x",
                                 .lines = {{"up", {0, 1}, {0, 1}}, {"down", {0, 1}, {1, 0}}}},
                           {.columns = 25, .rows = 5});
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(*text,
            "y = x\n"
            "* up   o down\n"
            "1.0 ┤ooo              ***\n"
            "    │   oooo      ****   \n"
            "0.5 ┤       oooooo       \n"
            "    │   ****      oooo   \n"
            "0.0 ┤***              ooo\n"
            "    └────────────────────\n"
            "     0.0      0.5      1.0\n"
            "             x\n")
      << *text;
  const auto map = ToText(ConfusionMap(Tensor::Of<double>({2, 2}, {9, 1, 0, 5}), {"no", "yes"}));
  ASSERT_TRUE(map.ok()) << map.status();
  EXPECT_EQ(*map,
            "Confusion matrix\n"
            "      predicted\n"
            "true   no  yes\n"
            "no    9 █  1  \n"
            "yes   0    5 ▒\n")
      << *map;
}

// The pixels of the images in an SVG.
std::vector<Tensor> Embedded(const std::string& svg) {
  std::vector<Tensor> images;
  const std::vector<std::string> parts = absl::StrSplit(svg, "base64,");
  for (size_t i = 1; i < parts.size(); ++i) {
    std::string png;
    EXPECT_TRUE(absl::Base64Unescape(parts[i].substr(0, parts[i].find("\"")), &png));
    images.push_back(io::ParseImage(png).value());
  }
  return images;
}

TEST(ImageGridTest, PixelsAreWhatWasGiven) {
  // Black and white are the least and the greatest of all; what is not a number is black.
  const Tensor two = Tensor::Of<float>({2, 1, 2}, {-1, 1, 0, NAN});
  std::vector<Tensor> images = Embedded(ToSvg(ImageGrid{.images = two}).value());
  ASSERT_EQ(images.size(), 2u);
  EXPECT_TRUE(SameBits(images[0], Tensor::Of<uint8_t>({1, 2, 3}, {0, 0, 0, 255, 255, 255})));
  EXPECT_TRUE(SameBits(images[1], Tensor::Of<uint8_t>({1, 2, 3}, {128, 128, 128, 0, 0, 0})));
  images =
      Embedded(ToSvg(ImageGrid{.images = Tensor::Of<uint8_t>({1, 1, 2, 3}, {0, 9, 20, 40, 60, 200}),
                               .black = 0,
                               .white = 255})
                   .value());
  EXPECT_TRUE(SameBits(images[0], Tensor::Of<uint8_t>({1, 2, 3}, {0, 9, 20, 40, 60, 200})));
  images = Embedded(ToSvg(ImageGrid{.images = Tensor::Full(DType::kInt32, {1, 1, 1}, 7)}).value());
  EXPECT_EQ(images[0].data<uint8_t>()[0], 128);
}

TEST(ImageGridTest, FiltersAreRowsOfTheirChannels) {
  // Filter f has, in channel c at place k, the number 100 f + 10 c + k.
  Tensor kernel = Tensor::Full(DType::kFloat32, {1, 2, 2, 3}, 0);
  for (int64_t k = 0; k < 2; ++k)
    for (int64_t c = 0; c < 2; ++c)
      for (int64_t f = 0; f < 3; ++f)
        kernel.mutable_data<float>()[(k * 2 + c) * 3 + f] =
            static_cast<float>(100 * f + 10 * c + k);
  ImageGrid grid = FilterGrid(kernel).value();
  EXPECT_EQ(grid.columns, 2);
  EXPECT_TRUE(SameBits(grid.images, Tensor::Of<double>({6, 1, 2}, {0, 1, 10, 11, 100, 101, 110, 111,
                                                                   200, 201, 210, 211})));
  grid = FilterGrid(kernel, {.max_filters = 2, .max_channels = 1}).value();
  EXPECT_TRUE(SameBits(grid.images, Tensor::Of<double>({2, 1, 2}, {0, 1, 100, 101})));
  // Three channels are colors.
  grid = FilterGrid(Tensor::Of<float>({1, 1, 3, 2}, {0, 1, 10, 11, 20, 21})).value();
  EXPECT_EQ(grid.columns, 0);
  EXPECT_TRUE(SameBits(grid.images, Tensor::Of<double>({2, 1, 1, 3}, {0, 10, 20, 1, 11, 21})));

  const Tensor maps = Tensor::Of<float>({1, 1, 2, 2}, {0, 5, 1, 6});
  EXPECT_TRUE(SameBits(FeatureMapGrid(maps)->images, Tensor::Of<double>({2, 1, 2}, {0, 1, 5, 6})));
}

TEST(ImageGridTest, TextsShowTheImages) {
  const ImageGrid grid{.title = "T",
                       .images = Tensor::Of<float>({3, 2, 2}, {0, 1, 2, 4, 4, 4, 4, 4, 0, 0, 0, 0}),
                       .names = {"a", "b", "c"}};
  EXPECT_EQ(ToText(grid).value(),
            "T\n"
            "  ░░  ████\n"
            "▒▒██  ████\n"
            "a     b   \n"
            "\n"
            "    \n"
            "    \n"
            "c   \n");
  // Large ones lose pixels.
  const ImageGrid large{.images = Tensor::Full(DType::kUInt8, {9, 100, 50}, 3)};
  const std::string text = ToText(large, {.columns = 30}).value();
  for (absl::string_view line : absl::StrSplit(text, '\n')) EXPECT_LE(Characters(line), 30u);
}

TEST(AxisTest, TicksAreRoundNumbers) {
  const std::vector<std::pair<std::vector<double>, std::vector<std::string>>> cases = {
      {{0, 1}, {"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"}},
      {{-3, 42}, {"0", "10", "20", "30", "40"}},
      {{0.013, 0.0195}, {"0.014", "0.016", "0.018"}},
      {{0, 3e7}, {"0", "5e+06", "1e+07", "1.5e+07", "2e+07", "2.5e+07", "3e+07"}},
      {{5, 5}, {"3", "4", "5", "6", "7"}},
      {{0, 0}, {"-1.0", "-0.5", "0.0", "0.5", "1.0"}},
      {{}, {"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"}},
      {{NAN, INFINITY, 1, 2}, {"1.0", "1.2", "1.4", "1.6", "1.8", "2.0"}},
      {{1.7e9, 1.7e9 + 3600}, {"1700000000", "1700001000", "1700002000", "1700003000"}},
      {{0.693147, 0.6931475},
       {"0.6931470", "0.6931471", "0.6931472", "0.6931473", "0.6931474", "0.6931475"}},
      {{2e20, 2e20 + 4.2e12},
       {"2e+20", "2.00000001e+20", "2.00000002e+20", "2.00000003e+20", "2.00000004e+20"}},
      {{1.21, 1.39}, {"1.25", "1.30", "1.35"}},
  };
  for (const auto& [values, want] : cases) EXPECT_EQ(TickTexts(AxisFor(values, 6)), want);
  EXPECT_EQ(TickTexts(AxisFor({0.5, 2000, -3}, 6, true)),
            (std::vector<std::string>{"1", "10", "100", "1000"}));
  EXPECT_NEAR((Axis{1, 100, true}.Place(10)), 0.5, 1e-15);
  EXPECT_EQ(TickTexts(AxisFor({1.21, 1.39}, 2)), std::vector<std::string>{"1.3"});
}

// The ends of what doubles can be have an axis, if not one with ticks.
TEST(AxisTest, ExtremesComeToAnEnd) {
  const std::vector<std::vector<double>> cases = {{1e-323, 4e-323},    {5e-324},
                                                  {5e-324, 5e-324},    {1.7e308},
                                                  {-1.7e308, 1.7e308}, {1e-323, 1e308}};
  for (const std::vector<double>& values : cases) {
    for (const bool log : {false, true}) {
      const Axis axis = AxisFor(values, 6, log);
      EXPECT_LT(axis.min, axis.max) << values[0];
      EXPECT_LE(axis.ticks.size(), 20u) << values[0];
      EXPECT_TRUE(ToText(Chart{.lines = {{.y = values}}, .log_y = log}).ok()) << values[0];
    }
  }
}

TEST(HeatMapTest, NothingButZerosIsWhite) {
  const Tensor zeros = Tensor::Full(DType::kFloat32, {1, 2}, 0);
  const std::string svg = ToSvg(CorrelationMap(zeros, {})).value();
  EXPECT_EQ(Count(svg, "#ffffff"), 3);  // the picture and both cells
  EXPECT_EQ(Count(ToText(CorrelationMap(zeros, {})).value(), "█"), 0);
  // What is not finite has the color and the mark of an end.
  const auto ends = ToText(HeatMap{.values = Tensor::Of<double>({1, 3}, {-INFINITY, 1, INFINITY})});
  ASSERT_TRUE(ends.ok()) << ends.status();
  EXPECT_EQ(Count(*ends, "█"), 2) << *ends;
}

// Names come from files.
TEST(PlotTest, NamesReachNoTerminalAsTheyAre) {
  const std::string evil = "a\x1b[2J\xff";
  const Tensor square = Tensor::Of<double>({1, 1}, {1});
  const std::vector<absl::StatusOr<std::string>> texts = {
      ToText(Chart{.title = evil, .x_label = evil, .lines = {{.name = evil, .y = {1, 2}}}}),
      ToText(HeatMap{.title = evil,
                     .values = square,
                     .row_labels = {evil},
                     .column_labels = {evil},
                     .row_title = evil,
                     .column_title = evil}),
      ToText(ImageGrid{.title = evil, .images = SomeImages(1), .names = {evil}})};
  const std::vector<int> times = {3, 5, 2};
  for (size_t i = 0; i < texts.size(); ++i) {
    ASSERT_TRUE(texts[i].ok()) << texts[i].status();
    EXPECT_EQ(Count(*texts[i], "a\\x1b[2J\\xff"), times[i]) << *texts[i];
    EXPECT_EQ(texts[i]->find('\x1b'), std::string::npos);
  }
}

TEST(PlotTest, PicturesHoldWhatXmlMay) {
  Svg svg(10, 10);
  svg.Text({0, 0}, "a\xff\tb\xEF\xBF\xBE\xEF\xBF\xBF ü\xC3");
  const std::string text = std::move(svg).Finish();
  EXPECT_TRUE(absl::StrContains(text, ">a\uFFFD b\uFFFD\uFFFD ü\uFFFD</text>")) << text;
}

TEST(PlotErrorsTest, NameWhatIsWrong) {
  const Tensor flat = Tensor::Of<double>({2}, {1, 2}), square = SomeField();
  const std::vector<std::pair<absl::Status, std::string>> cases = {
      {ToSvg(Chart{}).status(), "neither lines nor a field"},
      {ToSvg(Chart{.lines = {{"a", {1, 2}, {1}}}}).status(), "line \"a\" has 2 x and 1 y"},
      {ToSvg(Chart{.lines = {{"a"}}}).status(), "line \"a\" has 0 x and 0 y"},
      {ToSvg(Chart{.lines = {{.y = {1}}}, .width = 10}).status(), "pixels, not 10"},
      {ToText(Chart{.lines = {{.y = {1}}}}, {.columns = 3}).status(), "columns"},
      {ToSvg(Chart{.field = {0, 1, 0, 1, flat}}).status(), "a field is float64 [rows, columns]"},
      {ToSvg(Chart{.field = {1, 1, 0, 1, square}}).status(), "x_min < x_max"},
      {ToSvg(HeatMap{.values = flat}).status(), "a heat map is a matrix"},
      {ToText(HeatMap{}).status(), "a heat map is a matrix"},
      {ToSvg(ImageGrid{}).status(), "given: an undefined tensor"},
      {ToSvg(ImageGrid{.images = square}).status(), "a grid of images is"},
      {ToSvg(ImageGrid{.images = *square.Reshaped({1, 40, 20, 2})}).status(),
       "a grid of images is"},
      {ToSvg(ImageGrid{.images = *square.Reshaped({1600, 1, 1})}).status(), "1 to 1024"},
      {ToText(ImageGrid{.images = SomeImages(), .names = {"a"}}).status(), "8 images has 1 names"},
      {ToSvg(ImageGrid{.images = SomeImages(), .columns = -1}).status(),
       "must not be negative: -1"},
      {ToSvg(ImageGrid{.images = SomeImages(), .black = 2, .white = 1}).status(),
       "less than white"},
      {ToSvg(ImageGrid{.images = SomeImages(500), .columns = 500}).status(), "it may have 10000"},
      {ToText(ImageGrid{.images = SomeImages()}, {.columns = 3}).status(), "20 columns"},
      {FilterGrid(flat).status(), "a kernel is [height, width, channels, filters]"},
      {FilterGrid(*square.Reshaped({4, 4, 10, 10}), {.max_filters = 0}).status(), "max_filters 0"},
      {FeatureMapGrid(*square.Reshaped({2, 8, 10, 10})).status(), "of one image"},
      {ToSvg(HeatMap{.values = square, .row_labels = {"a"}}).status(), "40 rows has 1 row_labels"},
  };
  for (const auto& [status, message] : cases) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << message;
    EXPECT_TRUE(absl::StrContains(status.message(), message)) << status << " for " << message;
  }
  const auto history = HistoryChart(AHistory(), "los").status();
  EXPECT_EQ(history.code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(absl::StrContains(history.message(), "perhaps \"loss\" was meant")) << history;
}

}  // namespace
}  // namespace dagrad::plot
