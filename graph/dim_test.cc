#include "dagrad/graph/dim.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace dagrad {
namespace {

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

Dim B() { return Dim("batch"); }
Dim T() { return Dim("time"); }

TEST(DimTest, CanonicalText) {
  EXPECT_EQ(Dim().ToString(), "0");
  EXPECT_EQ(Dim(784).ToString(), "784");
  EXPECT_EQ(B().ToString(), "batch");
  EXPECT_EQ((Dim(1) + B() * Dim(2)).ToString(), "2*batch + 1");
  EXPECT_EQ((T() * B() + B() * T()).ToString(), "2*batch*time");
  EXPECT_EQ((B() - T() - Dim(3)).ToString(), "batch - time - 3");
  EXPECT_EQ((Dim(0) - B()).ToString(), "-batch");
  EXPECT_EQ((B() * B()).ToString(), "batch*batch");
  EXPECT_EQ(Dim::FloorDiv(T() - Dim(3), 2).ToString(), "floor((time + 1)/2) - 2");
  EXPECT_EQ(Dim::CeilDiv(T(), 2).ToString(), "floor((time + 1)/2)");
}

TEST(DimTest, EqualWhereThePolynomialsAre) {
  EXPECT_EQ((B() + T()) * (B() - T()), B() * B() - T() * T());
  EXPECT_EQ(B() - B(), Dim(0));
  EXPECT_EQ(B() * Dim(0), Dim(0));
  EXPECT_EQ(Dim::FloorDiv(B() * Dim(6), 3), B() * Dim(2));
  EXPECT_EQ(Dim::FloorDiv(B(), 1), B());
  EXPECT_EQ(Dim::FloorDiv(Dim(-7), 2), Dim(-4));
  EXPECT_EQ(Dim::CeilDiv(Dim(7), 2), Dim(4));
  // What is divisible leaves the division, so a quotient is written in one way.
  EXPECT_EQ(Dim::FloorDiv(B() * Dim(32) - Dim(1), 16), B() * Dim(2) - Dim(1));
  EXPECT_EQ(Dim::FloorDiv(B() * Dim(5), 2).ToString(), "2*batch + floor((batch)/2)");
  EXPECT_EQ(Dim::FloorDiv(T() - Dim(1), 2) + Dim(1), Dim::FloorDiv(T() + Dim(1), 2));
  EXPECT_EQ(Dim::FloorDiv(T() * Dim(3) + Dim(7), 3), T() + Dim(2));
  // Chains of strided layers stay flat.
  EXPECT_EQ(Dim::FloorDiv(Dim::FloorDiv(T() + Dim(1), 2) + Dim(1), 2).ToString(),
            "floor((time + 3)/4)");
  EXPECT_FALSE(B() == T());
  EXPECT_FALSE(B() == Dim(1));
  EXPECT_FALSE(Dim(-1) == B());
}

TEST(DimTest, KnownAndSymbolic) {
  EXPECT_TRUE(Dim(0).is_known());
  EXPECT_FALSE(Dim(-1).is_known());
  EXPECT_FALSE(B().is_known());
  EXPECT_EQ(B().value(), -1);
  EXPECT_TRUE(B().is_valid());
  absl::btree_set<std::string> symbols;
  (B() * Dim::FloorDiv(T(), 2) + Dim("c")).CollectSymbols(&symbols);
  EXPECT_EQ(symbols, (absl::btree_set<std::string>{"batch", "c", "time"}));
}

TEST(DimTest, InvalidIsKept) {
  const Dim invalid = Dim::Invalid();
  EXPECT_FALSE(invalid.is_valid());
  EXPECT_EQ(invalid.ToString(), "<invalid>");
  for (const Dim& d : {invalid + B(),
                       B() * invalid,
                       invalid - Dim(1),
                       Dim::FloorDiv(invalid, 2),
                       Dim(kMax) + Dim(1),
                       Dim(kMax) * Dim(2),
                       B() * Dim(kMax) * Dim(2),
                       Dim(5) - invalid,
                       B() * Dim(kMax) + B(),
                       Dim::FloorDiv(B(), 0),
                       Dim::FloorDiv(B(), -2),
                       Dim::CeilDiv(B(), INT64_MIN),
                       Dim(""),
                       Dim("3d"),
                       Dim("a b"),
                       Dim("-a"),
                       Dim("a*b"),
                       Dim(std::string(257, 'a')),
                       Dim("é"),
                       B() * Dim(-kMax) - B()}) {
    EXPECT_FALSE(d.is_valid()) << d.ToString();
  }
}

TEST(DimTest, QuotientsOfLargeCoefficientsDoNotOverflow) {
  const auto dim = Dim::Parse("floor((-9000000000000000000*n)/5000000000000000000)");
  ASSERT_TRUE(dim.ok()) << dim.status();
  EXPECT_EQ(dim->ToString(), "floor((1000000000000000000*n)/5000000000000000000) - 2*n");
}

TEST(DimTest, NestingAndSizeAreBounded) {
  Dim deep = B();
  for (int i = 0; i < 100; ++i) deep = Dim::FloorDiv(deep * B() + Dim(1), 2);
  EXPECT_FALSE(deep.is_valid());
  Dim wide = B();
  for (int i = 0; i < 40; ++i)
    wide = Dim::FloorDiv(wide * Dim(3) + Dim::FloorDiv(wide, 5) * B() + T(), 7);
  EXPECT_FALSE(wide.is_valid());
  Dim many = 0;
  for (int i = 0; i < 100; ++i) many = many + Dim("s" + std::to_string(i));
  EXPECT_FALSE(many.is_valid());
  EXPECT_FALSE(Dim::Parse(std::string(100000, '(')).ok());
  std::string nested = "a";
  for (int i = 0; i < 1000; ++i) nested = "floor((" + nested + ")/2)";
  EXPECT_FALSE(Dim::Parse(nested).ok());
}

TEST(DimTest, ExactDivision) {
  EXPECT_EQ(Dim::ExactDiv(B() * Dim(6), B() * Dim(2)), Dim(3));
  EXPECT_EQ(Dim::ExactDiv(B() * T() * Dim(4) + B() * Dim(2), B()), T() * Dim(4) + Dim(2));
  EXPECT_EQ(Dim::ExactDiv(B() + T(), B() + T()), Dim(1));
  EXPECT_EQ(Dim::ExactDiv(Dim(12), Dim(4)), Dim(3));
  EXPECT_EQ(Dim::ExactDiv(B(), Dim(2)), std::nullopt);
  EXPECT_EQ(Dim::ExactDiv(Dim(6), B()), std::nullopt);
  EXPECT_EQ(Dim::ExactDiv(Dim(6), Dim(0)), std::nullopt);
  EXPECT_EQ(Dim::ExactDiv(Dim::Invalid(), Dim(1)), std::nullopt);
}

TEST(DimTest, Evaluates) {
  EXPECT_EQ(*(B() * Dim(2) + Dim(1)).Evaluate({{"batch", 32}}), 65);
  EXPECT_EQ(*Dim::FloorDiv(T() - Dim(3), 2).Evaluate({{"time", 4}}), 0);
  EXPECT_EQ(B().Evaluate({}).status(),
            absl::InvalidArgumentError("dimension symbol \"batch\" has no value"));
  EXPECT_EQ((B() - Dim(5)).Evaluate({{"batch", 3}}).status(),
            absl::InvalidArgumentError("dimension batch - 5 would be -2"));
  EXPECT_EQ((B() * B()).Evaluate({{"batch", kMax}}).status(),
            absl::InvalidArgumentError("dimension batch*batch overflows"));
  EXPECT_FALSE(Dim::Invalid().Evaluate({}).ok());
}

TEST(DimTest, ParseRefusesOtherText) {
  for (const char* text :
       {"", " ", "+", "a+", "a +", "2a", "a b", "a**b", "()", "floor(a)", "floor((a)/0)",
        "floor((a)/-1)", "floor((a)/2", "9223372036854775808", "<invalid>", "(a)"}) {
    EXPECT_FALSE(Dim::Parse(text).ok()) << text;
  }
  EXPECT_EQ(Dim::Parse("a$").status(), absl::InvalidArgumentError("not a dimension: \"a$\""));
  EXPECT_EQ(*Dim::Parse("1 + batch*2"), B() * Dim(2) + Dim(1));
  EXPECT_EQ(*Dim::Parse("-9223372036854775807"), Dim(-kMax));
}

// A random polynomial, and what it is for one set of numbers, computed beside it.
struct Random {
  std::mt19937_64 engine;
  Bindings bindings;

  int64_t Below(int64_t n) { return static_cast<int64_t>(engine() % static_cast<uint64_t>(n)); }

  std::pair<Dim, int64_t> Make(int depth) {
    switch (Below(depth == 0 ? 2 : 6)) {
      case 0: {
        const int64_t n = Below(9) - 4;
        return {Dim(n), n};
      }
      case 1: {
        const std::string s(1, static_cast<char>('a' + Below(3)));
        return {Dim(absl::string_view(s)), bindings[s]};
      }
      case 2: {
        const auto [d, v] = Make(depth - 1);
        const int64_t by = 1 + Below(4);
        const int64_t q = v / by - (v % by < 0 ? 1 : 0);
        return {Dim::FloorDiv(d, by), q};
      }
      default:
        break;
    }
    const auto [d, v] = Make(depth - 1);
    const auto [e, w] = Make(depth - 1);
    const int64_t op = Below(3);
    if (op == 0) return {d + e, v + w};
    if (op == 1) return {d - e, v - w};
    return {d * e, v * w};
  }
};

TEST(DimTest, RandomPolynomials) {
  const uint64_t seed = 1;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random{std::mt19937_64(seed), {}};
  int valid = 0;
  for (int i = 0; i < 5000; ++i) {
    for (const char* s : {"a", "b", "c"}) random.bindings[s] = random.Below(7);
    const auto [d, v] = random.Make(4);
    if (!d.is_valid()) continue;
    ++valid;
    const absl::StatusOr<Dim> parsed = Dim::Parse(d.ToString());
    ASSERT_TRUE(parsed.ok()) << d.ToString();
    EXPECT_EQ(*parsed, d) << d.ToString();
    EXPECT_EQ(parsed->ToString(), d.ToString());
    const absl::StatusOr<int64_t> result = d.Evaluate(random.bindings);
    EXPECT_EQ(result.ok(), v >= 0) << d.ToString() << " should be " << v;
    EXPECT_EQ(result.value_or(v), v) << d.ToString();
  }
  EXPECT_GT(valid, 4000);
}

TEST(DimTest, RandomIdentities) {
  const uint64_t seed = 2;
  Random random{std::mt19937_64(seed), {{"a", 1}, {"b", 2}, {"c", 3}}};
  for (int i = 0; i < 2000; ++i) {
    const Dim x = random.Make(2).first;
    const Dim y = random.Make(2).first;
    const Dim z = random.Make(2).first;
    if (!(x * y * z).is_valid() || !((x + y) * z).is_valid()) continue;
    EXPECT_EQ(x + y, y + x);
    EXPECT_EQ(x * y, y * x);
    EXPECT_EQ((x + y) + z, x + (y + z));
    EXPECT_EQ((x * y) * z, x * (y * z));
    EXPECT_EQ((x + y) * z, x * z + y * z) << "seed " << seed;
    EXPECT_EQ(x - x, Dim(0));
    const int64_t by = 1 + random.Below(5);
    const Dim more = x + y * Dim(by);
    if (more.is_valid() && Dim::FloorDiv(more, by).is_valid()) {
      EXPECT_EQ(Dim::FloorDiv(more, by), Dim::FloorDiv(x, by) + y)
          << x.ToString() << ", " << y.ToString() << " by " << by;
    }
    if (!(y == Dim(0)) && !y.is_known()) {
      const std::optional<Dim> q = Dim::ExactDiv(x * y, y);
      EXPECT_TRUE(!q.has_value() || *q == x || x * y == Dim(0))
          << x.ToString() << " times " << y.ToString();
    }
  }
}

}  // namespace
}  // namespace dagrad
