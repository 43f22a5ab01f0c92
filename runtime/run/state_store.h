#ifndef DAGRAD_RUNTIME_RUN_STATE_STORE_H_
#define DAGRAD_RUNTIME_RUN_STATE_STORE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "dagrad/graph/tensor.h"

namespace dagrad {

// The state of a model: tensors by name, shared by the executables of its functions.
// Runs that update state have it alone; runs that only read share it. A run that cannot have it at
// once gives FailedPrecondition and changes nothing. Set() and Get() must not overlap with runs.
class StateStore {
 public:
  StateStore();
  ~StateStore();
  StateStore(const StateStore&) = delete;
  StateStore& operator=(const StateStore&) = delete;

  // Adds or replaces. The store keeps the tensor itself, not a copy, and runs write into it.
  void Set(absl::string_view name, Tensor tensor);
  // The tensor itself (Clone() it for a copy that later runs do not change); undefined if there is
  // none. Its numbers may be changed between runs, through a pointer that mutable_data() gave since
  // the last run, or with NoteWrite() afterwards: runs keep what they made of a state until its
  // version changes.
  Tensor Get(absl::string_view name) const;
  bool Contains(absl::string_view name) const;
  std::vector<std::string> Names() const;  // sorted

 private:
  friend class RunContext;
  friend class Executable;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dagrad

#endif  // DAGRAD_RUNTIME_RUN_STATE_STORE_H_
