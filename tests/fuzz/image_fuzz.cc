// PNG, JPEG and BMP images.
#include <cstddef>
#include <cstdint>

#include "dagrad/io/image.h"
#include "dagrad/tests/fuzz/finding.h"
#include "dagrad/tests/fuzz/fuzzer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const int channels : {1, 3, 4}) {
    const auto image = dagrad::io::ParseImage(
        bytes, {.channels = channels, .budget = dagrad::tests::InputBudget()});
    dagrad::tests::CheckAnswer(image.status());
    if (image.ok()) (void)image->ToString();
  }
  return 0;
}
