#include "dagrad/graph/json.h"

#include <bit>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

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
}

TEST(JsonTest, WhatIsNoJsonIsNamedWithItsPlace) {
  const std::pair<const char*, int> cases[] = {{"", 0},      {"  ", 2},      {"{\"a\":1", 6},
                                               {"[1,]", 3},  {"[1] x", 4},   {"{a:1}", 1},
                                               {"[nan]", 1}, {"[1e400]", 6}, {"[1] // one", 4}};
  for (const auto& [text, byte] : cases) {
    EXPECT_EQ(ParseJson(text).status(),
              absl::InvalidArgumentError(absl::StrCat("the text is no JSON at byte ", byte)))
        << text;
  }
  for (const char* text : {"[01]", "[.5]", "[+1]", "[\"a\nb\"]", "[\"\xff\"]", "[\"\xed\xa0\x80\"]",
                           "[\"\xc0\x80\"]", "[\"\\ud800\"]", "[\"\\x\"]", "['a']", "[True]"}) {
    EXPECT_FALSE(ParseJson(text).ok()) << text;
  }
}

TEST(JsonTest, EveryKindIsRead) {
  const Json json = *ParseJson(
      " {\"a\": [1, -2, 18446744073709551615, 1.0, 1e2, 36893488147419103232, true, null],"
      " \"b\": {\"\\u00e9\\ud83d\\ude00\\n\": \"\\\"x\\u0000\"}, \"a\": 3, \"a\": [1, -2.5e-1]} ");
  EXPECT_EQ(json, Json({{"a", {1, -0.25}},
                        {"b", {{"\u00e9\U0001F600\n", boost::json::string("\"x\0", 3)}}}}))
      << JsonText(json);
  int64_t integer = 0;
  double number = 0;
  bool truth = false;
  std::string text;
  std::vector<double> numbers;
  const Json list = *ParseJson("[7, 7.0, true, \"t\", 18446744073709551615]");
  const boost::json::array& items = list.get_array();
  EXPECT_TRUE(ReadJson(&items[0], &integer) && integer == 7);
  EXPECT_TRUE(ReadJson(&items[0], &number) && number == 7);
  EXPECT_TRUE(ReadJson(&items[2], &truth) && truth);
  EXPECT_TRUE(ReadJson(&items[3], &text) && text == "t");
  EXPECT_FALSE(ReadJson(&items[1], &integer) || ReadJson(&items[4], &integer) ||
               ReadJson(&items[3], &number) || ReadJson(&items[0], &truth) ||
               ReadJson(&items[0], &text) || ReadJson(&list, &numbers) || ReadJson(nullptr, &text));
  EXPECT_TRUE(ReadJson(Member(json, "a"), &numbers));
  EXPECT_EQ(numbers, std::vector<double>({1, -0.25}));
  EXPECT_EQ(Member(json, "c"), nullptr);
  EXPECT_EQ(Member(list, "a"), nullptr);
}

// As files and the commands' output have had it from their first version.
TEST(JsonTest, TextIsLaidOutAsEver) {
  Json json = {{"b", {1, -2, 1.0, true, nullptr, boost::json::array(), boost::json::object()}},
               {"a", {{"only", "x"}}}};
  json.get_object()["\u00e9\xff\x01\x7f\"\\\b\f\n\r\t/\U0001F600"] = "\xe2\x82";
  EXPECT_EQ(JsonText(json),
            "{\"a\":{\"only\":\"x\"},\"b\":[1,-2,1.0,true,null,[],{}],"
            "\"\u00e9\uFFFD\\u0001\x7f\\\"\\\\\\b\\f\\n\\r\\t/\U0001F600\":\"\uFFFD\uFFFD\"}");
  EXPECT_EQ(
      JsonText(json, {.indent = 2, .ascii = true, .sort_keys = false}),
      "{\n  \"b\": [\n    1,\n    -2,\n    1.0,\n    true,\n    null,\n    [],\n    {}\n  ],\n"
      "  \"a\": {\n    \"only\": \"x\"\n  },\n  \"\\u00e9\\ufffd\\u0001\\u007f\\\"\\\\\\b\\f\\n"
      "\\r\\t/\\ud83d\\ude00\": \"\\ufffd\\ufffd\"\n}");
  for (const auto& [value, text] : std::initializer_list<std::pair<double, const char*>>{
           {0.0, "0.0"},
           {-0.0, "-0.0"},
           {100000, "100000.0"},
           {999999999999999, "999999999999999.0"},
           {1e15, "1e+15"},
           {0.1, "0.1"},
           {0.0001, "0.0001"},
           {0.00001, "1e-05"},
           {1.25e-7, "1.25e-07"},
           {-1e308, "-1e+308"},
           {5e-324, "5e-324"},
           {std::numeric_limits<double>::infinity(), "null"}}) {
    EXPECT_EQ(JsonText(value), text);
  }
}

TEST(JsonTest, EveryNumberReturns) {
  using Limits = std::numeric_limits<double>;
  for (double value :
       {0.0, -0.0, 0.1, 1.0 / 3, 9007199254740993.0, 8.41e21, 1e23, 1.7976931348623155e308, 1e308,
        -Limits::max(), Limits::min(), Limits::denorm_min(), -Limits::denorm_min(),
        Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()}) {
    double back = 7;
    const absl::StatusOr<Json> json = ParseJson(JsonText(NumberToJson(value)));
    ASSERT_TRUE(json.ok()) << value;
    ASSERT_TRUE(NumberFromJson(*json, &back)) << value;
    EXPECT_TRUE(std::isnan(value) ? std::isnan(back) : back == value) << value;
    EXPECT_EQ(std::signbit(value), std::signbit(back)) << value;
  }
  // Boost's own parser is an ulp beside many of these.
  std::mt19937_64 bits(1);
  for (int i = 0; i < 10000; ++i) {
    const auto value = std::bit_cast<double>(bits());
    if (!std::isfinite(value)) continue;
    ASSERT_EQ(*ParseJson(JsonText(value)), value) << JsonText(value);
  }
  double unchanged = 7;
  for (const char* text : {"null", "\"infinity\"", "\"\"", "true", "[1]", "{\"inf\":1}"}) {
    EXPECT_FALSE(NumberFromJson(*ParseJson(text), &unchanged)) << text;
  }
  EXPECT_EQ(unchanged, 7);
}

TEST(JsonTest, UnknownKeysAreNamedWithTheNearest) {
  const Json json = {{"units", 3}, {"activatoin", "relu"}};
  EXPECT_EQ(
      CheckKeys("a layer", json, {"units", "activation"}),
      absl::InvalidArgumentError("a layer has no option \"activatoin\", perhaps \"activation\" was "
                                 "meant; known: units, activation"));
  EXPECT_TRUE(CheckKeys("a layer", json, {"activatoin", "units", "more"}).ok());
  EXPECT_TRUE(CheckKeys("a layer", boost::json::object(), {}).ok());
}

}  // namespace
}  // namespace dagrad
