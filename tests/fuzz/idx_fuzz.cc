// IDX files, plain or compressed.
#include <cstddef>
#include <cstdint>

#include "dagrad/io/idx.h"
#include "dagrad/tests/fuzz/finding.h"
#include "dagrad/tests/fuzz/fuzzer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto tensor = dagrad::io::ParseIdx(bytes, {.budget = dagrad::tests::InputBudget()});
  dagrad::tests::CheckAnswer(tensor.status());
  if (tensor.ok()) (void)tensor->ToString();
  return 0;
}
