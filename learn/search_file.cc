#include "dagrad/learn/search_file.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/file.h"
#include "dagrad/io/write_file.h"

namespace dagrad::learn {
namespace {

constexpr size_t kMaxBytes = size_t{64} << 20;

Json ValueToJson(const HyperValue& value) {
  return std::visit([](const auto& v) { return Json(v); }, value);
}

// A value of the kind of `like`.
bool ReadValue(const Json* json, const HyperValue& like, HyperValue* value) {
  *value = like;
  return std::visit([json](auto& v) { return ReadJson(json, &v); }, *value);
}

Json ScoresToJson(const std::vector<double>& scores) {
  boost::json::array list;
  for (const double s : scores) list.push_back(NumberToJson(s));
  return list;
}

bool ReadScores(const Json* json, std::vector<double>* scores) {
  if (json == nullptr || !json->is_array() || json->get_array().empty()) return false;
  for (const Json& item : json->get_array()) {
    if (!NumberFromJson(item, &scores->emplace_back())) return false;
  }
  return true;
}

absl::StatusOr<Trial> TrialFromJson(const Json& json,
                                    const std::vector<HyperParameters::Declared>& space) {
  Trial trial;
  const Json* point = Member(json, "point");
  bool read = point != nullptr && point->is_object() &&
              ReadJson(Member(json, "score"), &trial.scores.name) &&
              ReadJson(Member(json, "greater"), &trial.scores.greater_is_better) &&
              ReadScores(Member(json, "train"), &trial.scores.train) &&
              ReadScores(Member(json, "test"), &trial.scores.test);
  for (size_t i = 0; read && i < space.size(); ++i) {
    const std::vector<HyperValue> values = {space[i].At(0)};
    read = ReadValue(Member(*point, space[i].name), values[0], &trial.point[space[i].name]);
  }
  if (read) return trial;
  return InvalidArgumentError("a trial has a point, a score, greater, train and test");
}

absl::Status CheckHeading(const Json* found, const Json& wanted) {
  if (found == nullptr || !found->is_object())
    return InvalidArgumentError("it is no file of a search");
  for (const auto& [key, value] : wanted.get_object()) {
    const Json* there = Member(*found, ViewOf(key));
    const std::string have = there == nullptr ? "nothing" : JsonText(*there);
    if (have == JsonText(value)) continue;
    return InvalidArgumentError(absl::StrCat(
        "it has the results of another search: its ", ViewOf(key), " is ", Printable(have, 512),
        ", not ", Printable(JsonText(value), 512), "; remove it or name another file"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Trial>> TrialsOf(const std::string& text, const Json& heading,
                                            const std::vector<HyperParameters::Declared>& space) {
  DAGRAD_ASSIGN_OR_RETURN(const Json json, ParseJson(text));
  DAGRAD_RETURN_IF_ERROR(CheckHeading(Member(json, "heading"), heading));
  const Json* list = Member(json, "trials");
  if (list == nullptr || !list->is_array()) return InvalidArgumentError("it has no list of trials");
  std::vector<Trial> trials;
  for (const Json& item : list->get_array()) {
    DAGRAD_ASSIGN_OR_RETURN(trials.emplace_back(), TrialFromJson(item, space));
  }
  return trials;
}

}  // namespace

absl::Status WriteTrials(const std::string& path, const Json& heading,
                         const SearchResults& results) {
  boost::json::array trials;
  for (const Trial& t : results.trials) {
    boost::json::object point;
    for (const auto& [name, value] : t.point) point[name] = ValueToJson(value);
    boost::json::object o;
    o["point"] = std::move(point);
    o["score"] = t.scores.name;
    o["greater"] = t.scores.greater_is_better;
    o["train"] = ScoresToJson(t.scores.train);
    o["test"] = ScoresToJson(t.scores.test);
    trials.push_back(std::move(o));
  }
  Json json = boost::json::object();
  json.get_object()["heading"] = heading;
  json.get_object()["trials"] = std::move(trials);
  return io::WriteFile(path, absl::StrCat(JsonText(json, {.indent = 1}), "\n"));
}

absl::StatusOr<std::vector<Trial>> ReadTrials(const std::string& path, const Json& heading,
                                              const std::vector<HyperParameters::Declared>& space) {
  absl::StatusOr<std::string> text = io::ReadFile(path, kMaxBytes);
  if (absl::IsNotFound(text.status())) return std::vector<Trial>();
  if (!text.ok()) return text.status();
  absl::StatusOr<std::vector<Trial>> trials = TrialsOf(*text, heading, space);
  if (trials.ok()) return trials;
  return Prefixed(Printable(path, 1024), trials.status());
}

}  // namespace dagrad::learn
