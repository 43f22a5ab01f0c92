#ifndef DAGRAD_RUNTIME_ONEDNN_PREPARED_PRIMITIVE_H_
#define DAGRAD_RUNTIME_ONEDNN_PREPARED_PRIMITIVE_H_

#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "oneapi/dnnl/dnnl.hpp"

namespace dagrad::runtime::onednn {

// The CPU. Lives as long as the program.
const dnnl::engine& CpuEngine();

// A primitive with the layouts of its arguments. Execute may be called from many threads at once:
// each call takes a set of memory objects and a stream from a pool, which grows to as many as were
// ever in use together. The primitive must have been made with a user's scratchpad, under
// SingleThreadedOpenMp.
class PreparedPrimitive {
 public:
  struct Argument {
    int id;  // DNNL_ARG_…
    dnnl::memory::desc layout;
  };
  // The pool starts with what `concurrency` calls at once need: so many never allocate.
  PreparedPrimitive(dnnl::primitive primitive, std::vector<Argument> arguments, int concurrency);
  ~PreparedPrimitive();

  // `buffers` in the order of the arguments. On the calling thread alone.
  absl::Status Execute(absl::Span<void* const> buffers) const;

 private:
  struct Slot;
  std::unique_ptr<Slot> Acquire() const;
  void Release(std::unique_ptr<Slot> slot) const;
  std::unique_ptr<Slot> NewSlot() const;

  const dnnl::primitive primitive_;
  const std::vector<Argument> arguments_;
  mutable std::mutex
      mutex_;  // not absl::Mutex: the thread sanitizer does not see into installed libraries
  mutable std::vector<std::unique_ptr<Slot>> free_;  // guarded by mutex_
};

}  // namespace dagrad::runtime::onednn

#endif  // DAGRAD_RUNTIME_ONEDNN_PREPARED_PRIMITIVE_H_
