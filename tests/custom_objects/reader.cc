// reader KINDS|none FIRST EPOCHS FOLDER OUT: loads the model of FOLDER by the
// classes of these kinds, trains it from epoch FIRST to EPOCHS, and saves it in OUT.

#include <iostream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/tests/custom_objects/objects.h"

namespace dagrad::keras::custom {
namespace {

absl::Status Read(const std::string& kinds, const std::string& first, const std::string& epochs,
                  const std::string& folder, const std::string& out) {
  CustomObjects objects;
  if (absl::StrContains(kinds, "layers")) objects.layers = {Scale::Class()};
  if (absl::StrContains(kinds, "losses")) objects.losses = {Pinball::Class()};
  if (absl::StrContains(kinds, "metrics")) objects.metrics = {Close::Class()};
  if (absl::StrContains(kinds, "schedules")) objects.schedules = {Warmup::Class()};
  if (absl::StrContains(kinds, "regularizers")) objects.regularizers = {Cubes::Class()};
  if (absl::StrContains(kinds, "constraints")) objects.constraints = {Box::Class()};
  if (absl::StrContains(kinds, "initializers")) objects.initializers = {Ramp::Class()};
  DAGRAD_ASSIGN_OR_RETURN(Model model, Model::Load(folder, {.custom_objects = objects}));
  return Train(&model, first, epochs, out);
}

}  // namespace
}  // namespace dagrad::keras::custom

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const absl::Status read =
      dagrad::keras::custom::Read(argv[1], argv[2], argv[3], argv[4], argv[5]);
  if (!read.ok()) std::cout << read << "\n";
  return read.ok() ? 0 : 1;
}
