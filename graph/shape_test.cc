#include "dagrad/graph/shape.h"

#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace dagrad {
namespace {

TEST(DTypeTest, NamesSizesAndSets) {
  const size_t kSizes[] = {4, 8, 4, 8, 1, 1, 2, 2, 1, 2, 2, 4, 8};
  for (size_t i = 0; i < std::size(kAllDTypes); ++i) {
    const DType d = kAllDTypes[i];
    EXPECT_EQ(DTypeSize(d), kSizes[i]) << DTypeName(d);
    EXPECT_EQ(*ParseDType(DTypeName(d)), d);
    EXPECT_TRUE(kAnyType.Contains(d));
    EXPECT_EQ(static_cast<int>(d), static_cast<int>(i) + 1);  // of the file format
  }
  EXPECT_EQ(DTypeSize(DType::kInvalid), 0u);
  EXPECT_EQ(DTypeName(static_cast<DType>(99)), "invalid");
  EXPECT_EQ(ParseDType("half").status(),
            absl::InvalidArgumentError(
                "unknown dtype \"half\"; known: float32|float64|int32|int64|uint8|bool|float16|"
                "bfloat16|int8|int16|uint16|uint32|uint64|string"));
  EXPECT_EQ(DTypeSize(DType::kString), sizeof(absl::string_view));
  EXPECT_EQ(*ParseDType("string"), DType::kString);
  EXPECT_EQ(static_cast<int>(DType::kString), 14);
  EXPECT_TRUE(kAnyElement.Contains(DType::kString) && !kAnyType.Contains(DType::kString));
  EXPECT_FALSE(ParseDType("invalid").ok());
  EXPECT_FALSE(kAnyType.Contains(DType::kInvalid));
  EXPECT_EQ(kFloatTypes.ToString(), "float32|float64|float16|bfloat16");
  EXPECT_TRUE(IsFloating(DType::kFloat64) && !IsFloating(DType::kInt32));
  EXPECT_TRUE(IsInteger(DType::kUInt8) && !IsInteger(DType::kBool));
}

TEST(DTypeTest, WhatIsComputedHoldsWhatIsStored) {
  for (DType d : kAllDTypes) {
    const DType computed = ComputeDType(d);
    EXPECT_EQ(ComputeDType(computed), computed);
    EXPECT_EQ(IsFloating(computed), IsFloating(d));
    EXPECT_LE(LowestValue(computed), LowestValue(d)) << DTypeName(d);
    EXPECT_GE(HighestValue(computed), HighestValue(d)) << DTypeName(d);
  }
  EXPECT_EQ(LowestValue(DType::kInt8), -128);
  EXPECT_EQ(HighestValue(DType::kUInt16), 65535);
  EXPECT_EQ(HighestValue(DType::kUInt64), 0x1p64);
  EXPECT_EQ(LargestFinite(DType::kFloat16), 65504);
}

TEST(ShapeTest, AxesAndText) {
  const Shape s({"batch", 784});
  EXPECT_EQ(s.ToString(), "[batch,784]");
  EXPECT_EQ(Shape().ToString(), "[]");
  EXPECT_EQ(s.dim(-1), Dim(784));
  EXPECT_EQ(s.dim(0), Dim("batch"));
  EXPECT_FALSE(s.dim(2).is_valid());
  EXPECT_FALSE(s.dim(-3).is_valid());
  EXPECT_FALSE(s.IsStatic());
  EXPECT_EQ(s.NumElements().ToString(), "784*batch");
  EXPECT_EQ(Shape().NumElements(), Dim(1));
  EXPECT_EQ(Shape({2, 3}).ToDims(), (Dims{2, 3}));
  EXPECT_EQ((ValueType{DType::kInt64, s}).ToString(), "int64[batch,784]");
}

TEST(ShapeTest, ValidateFindsWhatCannotBe) {
  EXPECT_TRUE(Shape({"batch", 0, kMaxDim}).Validate().ok());
  EXPECT_EQ(Shape({-1, 2}).Validate(),
            absl::InvalidArgumentError("dimension -1 of [-1,2] is outside 0..2^40"));
  EXPECT_EQ(Shape({-2}).Validate(),
            absl::InvalidArgumentError("dimension -2 of [-2] is outside 0..2^40"));
  EXPECT_FALSE(Shape({kMaxDim + 1}).Validate().ok());
  EXPECT_EQ(Shape({Dim::Invalid(), 2}).Validate(),
            absl::InvalidArgumentError("shape [<invalid>,2] has an invalid dimension"));
  EXPECT_EQ(Shape({1, 1, 1, 1, 1, 1, 1, 1, 1}).Validate(),
            absl::InvalidArgumentError("rank 9 is above the limit of 8"));
  const int64_t big = int64_t{1} << 32;
  EXPECT_EQ(CheckedNumElements({big, big}).status(),
            absl::InvalidArgumentError("shape [4294967296,4294967296] is too large"));
  EXPECT_EQ(CheckedNumElements({int64_t{1} << 30, int64_t{1} << 30}).status().ok(), false);
  EXPECT_EQ(*CheckedNumElements({}), 1);
  EXPECT_EQ(*CheckedNumElements({0, 5}), 0);
  EXPECT_FALSE(CheckedNumElements({0, std::numeric_limits<int64_t>::min()}).ok());
}

TEST(ShapeTest, Binds) {
  const Shape s({"batch", Dim("time") - Dim(1)});
  EXPECT_EQ(*s.Bind({{"batch", 2}, {"time", 4}}), (Dims{2, 3}));
  EXPECT_EQ(s.Bind({{"batch", 2}}).status(),
            absl::InvalidArgumentError("dimension symbol \"time\" has no value"));
  EXPECT_EQ(s.Bind({{"batch", 2}, {"time", 0}}).status(),
            absl::InvalidArgumentError("dimension time - 1 would be -1"));
}

TEST(ShapeTest, Unifies) {
  struct Case {
    Shape shape;
    std::vector<int64_t> dims;
    Bindings bindings;
    bool fits;
  };
  const Case kCases[] = {
      {{"batch", 4}, {32, 4}, {{"batch", 32}}, true},
      {{Dim("batch") * Dim(2), "batch"}, {6, 3}, {{"batch", 3}}, true},
      {{"batch", "batch"}, {3, 3}, {{"batch", 3}}, true},
      {{"batch", "batch"}, {3, 4}, {}, false},
      {{"batch", 4}, {32, 3}, {}, false},
      {{"batch"}, {32, 3}, {}, false},
      {{Dim("batch") * Dim(2)}, {6}, {{"batch", 3}}, true},
      {{Dim("batch") * Dim(2)}, {7}, {}, false},
      {{Dim("h") * Dim(32) - Dim(1), Dim("h") * Dim("w")}, {63, 10}, {{"h", 2}, {"w", 5}}, true},
      {{Dim("h") * Dim("h")}, {9}, {}, false},
      {{Dim("h") + Dim("w")}, {9}, {}, false},
      {{Dim::FloorDiv("h", 2)}, {9}, {}, false},
      {{Dim("h") * Dim(3)}, {0}, {}, false},
      {{}, {}, {}, true},
  };
  for (const Case& c : kCases) {
    Bindings bindings;
    const absl::Status s = UnifyShape(c.shape, c.dims, &bindings);
    EXPECT_EQ(s.ok(), c.fits) << c.shape.ToString() << " " << DimsToString(c.dims);
    EXPECT_EQ(bindings, c.bindings);
  }
  Bindings bound = {{"batch", 8}};
  EXPECT_EQ(UnifyShape({"batch", 4}, {32, 4}, &bound),
            absl::InvalidArgumentError("shape [32,4] does not fit [batch,4]"));
  EXPECT_EQ(bound, (Bindings{{"batch", 8}}));
}

TEST(ShapeTest, Broadcasts) {
  auto text = [](const Shape& a, const Shape& b) {
    const absl::StatusOr<Shape> s = BroadcastShapes(a, b);
    return s.ok() ? s->ToString() : std::string(s.status().message());
  };
  EXPECT_EQ(text({2, 3}, {3}), "[2,3]");
  EXPECT_EQ(text({2, 1}, {1, 3}), "[2,3]");
  EXPECT_EQ(text({}, {"batch", 3}), "[batch,3]");
  EXPECT_EQ(text({"batch", 1}, {4}), "[batch,4]");
  EXPECT_EQ(text({0}, {1}), "[0]");
  EXPECT_EQ(text({2}, {3}), "shapes [2] and [3] do not broadcast");
  EXPECT_EQ(text({"a"}, {"b"}), "shapes [a] and [b] do not broadcast");
  EXPECT_EQ(text({"a"}, {4}), "shapes [a] and [4] do not broadcast");
}

}  // namespace
}  // namespace dagrad
