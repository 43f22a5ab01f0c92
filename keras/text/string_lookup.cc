#include "dagrad/keras/text/string_lookup.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/file.h"
#include "dagrad/io/write_file.h"
#include "dagrad/keras/layers/vocabulary.h"
#include "dagrad/ops/elementwise/hash_bucket/text_hash.h"

namespace dagrad::keras {

StringLookup::StringLookup(StringLookupOptions options) : options_(std::move(options)) {
  status_ = Check();
  if (!status_.ok() || options_.vocabulary.empty()) return;
  idf_ = options_.idf_weights;
  status_ = SetTokens(options_.vocabulary);
  if (status_.ok() && options_.output_mode == "tf_idf" && idf_.size() != tokens_.size())
    status_ = InvalidArgumentError("idf_weights has another size than the vocabulary");
}

absl::Status StringLookup::Check() const {
  const std::string& mode = options_.output_mode;
  if (mode != "int" && mode != "one_hot" && mode != "multi_hot" && mode != "count" &&
      mode != "tf_idf") {
    return InvalidArgumentError(absl::StrCat(
        "output_mode is int, one_hot, multi_hot, count or tf_idf, not \"", mode, "\""));
  }
  DAGRAD_RETURN_IF_ERROR(layers_internal::CheckOovIndices(options_.num_oov_indices));
  if (options_.max_tokens.has_value() && *options_.max_tokens <= 1)
    return InvalidArgumentError(
        absl::StrCat("max_tokens must be above 1, not ", *options_.max_tokens));
  if (options_.pad_to_max_tokens && !options_.max_tokens.has_value())
    return InvalidArgumentError("pad_to_max_tokens needs max_tokens");
  return absl::OkStatus();
}

absl::Status StringLookup::SetTokens(Tokens tokens) {
  // One that begins with the special tokens is taken without them.
  Tokens special(static_cast<size_t>(first_token()), options_.oov_token);
  if (has_mask()) special[0] = *options_.mask_token;
  if (tokens.size() >= special.size() && std::equal(special.begin(), special.end(), tokens.begin()))
    tokens.erase(tokens.begin(), tokens.begin() + static_cast<int64_t>(special.size()));
  std::unordered_map<std::string, int64_t> numbers;
  for (const std::string& token : tokens) {
    if (options_.mask_token == token)
      return InvalidArgumentError("the vocabulary has mask_token at another place than the first");
    if (!numbers.emplace(token, first_token() + static_cast<int64_t>(numbers.size())).second)
      return InvalidArgumentError(absl::StrCat("the vocabulary has \"", token, "\" twice"));
  }
  const int64_t size = first_token() + static_cast<int64_t>(tokens.size());
  if (size > options_.max_tokens.value_or(size)) {
    return InvalidArgumentError(
        absl::StrCat("the vocabulary has ", size, " tokens; max_tokens is ", *options_.max_tokens));
  }
  tokens_ = std::move(tokens);
  numbers_ = std::move(numbers);
  return absl::OkStatus();
}

absl::Status StringLookup::Adapt(const Tokens& tokens) {
  std::vector<Tokens> documents;
  for (const std::string& token : tokens) documents.push_back({token});
  return AdaptDocuments(documents);
}

absl::Status StringLookup::AdaptDocuments(const std::vector<Tokens>& documents) {
  DAGRAD_RETURN_IF_ERROR(status_);
  if (!options_.vocabulary.empty())
    return FailedPreconditionError("the vocabulary is given: there is nothing to adapt");
  Tokens others = {options_.oov_token};
  if (options_.mask_token.has_value()) others.push_back(*options_.mask_token);
  const int64_t most = options_.max_tokens.value_or(INT64_MAX) - first_token();
  layers_internal::Vocabulary<std::string> learned = layers_internal::LearnVocabulary(
      documents, others, static_cast<size_t>(std::max<int64_t>(most, 0)));
  if (learned.tokens.empty()) return InvalidArgumentError("there are no tokens to adapt to");
  idf_ = std::move(learned.idf);
  return SetTokens(std::move(learned.tokens));
}

int64_t StringLookup::columns() const {
  return options_.pad_to_max_tokens ? *options_.max_tokens : vocabulary_size();
}

absl::StatusOr<int64_t> StringLookup::NumberOf(const std::string& token) const {
  if (has_mask() && *options_.mask_token == token) return 0;
  const auto it = numbers_.find(token);
  if (it != numbers_.end()) return it->second;
  if (const auto others = static_cast<uint64_t>(options_.num_oov_indices); others != 0) {
    return static_cast<int64_t>(ops::HashOfText(token, {}) % others) + (has_mask() ? 1 : 0);
  }
  return InvalidArgumentError(
      absl::StrCat("\"", token, "\" is not in the vocabulary, and num_oov_indices is 0"));
}

absl::StatusOr<Tensor> StringLookup::Transform(const Tokens& tokens) const {
  std::vector<Tokens> rows;
  for (const std::string& token : tokens) rows.push_back({token});
  if (options_.output_mode != "int") return TransformRows(rows);
  DAGRAD_ASSIGN_OR_RETURN(const Tensor column, TransformRows(rows, 1));
  return column.Reshaped({static_cast<int64_t>(tokens.size())});
}

absl::StatusOr<Tensor> StringLookup::TransformRows(const std::vector<Tokens>& rows,
                                                   std::optional<int64_t> length) const {
  DAGRAD_RETURN_IF_ERROR(status_);
  if (tokens_.empty())
    return FailedPreconditionError("there is no vocabulary: give one, or call Adapt");
  if (options_.output_mode != "int") return Encode(rows);
  size_t longest = 0;
  for (const Tokens& row : rows) longest = std::max(longest, row.size());
  const int64_t n = length.value_or(static_cast<int64_t>(longest));
  DAGRAD_ASSIGN_OR_RETURN(Tensor y,
                          Tensor::Zeros(DType::kInt64, {static_cast<int64_t>(rows.size()), n}));
  const auto numbers = y.mutable_data<int64_t>();
  for (size_t r = 0; r < rows.size(); ++r) {
    const auto here = std::min<int64_t>(n, static_cast<int64_t>(rows[r].size()));
    for (int64_t i = 0; i < here; ++i) {
      DAGRAD_ASSIGN_OR_RETURN(numbers[static_cast<int64_t>(r) * n + i], NumberOf(rows[r][i]));
    }
  }
  return y;
}

absl::StatusOr<Tensor> StringLookup::Encode(const std::vector<Tokens>& rows) const {
  const std::string& mode = options_.output_mode;
  const int64_t n = columns();
  DAGRAD_ASSIGN_OR_RETURN(Tensor y,
                          Tensor::Zeros(DType::kFloat32, {static_cast<int64_t>(rows.size()), n}));
  const auto values = y.mutable_data<float>();
  const double mean = std::accumulate(idf_.begin(), idf_.end(), 0.0) /
                      std::max<double>(1, static_cast<double>(idf_.size()));
  for (size_t r = 0; r < rows.size(); ++r) {
    if (mode == "one_hot" && rows[r].size() != 1)
      return InvalidArgumentError("one_hot takes one token in each row");
    for (const std::string& token : rows[r]) {
      if (options_.mask_token == token) continue;  // in no column
      DAGRAD_ASSIGN_OR_RETURN(const int64_t number, NumberOf(token));
      float& v = values[static_cast<int64_t>(r) * n + number];
      if (mode == "one_hot" || mode == "multi_hot") {
        v = 1;
      } else if (mode == "count") {
        v += 1;
      } else {
        v += static_cast<float>(number < first_token() ? mean : idf_[number - first_token()]);
      }
    }
  }
  return y;
}

absl::StatusOr<StringLookup::Tokens> StringLookup::Invert(const Tensor& numbers) const {
  DAGRAD_RETURN_IF_ERROR(status_);
  DAGRAD_ASSIGN_OR_RETURN(const Tensor whole, numbers.Cast(DType::kInt64));
  const Tokens all = GetVocabulary();
  Tokens tokens;
  for (int64_t i : whole.data<int64_t>()) {
    const bool known = i >= 0 && i < static_cast<int64_t>(all.size());
    tokens.push_back(known ? all[static_cast<size_t>(i)] : options_.oov_token);
  }
  return tokens;
}

StringLookup::Tokens StringLookup::GetVocabulary(bool include_special_tokens) const {
  if (!include_special_tokens) return tokens_;
  Tokens all(static_cast<size_t>(first_token()), options_.oov_token);
  if (has_mask()) all[0] = *options_.mask_token;
  all.insert(all.end(), tokens_.begin(), tokens_.end());
  return all;
}

Json StringLookup::ToJson() const {
  boost::json::object json;
  json["max_tokens"] = options_.max_tokens.has_value() ? Json(*options_.max_tokens) : Json();
  json["num_oov_indices"] = options_.num_oov_indices;
  json["mask_token"] = options_.mask_token.has_value() ? Json(*options_.mask_token) : Json();
  json["oov_token"] = options_.oov_token;
  json["vocabulary"] = JsonList(tokens_);
  boost::json::array idf;
  for (double w : idf_) idf.push_back(NumberToJson(w));
  json["idf_weights"] = std::move(idf);
  json["output_mode"] = options_.output_mode;
  json["pad_to_max_tokens"] = options_.pad_to_max_tokens;
  return json;
}

absl::StatusOr<StringLookup> StringLookup::FromJson(const Json& json) {
  StringLookupOptions o;
  int64_t max_tokens = 0;
  std::string mask_token;
  const Json* const max = json.is_object() ? Member(json, "max_tokens") : nullptr;
  const Json* const mask = json.is_object() ? Member(json, "mask_token") : nullptr;
  const Json* const idf = json.is_object() ? Member(json, "idf_weights") : nullptr;
  const bool read = max != nullptr && mask != nullptr && idf != nullptr && idf->is_array() &&
                    (max->is_null() || ReadJson(max, &max_tokens)) &&
                    (mask->is_null() || ReadJson(mask, &mask_token)) &&
                    ReadJson(Member(json, "num_oov_indices"), &o.num_oov_indices) &&
                    ReadJson(Member(json, "oov_token"), &o.oov_token) &&
                    ReadJson(Member(json, "vocabulary"), &o.vocabulary) &&
                    ReadJson(Member(json, "output_mode"), &o.output_mode) &&
                    ReadJson(Member(json, "pad_to_max_tokens"), &o.pad_to_max_tokens);
  if (!read) return InvalidArgumentError("not what StringLookup writes");
  for (const Json& w : idf->get_array()) {
    if (!NumberFromJson(w, &o.idf_weights.emplace_back()))
      return InvalidArgumentError("idf_weights are not numbers");
  }
  if (!max->is_null()) o.max_tokens = max_tokens;
  if (!mask->is_null()) o.mask_token = mask_token;
  StringLookup lookup(std::move(o));
  DAGRAD_RETURN_IF_ERROR(lookup.status_);
  return lookup;
}

absl::Status StringLookup::Save(const std::string& path) const {
  DAGRAD_RETURN_IF_ERROR(status_);
  return io::WriteFile(path, JsonText(ToJson(), {.ascii = true}));
}

absl::StatusOr<StringLookup> StringLookup::Load(const std::string& path) {
  DAGRAD_ASSIGN_OR_RETURN(const std::string text, io::ReadFile(path, kMostBytes));
  DAGRAD_ASSIGN_OR_RETURN(const Json json, ParseJson(text));
  absl::StatusOr<StringLookup> lookup = FromJson(json);
  if (!lookup.ok()) return Prefixed(path, lookup.status());
  return lookup;
}

}  // namespace dagrad::keras
