#include "dagrad/runtime/compile/rematerialize.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/hash_map.h"
#include "dagrad/runtime/compile/rewrite/constant.h"

namespace dagrad::runtime {
namespace {

// More nodes than this are not computed again for one value.
constexpr size_t kMostNodes = 64;
// The search ends when the peak was not lowered for so many steps.
constexpr int kPatience = 64;

// A node of the function, or one that computes it again.
struct Item {
  NodeId origin;
  absl::InlinedVector<ValueRef, 3> inputs;  // ValueRef::node is an item
  int after = -1;                           // item
};

// A value that has bytes of its own. Positions are those of items in the order of running.
struct Life {
  int item = -1;
  int made = -1;
  int64_t bytes = 0;
  bool kept = false;       // to the end: an output or the new value of a state
  std::vector<int> reads;  // positions, ascending

  int last() const { return reads.empty() ? made : reads.back(); }
};

// What is to be computed again at `position`, for the reads of `value` from there on.
struct Choice {
  int value = -1;
  int position = -1;
  std::vector<int> items;  // inputs first
  double nanoseconds = 0;
  double per_byte = std::numeric_limits<double>::infinity();
};

class Rematerializer {
 public:
  explicit Rematerializer(const RematerializeRequest& request)
      : request_(request), f_(*request.function) {
    for (NodeId id = 0; id < static_cast<NodeId>(f_.nodes.size()); ++id) {
      items_.push_back({id, f_.nodes[id].inputs, -1});
      order_.push_back(id);
    }
    for (const Function::Output& o : f_.outputs) Keep(o.value);
    for (const Function::Update& u : f_.updates) Keep(u.value);
  }

  Rematerialized Run() {
    Measure();
    std::vector<Item> best_items = items_;
    std::vector<int> best_order = order_;
    int64_t best = peak_bytes_;
    for (int idle = 0; best > request_.target_bytes && idle < kPatience; ++idle) {
      const Choice choice = Choose();
      if (choice.value < 0) break;
      ComputeAgain(choice);
      Measure();
      if (peak_bytes_ >= best) continue;
      idle = 0;
      best = peak_bytes_;
      best_items = items_;
      best_order = order_;
    }
    items_ = std::move(best_items);
    order_ = std::move(best_order);
    return Result(best);
  }

 private:
  const Node& NodeOf(int item) const { return f_.nodes[items_[item].origin]; }
  bool IsView(int item) const { return NodeOf(item).op->Has(kView); }
  // Read where it is, by whomever, at any time.
  bool IsFree(int item) const {
    return NodeOf(item).op->Has(kStructural) || ConstantValue(NodeOf(item)) != nullptr;
  }
  ValueRef Root(ValueRef v) const {
    while (IsView(v.node)) v = items_[v.node].inputs[0];
    return v;
  }
  int LifeOf(ValueRef root) const { return first_life_[root.node] + root.port; }
  double NanosecondsOf(int item) const { return request_.nanoseconds[items_[item].origin]; }

  void Keep(ValueRef v) {
    const ValueRef root = Root(v);
    kept_.insert({root.node, root.port});
  }

  // Lives, and where the peak is; drops items that nobody needs any longer.
  void Measure() {
    DropUnread();
    lives_.clear();
    first_life_.assign(items_.size(), -1);
    for (size_t p = 0; p < order_.size(); ++p) {
      const int item = order_[p];
      AddLives(item, static_cast<int>(p));
      for (ValueRef in : items_[item].inputs) {
        const ValueRef root = Root(in);
        std::vector<int>& reads = lives_[LifeOf(root)].reads;
        if (!IsView(item) && (reads.empty() || reads.back() != static_cast<int>(p)))
          reads.push_back(static_cast<int>(p));
      }
    }
    FindPeak();
  }

  void AddLives(int item, int position) {
    const Node& node = NodeOf(item);
    const int first = request_.numbers->first(items_[item].origin);
    first_life_[item] = static_cast<int>(lives_.size());
    for (int port = 0; port < static_cast<int>(node.outputs.size()); ++port) {
      Life life;
      life.item = item;
      life.made = position;
      life.kept = kept_.contains({item, port});
      if (!IsFree(item) && !IsView(item) && !life.kept)
        life.bytes = static_cast<int64_t>(request_.specs[first + port].byte_size());
      lives_.push_back(std::move(life));
    }
  }

  void DropUnread() {
    HashSet<int> read;
    std::vector<int> living;
    for (size_t p = order_.size(); p-- > 0;) {
      const int item = order_[p];
      bool needed = IsFree(item) || read.contains(item);
      for (int port = 0; port < static_cast<int>(NodeOf(item).outputs.size()); ++port)
        needed |= kept_.contains({item, port});
      if (!needed) continue;
      living.push_back(item);
      for (ValueRef in : items_[item].inputs) read.insert(in.node);
    }
    std::reverse(living.begin(), living.end());
    order_ = std::move(living);
  }

  void FindPeak() {
    std::vector<int64_t> change(order_.size() + 1, 0);
    for (const Life& life : lives_) {
      change[life.made] += life.bytes;
      change[life.last() + 1] -= life.bytes;
    }
    int64_t bytes = 0;
    peak_ = 0;
    peak_bytes_ = 0;
    for (size_t p = 0; p < order_.size(); ++p) {
      bytes += change[p];
      if (bytes <= peak_bytes_) continue;
      peak_bytes_ = bytes;
      peak_ = static_cast<int>(p);
    }
  }

  Choice Choose() const {
    Choice best;
    for (size_t v = 0; v < lives_.size(); ++v) {
      const Life& life = lives_[v];
      if (life.bytes == 0 || life.made >= peak_ || life.last() <= peak_) continue;
      const auto next = std::lower_bound(life.reads.begin(), life.reads.end(), peak_);
      if (*next == peak_) continue;
      Choice choice;
      choice.value = static_cast<int>(v);
      choice.position = *next;
      const double most = best.per_byte * static_cast<double>(life.bytes);
      if (!AddToCompute(life.item, most, &choice)) continue;
      choice.per_byte = choice.nanoseconds / static_cast<double>(life.bytes);
      if (choice.per_byte < best.per_byte) best = std::move(choice);
    }
    return best;
  }

  // Adds the item and what it needs that is gone at the choice's position. False if that is too
  // much.
  bool AddToCompute(int item, double most_nanoseconds, Choice* choice) const {
    if (std::find(choice->items.begin(), choice->items.end(), item) != choice->items.end())
      return true;
    choice->nanoseconds += NanosecondsOf(item);
    if (choice->nanoseconds >= most_nanoseconds || choice->items.size() >= kMostNodes) return false;
    for (ValueRef in : items_[item].inputs) {
      const ValueRef root = Root(in);
      const Life& life = lives_[LifeOf(root)];
      const bool there = IsFree(root.node) || life.kept || life.last() >= choice->position;
      const bool itself = LifeOf(root) == choice->value;
      if (there && !itself) continue;
      if (!AddToCompute(root.node, most_nanoseconds, choice)) return false;
    }
    choice->items.push_back(item);
    return true;
  }

  // The value that stands for `v` now: of the item that computes it again, through views of it.
  ValueRef Again(ValueRef v, std::vector<int>* added, int after) {
    const auto it = again_.find(v.node);
    if (it != again_.end()) return {it->second, v.port};
    if (!IsView(v.node) || !again_.contains(Root(v).node)) return v;
    const ValueRef input = Again(items_[v.node].inputs[0], added, after);
    return {AddItem(v.node, {input}, after, added), v.port};
  }

  int AddItem(int of, absl::InlinedVector<ValueRef, 3> inputs, int after, std::vector<int>* added) {
    const int item = static_cast<int>(items_.size());
    items_.push_back({items_[of].origin, std::move(inputs), after});
    added->push_back(item);
    again_[of] = item;
    return item;
  }

  void ComputeAgain(const Choice& choice) {
    const ValueRef root = RefOf(choice.value);
    const int after = LatestInput(choice.position, root);
    std::vector<int> added;
    again_.clear();
    for (int item : choice.items) {
      absl::InlinedVector<ValueRef, 3> inputs;
      for (ValueRef in : items_[item].inputs) inputs.push_back(Again(in, &added, after));
      AddItem(item, std::move(inputs), after, &added);
    }
    for (size_t p = choice.position; p < order_.size(); ++p) {
      for (size_t i = 0; i < items_[order_[p]].inputs.size(); ++i) {
        const ValueRef in = items_[order_[p]].inputs[i];
        // A view of the value that stands later reads it now from what is computed again.
        if (Root(in) == root) items_[order_[p]].inputs[i] = Again(in, &added, after);
      }
    }
    order_.insert(order_.begin() + choice.position, added.begin(), added.end());
  }

  ValueRef RefOf(int life) const {
    const int item = lives_[life].item;
    return {item, life - first_life_[item]};
  }

  // Of what the item at `position` reads besides `root`, what is there last: it is not worth
  // computing `root` again before that.
  int LatestInput(int position, ValueRef root) const {
    int latest = -1;
    for (ValueRef in : items_[order_[position]].inputs) {
      const ValueRef other = Root(in);
      if (other == root || IsFree(other.node)) continue;
      const int made = lives_[LifeOf(other)].made;
      if (latest < 0 || made > lives_[LifeOf({latest, 0})].made) latest = other.node;
    }
    for (int p = position - 1; p >= 0 && latest < 0; --p) {
      if (!IsFree(order_[p]) && !IsView(order_[p])) latest = order_[p];
    }
    return latest;
  }

  Rematerialized Result(int64_t bytes) const {
    Rematerialized result;
    result.bytes = bytes;
    std::vector<NodeId> place(items_.size(), -1);
    for (size_t p = 0; p < order_.size(); ++p) place[order_[p]] = static_cast<NodeId>(p);
    const auto moved = [&](ValueRef v) { return ValueRef{place[v.node], v.port}; };
    HashMap<NodeId, int> copies;
    for (int item : order_) {
      const bool again = item >= static_cast<int>(f_.nodes.size());
      Node node = NodeOf(item);
      for (size_t i = 0; i < node.inputs.size(); ++i)
        node.inputs[i] = moved(items_[item].inputs[i]);
      if (node.gradient_of >= 0) node.gradient_of = place[node.gradient_of];
      if (again) {
        const int copy = ++copies[items_[item].origin];
        absl::StrAppend(&node.name, "/again", copy > 1 ? absl::StrCat("_", copy) : "");
      }
      result.nanoseconds += NanosecondsOf(item);
      if (!IsView(item)) ++result.nodes;
      result.function.nodes.push_back(std::move(node));
      result.after.push_back(items_[item].after < 0 ? -1 : place[items_[item].after]);
    }
    for (NodeId id = 0; id < static_cast<NodeId>(f_.nodes.size()); ++id) {
      result.nanoseconds -= NanosecondsOf(id);
      if (!IsView(id)) --result.nodes;
    }
    result.function.name = f_.name;
    result.function.unknown_fields = f_.unknown_fields;
    for (NodeId id : f_.inputs) result.function.inputs.push_back(place[id]);
    for (NodeId id : f_.states) result.function.states.push_back(place[id]);
    for (Function::Output o : f_.outputs) {
      o.value = moved(o.value);
      result.function.outputs.push_back(std::move(o));
    }
    for (Function::Update u : f_.updates) {
      u.value = moved(u.value);
      result.function.updates.push_back(std::move(u));
    }
    return result;
  }

  const RematerializeRequest& request_;
  const Function& f_;
  std::vector<Item> items_;               // the function's nodes first
  std::vector<int> order_;                // items as they run
  HashSet<std::pair<NodeId, int>> kept_;  // node and port
  std::vector<Life> lives_;
  std::vector<int> first_life_;  // by item, of output 0
  HashMap<int, int> again_;      // by item, the one that replaces it for later readers
  int peak_ = 0;
  int64_t peak_bytes_ = 0;
};

}  // namespace

Rematerialized Rematerialize(const RematerializeRequest& request) {
  return Rematerializer(request).Run();
}

}  // namespace dagrad::runtime
