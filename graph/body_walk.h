#ifndef DAGRAD_GRAPH_BODY_WALK_H_
#define DAGRAD_GRAPH_BODY_WALK_H_

#include <string>
#include <vector>

#include "dagrad/graph/body.h"

namespace dagrad {

// A body and where it was first met.
struct PlacedBody {
  std::string path;  // "predict/loop/Scan/body", "predict/loop/Scan/body/If/then_branch"
  BodyPtr body;
};

// All bodies of `function`, those within bodies included, each once however many nodes share it: in
// the order of the nodes, each before those within it. For tools.
std::vector<PlacedBody> AllBodies(const Function& function);

}  // namespace dagrad

#endif  // DAGRAD_GRAPH_BODY_WALK_H_
