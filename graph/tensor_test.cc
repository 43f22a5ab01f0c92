#include "dagrad/graph/tensor.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "dagrad/graph/attribute.h"
#include "dagrad/graph/name.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

TEST(TensorTest, AllocatesAlignedAndZeroed) {
  for (DType dtype : kAllDTypes) {
    const Tensor t = *Tensor::Zeros(dtype, {3, 5});
    EXPECT_EQ(reinterpret_cast<uintptr_t>(t.bytes()) % kTensorAlignment, 0u);
    EXPECT_EQ(t.byte_size(), 15 * DTypeSize(dtype));
    for (size_t i = 0; i < t.byte_size(); ++i) EXPECT_EQ(static_cast<const char*>(t.bytes())[i], 0);
  }
  EXPECT_NE(Tensor::Zeros(DType::kFloat32, {0})->bytes(), nullptr);
  EXPECT_EQ(Tensor::Allocate(DType::kInvalid, {1}).status(),
            absl::InvalidArgumentError("a tensor needs a valid dtype"));
  EXPECT_EQ(Tensor::Allocate(DType::kUInt8, {-1}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Tensor::Allocate(DType::kUInt8, {kMaxDim, 1 << 19}).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(TensorTest, CopiesShareAndClonesDoNot) {
  Tensor a = Tensor::Of<int32_t>({2}, {1, 2});
  Tensor b = a;
  Tensor c = *a.Clone();
  b.mutable_data<int32_t>()[0] = 9;
  EXPECT_EQ(a.data<int32_t>()[0], 9);
  EXPECT_EQ(c.data<int32_t>()[0], 1);
  EXPECT_FALSE(Tensor().Clone()->defined());
}

TEST(TensorTest, VersionChangesWithEveryWritableAccess) {
  Tensor a = Tensor::Of<float>({4}, {1, 2, 3, 4});
  Tensor copy = a, reshaped = *a.Reshaped({2, 2});
  const uint64_t before = a.version();
  EXPECT_NE(before, 0u);
  EXPECT_EQ(a.data<float>()[0], 1);
  EXPECT_EQ(copy.version(), before);
  uint64_t last = before;
  for (Tensor* t : {&a, &copy, &reshaped}) {
    t->mutable_data<float>()[0] += 1;
    EXPECT_GT(a.version(), last);
    last = a.version();
  }
  EXPECT_NE(a.Clone()->version(), last);
  float foreign = 0;
  EXPECT_EQ(Tensor::Wrap(DType::kFloat32, {}, &foreign, nullptr).version(), 0u);
  Tensor none;
  none.NoteWrite();
  EXPECT_EQ(none.version(), 0u);
}

TEST(TensorTest, WrappedMemoryIsKeptAlive) {
  auto owner = std::make_shared<std::vector<float>>(std::vector<float>{1, 2, 3});
  const std::weak_ptr<std::vector<float>> watch = owner;
  Tensor t = Tensor::Wrap(DType::kFloat32, {3}, owner->data(), owner);
  owner.reset();
  EXPECT_EQ(t.data<float>()[2], 3);
  t = Tensor();
  EXPECT_TRUE(watch.expired());
}

TEST(TensorTest, ReshapesAndCasts) {
  const Tensor t = Tensor::Of<float>({2, 2}, {0, 1.9f, -1.9f, 3});
  EXPECT_EQ(t.Reshaped({4})->dims(), (Dims{4}));
  EXPECT_EQ(t.Reshaped({3}).status(), absl::InvalidArgumentError("cannot reshape [2,2] to [3]"));
  EXPECT_TRUE(SameBits(*t.Cast(DType::kInt32), Tensor::Of<int32_t>({2, 2}, {0, 1, -1, 3})));
  EXPECT_TRUE(SameBits(*t.Cast(DType::kBool), Tensor::Of<bool>({2, 2}, {false, true, true, true})));
  EXPECT_TRUE(SameBits(Tensor::Full(DType::kBool, {2}, 0.5), Tensor::Of<bool>({2}, {true, true})));
}

// What `v` becomes as an integer between `least` and `most`, by the header.
template <typename To>
To Expected(double v) {
  const double whole = std::isnan(v) ? 0 : std::trunc(v);
  if (whole >= std::ldexp(1.0, std::numeric_limits<To>::digits))
    return std::numeric_limits<To>::max();
  if (whole < static_cast<double>(std::numeric_limits<To>::min()))
    return std::numeric_limits<To>::min();
  return static_cast<To>(whole);
}

TEST(TensorTest, FloatsBeyondAnIntegerSaturate) {
  const double inf = std::numeric_limits<double>::infinity();
  std::vector<double> values = {0.0, -0.0, 0.9, -0.9, 255.9, -1.0, inf, -inf, std::nan(""), 5e-324};
  for (int bits : {8, 31, 32, 63, 64, 100}) {
    const double edge = std::ldexp(1.0, bits);
    for (double v : {edge, -edge}) {
      values.push_back(v);
      values.push_back(std::nextafter(v, 0.0));
      values.push_back(std::nextafter(v, 2 * v));
    }
  }
  for (DType from : {DType::kFloat32, DType::kFloat64}) {
    const Dims dims = {static_cast<int64_t>(values.size())};
    const Tensor x = *Tensor::Of<double>(dims, values).Cast(from);
    const Tensor wide = *x.Cast(DType::kFloat64);
    for (DType to : {DType::kUInt8, DType::kInt32, DType::kInt64}) {
      const Tensor y = *x.Cast(to);
      DispatchDType(to, [&](auto zero) {
        using To = decltype(zero);
        if constexpr (std::is_integral_v<To> && !std::is_same_v<To, bool>) {
          for (size_t i = 0; i < values.size(); ++i) {
            const double v = wide.data<double>()[i];
            EXPECT_EQ(y.data<To>()[i], Expected<To>(v)) << v << " to " << DTypeName(to);
            EXPECT_EQ(Tensor::Full(to, {}, v).data<To>()[0], Expected<To>(v)) << "Full of " << v;
          }
        }
      });
    }
  }
}

TEST(TensorTest, TextAndBits) {
  EXPECT_EQ(Tensor().ToString(), "undefined");
  EXPECT_EQ(Tensor::Scalar(true).ToString(), "bool[] {true}");
  EXPECT_EQ(Tensor::Full(DType::kUInt8, {9}, 7).ToString(3), "uint8[9] {7, 7, 7, …}");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(SameBits(Tensor::Scalar(nan), Tensor::Scalar(nan)));
  EXPECT_FALSE(SameBits(Tensor::Scalar(0.0f), Tensor::Scalar(-0.0f)));
  EXPECT_FALSE(SameBits(Tensor::Of<float>({1}, {1}), Tensor::Scalar(1.0f)));
}

TEST(TensorDeathTest, MisuseIsLoud) {
  const Tensor t = Tensor::Scalar(1.0f);
  EXPECT_DEATH(t.data<double>(), "T is not the element type");
  EXPECT_DEATH(Tensor::Of<float>({3}, {1.0f}), "as many values are needed as dims say");
}

std::vector<Attribute> OnePerKind() {
  return {true,
          3,
          0.5,
          "same",
          DType::kFloat32,
          Shape({"batch", 10}),
          std::vector<int64_t>{1, -2},
          std::vector<double>{0.1},
          std::vector<std::string>{"a", "\""},
          Tensor::Of<float>({2}, {1, 2})};
}

TEST(AttributeTest, KindsAndText) {
  const char* kKinds[] = {"bool",  "int",  "float",  "string",  "dtype",
                          "shape", "ints", "floats", "strings", "tensor"};
  const char* kTexts[] = {
      "true",       "3",       "0.5",   "\"same\"",          "float32",
      "[batch,10]", "{1, -2}", "{0.1}", "{\"a\", \"\\\"\"}", "float32[2] {1, 2}"};
  const std::vector<Attribute> all = OnePerKind();
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(AttrKindName(all[i].kind()), kKinds[i]);
    EXPECT_EQ(all[i].ToString(), kTexts[i]);
  }
}

TEST(AttributeTest, EqualityIsBitwiseAndAgreesWithTheHash) {
  const std::vector<Attribute> all = OnePerKind();
  const std::vector<Attribute> again = OnePerKind();
  for (size_t i = 0; i < all.size(); ++i) {
    for (size_t j = 0; j < all.size(); ++j) EXPECT_EQ(all[i] == again[j], i == j) << i << " " << j;
    EXPECT_EQ(all[i].Hash(), again[i].Hash());
  }
  EXPECT_TRUE(Attribute(std::nan("")) == Attribute(std::nan("")));
  EXPECT_FALSE(Attribute(0.0) == Attribute(-0.0));
  EXPECT_FALSE(Attribute(1) == Attribute(1.0));
  EXPECT_FALSE(Attribute(Tensor::Of<float>({2}, {1, 2})) ==
               Attribute(Tensor::Of<float>({2, 1}, {1, 2})));
}

TEST(AttributeTest, MapsAreSorted) {
  AttrMap map = {{"b", 1}, {"a", "x"}};
  EXPECT_EQ(map.ToString(), "a=\"x\", b=1");
  map.Set("b", 2);
  EXPECT_EQ(map.size(), 2u);
  EXPECT_EQ(map.Get<int64_t>("b"), 2);
  EXPECT_EQ(map.Find("c"), nullptr);
  EXPECT_TRUE(map == (AttrMap{{"a", "x"}, {"b", 2}}));
  EXPECT_FALSE(map == (AttrMap{{"a", "x"}, {"b", 3}}));
  EXPECT_EQ(map.Hash(), (AttrMap{{"b", 2}, {"a", "x"}}).Hash());
}

TEST(NameTest, Utf8) {
  for (const char* good : {"", "abc", "é", "€", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(IsUtf8(good)) << good;
  for (const char* bad : {"\x80", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "a\xFF"}) {
    EXPECT_FALSE(IsUtf8(bad)) << bad;
  }
}

TEST(NameTest, PrintableHidesWhatATerminalObeys) {
  EXPECT_EQ(Printable("dense/é"), "dense/é");
  EXPECT_EQ(Printable("a\x1b[2J\n\x7f"), "a\\x1b[2J\\x0a\\x7f");
  EXPECT_EQ(Printable("\xC2\x9B"
                      "2J"),
            "\\x9b2J");  // the one-character form of ESC [
  EXPECT_EQ(Printable("a\xFF"), "a\\xff");
  EXPECT_EQ(Printable("a\u202Eb"), "a\\u202eb");
  EXPECT_EQ(Printable("ééé", 4), "éé…");
}

TEST(NameTest, Validates) {
  EXPECT_TRUE(ValidateName("name", "dense/MatMul:0 ü").ok());
  EXPECT_EQ(ValidateName("name", ""), absl::InvalidArgumentError("name is empty"));
  EXPECT_TRUE(ValidateName("name", std::string(1024, 'a')).ok());
  EXPECT_EQ(ValidateName("name", std::string(1025, 'a')).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ValidateName("name", "\xFF"), absl::InvalidArgumentError("name \"\\xff\" is no UTF-8"));
}

}  // namespace
}  // namespace dagrad
