// The system's libraries work, and the headers that are compiled against are of
// the same release as the libraries that are linked: a mixture builds without a
// word and fails in ways that look like bugs of dagrad.

#include <benchmark/benchmark.h>
#include <dlfcn.h>
#include <farmhash.h>
#include <gmock/gmock.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/common.h>
#include <gtest/gtest.h>
#include <jpeglib.h>
#include <libdeflate.h>
#include <png.h>
#include <sodium/crypto_shorthash.h>
#include <zlib.h>
#include <boost/json.hpp>
#include <boost/version.hpp>

#include <cstdint>
#include <dnnl.hpp>
#include <string>
#include <vector>

#include "absl/base/config.h"
#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "dagrad/third_party/versions_test.pb.h"
#include "hwy/contrib/sort/vqsort.h"
#include "hwy/highway.h"
#include "hwy/targets.h"

namespace dagrad {
namespace {

// The file that the library with this symbol was loaded from.
std::string LibraryOf(const void* symbol) {
  Dl_info info = {};
  return dladdr(symbol, &info) != 0 ? info.dli_fname : "";
}

TEST(AbseilTest, LibraryIsOfTheHeadersRelease) {
  const auto from_code =
      static_cast<std::string (*)(const absl::AlphaNum&, const absl::AlphaNum&)>(&absl::StrCat);
  const std::string library = LibraryOf(reinterpret_cast<const void*>(from_code));
#ifdef ABSL_LTS_RELEASE_VERSION
  EXPECT_THAT(library, ::testing::HasSubstr(absl::StrCat(ABSL_LTS_RELEASE_VERSION)));
#endif
  EXPECT_FALSE(library.empty());
}

TEST(AbseilTest, ContainersAgreeWithTheLibrary) {
  absl::flat_hash_map<std::string, int> hashed;
  absl::btree_map<std::string, int> sorted;
  for (int i = 0; i < 1000; ++i) {
    hashed[absl::StrCat("key", i)] = i;
    sorted[absl::StrCat("key", i)] = i;
  }
  ASSERT_EQ(hashed.size(), 1000u);
  ASSERT_EQ(sorted.size(), 1000u);
  for (const auto& [key, value] : sorted) EXPECT_EQ(hashed.at(key), value);
}

TEST(AbseilTest, StatusAndStringsWork) {
  const absl::StatusOr<int> error = absl::InvalidArgumentError(absl::StrFormat("%s is %d", "x", 3));
  EXPECT_EQ(error.status().message(), "x is 3");
  const absl::string_view text = "abcdef";
  EXPECT_EQ(text.find("cd"), 2u);
  absl::Cord cord(text);
  cord.Append("gh");
  EXPECT_EQ(std::string(cord), "abcdefgh");
}

TEST(AbseilTest, TimeRandomAndMutexWork) {
  absl::Mutex mutex;
  const absl::MutexLock lock(&mutex);
  absl::BitGen generator;
  EXPECT_LT(absl::Uniform(generator, 0, 10), 10);
  EXPECT_GT(absl::Now(), absl::UnixEpoch());
}

TEST(ProtobufTest, LibraryIsOfTheHeadersRelease) {
  GOOGLE_PROTOBUF_VERIFY_VERSION;  // Ends the test if it is not.
}

TEST(ProtobufTest, GeneratedCodeWorks) {
  VersionsTestMessage message;
  message.set_name("weights");
  message.add_values(1.5f);
  VersionsTestMessage copy;
  ASSERT_TRUE(copy.ParseFromString(message.SerializeAsString()));
  EXPECT_EQ(copy.name(), "weights");
  EXPECT_THAT(copy.values(), ::testing::ElementsAre(1.5f));
}

TEST(OneDnnTest, LibraryIsOfTheHeadersRelease) {
  const dnnl_version_t* version = dnnl::version();
  EXPECT_EQ(version->major, DNNL_VERSION_MAJOR);
  EXPECT_EQ(version->minor, DNNL_VERSION_MINOR);
  EXPECT_EQ(version->patch, DNNL_VERSION_PATCH);
}

TEST(OneDnnTest, Multiplies) {
  const std::vector<float> a = {1, 2, 3, 4};
  const std::vector<float> b = {5, 6, 7, 8};
  std::vector<float> c(4);
  ASSERT_EQ(dnnl::sgemm('N', 'N', 2, 2, 2, 1.0f, a.data(), 2, b.data(), 2, 0.0f, c.data(), 2),
            dnnl::status::success);
  EXPECT_THAT(c, ::testing::ElementsAre(19, 22, 43, 50));
}

TEST(HighwayTest, LibrarySupportsThisCpu) {
  namespace hn = hwy::HWY_NAMESPACE;
  EXPECT_NE(hwy::SupportedTargets(), 0);
  const hn::ScalableTag<float> lanes;
  EXPECT_EQ(hn::GetLane(hn::Add(hn::Set(lanes, 2.0f), hn::Set(lanes, 3.0f))), 5.0f);
  std::vector<float> values = {3, 1, 2};
  const hwy::Sorter sort;
  sort(values.data(), values.size(), hwy::SortAscending());
  EXPECT_THAT(values, ::testing::ElementsAre(1, 2, 3));
}

TEST(ZlibTest, LibraryIsOfTheHeadersRelease) {
  EXPECT_STREQ(zlibVersion(), ZLIB_VERSION);
  EXPECT_EQ(crc32(0, reinterpret_cast<const Bytef*>("123456789"), 9), 0xCBF43926u);
}

// It has no function that says its version.
TEST(LibdeflateTest, ChecksumsAreThoseOfZlib) {
  EXPECT_EQ(libdeflate_crc32(0, "123456789", 9), 0xCBF43926u);
}

// Neither has a function that says its version.
TEST(HashTest, OfFarmHashAndSipHash) {
  EXPECT_EQ(util::Fingerprint64("hello world", 11) % (uint64_t{1} << 62), 1769834696496558107U);
  unsigned char key[crypto_shorthash_KEYBYTES] = {}, hash[crypto_shorthash_BYTES];
  for (int i = 0; i < 16; ++i) key[i] = static_cast<unsigned char>(i);
  // The first of the vectors that SipHash was published with.
  crypto_shorthash(hash, nullptr, 0, key);
  EXPECT_EQ(hash[0], 0x31);
  EXPECT_EQ(hash[7], 0x72);
}

TEST(LibpngTest, LibraryIsOfTheHeadersRelease) {
  EXPECT_EQ(png_access_version_number(), static_cast<png_uint_32>(PNG_LIBPNG_VER));
}

// A library of another layout of its structures refuses them, by a call of error_exit.
TEST(LibjpegTest, LibraryIsOfTheHeadersRelease) {
  jpeg_error_mgr errors;
  jpeg_decompress_struct reader;
  reader.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&reader);
  EXPECT_NE(reader.mem, nullptr);
  jpeg_destroy_decompress(&reader);
}

TEST(BoostJsonTest, LibraryIsOfTheHeadersRelease) {
  // It has the same arguments in every release, and no second function its name.
  const auto from_code = static_cast<boost::json::string_view (*)(boost::json::kind) noexcept>(
      &boost::json::to_string);
  const std::string library = LibraryOf(reinterpret_cast<const void*>(from_code));
  EXPECT_THAT(library, ::testing::HasSubstr(absl::StrCat(BOOST_VERSION / 100000, ".",
                                                         BOOST_VERSION / 100 % 1000, ".")));
}

TEST(BoostJsonTest, ParsesWhatItWrote) {
  const boost::json::value written = {{"shape", {2, 3}}, {"dtype", "F32"}};
  EXPECT_EQ(boost::json::parse(boost::json::serialize(written)), written);
}

TEST(BenchmarkTest, Links) { EXPECT_FALSE(benchmark::ReportUnrecognizedArguments(1, nullptr)); }

}  // namespace
}  // namespace dagrad
