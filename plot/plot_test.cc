// Charts and heat maps as SVG and as text.
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dagrad/io/test_files.h"
#include "dagrad/plot/axis.h"
#include "dagrad/plot/charts.h"
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
  };
  for (const auto& [values, want] : cases) EXPECT_EQ(TickTexts(AxisFor(values, 6)), want);
  EXPECT_EQ(TickTexts(AxisFor({0.5, 2000, -3}, 6, true)),
            (std::vector<std::string>{"1", "10", "100", "1000"}));
  EXPECT_NEAR((Axis{1, 100, true}.Place(10)), 0.5, 1e-15);
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
