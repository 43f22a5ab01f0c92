// dagrad conform
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/onnx/conform.h"
#include "dagrad/tools/command.h"

namespace dagrad::tools {
namespace {

using onnx::CaseResult;
using Outcome = CaseResult::Outcome;

constexpr Outcome kOutcomes[] = {Outcome::kPassed, Outcome::kMismatched, Outcome::kUnsupported,
                                 Outcome::kFailed};

struct Score {
  std::map<Outcome, int> counts;
  std::map<std::string, int> missing;
  int with_constants = 0;  // of those that passed
};

Score ScoreOf(const std::vector<CaseResult>& results) {
  Score score;
  for (const CaseResult& r : results) {
    ++score.counts[r.outcome];
    for (const std::string& what : r.missing) ++score.missing[what];
    if (r.outcome == Outcome::kPassed && r.constants > 0) ++score.with_constants;
  }
  return score;
}

int CountOf(const Score& score, Outcome outcome) {
  const auto found = score.counts.find(outcome);
  return found == score.counts.end() ? 0 : found->second;
}

// Most frequent first.
std::vector<std::pair<std::string, int>> ByCount(const std::map<std::string, int>& counts) {
  std::vector<std::pair<std::string, int>> list(counts.begin(), counts.end());
  std::stable_sort(list.begin(), list.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return list;
}

std::string LineOf(const CaseResult& r) {
  return absl::StrFormat("%-11s  %s: %s\n", onnx::OutcomeName(r.outcome), Printable(r.name, 256),
                         Printable(r.reason, 1024));
}

// What follows the lines of the cases.
std::string TextOf(size_t cases, const Score& score) {
  std::string out;
  if (!score.missing.empty()) absl::StrAppend(&out, "\nnot supported, by cases\n");
  for (const auto& [what, count] : ByCount(score.missing))
    absl::StrAppendFormat(&out, "  %5d  %s\n", count, Printable(what));
  absl::StrAppend(&out, "\n");
  for (Outcome o : kOutcomes)
    absl::StrAppend(&out, CountOf(score, o), " ", onnx::OutcomeName(o),
                    o == kOutcomes[3] ? "" : ", ");
  absl::StrAppend(&out, " of ", cases, " cases");
  if (score.with_constants > 0) {
    absl::StrAppend(&out, "; ", score.with_constants,
                    " passed with inputs taken as constants of the graph");
  }
  return absl::StrCat(out, "\n");
}

Json JsonOf(const std::vector<CaseResult>& results, const Score& score) {
  boost::json::object json, missing;
  for (Outcome o : kOutcomes) json[std::string(onnx::OutcomeName(o))] = CountOf(score, o);
  json["with_constants"] = score.with_constants;
  for (const auto& [what, count] : score.missing) missing[what] = count;
  json["missing"] = std::move(missing);
  boost::json::array cases;
  for (const CaseResult& r : results) {
    cases.push_back({{"name", r.name},
                     {"outcome", std::string(onnx::OutcomeName(r.outcome))},
                     {"reason", r.reason},
                     {"constants", r.constants}});
  }
  json["cases"] = std::move(cases);
  return json;
}

// That the results of all cases take, at most.
constexpr int64_t kResultBytes = 16 << 20;

absl::Status Conform(const Args& args, Console* console) {
  DAGRAD_RETURN_IF_ERROR(args.budget.Check());
  DAGRAD_ASSIGN_OR_RETURN(const Budget::Lease lease,
                          args.budget.Lend(kResultBytes, "the results of the cases"));
  const bool json = args.Has("--json");
  // The cases that do not pass are told as they are run.
  const auto report = [&](const CaseResult& r, int number, int cases) {
    if (!json && r.outcome != Outcome::kPassed) console->out += LineOf(r);
    const absl::Status written = console->out.empty() ? absl::OkStatus() : console->Flush();
    console->Progress(number, cases, r.name);
    return written;
  };
  DAGRAD_ASSIGN_OR_RETURN(
      const std::vector<CaseResult> results,
      onnx::RunConformance(args.operands[0],
                           {.only = args.Get("--only"), .budget = args.budget, .report = report}));
  const Score score = ScoreOf(results);
  // Of characters that the console leaves as they are.
  console->out = json ? JsonText(JsonOf(results, score), {.ascii = true}) + "\n"
                      : TextOf(results.size(), score);
  if (static_cast<size_t>(CountOf(score, Outcome::kPassed)) == results.size())
    return absl::OkStatus();
  return FailedPreconditionError("not all cases passed");
}

}  // namespace

const Command& ConformCommand() {
  static const auto* const command = new Command{
      "conform",
      "DIR",
      "runs conformance cases of ONNX",
      "Runs every case below DIR, a folder with model.onnx and test_data_set_0/input_0.pb, "
      "output_0.pb, …, and\n"
      "says which passed (|y - expected| <= 1e-7 + 1e-3 |expected|, equal dtype and shape), which "
      "gave other\n"
      "results, which need an op, an attribute or a dtype that dagrad does not have, and which "
      "failed otherwise.\n"
      "Inputs that decide shapes (axes, repeats, a shape to reshape to) are taken as constants of "
      "the graph where\n"
      "an op must know them.",
      {{"--only", "", "TEXT", "only cases with TEXT in their name"},
       {"--json", "", "", "counts, and each case's outcome, as JSON"}},
      Conform};
  return *command;
}

}  // namespace dagrad::tools
