#ifndef DAGRAD_GRAPH_TEST_MODELS_H_
#define DAGRAD_GRAPH_TEST_MODELS_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/graph.h"
#include "dagrad/graph/graph.pb.h"

// Models that several tests of files share.
namespace dagrad::testing {

// One node of each op, attributes of each kind, state, symbolic shapes, a scope, a gradient mark.
Model SmallModel();
// What reading SmallModel() gives after `change` to its message.
absl::Status ReadChanged(const std::function<void(proto::Model*)>& change);
// The node of that name in the first function that has it.
proto::Node* FindNode(proto::Model* p, absl::string_view name);

}  // namespace dagrad::testing

#endif  // DAGRAD_GRAPH_TEST_MODELS_H_
