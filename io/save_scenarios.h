#ifndef DAGRAD_IO_SAVE_SCENARIOS_H_
#define DAGRAD_IO_SAVE_SCENARIOS_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dagrad/io/file_system.h"

namespace dagrad::io::testing {

// A save, and the directory in which it happens: what the tests of faults, kills and losses of
// power do to saves, they do to each of these.
struct SaveScenario {
  const char* name;
  std::string saved;                    // the path that is saved to
  std::map<std::string, float> before;  // what each path holds before
  // What else stands in the directory, made after the models.
  std::function<void(const std::string& directory)> prepare = nullptr;
  float value = 2;  // what is saved
};

// Without weights: a model whose value is this has none.
inline constexpr float kNoWeights = -1;

const std::vector<SaveScenario>& SaveScenarios();

// Makes the directory of the scenario (which ends in a slash, and is emptied first).
void PrepareDirectory(const SaveScenario& scenario, const std::string& directory);

// A model that holds `value`, in its weights (several tensors of several dtypes) and in its model
// file.
absl::Status SaveValue(const std::string& path, float value, FileSystem& fs);

// What a path holds; NotFound if there is no model. DataLoss if its weights are not those of its
// model file, or not all of one save.
absl::StatusOr<float> LoadValue(const std::string& path);

// Empty if every model of the directory is whole: those beside the saved one hold what they held,
// the saved one the old or the new value. `only_new`: only the new one will do. Otherwise what is
// wrong.
std::string FindLoss(const SaveScenario& scenario, const std::string& directory, bool only_new);

// All paths below the directory, sorted.
std::vector<std::string> Tree(const std::string& directory);

}  // namespace dagrad::io::testing

#endif  // DAGRAD_IO_SAVE_SCENARIOS_H_
