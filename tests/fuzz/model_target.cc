#include "dagrad/tests/fuzz/model_target.h"

#include "dagrad/tests/fuzz/finding.h"

namespace dagrad::tests {

void TryModel(absl::string_view bytes, ModelFormat format) {
  const uint64_t seed = SeedOf(bytes);
  if (seed % 8 != 0) return CheckAnswer(WalkBytes(bytes, format, seed, InputBudget()));
  const bool is_text = format == ModelFormat::kText;
  CheckAnswer(WalkCommands(FileWith(is_text ? "model.pbtxt" : "model.pb", bytes)));
}

}  // namespace dagrad::tests
