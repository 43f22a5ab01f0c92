#include "dagrad/keras/layers/layer_order.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace dagrad::keras::layers_internal {
namespace {

// By call: the calls whose results it takes.
std::vector<std::vector<int>> Parents(const std::vector<Network::Call>& calls) {
  std::vector<std::vector<int>> parents;
  for (const Network::Call& call : calls) {
    std::vector<int>& of_call = parents.emplace_back();
    for (const auto* refs : {&call.inputs, &call.initial_state, &call.attention_mask}) {
      for (const Network::Ref& r : *refs) of_call.push_back(r.call);
    }
  }
  return parents;
}

// The calls that the outputs need, in the order in which a search from there, depth first, finds
// them and leaves them. Without recursion.
struct Search {
  std::vector<int> found, left;
};

Search SearchFrom(const std::vector<Network::Ref>& outputs,
                  const std::vector<std::vector<int>>& parents) {
  struct Visit {
    int call;
    size_t next = 0;
  };
  Search search;
  std::vector<Visit> stack;
  std::vector<bool> seen(parents.size());
  const auto find = [&](int call) {
    if (seen[call]) return;
    seen[call] = true;
    search.found.push_back(call);
    stack.push_back({call});
  };
  for (const Network::Ref& output : outputs) {
    find(output.call);
    while (!stack.empty()) {
      Visit& visit = stack.back();
      if (visit.next < parents[visit.call].size()) {
        find(parents[visit.call][visit.next++]);
      } else {
        search.left.push_back(visit.call);
        stack.pop_back();
      }
    }
  }
  return search;
}

}  // namespace

std::vector<std::shared_ptr<LayerImpl>> LayersByDepth(const std::vector<Network::Call>& calls,
                                                      const std::vector<Network::Ref>& outputs) {
  const std::vector<std::vector<int>> parents = Parents(calls);
  const Search search = SearchFrom(outputs, parents);
  std::vector<int> depth_of_call(calls.size());
  std::map<const LayerImpl*, int> depth, met;
  for (const int call : search.found)
    met.emplace(calls[call].layer.get(), static_cast<int>(met.size()));
  for (auto call = search.left.rbegin(); call != search.left.rend(); ++call) {
    int& of_layer = depth[calls[*call].layer.get()];
    of_layer = std::max(of_layer, depth_of_call[*call]);
    for (const int parent : parents[*call])
      depth_of_call[parent] = std::max(depth_of_call[parent], of_layer + 1);
  }
  std::vector<std::shared_ptr<LayerImpl>> layers;
  std::set<const LayerImpl*> added;
  for (const Network::Call& call : calls) {
    if (added.insert(call.layer.get()).second) layers.push_back(call.layer);
  }
  const auto place = [&](const std::shared_ptr<LayerImpl>& layer) {
    const auto at = met.find(layer.get());
    return at == met.end() ? std::pair(0, -1) : std::pair(-depth.at(layer.get()), at->second);
  };
  std::stable_sort(layers.begin(), layers.end(),
                   [&](const auto& a, const auto& b) { return place(a) < place(b); });
  return layers;
}

}  // namespace dagrad::keras::layers_internal
