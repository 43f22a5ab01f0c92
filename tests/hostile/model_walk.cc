#include "dagrad/tests/hostile/model_walk.h"

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/name.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/graph/validate.h"
#include "dagrad/io/file.h"
#include "dagrad/ops/table.h"
#include "dagrad/tests/hostile/function_walk.h"
#include "dagrad/tests/hostile/hostile_values.h"
#include "dagrad/tools/command.h"

namespace dagrad::tests {
namespace {

constexpr size_t kLargestFile = size_t{64} << 20;
constexpr uint64_t kSeedsOfFile = 4;

absl::StatusOr<Model> Parse(absl::string_view bytes, ModelFormat format, const Budget& budget) {
  const ReadLimits limits = {.budget = budget};
  return format == ModelFormat::kText ? ParseModelText(bytes, ops::FindOp, limits)
                                      : ParseModel(bytes, ops::FindOp, limits);
}

absl::Status Unreadable(absl::string_view what, const absl::Status& status) {
  return absl::InternalError(absl::StrCat(what, ": ", status.ToString()));
}

// What was read can be written, and read again, with nothing changed.
absl::Status CheckRoundTrips(const Model& model) {
  const absl::Status valid = ValidateModel(model);
  if (!valid.ok()) return Unreadable("read, but not valid", valid);
  const absl::StatusOr<std::string> bytes = SerializeModel(model);
  if (!bytes.ok()) return Unreadable("what was read cannot be written", bytes.status());
  const absl::StatusOr<Model> again = ParseModel(*bytes, ops::FindOp);
  if (!again.ok()) return Unreadable("what was written cannot be read", again.status());
  DAGRAD_ASSIGN_OR_RETURN(const std::string bytes_again, SerializeModel(*again));
  if (bytes_again != *bytes) return absl::InternalError("the bytes change");
  const absl::StatusOr<std::string> text = ModelToText(model);
  if (!text.ok()) return absl::OkStatus();  // unknown fields have no names
  const absl::StatusOr<Model> from_text = ParseModelText(*text, ops::FindOp);
  if (!from_text.ok()) return Unreadable("the text cannot be read", from_text.status());
  DAGRAD_ASSIGN_OR_RETURN(const std::string bytes_of_text, SerializeModel(*from_text));
  if (bytes_of_text != *bytes) return absl::InternalError("the bytes change through text");
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckedAnswer(const absl::Status& status) {
  if (status.ok()) return status;
  if (status.message().empty()) return absl::InternalError("an error without words");
  const std::string printable = PrintableLines(status.message());
  if (printable != status.message())
    return absl::InternalError(absl::StrCat("words that are not printable: ", printable));
  return status;
}

absl::Status WalkCommands(const std::string& path) {
  for (const tools::Command* c : {&tools::ShowCommand(), &tools::CheckCommand(),
                                  &tools::DotCommand(), &tools::OptimizeCommand()}) {
    std::vector<std::string> words = {path};
    if (c->name == "optimize")
      words.insert(words.end(), {"--explain", "--memory-limit", absl::StrCat(kWalkMemoryLimit)});
    DAGRAD_ASSIGN_OR_RETURN(const tools::Args args, tools::ParseArgs(*c, words));
    tools::Console console;
    const absl::Status status = CheckedAnswer(c->run(args, &console));
    if (absl::IsInternal(status)) return status;
    for (const std::string& text : {console.out, console.err}) {
      if (PrintableLines(text) != text)
        return absl::InternalError(absl::StrCat(c->name, " prints what terminals obey"));
    }
  }
  return absl::OkStatus();
}

absl::Status WalkBytes(absl::string_view bytes, ModelFormat format, uint64_t seed,
                       const Budget& budget) {
  const absl::StatusOr<Model> model = Parse(bytes, format, budget);
  DAGRAD_RETURN_IF_ERROR(CheckedAnswer(model.status()));
  DAGRAD_RETURN_IF_ERROR(CheckRoundTrips(*model));
  absl::Status first;
  Rng rng(seed);
  for (const Function& f : model->functions) {
    const absl::Status status = CheckedAnswer(WalkFunction(f, rng(), budget));
    if (absl::IsInternal(status)) return status;
    first.Update(status);
  }
  return first;
}

absl::Status WalkModel(const std::string& path) {
  DAGRAD_RETURN_IF_ERROR(WalkCommands(path));
  DAGRAD_ASSIGN_OR_RETURN(const std::string bytes, io::ReadFile(path, kLargestFile));
  const ModelFormat format =
      absl::EndsWith(path, ".pbtxt") ? ModelFormat::kText : ModelFormat::kBinary;
  for (uint64_t seed = 0; seed < kSeedsOfFile; ++seed)
    DAGRAD_RETURN_IF_ERROR(WalkBytes(bytes, format, seed));
  return absl::OkStatus();
}

}  // namespace dagrad::tests
