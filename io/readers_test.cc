// The readers of .npy, IDX and safetensors against files that other programs wrote, and against
// hostile ones.
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "dagrad/io/goldens.h"
#include "dagrad/io/idx.h"
#include "dagrad/io/npy.h"
#include "dagrad/io/safetensors.h"
#include "dagrad/io/test_files.h"
#include "gtest/gtest.h"

namespace dagrad::io {
namespace {

using testing::ForEachDamage;
using testing::FreshDirectory;
using testing::Slurp;
using testing::Spill;

template <size_t n>
absl::string_view Bytes(const unsigned char (&array)[n]) {
  return absl::string_view(reinterpret_cast<const char*>(array), n);
}

void ExpectTensor(const absl::StatusOr<Tensor>& actual, const Tensor& expected) {
  ASSERT_TRUE(actual.ok()) << actual.status();
  EXPECT_TRUE(SameBits(*actual, expected)) << actual->ToString() << ", not " << expected.ToString();
}

void ExpectFails(const absl::Status& status, absl::StatusCode code, absl::string_view part) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), part)) << status;
}

const Tensor kMatrix32 = Tensor::Of<float>({2, 3}, {1.5, -2, 3, 4, 5, 6});
const Tensor kMatrix64 = Tensor::Of<double>({2, 3}, {1.5, -2, 3, 4, 5, 6});

TEST(NpyTest, ReadsWhatNumPyWrites) {
  ExpectTensor(ParseNpy(Bytes(goldens::kNpyFloat32)), kMatrix32);
  ExpectTensor(ParseNpy(Bytes(goldens::kNpyFloat64Fortran)), kMatrix64);
  ExpectTensor(ParseNpy(Bytes(goldens::kNpyInt64Scalar)), Tensor::Scalar<int64_t>(-7));
  ExpectTensor(ParseNpy(Bytes(goldens::kNpyInt32Vector)), Tensor::Of<int32_t>({2}, {1, -2}));
  ExpectTensor(ParseNpy(Bytes(goldens::kNpyUInt8Empty)), *Tensor::Zeros(DType::kUInt8, {0, 3}));
  ExpectTensor(ParseNpy(Bytes(goldens::kNpyBool3Fortran)),
               Tensor::Of<bool>({1, 2, 2}, {true, false, false, false}));
}

TEST(NpyTest, WritesWhatNumPyWrites) {
  const std::string path = FreshDirectory() + "x.npy";
  ASSERT_TRUE(WriteNpy(path, kMatrix32).ok());
  EXPECT_EQ(Slurp(path), Bytes(goldens::kNpyFloat32));
  ASSERT_TRUE(WriteNpy(path, Tensor::Of<int32_t>({2}, {1, -2})).ok());
  EXPECT_EQ(Slurp(path), Bytes(goldens::kNpyInt32Vector));
  ExpectFails(WriteNpy(path, Tensor()), absl::StatusCode::kInvalidArgument,
              "the tensor is undefined");
}

TEST(NpyTest, KeepsEveryDType) {
  const std::string path = FreshDirectory() + "x.npy";
  for (DType dtype : kAllDTypes) {
    const Tensor t = Tensor::Full(dtype, {3, 1, 2}, 1);
    if (dtype == DType::kBFloat16) {
      ExpectFails(WriteNpy(path, t), absl::StatusCode::kUnimplemented, "NumPy has no bfloat16");
      continue;
    }
    ASSERT_TRUE(WriteNpy(path, t).ok());
    ExpectTensor(ReadNpy(path), t);
  }
}

Tensor Strings(Dims dims, std::initializer_list<absl::string_view> values) {
  return Tensor::Of<absl::string_view>(dims, values);
}

TEST(NpyTest, TextBecomesStrings) {
  const Tensor text = Strings({2, 2}, {"a", "été 😀", "", "x"});
  ExpectTensor(ParseNpy(Bytes(goldens::kNpyText)), text);
  ExpectTensor(ParseNpy(Bytes(goldens::kNpyTextFortran)), Strings({2, 2}, {"a", "b", "c", "dd"}));
  ExpectTensor(ParseNpy(Bytes(goldens::kNpyBytes)), Strings({3}, {"ab", "\xFF", ""}));
  const std::string path = FreshDirectory() + "x.npy";
  ASSERT_TRUE(WriteNpy(path, text).ok());
  EXPECT_EQ(Slurp(path), Bytes(goldens::kNpyText));
  ASSERT_TRUE(WriteNpy(path, Strings({0}, {})).ok());
  ExpectTensor(ReadNpy(path), Strings({0}, {}));
  ExpectFails(WriteNpy(path, Strings({2}, {"a", "\xFF"})), absl::StatusCode::kInvalidArgument,
              "element 1 is no UTF-8");
  ExpectFails(WriteNpy(path, Strings({}, {absl::string_view("a\0", 2)})),
              absl::StatusCode::kInvalidArgument, "element 0 ends with a zero");
}

std::string NpyWith(absl::string_view header, absl::string_view data) {
  std::string bytes("\x93NUMPY\1\0", 8);
  bytes += static_cast<char>(header.size());
  bytes += '\0';
  return absl::StrCat(bytes, header, data);
}

TEST(NpyTest, RefusesByName) {
  using absl::StatusCode;
  const char* kGood = "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }";
  ExpectTensor(ParseNpy(NpyWith(kGood, "ab")), Tensor::Of<uint8_t>({2}, {'a', 'b'}));
  auto with = [&](absl::string_view from, absl::string_view to) {
    return ParseNpy(NpyWith(absl::StrReplaceAll(kGood, {{from, to}}), "ab")).status();
  };
  ExpectFails(ParseNpy(Bytes(goldens::kNpyBigEndian)).status(), StatusCode::kUnimplemented,
              "arrays of type \">f4\" are not read; known: <f4, <f8, <i4, <i8, |u1, |b1");
  ExpectFails(ParseNpy(Bytes(goldens::kNpyComplex)).status(), StatusCode::kUnimplemented,
              "\"<c16\"");
  ExpectFails(with("|u1", "|O"), StatusCode::kUnimplemented, "\"|O\"");
  for (const char* bad : {"|S0", "<U0", "<U", "<U-1", "<U99999999999", "<U2x"})
    ExpectFails(with("|u1", bad), StatusCode::kUnimplemented, "are not read");
  ExpectFails(with("|u1", "<U2"), StatusCode::kDataLoss,
              "string[2] of 8 bytes each; the file has 2");
  ExpectFails(ParseNpy(NpyWith("{'descr': '<U1', 'fortran_order': False, 'shape': (1,), }",
                               absl::string_view("\0\xD8\0\0", 4)))
                  .status(),
              StatusCode::kDataLoss, "element 0 has what is no character");
  ExpectFails(with("|u1", "|b1"), StatusCode::kDataLoss, "a bool is neither 0 nor 1");
  ExpectFails(with("(2,)", "(3,)"), StatusCode::kDataLoss,
              "uint8[3] takes 3 bytes; the file has 2");
  ExpectFails(with("(2,)", "(1,)"), StatusCode::kDataLoss,
              "uint8[1] takes 1 bytes; the file has 2");
  ExpectFails(with("(2,)", "(-2,)"), StatusCode::kDataLoss, "none of NumPy's");
  ExpectFails(with("(2,)", "(9223372036854775808,)"), StatusCode::kDataLoss, "none of NumPy's");
  ExpectFails(with("(2,)", "(4294967296,4294967296)"), StatusCode::kInvalidArgument,
              "is too large");
  ExpectFails(with("(2,)", "(1,1,1,1,1,1,1,1,2)"), StatusCode::kInvalidArgument, "rank 9");
  ExpectFails(with("'shape'", "'shade'"), StatusCode::kDataLoss, "none of NumPy's");
  ExpectFails(with("False", "None"), StatusCode::kDataLoss, "none of NumPy's");
  ExpectFails(with("'fortran", "'descr': '|u1', 'fortran"), StatusCode::kDataLoss,
              "none of NumPy's");
  ExpectFails(with("}", "} "), StatusCode::kOk, "");
  ExpectFails(with("}", "}x"), StatusCode::kDataLoss, "none of NumPy's");
  ExpectFails(ParseNpy("").status(), StatusCode::kDataLoss, "does not begin as a .npy file");
  ExpectFails(ParseNpy(absl::string_view("\x93NUMPY\7\0", 8)).status(), StatusCode::kUnimplemented,
              "version 7.0");
  ExpectFails(ParseNpy(absl::string_view("\x93NUMPY\2\0\xff\xff\xff\xff", 12)).status(),
              StatusCode::kResourceExhausted, "its header has 4294967295 bytes");
  ExpectFails(ReadNpy("/no/such/file.npy").status(), StatusCode::kNotFound,
              "cannot open /no/such/file.npy: No such file or directory");
}

TEST(NpyTest, EveryDamageIsSurvived) {
  const std::string path = FreshDirectory() + "x.npy";
  int truncations = 0;
  ForEachDamage(path, Bytes(goldens::kNpyFloat64Fortran), [&](const std::string& what) {
    const bool ok = ReadNpy(path).ok();
    if (absl::StartsWith(what, "truncated")) truncations += ok ? 1 : 0;
  });
  EXPECT_EQ(truncations, 0);
}

const Tensor kPixels = Tensor::Of<uint8_t>({3, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});

TEST(IdxTest, ReadsEveryType) {
  ExpectTensor(ParseIdx(Bytes(goldens::kIdxUInt8)), kPixels);
  ExpectTensor(ParseIdx(Bytes(goldens::kIdxUInt8Gzip)), kPixels);
  ExpectTensor(ParseIdx(Bytes(goldens::kIdxInt8)), Tensor::Of<int32_t>({2}, {-1, 2}));
  ExpectTensor(ParseIdx(Bytes(goldens::kIdxInt16)), Tensor::Of<int32_t>({2}, {-300, 2}));
  ExpectTensor(ParseIdx(Bytes(goldens::kIdxInt32)), Tensor::Of<int32_t>({2}, {-70000, 2}));
  ExpectTensor(ParseIdx(Bytes(goldens::kIdxFloat32)), Tensor::Of<float>({2}, {1.5, -2}));
  ExpectTensor(ParseIdx(Bytes(goldens::kIdxFloat64)), Tensor::Of<double>({2, 1}, {1.5, -2}));
}

TEST(IdxTest, RefusesByName) {
  using absl::StatusCode;
  auto idx = [](std::initializer_list<int> bytes) {
    std::string text;
    for (int b : bytes) text += static_cast<char>(b);
    return ParseIdx(text).status();
  };
  ExpectFails(idx({}), StatusCode::kDataLoss, "it is truncated");
  ExpectFails(idx({1, 0, 8, 1, 0, 0, 0, 0}), StatusCode::kDataLoss,
              "it does not begin as an IDX file");
  ExpectFails(idx({0, 0, 7, 1, 0, 0, 0, 0}), StatusCode::kUnimplemented,
              "element type 7 is unknown");
  ExpectFails(idx({0, 0, 8, 1, 0, 0, 0, 2, 5}), StatusCode::kDataLoss,
              "promises [2], which its size cannot hold");
  ExpectFails(idx({0, 0, 8, 1, 0, 0, 0, 1, 5, 6}), StatusCode::kDataLoss,
              "it has 1 bytes too many");
  ExpectFails(idx({0, 0, 8, 1, 255, 255, 255, 255}), StatusCode::kDataLoss,
              "promises [4294967295]");
  ExpectFails(idx({0, 0, 8, 255}), StatusCode::kDataLoss, "it is truncated");
  std::string deep("\0\0\x08\x09", 4);
  deep += std::string(36, '\0');
  ExpectFails(ParseIdx(deep).status(), StatusCode::kInvalidArgument,
              "rank 9 is above the limit of 8");
  ReadIdxOptions options;
  options.max_bytes = 11;
  ExpectFails(ParseIdx(Bytes(goldens::kIdxUInt8), options).status(), StatusCode::kResourceExhausted,
              "its [3,2,2] elements take 12 bytes; the limit is 11");
  const std::string gzip(Bytes(goldens::kIdxUInt8Gzip));
  ExpectFails(ParseIdx(gzip + "x").status(), StatusCode::kDataLoss, "bytes follow its gzip data");
  std::string crc = gzip;
  crc[gzip.size() - 5] = static_cast<char>(crc[gzip.size() - 5] ^ 1);
  ExpectFails(ParseIdx(crc).status(), StatusCode::kDataLoss, "gzip data is broken: incorrect");
  ExpectFails(ReadIdx("/dev/zero").status(), StatusCode::kInvalidArgument, "it is a device");
}

TEST(IdxTest, EveryDamageIsSurvived) {
  const std::string path = FreshDirectory() + "x.idx";
  for (absl::string_view golden : {Bytes(goldens::kIdxUInt8), Bytes(goldens::kIdxUInt8Gzip)}) {
    ForEachDamage(path, golden, [&](const std::string& what) {
      const absl::StatusOr<Tensor> t = ReadIdx(path);
      EXPECT_FALSE(absl::StartsWith(what, "truncated") && t.ok()) << what;
    });
  }
}

TEST(SafetensorsTest, ReadsWhatThePackageWrites) {
  const std::string path = FreshDirectory() + "x.safetensors";
  Spill(path, Bytes(goldens::kSafetensors));
  const absl::StatusOr<Safetensors> read = ReadSafetensors(path);
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->tensors.size(), 7u);
  auto expect = [&](const char* name, const Tensor& t) { ExpectTensor(read->tensors.at(name), t); };
  expect("w", kMatrix32);
  expect("b", Tensor::Of<double>({3}, {1, -2, 3}));
  expect("step", Tensor::Scalar<int64_t>(9));
  expect("i", Tensor::Of<int32_t>({1}, {7}));
  expect("u", Tensor::Of<uint8_t>({3}, {1, 2, 3}));
  expect("mask", Tensor::Of<bool>({2}, {true, false}));
  expect("none", *Tensor::Zeros(DType::kFloat32, {0, 4}));
  EXPECT_EQ(read->metadata, (std::map<std::string, std::string>{{"note", "a \"quoted\" ü"}}));
  Spill(path, Bytes(goldens::kSafetensorsFloat16));
  const auto half = ReadSafetensors(path);
  ASSERT_TRUE(half.ok()) << half.status();
  ExpectTensor(half->tensors.at("half"), Tensor::Full(DType::kFloat16, {1}, 1));
}

Safetensors SmallContents() {
  return {{{"a/\"b\"\n", kMatrix32},
           {"d", Tensor::Of<double>({1}, {0.1})},
           {"m", Tensor::Of<bool>({3}, {true, false, true})},
           {"e", *Tensor::Zeros(DType::kInt64, {0})}},
          {{"key", "value with \"dagrad.crc32\":\"00000000\""}}};
}

TEST(SafetensorsTest, WritesWhatItReads) {
  const std::string path = FreshDirectory() + "x.safetensors";
  const Safetensors contents = SmallContents();
  ASSERT_TRUE(WriteSafetensors(path, contents).ok());
  const absl::StatusOr<Safetensors> read = ReadSafetensors(path);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->metadata, contents.metadata);
  ASSERT_EQ(read->tensors.size(), contents.tensors.size());
  for (const auto& [name, tensor] : contents.tensors) ExpectTensor(read->tensors.at(name), tensor);
  EXPECT_EQ(Slurp(path).size() % 64,
            35u);  // the data, 8 + 24 + 3 bytes, begins at a multiple of 64
}

TEST(SafetensorsTest, EveryChangedByteIsNoticed) {
  const std::string path = FreshDirectory() + "x.safetensors";
  ASSERT_TRUE(WriteSafetensors(path, SmallContents()).ok());
  ForEachDamage(path, Slurp(path),
                [&](const std::string& what) { EXPECT_FALSE(ReadSafetensors(path).ok()) << what; });
}

TEST(SafetensorsTest, ForeignDamageIsSurvived) {
  const std::string path = FreshDirectory() + "x.safetensors";
  ForEachDamage(path, Bytes(goldens::kSafetensors), [&](const std::string& what) {
    const absl::StatusOr<Safetensors> read = ReadSafetensors(path);
    EXPECT_FALSE(absl::StartsWith(what, "truncated") && read.ok()) << what;
  });
}

TEST(SafetensorsTest, RefusesByName) {
  using absl::StatusCode;
  const std::string path = FreshDirectory() + "x.safetensors";
  auto read = [&](absl::string_view header, absl::string_view data) {
    std::string length(8, '\0');
    length[0] = static_cast<char>(header.size() & 0xFF);
    length[1] = static_cast<char>(header.size() >> 8);
    Spill(path, absl::StrCat(length, header, data));
    return ReadSafetensors(path).status();
  };
  auto one = [&](absl::string_view fields) {
    return read(absl::StrCat("{\"t\":{", fields, "}}"), "1234");
  };
  const std::string tail = "\"shape\":[4],\"data_offsets\":[0,4]";
  EXPECT_TRUE(one("\"dtype\":\"U8\"," + tail).ok());
  EXPECT_TRUE(read("{}", "").ok());
  struct Case {
    std::string fields;
    StatusCode code;
    const char* message;
  };
  const Case kCases[] = {
      {"\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]", StatusCode::kDataLoss,
       "its tensors take 3 bytes; it has 4"},
      {"\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[1,4]", StatusCode::kDataLoss,
       "\"t\" begins at byte 1, after a gap from 0"},
      {"\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,4]", StatusCode::kDataLoss,
       "uint8[3] takes 3 bytes; it has 4"},
      {"\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[0,5]", StatusCode::kDataLoss,
       "lies at [0,5] of 4 bytes"},
      {"\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,0]", StatusCode::kDataLoss,
       "lies at [4,0]"},
      {"\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0]", StatusCode::kDataLoss, "lies at [0]"},
      {"\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,18446744073709551615]",
       StatusCode::kDataLoss, "impossible numbers"},
      {"\"dtype\":\"U8\",\"shape\":[-4],\"data_offsets\":[0,4]", StatusCode::kDataLoss,
       "a negative number"},
      {"\"dtype\":\"U8\",\"shape\":[4.0],\"data_offsets\":[0,4]", StatusCode::kDataLoss,
       "no integer"},
      {"\"dtype\":\"F64\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,4]",
       StatusCode::kInvalidArgument, "too large"},
      {"\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,4],\"data_offsets\":[0,4]",
       StatusCode::kInvalidArgument, "rank 9"},
      {"\"dtype\":\"F8_E4M3\"," + tail, StatusCode::kUnimplemented,
       "tensor \"t\" is of dtype \"F8_E4M3\""},
      {"\"dtype\":\"BOOL\"," + tail, StatusCode::kDataLoss, "a bool that is neither 0 nor 1"},
      {"\"dtype\":7," + tail, StatusCode::kDataLoss, "a number in a wrong place"},
      {"\"dtype\":\"U8\",\"dtype\":\"U8\"," + tail, StatusCode::kDataLoss,
       "the field \"dtype\" twice"},
      {"\"dtype\":\"U8\",\"more\":1," + tail, StatusCode::kDataLoss, "the unknown field \"more\""},
      {tail, StatusCode::kDataLoss, "\"t\" lacks dtype, shape or data_offsets"},
      {"\"dtype\":\"U8\",\"shape\":[[4]],\"data_offsets\":[0,4]", StatusCode::kDataLoss,
       "a list in a wrong place"},
      {"\"dtype\":null," + tail, StatusCode::kDataLoss, "a null"},
      {"\"dtype\":{}," + tail, StatusCode::kDataLoss, "an object in a wrong place"},
  };
  for (const Case& c : kCases) ExpectFails(one(c.fields), c.code, c.message);
  const std::string t = "\"t\":{\"dtype\":\"U8\"," + tail + "}";
  ExpectFails(read("{" + t + "," + t + "}", "1234"), StatusCode::kDataLoss,
              "its header has \"t\" twice");
  ExpectFails(
      read("{" + t + ",\"u\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}}", "1234"),
      StatusCode::kDataLoss, "\"u\" begins at byte 2, within the one before it, which ends at 4");
  ExpectFails(read("{\"__metadata__\":{\"a\":1}}", ""), StatusCode::kDataLoss,
              "a number in a wrong place");
  ExpectFails(read("{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}", ""), StatusCode::kDataLoss,
              "stands twice");
  ExpectFails(read("[]", ""), StatusCode::kDataLoss, "does not begin with {");
  ExpectFails(read("{" + t + "} x", "1234"), StatusCode::kDataLoss, "no JSON at byte");
  ExpectFails(read("{\"a\":" + std::string(60000, '['), ""), StatusCode::kDataLoss,
              "a list in a wrong place");
  ExpectFails(read("{\"\xff\":1}", ""), StatusCode::kDataLoss, "no JSON at byte");
  Spill(path, std::string(8, '\xff') + "{}");
  ExpectFails(ReadSafetensors(path).status(), StatusCode::kResourceExhausted,
              "the limit is 100000000");
  Spill(path, absl::string_view("\x40\0\0\0\0\0\0\0{}", 10));
  ExpectFails(ReadSafetensors(path).status(), StatusCode::kDataLoss,
              "its header of 64 bytes ends after the file");
}

TEST(SafetensorsTest, WhatCannotBeWrittenIsNamed) {
  const std::string path = FreshDirectory() + "x.safetensors";
  using absl::StatusCode;
  ExpectFails(WriteSafetensors(path, {{{"t", Tensor()}}, {}}), StatusCode::kInvalidArgument,
              "tensor \"t\" is undefined");
  ExpectFails(WriteSafetensors(path, {{{"\xff", kMatrix32}}, {}}), StatusCode::kInvalidArgument,
              "named \"\\xff\"");
  ExpectFails(WriteSafetensors(path, {{{"__metadata__", kMatrix32}}, {}}),
              StatusCode::kInvalidArgument, "\"__metadata__\"");
  ExpectFails(WriteSafetensors(path, {{}, {{"dagrad.x", ""}}}), StatusCode::kInvalidArgument,
              "begins with \"dagrad.\"");
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace dagrad::io
