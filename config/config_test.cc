// Objects of options: what files say of them, and what is refused.
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "dagrad/config/configured.h"
#include "dagrad/config/registry.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

class Shade : public ConfiguredObject {
 public:
  using Kind = Shade;
  virtual double Brightness() const = 0;
};

struct GreyOptions {
  double level = 0.5;
  bool warm = false;
  int64_t layers = 1;
  std::string name = "grey";
  std::vector<double> steps = {};
  std::optional<double> gamma = {};
};

class Grey : public Configured<Grey, Shade, GreyOptions> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "grey";
  static constexpr const char* kAliases[] = {"gray"};
  template <typename O, typename V>
  static void Fields(O& o, V& visit) {
    visit("level", o.level);
    visit("warm", o.warm);
    visit("layers", o.layers);
    visit("label", o.name);
    visit("steps", o.steps);
    visit("gamma", o.gamma);
  }
  absl::Status Validate() const override {
    return options().level >= 0 ? absl::OkStatus() : InvalidArgumentError("level is negative");
  }
  double Brightness() const override { return options().level; }
};

class Black : public Configured<Black, Shade> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "black";
  double Brightness() const override { return 0; }
};

const Registry<Shade>& Shades() {
  static const auto* const shades = new Registry<Shade>("a shade", {Grey::Class(), Black::Class()});
  return *shades;
}

TEST(ConfigTest, WhatIsWrittenIsRead) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Grey grey({0.25, true, int64_t{1} << 62, "größe", {1, -infinity}, 2.5});
  const auto read = Shades().FromJson(*ParseJson(JsonText(Shades().ToJson(grey))));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ((*read)->Config(), grey.Config());
  EXPECT_EQ((*read)->Brightness(), 0.25);
  EXPECT_EQ(JsonText(Shades().ToJson(Black())), R"({"name":"black"})");
}

TEST(ConfigTest, WhatIsMissingHasItsDefault) {
  const auto read = Shades().FromJson({{"name", "gray"}, {"gamma", nullptr}});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ((*read)->Config(), Grey().Config());
}

TEST(ConfigTest, EveryOptionOfAnotherKindIsRefusedByName) {
  const Json config = Grey().Config();
  for (const auto& member : config.as_object()) {
    const std::string key = member.key();
    for (const Json& value : std::vector<Json>{boost::json::object(), {1, "a"}, nullptr}) {
      if (value.is_null() && key == "gamma") continue;
      const absl::Status s = Shades().Make("grey", {{key, value}}).status();
      EXPECT_EQ(s, absl::InvalidArgumentError(absl::StrCat("shade grey: option \"", key,
                                                           "\" cannot be ", JsonText(value))));
    }
  }
}

TEST(ConfigTest, WhatIsUnknownIsRefused) {
  EXPECT_EQ(Shades().Make("grey", {{"levl", 1}}).status().message(),
            "shade grey: grey has no option \"levl\", perhaps \"level\" was meant; known: name, "
            "level, warm, layers, label, steps, gamma");
  EXPECT_EQ(Shades().Make("blak", boost::json::object()).status().message(),
            "unknown shade \"blak\", perhaps \"black\" was meant; known: black, grey");
  EXPECT_EQ(Shades().FromJson({{"name", "pink"}}).status().message(),
            "unknown shade \"pink\"; known: black, grey; classes of your own are given to Load as "
            "custom_objects");
  EXPECT_EQ(Shades().FromJson(3).status().message(), "not the description of a shade");
  EXPECT_EQ(Shades().Make("grey", {{"level", -1.0}}).status().message(),
            "shade grey: level is negative");
}

class Bright : public Configured<Bright, Shade> {
 public:
  using Configured::Configured;
  static constexpr const char* kName = "black";
  double Brightness() const override { return 1; }
};

TEST(ConfigTest, ClassesOfOnesOwnComeFirst) {
  EXPECT_EQ((*Shades().FromJson({{"name", "black"}}))->Brightness(), 0);
  EXPECT_EQ((*Shades().FromJson({{"name", "black"}}, {Bright::Class()}))->Brightness(), 1);
}

}  // namespace
}  // namespace dagrad
