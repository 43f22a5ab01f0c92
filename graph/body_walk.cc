#include "dagrad/graph/body_walk.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/hash_map.h"

namespace dagrad {
namespace {

// Recurses as deep as bodies nest.
void Add(const Function& f, const std::string& path,  // NOLINT(misc-no-recursion)
         HashSet<const Body*>* seen, std::vector<PlacedBody>* bodies) {
  for (const Node& node : f.nodes) {
    for (const NamedBody& b : BodiesOf(node)) {
      if (!seen->insert(b.body.get()).second) continue;
      bodies->push_back({absl::StrCat(path, "/", node.name, "/", b.attribute), b.body});
      const PlacedBody placed = bodies->back();
      Add(placed.body->function(), placed.path, seen, bodies);
    }
  }
}

}  // namespace

std::vector<PlacedBody> AllBodies(const Function& function) {
  HashSet<const Body*> seen;
  std::vector<PlacedBody> bodies;
  Add(function, function.name, &seen, &bodies);
  return bodies;
}

}  // namespace dagrad
