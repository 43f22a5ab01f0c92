// StringLookup, TextVectorization and HashStrings give what Keras 3's do: text_golden.json, made by
// make_text_golden.py.

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "dagrad/graph/json.h"
#include "dagrad/keras/text/hash_strings.h"
#include "dagrad/keras/text/string_lookup.h"
#include "dagrad/keras/text/text_vectorization.h"
#include "gtest/gtest.h"

namespace dagrad::keras {
namespace {

using Tokens = std::vector<std::string>;

const Json& Golden() {
  static const auto* const json = [] {
    std::ifstream file("keras/text/text_golden.json");
    std::stringstream text;
    text << file.rdbuf();
    return new Json(*ParseJson(text.str()));
  }();
  return *json;
}

Tokens TokensOf(const Json& from, const char* key) {
  Tokens tokens;
  EXPECT_TRUE(ReadJson(Member(from, key), &tokens)) << key;
  return tokens;
}

void ReadOption(const Json& o, const char* key, std::optional<int64_t>* value) {
  int64_t read = 0;
  if (ReadJson(Member(o, key), &read)) *value = read;
}

TextVectorizationOptions TextOptions(const Json& o) {
  TextVectorizationOptions t;
  ReadOption(o, "max_tokens", &t.max_tokens);
  ReadOption(o, "output_sequence_length", &t.output_sequence_length);
  for (auto [key, value] : {std::pair{"standardize", &t.standardize},
                            {"split", &t.split},
                            {"output_mode", &t.output_mode}}) {
    const Json* const text = Member(o, key);
    if (text != nullptr && !ReadJson(text, value)) value->clear();  // Keras's None
  }
  int64_t longest = 0;
  if (ReadJson(Member(o, "ngrams"), &longest)) {
    for (int64_t n = 1; n <= longest; ++n) t.ngrams.push_back(n);
  } else {
    ReadJson(Member(o, "ngrams"), &t.ngrams);
  }
  ReadJson(Member(o, "pad_to_max_tokens"), &t.pad_to_max_tokens);
  ReadJson(Member(o, "vocabulary"), &t.vocabulary);
  ReadJson(Member(o, "idf_weights"), &t.idf_weights);
  return t;
}

void ExpectResult(const absl::StatusOr<Tensor>& got, const Json& golden) {
  ASSERT_TRUE(got.ok()) << got.status();
  std::vector<int64_t> shape;
  std::vector<double> values;
  ASSERT_TRUE(ReadJson(Member(*Member(golden, "result"), "shape"), &shape));
  ASSERT_TRUE(ReadJson(Member(*Member(golden, "result"), "values"), &values));
  EXPECT_EQ(got->dims(), Dims(shape.begin(), shape.end()));
  const Tensor numbers = *got->Cast(DType::kFloat64);
  const auto y = numbers.data<double>();
  ASSERT_EQ(y.size(), values.size());
  for (size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(y[i], values[i], 1e-6) << i;
}

TEST(TextVectorizationTest, EveryCase) {
  for (const Json& c : Member(Golden(), "text")->as_array()) {
    SCOPED_TRACE(JsonText(*Member(c, "options")));
    TextVectorization vectorize(TextOptions(*Member(c, "options")));
    if (Member(c, "adapts")->as_bool()) {
      ASSERT_TRUE(vectorize.Adapt(TokensOf(Golden(), "texts")).ok());
    }
    EXPECT_EQ(vectorize.GetVocabulary(), TokensOf(c, "vocabulary"));
    ExpectResult(vectorize.Transform(TokensOf(Golden(), "new")), c);
    const std::string path = testing::TempDir() + "/text.json";
    ASSERT_TRUE(vectorize.Save(path).ok());
    const absl::StatusOr<TextVectorization> loaded = TextVectorization::Load(path);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ(loaded->GetVocabulary(), vectorize.GetVocabulary());
    ExpectResult(loaded->Transform(TokensOf(Golden(), "new")), c);
  }
}

StringLookupOptions LookupOptions(const Json& o) {
  StringLookupOptions s;
  ReadOption(o, "max_tokens", &s.max_tokens);
  std::string mask;
  if (ReadJson(Member(o, "mask_token"), &mask)) s.mask_token = mask;
  ReadJson(Member(o, "num_oov_indices"), &s.num_oov_indices);
  ReadJson(Member(o, "oov_token"), &s.oov_token);
  ReadJson(Member(o, "output_mode"), &s.output_mode);
  ReadJson(Member(o, "pad_to_max_tokens"), &s.pad_to_max_tokens);
  return s;
}

TEST(StringLookupTest, EveryCase) {
  for (const Json& c : Member(Golden(), "lookup")->as_array()) {
    SCOPED_TRACE(JsonText(*Member(c, "options")));
    StringLookup lookup(LookupOptions(*Member(c, "options")));
    ASSERT_TRUE(lookup.Adapt(TokensOf(Golden(), "words")).ok());
    EXPECT_EQ(lookup.GetVocabulary(), TokensOf(c, "vocabulary"));
    ExpectResult(lookup.Transform(TokensOf(Golden(), "some")), c);
    const std::string path = testing::TempDir() + "/lookup.json";
    ASSERT_TRUE(lookup.Save(path).ok());
    const absl::StatusOr<StringLookup> loaded = StringLookup::Load(path);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    ExpectResult(loaded->Transform(TokensOf(Golden(), "some")), c);
  }
}

TEST(HashStringsTest, EveryCase) {
  for (const Json& c : Member(Golden(), "hash")->as_array()) {
    const Json& o = *Member(c, "options");
    SCOPED_TRACE(JsonText(o));
    int64_t num_bins = 0;
    ASSERT_TRUE(ReadJson(Member(o, "num_bins"), &num_bins));
    HashStringsOptions options;
    std::string mask;
    if (ReadJson(Member(o, "mask_value"), &mask)) options.mask_value = mask;
    ReadJson(Member(o, "salt"), &options.salt);
    ExpectResult(HashStrings(TokensOf(Golden(), "hashed"), num_bins, options), c);
  }
}

// A token that is masked is in no column (Keras 3.15.1 gives these numbers).
TEST(StringLookupTest, MaskedTokensAreInNoColumn) {
  const std::vector<std::vector<std::string>> rows = {{"a", "", "z"}, {"", "", ""}};
  for (const auto& [mode, values] : std::vector<std::pair<std::string, std::vector<float>>>{
           {"count", {1, 1, 0, 0, 0, 0}},
           {"multi_hot", {1, 1, 0, 0, 0, 0}},
           {"tf_idf", {1.25f, 0.5f, 0, 0, 0, 0}}}) {
    StringLookupOptions options{.mask_token = "", .vocabulary = {"a", "b"}, .output_mode = mode};
    if (mode == "tf_idf") options.idf_weights = {0.5, 2};
    EXPECT_TRUE(SameBits(StringLookup(options).TransformRows(rows).value(),
                         Tensor::Of<float>({2, 3}, values)))
        << mode;
  }
  const StringLookup one_hot(
      {.num_oov_indices = 0, .mask_token = "", .vocabulary = {"a", "b"}, .output_mode = "one_hot"});
  EXPECT_TRUE(SameBits(one_hot.Transform({"a", "", "b"}).value(),
                       Tensor::Of<float>({3, 2}, {1, 0, 0, 0, 0, 1})));
}

TEST(StringLookupTest, Invert) {
  const StringLookup lookup({.mask_token = "", .vocabulary = {"a", "b"}});
  const Tensor x = *lookup.Transform({"b", "", "z", "a"});
  EXPECT_EQ(*lookup.Invert(x), (Tokens{"b", "", "[UNK]", "a"}));
  EXPECT_EQ(*lookup.Invert(Tensor::Of<int64_t>({2}, {-1, 99})), (Tokens{"[UNK]", "[UNK]"}));
}

TEST(TextErrorsTest, SayWhatIsWrong) {
  using Code = absl::StatusCode;
  EXPECT_EQ(StringLookup().Transform({"a"}).status().code(), Code::kFailedPrecondition);
  for (int64_t bad : {int64_t{-1}, INT64_MAX}) {
    EXPECT_EQ(StringLookup({.num_oov_indices = bad, .vocabulary = {"a"}})
                  .Transform({"a"})
                  .status()
                  .code(),
              Code::kInvalidArgument);
  }
  EXPECT_EQ(HashStrings({"a"}, 0).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(HashStrings({"a"}, 2, {.salt = {1, 2, 3}}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(StringLookup({.num_oov_indices = 0, .vocabulary = {"a"}}).Transform({"b"}).status(),
            absl::InvalidArgumentError("\"b\" is not in the vocabulary, and num_oov_indices is 0"));
  EXPECT_EQ(StringLookup({.vocabulary = {"a", "a"}}).Transform({"b"}).status().code(),
            Code::kInvalidArgument);
  EXPECT_EQ(StringLookup({.max_tokens = 2, .vocabulary = {"a", "b"}}).Transform({"b"}).status(),
            absl::InvalidArgumentError("the vocabulary has 3 tokens; max_tokens is 2"));
  EXPECT_EQ(StringLookup({.vocabulary = {"a"}}).Adapt({"b"}).code(), Code::kFailedPrecondition);
  EXPECT_EQ(StringLookup().Adapt({}).code(), Code::kInvalidArgument);
  for (const TextVectorizationOptions& o :
       {TextVectorizationOptions{.standardize = "upper"}, TextVectorizationOptions{.split = "?"},
        TextVectorizationOptions{.ngrams = {0}}, TextVectorizationOptions{.output_mode = "one_hot"},
        TextVectorizationOptions{.output_sequence_length = 0},
        TextVectorizationOptions{.max_tokens = 1}}) {
    EXPECT_EQ(TextVectorization(o).Adapt({"a b"}).code(), Code::kInvalidArgument);
  }
  EXPECT_EQ(TextVectorization::Load("/no/such/file").status().code(), Code::kNotFound);
}

// What is no UTF-8 is a character each, U+FFFD.
TEST(TextVectorizationTest, BrokenCharacters) {
  const TextVectorization vectorize({.standardize = "", .split = "character"});
  EXPECT_EQ(vectorize.Tokenize("a\xC3\xB1\xFF\xE2\x82"),
            (Tokens{"a", "\xC3\xB1", "\xEF\xBF\xBD", "\xEF\xBF\xBD", "\xEF\xBF\xBD"}));
}

}  // namespace
}  // namespace dagrad::keras
