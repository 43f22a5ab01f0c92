// Model files, binary: structure-aware mutants through everything that a model goes through.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "dagrad/tests/fuzz/fuzzer.h"
#include "dagrad/tests/fuzz/model_mutator.h"
#include "dagrad/tests/fuzz/model_target.h"

namespace dagrad::tests {
namespace {

// Writes the mutant back for the fuzzer, if it has room.
size_t Emit(const proto::Model& model, uint8_t* data, size_t size, size_t max_size) {
  const std::string bytes = model.SerializeAsString();
  if (bytes.size() > max_size) return size;
  std::memcpy(data, bytes.data(), bytes.size());
  return bytes.size();
}

}  // namespace
}  // namespace dagrad::tests

using dagrad::tests::Rng;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  dagrad::tests::TryModel(bytes, dagrad::tests::ModelFormat::kBinary);
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  Rng rng(seed);
  dagrad::proto::Model model;
  if (dagrad::tests::OneIn(10, &rng) || !model.ParseFromArray(data, static_cast<int>(size)))
    return LLVMFuzzerMutate(data, size, max_size);
  dagrad::tests::MutateModel(&model, &rng);
  return dagrad::tests::Emit(model, data, size, max_size);
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* data1, size_t size1,
                                            const uint8_t* data2, size_t size2, uint8_t* out,
                                            size_t max_out_size, unsigned seed) {
  Rng rng(seed);
  dagrad::proto::Model model, other;
  if (!model.ParseFromArray(data1, static_cast<int>(size1)) ||
      !other.ParseFromArray(data2, static_cast<int>(size2)))
    return 0;
  dagrad::tests::CrossModels(other, &model, &rng);
  return dagrad::tests::Emit(model, out, 0, max_out_size);
}
