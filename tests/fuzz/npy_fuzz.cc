// NumPy's files.
#include <cstddef>
#include <cstdint>

#include "dagrad/io/npy.h"
#include "dagrad/tests/fuzz/finding.h"
#include "dagrad/tests/fuzz/fuzzer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto tensor = dagrad::io::ParseNpy(bytes, dagrad::tests::InputBudget());
  dagrad::tests::CheckAnswer(tensor.status());
  if (tensor.ok()) (void)tensor->ToString();
  return 0;
}
