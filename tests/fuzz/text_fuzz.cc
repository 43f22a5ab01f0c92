// Model files as text: mutants of the model behind the text, and of the text's bytes.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "dagrad/tests/fuzz/fuzzer.h"
#include "dagrad/tests/fuzz/model_mutator.h"
#include "dagrad/tests/fuzz/model_target.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"

namespace {

// Says nothing of errors, which most mutants have.
class Silent : public google::protobuf::io::ErrorCollector {
  void AddError(int, int, const std::string&) override {}
};

bool ParseText(const std::string& text, dagrad::proto::Model* model) {
  Silent silent;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&silent);
  parser.SetRecursionLimit(100);
  return parser.ParseFromString(text, model);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  dagrad::tests::TryModel(text, dagrad::tests::ModelFormat::kText);
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  dagrad::tests::Rng rng(seed);
  dagrad::proto::Model model;
  if (dagrad::tests::OneIn(3, &rng) ||
      !ParseText(std::string(reinterpret_cast<const char*>(data), size), &model))
    return LLVMFuzzerMutate(data, size, max_size);
  dagrad::tests::MutateModel(&model, &rng);
  std::string text;
  google::protobuf::TextFormat::PrintToString(model, &text);
  if (text.size() > max_size) return size;
  std::memcpy(data, text.data(), text.size());
  return text.size();
}
