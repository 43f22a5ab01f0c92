#include "dagrad/keras/callbacks/path_template.h"

#include <limits>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace dagrad::keras::callbacks_internal {
namespace {

const std::vector<NamedNumber>& Numbers() {
  static const auto* const numbers =
      new std::vector<NamedNumber>{{"epoch", int64_t{7}},
                                   {"val_loss", 0.05},
                                   {"loss", -12.3456},
                                   {"one", 1.0},
                                   {"none", std::numeric_limits<double>::quiet_NaN()}};
  return *numbers;
}

TEST(PathTemplateTest, AsPython) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", ""},
      {"plain", "plain"},
      {"{epoch}", "7"},
      {"m-{epoch:02d}-{val_loss:.2f}", "m-07-0.05"},
      {"{epoch:4d}|{epoch:04}|{epoch:.1f}", "   7|0007|7.0"},
      {"{val_loss}|{loss}|{one}|{none}", "0.05|-12.3456|1.0|nan"},
      {"{loss:.3f}|{loss:010.2f}|{loss:9.1f}", "-12.346|-000012.35|    -12.3"},
      {"{loss:.2e}|{val_loss:g}|{loss:.3}", "-1.23e+01|0.05|-12.3"},
      {"{{epoch}}{{{epoch}}}", "{epoch}{7}"},
  };
  for (const auto& [text, wanted] : table) {
    const absl::StatusOr<std::string> filled = FillTemplate(text, Numbers());
    ASSERT_TRUE(filled.ok()) << text << ": " << filled.status();
    EXPECT_EQ(*filled, wanted) << text;
  }
}

TEST(PathTemplateTest, RefusesTheRest) {
  for (const char* text : {"{", "}", "a{epoch", "{epoch:02x}", "{val_loss:d}", "{epoch:.2d}",
                           "{epoch:>3}", "{loss:.f}", "{epoch:999d}", "{loss:.12345f}", "{}",
                           "{Epoch}", "{epoch:99999999999999999999d}"}) {
    const absl::StatusOr<std::string> filled = FillTemplate(text, Numbers());
    EXPECT_EQ(filled.status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_EQ(FillTemplate("{val_acc:.2f}", Numbers()).status().message(),
            "there is no number \"val_acc\"; there are: epoch, val_loss, loss, one, none");
}

}  // namespace
}  // namespace dagrad::keras::callbacks_internal
