#include "dagrad/graph/json.h"

#include <cmath>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

std::string Nested(int depth, const std::string& open, const std::string& close) {
  std::string text;
  for (int i = 0; i < depth; ++i) text += open;
  text += "1";
  for (int i = 0; i < depth; ++i) text += close;
  return text;
}

TEST(JsonTest, DepthIsBounded) {
  for (const auto& [open, close] :
       {std::pair("[", "]"), std::pair("{\"a\":", "}"), std::pair("[{\"\\\"]\":", "}]")}) {
    const int levels = open[0] == '[' && open[1] == '{' ? 2 : 1;
    EXPECT_TRUE(ParseJson(Nested(kMaxJsonDepth / levels, open, close)).ok());
    for (int depth : {kMaxJsonDepth / levels + 1, 200'000, 5'000'000}) {
      const absl::Status status = ParseJson(Nested(depth, open, close)).status();
      EXPECT_EQ(status,
                absl::InvalidArgumentError(absl::StrCat("the JSON nests lists and objects ",
                                                        depth * levels, " deep; the limit is 64")))
          << open;
    }
  }
  EXPECT_TRUE(ParseJson(absl::StrCat("\"", std::string(1000, '['), "\\\"", "[\"")).ok());
  EXPECT_FALSE(ParseJson(Nested(50, "[", "")).ok());
  EXPECT_FALSE(ParseJson("").ok());
}

TEST(JsonTest, EveryNumberReturns) {
  using Limits = std::numeric_limits<double>;
  for (double value :
       {0.0, -0.0, 0.1, 1e308, -Limits::max(), Limits::min(), Limits::denorm_min(),
        -Limits::denorm_min(), Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()}) {
    double back = 7;
    const absl::StatusOr<nlohmann::json> json = ParseJson(NumberToJson(value).dump());
    ASSERT_TRUE(json.ok()) << value;
    ASSERT_TRUE(NumberFromJson(*json, &back)) << value;
    EXPECT_TRUE(std::isnan(value) ? std::isnan(back) : back == value) << value;
    EXPECT_EQ(std::signbit(value), std::signbit(back)) << value;
  }
  double unchanged = 7;
  for (const char* text : {"null", "\"infinity\"", "\"\"", "true", "[1]", "{\"inf\":1}"}) {
    EXPECT_FALSE(NumberFromJson(*ParseJson(text), &unchanged)) << text;
  }
  EXPECT_EQ(unchanged, 7);
}

TEST(JsonTest, UnknownKeysAreNamedWithTheNearest) {
  const nlohmann::json json = {{"units", 3}, {"activatoin", "relu"}};
  EXPECT_EQ(
      CheckKeys("a layer", json, {"units", "activation"}),
      absl::InvalidArgumentError("a layer has no option \"activatoin\", perhaps \"activation\" was "
                                 "meant; known: units, activation"));
  EXPECT_TRUE(CheckKeys("a layer", json, {"activatoin", "units", "more"}).ok());
  EXPECT_TRUE(CheckKeys("a layer", nlohmann::json::object(), {}).ok());
}

}  // namespace
}  // namespace dagrad
