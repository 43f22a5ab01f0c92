#ifndef DAGRAD_TESTS_FUZZ_MESSAGE_MUTATOR_H_
#define DAGRAD_TESTS_FUZZ_MESSAGE_MUTATOR_H_

#include <functional>
#include <string>

#include "dagrad/tests/hostile/hostile_values.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace dagrad::tests {

// Text for a field of a message.
using TextFor = std::function<std::string(const google::protobuf::FieldDescriptor&, Rng*)>;

// Sets, clears, copies, swaps or repeats one field of one message of `root`, whatever it is; maps
// stay as they are.
void ChangeAnyField(google::protobuf::Message* root, const TextFor& text_for, Rng* rng);

inline int IndexBelow(int n, Rng* rng) {
  return static_cast<int>(Below(static_cast<uint64_t>(n), rng));
}

// An element of a repeated field, which must not be empty.
template <typename Repeated>
auto* PickMutable(Repeated* list, Rng* rng) {
  return list->Mutable(IndexBelow(list->size(), rng));
}

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_FUZZ_MESSAGE_MUTATOR_H_
