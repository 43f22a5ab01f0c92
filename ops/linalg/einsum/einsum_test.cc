#include "dagrad/ops/linalg/einsum/einsum.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

// x of element i of operand k: i % 5 + k.
Tensor Counting(const Dims& dims, int k) {
  Tensor t = *Tensor::Zeros(DType::kInt64, dims);
  int64_t i = 0;
  for (int64_t& v : t.mutable_data<int64_t>()) v = i++ % 5 + k;
  return t;
}

absl::StatusOr<Tensor> Evaluate(const std::string& equation, const std::vector<Tensor>& operands,
                                bool symbolic = false) {
  GraphBuilder g("f");
  std::vector<Value> values;
  runtime::TensorMap feeds;
  for (const Tensor& t : operands) {
    Shape shape(absl::MakeConstSpan(t.dims()));
    if (symbolic && t.rank() > 0) shape.set_dim(0, Dim("n"));
    const std::string name = absl::StrCat("x", values.size());
    values.push_back(g.Input(name, t.dtype(), shape));
    feeds[name] = t;
  }
  g.Output("y", Einsum(equation, values));
  absl::StatusOr<Function> f = g.Build();
  if (!f.ok()) return f.status();
  absl::StatusOr<runtime::EvaluateResult> r = runtime::EvaluateFunction(*f, feeds);
  if (!r.ok()) return r.status();
  return r->outputs.at("y");
}

// The sum over all letters, one by one.
std::vector<int64_t> ByHand(const std::vector<std::string>& terms, const std::string& output,
                            const std::vector<Tensor>& operands) {
  std::string letters = output;
  for (const std::string& term : terms) {
    for (char c : term) {
      if (letters.find(c) == std::string::npos) letters.push_back(c);
    }
  }
  std::vector<int64_t> sizes(letters.size());
  for (size_t k = 0; k < terms.size(); ++k) {
    for (size_t a = 0; a < terms[k].size(); ++a)
      sizes[letters.find(terms[k][a])] = operands[k].dims()[a];
  }
  int64_t results = 1, all = 1;
  for (size_t a = 0; a < letters.size(); ++a) {
    all *= sizes[a];
    if (a < output.size()) results *= sizes[a];
  }
  std::vector<int64_t> sums(results);
  for (int64_t n = 0; n < all; ++n) {
    std::vector<int64_t> at(letters.size());
    int64_t rest = n;
    for (size_t a = letters.size(); a-- > 0;) {
      at[a] = rest % sizes[a];
      rest /= sizes[a];
    }
    int64_t product = 1;
    for (size_t k = 0; k < terms.size(); ++k) {
      int64_t place = 0;
      for (size_t a = 0; a < terms[k].size(); ++a)
        place = place * operands[k].dims()[a] + at[letters.find(terms[k][a])];
      product *= operands[k].data<int64_t>()[place];
    }
    sums[n / (all / results)] += product;
  }
  return sums;
}

TEST(EinsumTest, AgreesWithTheSumOverAllLetters) {
  struct Case {
    std::vector<std::string> terms;
    std::string output;
    std::vector<Dims> dims;
  };
  const std::vector<Case> cases = {
      {{"ab", "bc"}, "ac", {{2, 3}, {3, 4}}},
      {{"ab", "bc"}, "ca", {{2, 3}, {3, 4}}},
      {{"ab", "cb"}, "ac", {{2, 3}, {4, 3}}},
      {{"abc", "cd"}, "abd", {{2, 3, 2}, {2, 4}}},
      {{"abcd", "cde"}, "abe", {{2, 3, 2, 2}, {2, 2, 3}}},
      {{"abc", "acd"}, "bad", {{2, 3, 2}, {2, 2, 4}}},
      {{"a", "b"}, "ab", {{2}, {3}}},
      {{"a", "a"}, "", {{4}, {4}}},
      {{"ab"}, "ba", {{2, 3}}},
      {{"ab"}, "", {{2, 3}}},
      {{"aa"}, "a", {{3, 3}}},
      {{"abb", "bc"}, "c", {{2, 3, 3}, {3, 2}}},
      {{"ab", "bc", "cd"}, "ad", {{2, 3}, {3, 2}, {2, 2}}},
      {{"ab", "ab", "ab"}, "b", {{2, 3}, {2, 3}, {2, 3}}},
      {{"abx", "bcy"}, "ac", {{2, 3, 2}, {3, 2, 2}}},
  };
  for (const Case& c : cases) {
    std::vector<Tensor> operands;
    for (const Dims& d : c.dims) operands.push_back(Counting(d, static_cast<int>(operands.size())));
    std::string equation;
    for (const std::string& term : c.terms) equation += (equation.empty() ? "" : ",") + term;
    equation += "->" + c.output;
    SCOPED_TRACE(equation);
    const absl::StatusOr<Tensor> y = Evaluate(equation, operands);
    ASSERT_TRUE(y.ok()) << y.status();
    const auto got = y->data<int64_t>();
    EXPECT_EQ(std::vector<int64_t>(got.begin(), got.end()), ByHand(c.terms, c.output, operands));
  }
}

TEST(EinsumTest, DotsSymbolsAndSmallNumbers) {
  const Tensor x = Counting({2, 3, 4}, 0), w = Counting({4, 2}, 1);
  const absl::StatusOr<Tensor> plain = Evaluate("abc,cd->abd", {x, w});
  ASSERT_TRUE(plain.ok());
  const auto expected = plain->data<int64_t>();
  for (const char* equation : {"...c,cd->...d", "a...c,cd->a...d", "...c,cd"}) {
    const absl::StatusOr<Tensor> y = Evaluate(equation, {x, w});
    ASSERT_TRUE(y.ok()) << equation << y.status();
    EXPECT_EQ(y->data<int64_t>(), expected) << equation;
  }
  const absl::StatusOr<Tensor> symbols = Evaluate("abc,adc->abd", {x, x}, /*symbolic=*/true);
  ASSERT_TRUE(symbols.ok()) << symbols.status();
  EXPECT_EQ(symbols->dims(), (Dims{2, 3, 3}));
  // Of 8 bits, as a sum that wraps around.
  const Tensor bytes = Tensor::Full(DType::kUInt8, {3}, 10);
  EXPECT_EQ(Evaluate("a,a->", {bytes, bytes})->data<uint8_t>()[0], 300 - 256);
}

TEST(EinsumTest, Errors) {
  const Tensor x = Counting({2, 3}, 0);
  for (const char* equation : {"ab->ab->a", "abc->a", "ab,bc->ac", "a?->a", "ab->c", "ab->aa"}) {
    const absl::StatusOr<Tensor> y = Evaluate(equation, {x});
    EXPECT_EQ(y.status().code(), absl::StatusCode::kInvalidArgument) << equation;
  }
  for (const bool symbolic : {false, true}) {
    for (const char* equation : {"ii->i", "ii->"}) {
      const absl::StatusOr<Tensor> y = Evaluate(equation, {x}, symbolic);
      EXPECT_EQ(y.status().code(), absl::StatusCode::kInvalidArgument) << equation;
    }
  }
  const absl::StatusOr<Tensor> twice = Evaluate("...a...->", {Counting({1, 1, 1, 1, 1}, 0)});
  EXPECT_EQ(twice.status().code(), absl::StatusCode::kInvalidArgument);
  const Tensor five = Counting({1, 1, 1, 1, 1}, 0);
  EXPECT_NE(std::string(Evaluate("abcde,fghij->abcdefghij", {five, five}).status().message())
                .find("a product of more than 8 axes"),
            std::string::npos);
  // "Einsum (file:line): …"
  EXPECT_NE(std::string(Evaluate("abc->a", {x}).status().message()).find("equation \"abc->a\""),
            std::string::npos);
}

}  // namespace
}  // namespace dagrad
