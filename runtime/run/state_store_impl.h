#ifndef DAGRAD_RUNTIME_RUN_STATE_STORE_IMPL_H_
#define DAGRAD_RUNTIME_RUN_STATE_STORE_IMPL_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "dagrad/graph/tensor.h"
#include "dagrad/runtime/run/state_store.h"

namespace dagrad {

struct StateStore::Impl {
  // Addresses of the tensors are stable: contexts keep them.
  std::map<std::string, Tensor> tensors;
  // Held by contexts while they look tensors up and make missing ones: they may do so at once.
  std::mutex lookup;
  // Changes with every Set(), so that contexts know when to look again.
  uint64_t version = 1;
  // Runs that read; -1 for one that writes.
  std::atomic<int> users{0};

  bool TryLock(bool exclusive);
  void Unlock(bool exclusive);
};

}  // namespace dagrad

#endif  // DAGRAD_RUNTIME_RUN_STATE_STORE_IMPL_H_
