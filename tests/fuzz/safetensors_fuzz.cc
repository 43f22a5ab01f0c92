// Files of weights.
#include <cstddef>
#include <cstdint>
#include <string>

#include "dagrad/io/safetensors.h"
#include "dagrad/tests/fuzz/finding.h"
#include "dagrad/tests/fuzz/fuzzer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string path = dagrad::tests::FileWith("x.safetensors", bytes);
  dagrad::io::ReadSafetensorsOptions options;
  const uint64_t seed = dagrad::tests::SeedOf(bytes);
  options.verify = seed % 2 == 0;
  options.budget = dagrad::tests::InputBudget();
  options.map = seed / 2 % 2 == 0;
  auto contents = dagrad::io::ReadSafetensors(path, options);
  dagrad::tests::CheckAnswer(contents.status());
  if (!contents.ok()) return 0;
  for (auto& [name, tensor] : contents->tensors) {
    (void)tensor.ToString();
    // Every byte may be written to.
    if (tensor.byte_size() > 0)
      static_cast<char*>(tensor.mutable_bytes())[tensor.byte_size() - 1] ^= 1;
  }
  // What was read can be written, and is then the same.
  const std::string copy = dagrad::tests::FileWith("copy.safetensors", "");
  const absl::Status written = dagrad::io::WriteSafetensors(copy, *contents);
  if (!written.ok()) dagrad::tests::Finding(written.ToString());
  const auto again = dagrad::io::ReadSafetensors(copy);
  if (!again.ok()) dagrad::tests::Finding(again.status().ToString());
  if (again->tensors.size() != contents->tensors.size() || again->metadata != contents->metadata)
    dagrad::tests::Finding("the round trip changes the contents");
  return 0;
}
