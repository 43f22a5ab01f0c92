#include "dagrad/runtime/run/state_store.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dagrad/runtime/run/state_store_impl.h"

namespace dagrad {

StateStore::StateStore() : impl_(std::make_unique<Impl>()) {}
StateStore::~StateStore() = default;

void StateStore::Set(absl::string_view name, Tensor tensor) {
  impl_->tensors[std::string(name)] = std::move(tensor);
  ++impl_->version;
}

Tensor StateStore::Get(absl::string_view name) const {
  auto it = impl_->tensors.find(std::string(name));
  return it == impl_->tensors.end() ? Tensor() : it->second;
}

bool StateStore::Contains(absl::string_view name) const {
  return impl_->tensors.count(std::string(name)) > 0;
}

std::vector<std::string> StateStore::Names() const {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : impl_->tensors) names.push_back(name);
  return names;
}

bool StateStore::Impl::TryLock(bool exclusive) {
  int seen = users.load(std::memory_order_relaxed);
  while (exclusive ? seen == 0 : seen >= 0) {
    if (users.compare_exchange_weak(seen, exclusive ? -1 : seen + 1, std::memory_order_acquire))
      return true;
  }
  return false;
}

void StateStore::Impl::Unlock(bool exclusive) {
  if (exclusive) {
    users.store(0, std::memory_order_release);
  } else {
    users.fetch_sub(1, std::memory_order_release);
  }
}

}  // namespace dagrad
