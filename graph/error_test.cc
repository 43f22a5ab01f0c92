#include "dagrad/graph/error.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "dagrad/graph/nearest.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

TEST(ErrorTest, EveryMakerEscapes) {
  using Maker = absl::Status (*)(absl::string_view);
  const std::vector<Maker> makers = {
      AlreadyExistsError,     DataLossError,    FailedPreconditionError, InternalError,
      InvalidArgumentError,   NotFoundError,    OutOfRangeError,         PermissionDeniedError,
      ResourceExhaustedError, UnavailableError, UnimplementedError};
  for (Maker make : makers) {
    const absl::Status status = make("a\x1b[2J\nb\u202e\xff");
    EXPECT_EQ(status.message(), "a\\x1b[2J\\x0ab\\u202e\\xff");
    EXPECT_FALSE(status.ok());
  }
}

TEST(ErrorTest, PrefixesAreEscapedOnce) {
  const absl::Status status = Prefixed(
      "no\x1b"
      "de",
      NotFoundError("\x07"));
  EXPECT_EQ(status, absl::NotFoundError("no\\x1bde: \\x07"));
  EXPECT_TRUE(Prefixed("node", absl::OkStatus()).ok());
}

TEST(ErrorTest, LongMessagesAreCut) {
  const std::string message(InvalidArgumentError(std::string(1 << 20, 'x')).message());
  EXPECT_EQ(message.size(), kMaxMessageBytes + std::string("…").size());
  EXPECT_TRUE(absl::EndsWith(message, "x…"));
}

TEST(NearestTest, FewestEdits) {
  const std::vector<std::string> known = {"batch", "features", "steps", "h"};
  EXPECT_EQ(Nearest("bacth", known), "batch");
  EXPECT_EQ(Nearest("Batches", known), "batch");
  EXPECT_EQ(Nearest("step", known), "steps");
  EXPECT_EQ(Nearest("foo", known), "");
  EXPECT_EQ(Nearest("", known), "");
  EXPECT_EQ(Nearest(std::string(1 << 20, 'b'), known), "");
  EXPECT_EQ(PerhapsOf("bacth", known),
            ", perhaps \"batch\" was meant; known: batch, features, "
            "steps, h");
  EXPECT_EQ(PerhapsOf("foo", {"x"}), "; known: x");
  EXPECT_EQ(PerhapsOf("foo", {}), "; there is none");
}

}  // namespace
}  // namespace dagrad
