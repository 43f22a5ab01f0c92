// Archives of NumPy's files, and the pickled lists in them.
#include <cstddef>
#include <cstdint>

#include "dagrad/io/npz.h"
#include "dagrad/tests/fuzz/finding.h"
#include "dagrad/tests/fuzz/fuzzer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto arrays = dagrad::io::ParseNpz(bytes, {.budget = dagrad::tests::InputBudget()});
  dagrad::tests::CheckAnswer(arrays.status());
  const auto lists = dagrad::io::ParsePickledLists(bytes, 2, size_t{1} << 28);
  dagrad::tests::CheckAnswer(lists.status());
  return 0;
}
