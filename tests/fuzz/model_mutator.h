#ifndef DAGRAD_TESTS_FUZZ_MODEL_MUTATOR_H_
#define DAGRAD_TESTS_FUZZ_MODEL_MUTATOR_H_

#include "dagrad/graph/graph.pb.h"
#include "dagrad/tests/hostile/hostile_values.h"

namespace dagrad::tests {

// Changes `model` in one to seven places, knowing its structure: nodes are rewired to other nodes,
// ops exchanged for ops of the table, attributes set to hostile values of their kind, one size
// replaced by another wherever it stands, any field of any message set, cleared, copied or
// repeated. Most results are well-formed files, many are valid models. The same `rng` gives the
// same changes.
void MutateModel(proto::Model* model, Rng* rng);

// Puts functions, nodes or states of `other` into `model`.
void CrossModels(const proto::Model& other, proto::Model* model, Rng* rng);

}  // namespace dagrad::tests

#endif  // DAGRAD_TESTS_FUZZ_MODEL_MUTATOR_H_
