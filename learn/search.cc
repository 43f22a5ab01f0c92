#include "dagrad/learn/search.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/keras/callbacks/progress_bar.h"
#include "dagrad/learn/search_file.h"
#include "dagrad/ops/creation/random/philox.h"

namespace dagrad::learn {
namespace {

using Space = std::vector<HyperParameters::Declared>;
// Point `index`, from 0, or nothing behind the last one.
using PointFunction = std::function<std::optional<HyperPoint>(int64_t index)>;

// What the function asks for; the model that it builds is not used.
absl::StatusOr<Space> SpaceOf(const SpaceBuilder& build) {
  HyperParameters hp;
  DAGRAD_RETURN_IF_ERROR(build(hp).status());
  DAGRAD_RETURN_IF_ERROR(hp.status());
  if (hp.space().empty())
    return InvalidArgumentError("the function that builds the model asks for no option");
  return hp.space();
}

bool Better(const Scores& a, const Scores& b) {
  const double x = a.Mean(), y = b.Mean();
  if (std::isnan(x) || std::isnan(y)) return !std::isnan(x) && std::isnan(y);
  return a.greater_is_better ? x > y : x < y;
}

// The model at a point, which must ask for what the space has.
absl::StatusOr<Pipeline> BuildAt(const SpaceBuilder& build, const Space& space,
                                 const HyperPoint& point) {
  HyperParameters hp(point);
  DAGRAD_ASSIGN_OR_RETURN(Pipeline pipeline, build(hp));
  DAGRAD_RETURN_IF_ERROR(hp.status());
  if (hp.space() == space) return pipeline;
  return InvalidArgumentError(
      "the function that builds the model asks for other options at another point");
}

class Search {
 public:
  Search(const SpaceBuilder& build, Space space, const SearchOptions& options, std::string kind)
      : build_(build), space_(std::move(space)), options_(options), kind_(std::move(kind)) {}

  absl::StatusOr<SearchResults> Run(const Features& x, const Tensor& y, int64_t trials,
                                    const PointFunction& points) {
    for (const auto& d : space_) results_.names.push_back(d.name);
    const Json heading = Heading(x);
    if (!options_.file.empty()) {
      DAGRAD_ASSIGN_OR_RETURN(known_, ReadTrials(options_.file, heading, space_));
    }
    keras::ProgressBar bar(trials, options_.verbose == 1 ? 1 : 0, keras::IsTerminal(options_.out),
                           keras::OutputStream(options_.out));
    for (int64_t i = 0; i < trials; ++i) {
      std::optional<HyperPoint> point = points(i);
      if (!point.has_value()) break;
      DAGRAD_RETURN_IF_ERROR(RunTrial(x, y, heading, *std::move(point)));
      bar.Update(i + 1, BestLogs());
    }
    bar.Finish(static_cast<int64_t>(results_.trials.size()), BestLogs());
    return std::move(results_);
  }

 private:
  Json Heading(const Features& x) const {
    Json json = boost::json::object();
    boost::json::object& o = json.get_object();
    const ValidationOptions& v = options_.validation;
    o["search"] = kind_;
    o["seed"] = options_.seed;
    o["score"] = v.scoring.name;
    o["examples"] = x.rows();
    o["divisions"] = static_cast<int64_t>(v.splits.empty() ? 5 : v.splits.size());
    o["epochs"] = v.fit.epochs;
    o["batch_size"] = v.fit.batch_size;
    o["space"] = SpaceToJson(space_);
    return json;
  }

  absl::Status RunTrial(const Features& x, const Tensor& y, const Json& heading, HyperPoint point) {
    const size_t index = results_.trials.size();
    Trial trial{.number = static_cast<int64_t>(index) + 1, .point = std::move(point)};
    if (index < known_.size()) {
      if (known_[index].point != trial.point) {
        return InvalidArgumentError(absl::StrCat(options_.file, ": trial ", trial.number,
                                                 " was made at another point than this search's"));
      }
      trial.scores = known_[index].scores;
      results_.trials.push_back(std::move(trial));
      return absl::OkStatus();
    }
    absl::StatusOr<Scores> scores = CrossValScore(
        [&] { return BuildAt(build_, space_, trial.point); }, x, y, options_.validation);
    if (!scores.ok()) return Prefixed(absl::StrCat("trial ", trial.number), scores.status());
    trial.scores = *std::move(scores);
    if (options_.verbose == 2) PrintTrial(trial);
    results_.trials.push_back(std::move(trial));
    if (options_.file.empty()) return absl::OkStatus();
    return WriteTrials(options_.file, heading, results_);
  }

  void PrintTrial(const Trial& trial) const {
    std::string text = absl::StrCat("trial ", trial.number, ":");
    for (const std::string& name : results_.names)
      absl::StrAppend(&text, " ", name, " ", HyperValueText(trial.point.at(name)), ",");
    text.back() = ';';
    keras::Print(keras::OutputStream(options_.out),
                 absl::StrCat(text, " ", trial.scores.name, " ",
                              keras::FormatLogValue(trial.scores.Mean()), "\n"));
  }

  keras::Logs BestLogs() const {
    keras::Logs logs;
    if (results_.trials.empty()) return logs;
    const Scores& best = results_.Best().scores;
    logs.Set(absl::StrCat("best ", best.name), best.Mean());
    return logs;
  }

  const SpaceBuilder& build_;
  Space space_;
  const SearchOptions& options_;
  std::string kind_;
  std::vector<Trial> known_;  // of the file
  SearchResults results_;
};

io::CsvColumn ColumnOf(const std::string& name, const std::vector<const Trial*>& order) {
  io::CsvColumn c{.name = name};
  for (const Trial* t : order) {
    const HyperValue& v = t->point.at(name);
    if (const auto* flag = std::get_if<bool>(&v)) {
      c.type = io::CsvType::kBool;
      c.bools.push_back(*flag);
    } else if (const auto* whole = std::get_if<int64_t>(&v)) {
      c.type = io::CsvType::kInt;
      c.ints.push_back(*whole);
    } else if (const auto* number = std::get_if<double>(&v)) {
      c.floats.push_back(*number);
    } else {
      c.type = io::CsvType::kText;
      c.texts.Add(std::get<std::string>(v));
    }
  }
  return c;
}

template <typename Value>
io::CsvColumn FloatColumn(const std::string& name, const std::vector<const Trial*>& order,
                          const Value& value) {
  io::CsvColumn c{.name = name};
  for (const Trial* t : order) c.floats.push_back(value(t->scores));
  return c;
}

// A random point that is none of `seen`; nothing after many draws.
std::optional<HyperPoint> DrawPoint(const Space& space, int64_t seed, int64_t trial,
                                    const std::set<HyperPoint>& seen) {
  constexpr int64_t kDraws = 1000;
  for (int64_t draw = 0; draw < kDraws; ++draw) {
    std::vector<uint32_t> words(space.size());
    random::ElementBits(seed, trial, draw)
        .High(0, static_cast<int64_t>(words.size()), words.data());
    HyperPoint point;
    for (size_t i = 0; i < space.size(); ++i)
      point[space[i].name] = space[i].At(static_cast<double>(words[i]) / 0x1p32);
    if (!seen.contains(point)) return point;
  }
  return std::nullopt;
}

}  // namespace

const Trial& SearchResults::Best() const {
  const Trial* best = &trials[0];
  for (const Trial& t : trials) {
    if (Better(t.scores, best->scores)) best = &t;
  }
  return *best;
}

Table SearchResults::ToTable() const {
  std::vector<const Trial*> order;
  for (const Trial& t : trials) order.push_back(&t);
  std::stable_sort(order.begin(), order.end(),
                   [](const Trial* a, const Trial* b) { return Better(a->scores, b->scores); });
  io::CsvTable table;
  table.num_rows = order.size();
  table.line_jumps = {{0, 2}};
  io::CsvColumn rank{.name = "rank", .type = io::CsvType::kInt};
  io::CsvColumn number{.name = "trial", .type = io::CsvType::kInt};
  for (const Trial* t : order) {
    rank.ints.push_back(static_cast<int64_t>(rank.ints.size()) + 1);
    number.ints.push_back(t->number);
  }
  table.columns = {std::move(rank), std::move(number)};
  for (const std::string& name : names) table.columns.push_back(ColumnOf(name, order));
  const std::string score = trials.empty() ? "score" : trials[0].scores.name;
  table.columns.push_back(
      FloatColumn("mean " + score, order, [](const Scores& s) { return s.Mean(); }));
  table.columns.push_back(FloatColumn("std", order, [](const Scores& s) { return s.Std(); }));
  table.columns.push_back(FloatColumn("train", order, [](const Scores& s) {
    return std::accumulate(s.train.begin(), s.train.end(), 0.0) /
           static_cast<double>(s.train.size());
  }));
  return Table(std::move(table));
}

std::ostream& operator<<(std::ostream& out, const SearchResults& results) {
  return out << results.ToTable();
}

absl::StatusOr<SearchResults> GridSearch(const SpaceBuilder& build, const Features& x,
                                         const Tensor& y, const SearchOptions& options) {
  DAGRAD_ASSIGN_OR_RETURN(Space space, SpaceOf(build));
  std::vector<std::vector<HyperValue>> values;
  double points = 1;
  for (const auto& d : space) points *= static_cast<double>(values.emplace_back(d.Values()).size());
  constexpr double kMostPoints = 100000;
  if (points > kMostPoints && !options.max_trials.has_value()) {
    return InvalidArgumentError(absl::StrCat("the grid has ", points, " points; the limit is ",
                                             kMostPoints, " without max_trials"));
  }
  const int64_t trials = static_cast<int64_t>(
      std::min(points, static_cast<double>(options.max_trials.value_or(kMostPoints))));
  const std::vector<HyperParameters::Declared> declared = space;
  Search search(build, std::move(space), options, "grid");
  return search.Run(x, y, trials, [&](int64_t index) {
    HyperPoint point;
    for (size_t i = declared.size(); i-- > 0;) {
      const auto size = static_cast<int64_t>(values[i].size());
      point[declared[i].name] = values[i][index % size];
      index /= size;
    }
    return std::optional(point);
  });
}

absl::StatusOr<SearchResults> RandomSearch(const SpaceBuilder& build, const Features& x,
                                           const Tensor& y, const SearchOptions& options) {
  DAGRAD_ASSIGN_OR_RETURN(Space space, SpaceOf(build));
  const std::vector<HyperParameters::Declared> declared = space;
  std::set<HyperPoint> seen;
  Search search(build, std::move(space), options, "random");
  return search.Run(x, y, options.max_trials.value_or(10), [&](int64_t index) {
    std::optional<HyperPoint> point = DrawPoint(declared, options.seed, index, seen);
    if (point.has_value()) seen.insert(*point);
    return point;
  });
}

}  // namespace dagrad::learn
