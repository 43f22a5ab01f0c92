// Expressions of dimensions: what is read can be written, read again and evaluated.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/container/btree_set.h"
#include "dagrad/graph/dim.h"
#include "dagrad/tests/fuzz/finding.h"
#include "dagrad/tests/fuzz/fuzzer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<dagrad::Dim> dim = dagrad::Dim::Parse(text);
  dagrad::tests::CheckAnswer(dim.status());
  if (!dim.ok()) return 0;
  const std::string written = dim->ToString();
  const absl::StatusOr<dagrad::Dim> again = dagrad::Dim::Parse(written);
  if (!again.ok()) dagrad::tests::Finding("cannot read what was written: " + written);
  if (!(*again == *dim) || again->ToString() != written)
    dagrad::tests::Finding("the round trip changes " + written);
  absl::btree_set<std::string> symbols;
  dim->CollectSymbols(&symbols);
  for (const int64_t number : {int64_t{0}, int64_t{1}, int64_t{7}, int64_t{1} << 40}) {
    dagrad::Bindings bindings;
    for (const std::string& s : symbols) bindings[s] = number;
    dagrad::tests::CheckAnswer(dim->Evaluate(bindings).status());
  }
  return 0;
}
