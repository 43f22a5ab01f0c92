#include "dagrad/io/gzip.h"

#include <string>

#include "absl/status/status.h"
#include "dagrad/io/goldens.h"
#include "dagrad/io/test_files.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::io {
namespace {

constexpr size_t kLimit = 1 << 20;

std::string Golden() {
  return std::string(reinterpret_cast<const char*>(goldens::kIdxUInt8Gzip),
                     sizeof goldens::kIdxUInt8Gzip);
}
std::string Plain() {
  return std::string(reinterpret_cast<const char*>(goldens::kIdxUInt8), sizeof goldens::kIdxUInt8);
}

// Python: gzip.compress(b"a" * 100000, mtime=0), and gzip.compress(b"", mtime=0).
constexpr unsigned char kManyAs[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xed, 0xc1, 0x31, 0x01, 0x00,
    0x00, 0x00, 0xc2, 0xa0, 0xac, 0xeb, 0x5f, 0xc2, 0x1a, 0x1e, 0x40, 0x01, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0xaf, 0x06, 0x87, 0xfa, 0xe2, 0x1b, 0xa0, 0x86, 0x01, 0x00};
constexpr unsigned char kNothing[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03,
                                      0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00};

template <size_t n>
std::string Bytes(const unsigned char (&bytes)[n]) {
  return std::string(reinterpret_cast<const char*>(bytes), n);
}

TEST(GzipTest, GivesWhatWasCompressed) {
  EXPECT_EQ(*ParseGzip(Golden(), kLimit), Plain());
  EXPECT_EQ(*ParseGzip(Bytes(kManyAs), kLimit), std::string(100000, 'a'));
  EXPECT_EQ(*ParseGzip(Bytes(kNothing), kLimit), "");
  EXPECT_EQ(*ParseGzip(Golden() + Bytes(kNothing) + Bytes(kManyAs), kLimit),
            Plain() + std::string(100000, 'a'));
  const std::string path = testing::FreshDirectory() + "a.gz";
  testing::Spill(path, Golden());
  EXPECT_EQ(*ReadGzip(path, kLimit), Plain());
}

// The time that it takes is that of the bytes, however many members they are.
TEST(GzipTest, ManyMembersTakeLinearTime) {
  std::string members, text;
  for (int i = 0; i < 100'000; ++i) members += Bytes(kNothing);
  for (int i = 0; i < 1000; ++i) {
    members += Golden();
    text += Plain();
  }
  EXPECT_EQ(*ParseGzip(members, kLimit), text);
}

TEST(GzipTest, LimitsAndDamageAreErrors) {
  EXPECT_EQ(*ParseGzip(Bytes(kManyAs), 100000), std::string(100000, 'a'));
  EXPECT_EQ(ParseGzip(Bytes(kManyAs), 99999).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ParseGzip("", kLimit).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ParseGzip(Golden() + "x", kLimit).status().code(), absl::StatusCode::kDataLoss);
  const std::string path = testing::FreshDirectory() + "a.gz";
  testing::ForEachDamage(path, Golden(), [&](const std::string& what) {
    const absl::StatusOr<std::string> read = ReadGzip(path, kLimit);
    if (read.ok()) {  // a flag or the time in the header
      EXPECT_EQ(*read, Plain()) << what;
    } else {
      EXPECT_THAT(std::string(read.status().message()), ::testing::HasSubstr("a.gz: ")) << what;
    }
  });
}

}  // namespace
}  // namespace dagrad::io
