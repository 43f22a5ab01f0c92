#ifndef DAGRAD_RUNTIME_COMPILE_FLOW_BUILDER_H_
#define DAGRAD_RUNTIME_COMPILE_FLOW_BUILDER_H_

#include <cstdint>
#include <vector>

#include "dagrad/graph/hash_map.h"
#include "dagrad/runtime/byte_size.h"
#include "dagrad/runtime/compile/schedule.h"

namespace dagrad::runtime {

// Puts phases into chains and chains into stages, phase by phase in the order of the steps. A part
// of MakeSchedule().
class FlowBuilder {
 public:
  explicit FlowBuilder(const ScheduleRequest& request);

  // All fixed phases first, then the others, which then have later stages than EndFixedPhases().
  void AddFixedPhases(int step);
  int EndFixedPhases();
  void AddOtherPhases(int step);
  // Chains with their members, rows and stages, numbered from 0 on without gaps; nothing else.
  std::vector<Schedule::Chain> TakeChains();

  // Into how many rows the phase may be cut so that it reads input i of its node at the same rows
  // only; 0 if it reads it anywhere.
  static int64_t Grain(const ScheduleRequest& request, int step, const Phase& phase, size_t i);

 private:
  // What all members of a chain together need.
  struct Needs {
    double cost = 0;
    size_t pointers = 0;
    double bytes = 0;       // that they write
    double least_part = 0;  // of the rows, at a time, for all to be fast
    bool dense = false;     // one of them computes much on each byte

    void Add(const Needs& other);
  };
  struct Building {
    std::vector<Schedule::Member> members;
    int64_t rows = 0;
    int stage = 0;
    Needs needs;
    bool awaited = false;  // what is in another chain waits for this one
    int merged_into = -1;
  };
  // What a phase reads of a chain that might be its own.
  struct Flow {
    int chain;
    int64_t grain;
  };

  int Find(int chain);
  NodeId ProducerOf(ValueRef v) const;
  void AddPhase(int step, int index);
  int EarliestStage(int step, const Phase& phase, std::vector<Flow>* flows,
                    std::vector<int>* waits);
  int StageAfterReaders(NodeId id, const std::vector<Flow>& flows);
  int Join(int step, const Phase& phase, const std::vector<Flow>& flows, int stage);
  int NewChain(int stage, const Phase& phase);
  ByteSize OutputBytes(NodeId id) const;
  Needs NeedsOf(int step, const Phase& phase) const;
  bool IsDense(int step) const;
  // Of much data little: a reduction, a pool.
  bool MakesSmaller(int step) const;
  void Merge(int from, int to);
  void Delay(int chain, int stage);
  void NoteReads(int step, const Phase& phase, int chain);

  const ScheduleRequest& request_;
  const Function& f_;
  std::vector<Building> chains_;
  std::vector<NodeId> producer_;  // by value
  const bool is_inference_;       // it updates nothing
  std::vector<int> last_chain_;   // by node: of its last phase so far
  // By node: roots of the states whose new values it makes.
  HashMap<NodeId, std::vector<int>> replaced_;
  std::vector<std::vector<int>> readers_of_state_;  // by value: chains, for roots that are states
  int last_stage_ = -1;
  int first_stage_ = 0;  // of the phases that are being added
};

}  // namespace dagrad::runtime

#endif  // DAGRAD_RUNTIME_COMPILE_FLOW_BUILDER_H_
