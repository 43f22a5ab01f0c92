#include "dagrad/keras/text/text_vectorization.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/file.h"
#include "dagrad/io/write_file.h"

namespace dagrad::keras {
namespace {

using Tokens = std::vector<std::string>;

StringLookupOptions LookupOptions(const TextVectorizationOptions& o) {
  return {.max_tokens = o.max_tokens,
          .mask_token = "",
          .vocabulary = o.vocabulary,
          .idf_weights = o.idf_weights,
          .output_mode = o.output_mode,
          .pad_to_max_tokens = o.pad_to_max_tokens};
}

constexpr absl::string_view kPunctuation = "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'";

// How many bytes the character at text[i] has; 0 if it is none of UTF-8.
size_t BytesOf(absl::string_view text, size_t i) {
  const auto first = static_cast<unsigned char>(text[i]);
  const size_t bytes = first < 0x80   ? 1
                       : first < 0xC2 ? 0
                       : first < 0xE0 ? 2
                       : first < 0xF0 ? 3
                       : first < 0xF5 ? 4
                                      : 0;
  if (i + bytes > text.size()) return 0;
  for (size_t k = 1; k < bytes; ++k) {
    if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return 0;
  }
  return bytes;
}

Tokens Characters(absl::string_view text) {
  Tokens characters;
  for (size_t i = 0; i < text.size();) {
    const size_t bytes = BytesOf(text, i);
    characters.emplace_back(bytes == 0 ? "\xEF\xBF\xBD" : text.substr(i, bytes));
    i += std::max<size_t>(bytes, 1);
  }
  return characters;
}

// Of one length after the other.
Tokens NGrams(const Tokens& tokens, const std::vector<int64_t>& lengths) {
  Tokens grams;
  for (int64_t length : lengths) {
    const auto n = static_cast<size_t>(length);
    for (size_t i = 0; i + n <= tokens.size(); ++i)
      grams.push_back(absl::StrJoin(tokens.begin() + i, tokens.begin() + i + n, " "));
  }
  return grams;
}

}  // namespace

TextVectorization::TextVectorization(TextVectorizationOptions options)
    : options_(std::move(options)), lookup_(LookupOptions(options_)) {}

absl::Status TextVectorization::Check() const {
  const TextVectorizationOptions& o = options_;
  if (o.standardize != "lower_and_strip_punctuation" && o.standardize != "lower" &&
      o.standardize != "strip_punctuation" && !o.standardize.empty()) {
    return InvalidArgumentError(
        absl::StrCat("standardize is lower_and_strip_punctuation, lower, strip_punctuation or "
                     "empty, not \"",
                     o.standardize, "\""));
  }
  if (o.split != "whitespace" && o.split != "character" && !o.split.empty())
    return InvalidArgumentError(
        absl::StrCat("split is whitespace, character or empty, not \"", o.split, "\""));
  if (o.output_mode == "one_hot")
    return InvalidArgumentError("output_mode is int, multi_hot, count or tf_idf, not one_hot");
  for (int64_t n : o.ngrams) {
    if (n < 1) return InvalidArgumentError(absl::StrCat("ngrams are of 1 or more, not ", n));
  }
  if (!o.output_sequence_length.has_value()) return absl::OkStatus();
  if (o.output_mode != "int" || o.split.empty())
    return InvalidArgumentError("output_sequence_length is for output_mode int, with split");
  if (*o.output_sequence_length >= 1) return absl::OkStatus();
  return InvalidArgumentError(
      absl::StrCat("output_sequence_length must be positive, not ", *o.output_sequence_length));
}

Tokens TextVectorization::Tokenize(const std::string& text) const {
  std::string s = text;
  const std::string& how = options_.standardize;
  if (how == "lower" || how == "lower_and_strip_punctuation") absl::AsciiStrToLower(&s);
  if (how == "strip_punctuation" || how == "lower_and_strip_punctuation") {
    s.erase(std::remove_if(s.begin(), s.end(),
                           [](char c) { return kPunctuation.find(c) != absl::string_view::npos; }),
            s.end());
  }
  Tokens tokens;
  if (options_.split == "whitespace") {
    tokens = absl::StrSplit(s, absl::ByAnyChar(" \t\n\v\f\r"), absl::SkipEmpty());
  } else if (options_.split == "character") {
    tokens = Characters(s);
  } else {
    tokens = {s};
  }
  return options_.ngrams.empty() ? tokens : NGrams(tokens, options_.ngrams);
}

absl::Status TextVectorization::Adapt(const std::vector<std::string>& texts) {
  DAGRAD_RETURN_IF_ERROR(Check());
  std::vector<Tokens> documents;
  for (const std::string& text : texts) documents.push_back(Tokenize(text));
  return lookup_.AdaptDocuments(documents);
}

absl::StatusOr<Tensor> TextVectorization::Transform(const std::vector<std::string>& texts) const {
  DAGRAD_RETURN_IF_ERROR(Check());
  std::vector<Tokens> rows;
  Tokens whole;  // texts that are a token each
  for (const std::string& text : texts) {
    rows.push_back(Tokenize(text));
    if (options_.split.empty() && options_.ngrams.empty()) whole.push_back(rows.back()[0]);
  }
  if (!whole.empty()) return lookup_.Transform(whole);
  return lookup_.TransformRows(rows, options_.output_sequence_length);
}

absl::Status TextVectorization::Save(const std::string& path) const {
  DAGRAD_RETURN_IF_ERROR(Check());
  boost::json::object json;
  json["standardize"] = options_.standardize;
  json["split"] = options_.split;
  json["ngrams"] = JsonList(options_.ngrams);
  json["output_sequence_length"] =
      options_.output_sequence_length.has_value() ? Json(*options_.output_sequence_length) : Json();
  json["lookup"] = lookup_.ToJson();
  return io::WriteFile(path, JsonText(json, {.ascii = true}));
}

absl::StatusOr<TextVectorization> TextVectorization::Load(const std::string& path) {
  DAGRAD_ASSIGN_OR_RETURN(const std::string text, io::ReadFile(path, StringLookup::kMostBytes));
  DAGRAD_ASSIGN_OR_RETURN(const Json json, ParseJson(text));
  TextVectorizationOptions o;
  int64_t length = 0;
  const Json* const cut = json.is_object() ? Member(json, "output_sequence_length") : nullptr;
  const Json* const table = json.is_object() ? Member(json, "lookup") : nullptr;
  const bool read =
      cut != nullptr && table != nullptr && (cut->is_null() || ReadJson(cut, &length)) &&
      ReadJson(Member(json, "standardize"), &o.standardize) &&
      ReadJson(Member(json, "split"), &o.split) && ReadJson(Member(json, "ngrams"), &o.ngrams);
  if (!read) return InvalidArgumentError(absl::StrCat(path, ": not what TextVectorization writes"));
  if (!cut->is_null()) o.output_sequence_length = length;
  absl::StatusOr<StringLookup> lookup = StringLookup::FromJson(*table);
  if (!lookup.ok()) return Prefixed(path, lookup.status());
  ReadJson(Member(*table, "output_mode"), &o.output_mode);
  TextVectorization made(std::move(o));
  made.lookup_ = *std::move(lookup);
  absl::Status s = made.Check();
  if (!s.ok()) return Prefixed(path, s);
  return made;
}

}  // namespace dagrad::keras
