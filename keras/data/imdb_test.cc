// .npz files and the pickled lists in them against NumPy's, Keras's loading of imdb.npz, hostile
// files.
#include "dagrad/keras/data/imdb.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/io/npz.h"
#include "dagrad/io/test_files.h"
#include "dagrad/keras/data/imdb_golden.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

std::string Decoded(const std::string& base64) {
  std::string bytes;
  EXPECT_TRUE(absl::Base64Unescape(base64, &bytes));
  return bytes;
}

std::string Error(const std::string& pickle, int64_t count = 1, size_t max_bytes = 1 << 16) {
  return io::ParsePickledLists(pickle, count, max_bytes).status().ToString();
}

TEST(NpzTest, ReadsEveryProtocolAndNumPy) {
  const absl::StatusOr<io::Npz> first = io::ParseNpz(Decoded(kImdbFiles[0].base64));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_THAT(first->at("x_train").lists[2], ElementsAre(70000, 3, 256, 65535, 1));
  EXPECT_FALSE(first->at("x_train").tensor.defined());
  EXPECT_THAT(first->at("y_test").tensor.data<int64_t>(), ElementsAre(0, 1, 0, 1, 0, 1));
  ASSERT_EQ(kImdbFiles.size(), 9u);
  for (const ImdbFile& file : kImdbFiles) {
    const absl::StatusOr<io::Npz> arrays = io::ParseNpz(Decoded(file.base64));
    ASSERT_TRUE(arrays.ok()) << file.name << ": " << arrays.status();
    ASSERT_EQ(arrays->size(), 4u);
    for (const char* name : {"x_train", "x_test"})
      EXPECT_EQ(arrays->at(name).lists, first->at(name).lists) << file.name;
  }
}

TEST(NpzTest, EveryDamageIsSurvived) {
  for (const ImdbFile& file : kImdbFiles) {
    const std::string bytes = Decoded(file.base64);
    for (size_t n = 0; n < bytes.size(); n += 7)
      EXPECT_TRUE(absl::IsDataLoss(io::ParseNpz(bytes.substr(0, n)).status())) << n;
    for (size_t i = 0; i < bytes.size(); ++i) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << i % 8));
      const absl::Status status = io::ParseNpz(damaged).status();
      EXPECT_FALSE(absl::IsInternal(status)) << status;
    }
  }
}

// Without the checksums of the archive.
TEST(PickleTest, EveryDamageIsSurvived) {
  int64_t read = 0;
  for (const char* base64 : {kNumpyTwice, kNumpyLarge, kNumpyEmpty}) {
    const std::string bytes = Decoded(base64);
    for (size_t n = 0; n < bytes.size(); ++n) EXPECT_NE(Error(bytes.substr(0, n), 2), "OK") << n;
    for (size_t i = 0; i < bytes.size(); ++i) {
      for (int value = 0; value < 256; ++value) {
        std::string damaged = bytes;
        damaged[i] = static_cast<char>(value);
        const absl::Status status = io::ParsePickledLists(damaged, 2, 1 << 16).status();
        EXPECT_TRUE(status.ok() || absl::IsDataLoss(status) || absl::IsUnimplemented(status) ||
                    absl::IsResourceExhausted(status))
            << status;
        read += status.ok() ? 1 : 0;
      }
    }
  }
  EXPECT_GT(read, 0);
}

TEST(PickleTest, ReadsIntegersOfEverySize) {
  EXPECT_THAT(*io::ParsePickledLists(Decoded(kNumpyLarge), 1, 1 << 16),
              ElementsAre(ElementsAre(-1, -300, int64_t{1} << 62, INT64_MIN, 1)));
  EXPECT_TRUE(io::ParsePickledLists(Decoded(kNumpyEmpty), 0, 1 << 16)->empty());
  const auto twice = *io::ParsePickledLists(Decoded(kNumpyTwice), 2, 1 << 16);
  EXPECT_EQ(twice[0], twice[1]);
}

TEST(PickleTest, RefusesByName) {
  EXPECT_EQ(
      Error(Decoded(kNumpyPrint)),
      "UNIMPLEMENTED: it has \"builtins.print\"; read are NumPy's arrays of lists of integers");
  EXPECT_THAT(Error("\x80\x02"
                    "cos\nsystem\n"),
              HasSubstr("it has \"os.system\""));
  EXPECT_THAT(Error(Decoded(kNumpyObjects), 2), HasSubstr("neither integers nor lists"));
  EXPECT_THAT(Error(Decoded(kNumpyLarge), 2), HasSubstr("an array of 2 has 1 elements"));
  EXPECT_THAT(Error("\x80\x06."), HasSubstr("protocol 6 is unknown"));
  EXPECT_THAT(Error("}."), HasSubstr("the instruction 0x7d"));
  EXPECT_THAT(Error("\x8A\x09"), HasSubstr("more than 64 bits"));
  EXPECT_THAT(Error("]."), HasSubstr("something else than one array"));
  EXPECT_THAT(Error("cnumpy\nndarray\n)R."), HasSubstr("a call of numpy.ndarray"));
  EXPECT_THAT(Error("cnumpy\ndtype\nU\2f4\x85R."), HasSubstr("elements of type \"f4\""));
  EXPECT_THAT(Error(".x"), HasSubstr("1 bytes too many"));
  for (const char* damaged : {"", "a", "K", "t", "b", "R", "h\1", "q\1", "(a", "]a", "\x93", "cx"})
    EXPECT_EQ(Error(damaged), "DATA_LOSS: it is cut or no pickle") << damaged;
}

// Small ones that would make much.
TEST(PickleTest, WhatGrowsIsRefused) {
  EXPECT_THAT(Error(std::string(1 << 17, 'N')), HasSubstr("stacks more than 65536 values"));
  std::string lists = "(";
  for (int i = 0; i < 10000; ++i) lists += "]a";
  EXPECT_THAT(Error("]" + lists), HasSubstr("DATA_LOSS")) << "a mark is no list";
  std::string many = "]";
  for (int i = 0; i < 10000; ++i) many += "]a";
  EXPECT_THAT(Error(many), HasSubstr("more than 65536 bytes come out of it"));
  // An array that has one list of 1,000 a thousand times.
  std::string shared =
      absl::StrCat(absl::string_view("cnumpy.core.multiarray\n_reconstruct\n)R(K\1M"),
                   absl::string_view("\xE8\3\x85", 3), "cnumpy\ndtype\nU\2O8\x85R\x89](]q",
                   absl::string_view("\0(", 2));
  for (int i = 0; i < 1000; ++i) shared += "K\7";
  shared += "e";
  for (int i = 1; i < 1000; ++i) shared += std::string("h\0", 2);
  shared += "etb.";
  EXPECT_EQ(io::ParsePickledLists(shared, 1000, size_t{1} << 24)->back().size(), 1000u);
  EXPECT_THAT(Error(shared, 1000, 1 << 20), HasSubstr("more than 1048576 bytes come out"));
  const Budget small({.bytes = 1 << 20});
  EXPECT_TRUE(absl::IsResourceExhausted(
      io::ParsePickledLists(shared, 1000, size_t{1} << 24, small).status()));
}

TEST(NpzTest, RefusesByName) {
  const std::string path = io::testing::FreshDirectory() + "x.npz";
  const std::string bytes = Decoded(kImdbFiles.back().base64);  // stored, not deflated
  const auto message = [&](const std::string& file, const io::ReadNpzOptions& options = {}) {
    io::testing::Spill(path, file);
    return io::ReadNpz(path, options).status().ToString();
  };
  EXPECT_EQ(message(bytes), "OK");
  EXPECT_THAT(message("text"),
              HasSubstr("x.npz: it is no zip archive, is cut or damaged: its end is missing"));
  std::string damaged = bytes;
  damaged[damaged.find("ndarray")] = 'N';
  EXPECT_THAT(message(damaged), HasSubstr("x.npz: array \"x_train\": its checksum is another one"));
  std::string packed = bytes;
  packed[packed.find("PK\1\2") + 10] = 9;
  EXPECT_THAT(message(packed), HasSubstr("it is packed by method 9; 0 and 8 (deflate) are read"));
  packed[packed.find("PK\1\2") + 8] |= 1;
  EXPECT_THAT(message(packed), HasSubstr("array \"x_train\": it is encrypted"));
  std::string large = bytes;
  large.replace(large.find("PK\1\2") + 24, 4, "\xFF\xFF\xFF\xFF");
  EXPECT_THAT(message(large), HasSubstr("ZIP64"));
  std::string bomb = Decoded(kImdbFiles[4].base64);
  bomb.replace(bomb.find("PK\1\2") + 24, 4, "\xFF\xFF\xFF\x10");
  EXPECT_THAT(message(bomb), HasSubstr("array \"x_train\": it promises 285212671 bytes of "));
  EXPECT_THAT(message(bytes, {.max_bytes = bytes.size() - 400}), HasSubstr("RESOURCE_EXHAUSTED"));
  EXPECT_THAT(message(bytes, {.budget = Budget({.bytes = 2000})}), HasSubstr("RESOURCE_EXHAUSTED"));
  std::string twice = bytes;
  for (size_t at; (at = twice.find("x_test.npy")) != twice.npos;)
    twice.replace(at, 10, "y_test.npy");
  EXPECT_THAT(message(twice), HasSubstr("it has array \"y_test\" twice"));
  const Budget enough({.bytes = 1 << 20});
  EXPECT_EQ(message(bytes, {.budget = enough}), "OK");
  EXPECT_LT(enough.taken(), 1 << 15);
  EXPECT_GT(enough.taken(), 0);
}

TEST(ImdbTest, IsKerass) {
  const std::string path = io::testing::FreshDirectory() + "imdb.npz";
  io::testing::Spill(path, Decoded(kImdbFiles[4].base64));
  for (const ImdbGolden& g : kImdbGoldens) {
    const absl::StatusOr<LabeledTexts> texts = LoadImdb(path, g.options);
    ASSERT_TRUE(texts.ok()) << texts.status();
    EXPECT_EQ(texts->x_train, g.x_train);
    EXPECT_EQ(texts->x_test, g.x_test);
    EXPECT_THAT(texts->y_train.data<int64_t>(), ElementsAreArray(g.y_train));
    EXPECT_THAT(texts->y_test.data<int64_t>(), ElementsAreArray(g.y_test));
  }
}

TEST(ImdbTest, RefusesByName) {
  const std::string path = io::testing::FreshDirectory() + "imdb.npz";
  std::string bytes = Decoded(kImdbFiles.back().base64);
  const auto message = [&](const LoadImdbOptions& options = {}) {
    io::testing::Spill(path, bytes);
    return LoadImdb(path, options).status().ToString();
  };
  EXPECT_EQ(message(), "OK");
  EXPECT_THAT(message({.skip_top = -1}), HasSubstr("skip_top is from 0 to 2^32, not -1"));
  EXPECT_THAT(message({.maxlen = 1}), HasSubstr("imdb.npz: no text has fewer than 1 words"));
  for (size_t at; (at = bytes.find("y_test.npy")) != bytes.npos;)
    bytes.replace(at, 10, "z_test.npy");
  EXPECT_THAT(message(), HasSubstr("imdb.npz: has no arrays \"x_test\" and \"y_test\""));
  EXPECT_THAT(LoadImdb(path + "none").status().ToString(), HasSubstr("NOT_FOUND"));
}

}  // namespace
}  // namespace dagrad::keras
