#include "dagrad/runtime/onednn/prepared_primitive.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/runtime/onednn/openmp.h"

namespace dagrad::runtime::onednn {

struct PreparedPrimitive::Slot {
  dnnl::stream stream;
  std::vector<dnnl::memory> memories;
  std::vector<dnnl_exec_arg_t> args;
};

const dnnl::engine& CpuEngine() {
  static const auto* const engine = new dnnl::engine(dnnl::engine::kind::cpu, 0);
  return *engine;
}

PreparedPrimitive::PreparedPrimitive(dnnl::primitive primitive, std::vector<Argument> arguments,
                                     int concurrency)
    : primitive_(std::move(primitive)), arguments_(std::move(arguments)) {
  for (int i = 0; i < concurrency; ++i) Release(NewSlot());
}

PreparedPrimitive::~PreparedPrimitive() = default;

std::unique_ptr<PreparedPrimitive::Slot> PreparedPrimitive::NewSlot() const {
  auto slot = std::make_unique<Slot>();
  slot->stream = dnnl::stream(CpuEngine());
  for (const Argument& a : arguments_) {
    slot->memories.emplace_back(a.layout, CpuEngine(), static_cast<void*>(DNNL_MEMORY_NONE));
    slot->args.push_back({a.id, slot->memories.back().get()});
  }
  return slot;
}

std::unique_ptr<PreparedPrimitive::Slot> PreparedPrimitive::Acquire() const {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!free_.empty()) {
      std::unique_ptr<Slot> slot = std::move(free_.back());
      free_.pop_back();
      return slot;
    }
  }
  return NewSlot();
}

void PreparedPrimitive::Release(std::unique_ptr<Slot> slot) const {
  std::lock_guard<std::mutex> lock(mutex_);
  free_.push_back(std::move(slot));
}

absl::Status PreparedPrimitive::Execute(absl::Span<void* const> buffers) const {
  SingleThreadedOpenMp single_threaded;
  try {
    std::unique_ptr<Slot> slot = Acquire();
    for (size_t i = 0; i < slot->memories.size(); ++i)
      slot->memories[i].set_data_handle(buffers[i]);
    const dnnl_status_t status =
        dnnl_primitive_execute(primitive_.get(), slot->stream.get(),
                               static_cast<int>(slot->args.size()), slot->args.data());
    Release(std::move(slot));
    if (status == dnnl_success) return absl::OkStatus();
    return InternalError(absl::StrCat("a oneDNN primitive failed with status ", status));
  } catch (const dnnl::error& e) {
    return InternalError(absl::StrCat("oneDNN: ", e.what()));
  }
}

}  // namespace dagrad::runtime::onednn
