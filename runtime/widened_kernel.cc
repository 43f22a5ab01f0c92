#include "dagrad/runtime/widened_kernel.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/convert.h"
#include "dagrad/graph/dtype.h"
#include "dagrad/graph/op.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/byte_size.h"

namespace dagrad::runtime {
namespace {

using CastFunction = void (*)(const std::byte* from, std::byte* to, int64_t n);

template <typename From, typename To>
void CastElements(const std::byte* from, std::byte* to, int64_t n) {
  const From* x = reinterpret_cast<const From*>(from);
  To* y = reinterpret_cast<To*>(to);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) y[i] = Convert<To>(x[i]);
}

CastFunction CastBetween(DType from, DType to) {
  CastFunction cast = nullptr;
  DispatchDType(from, [&](auto from_zero) {
    DispatchDType(
        to, [&](auto to_zero) { cast = &CastElements<decltype(from_zero), decltype(to_zero)>; });
  });
  return cast;
}

// An input or output that is cast, and where its cast elements stand.
struct CastPort {
  size_t port = 0;
  CastFunction cast = nullptr;
  int64_t elements = 0;  // of the tensor, or of a row
  size_t stored = 0;     // bytes of an element outside of the kernel
  size_t computed = 0;   // and within
  size_t offset = 0;     // of the cast elements in shared or task scratch
};

// Pointers of one call of the inner kernel. No op that computes has more ports than stay inline.
struct InnerArgs {
  InnerArgs(const KernelArgs& outer, size_t inputs, size_t outputs)
      : in(outer.inputs, outer.inputs + inputs),
        out(outer.outputs, outer.outputs + outputs),
        args(outer) {
    args.inputs = in.data();
    args.outputs = out.data();
  }
  InnerArgs(const InnerArgs&) = delete;

  absl::InlinedVector<const void*, 16> in;
  absl::InlinedVector<void*, 16> out;
  KernelArgs args;
};

struct Specs {
  std::vector<TensorSpec> inputs, outputs;
};

Specs ComputedSpecs(const KernelRequest& request) {
  const auto widened = [](TensorSpec spec) {
    spec.dtype = ComputeDType(spec.dtype);
    return spec;
  };
  Specs specs;
  for (const TensorSpec& s : request.inputs) specs.inputs.push_back(widened(s));
  for (const TensorSpec& s : request.outputs) specs.outputs.push_back(widened(s));
  return specs;
}

// Those of `outer` that are cast, inward or outward.
std::vector<CastPort> CastPorts(absl::Span<const TensorSpec> outer,
                                absl::Span<const TensorSpec> inner, bool inward) {
  std::vector<CastPort> ports;
  for (size_t i = 0; i < outer.size(); ++i) {
    const DType stored = outer[i].dtype, computed = inner[i].dtype;
    if (stored == computed) continue;
    ports.push_back({i, inward ? CastBetween(stored, computed) : CastBetween(computed, stored),
                     outer[i].num_elements(), DTypeSize(stored), DTypeSize(computed)});
  }
  return ports;
}

// Gives the ports places of `count` of their elements each, behind `bytes`.
ByteSize Place(ByteSize bytes, int64_t count, std::vector<CastPort>* ports) {
  for (CastPort& p : *ports) {
    bytes = bytes.Aligned();
    p.offset = bytes.value();
    bytes = bytes + ByteSize(p.elements) * count * p.computed;
  }
  return bytes;
}

uint32_t BitOf(size_t port) { return port < 32 ? uint32_t{1} << port : ~0U; }

void AddCastOfInput(const CastPort& p, Kernel* kernel) {
  const auto run = [p](const KernelArgs& args, int64_t begin, int64_t end) {
    p.cast(args.in<std::byte>(static_cast<int>(p.port)) + begin * p.stored,
           args.scratch + p.offset + begin * p.computed, end - begin);
  };
  ParallelOver(p.elements, 2, run, kernel);
  kernel->phases.back().inputs = BitOf(p.port);
  kernel->phases.back().outputs = 0;
}

void AddCastOfOutput(const CastPort& p, Kernel* kernel) {
  const auto run = [p](const KernelArgs& args, int64_t begin, int64_t end) {
    p.cast(args.scratch + p.offset + begin * p.computed,
           args.out<std::byte>(static_cast<int>(p.port)) + begin * p.stored, end - begin);
  };
  ParallelOver(p.elements, 2, run, kernel);
  kernel->phases.back().inputs = 0;
  kernel->phases.back().outputs = BitOf(p.port);
}

struct Ports {
  size_t num_inputs = 0, num_outputs = 0;
  std::vector<CastPort> inputs, outputs;
};

void PointToScratch(const Ports& ports, InnerArgs* inner) {
  for (const CastPort& p : ports.inputs) inner->in[p.port] = inner->args.scratch + p.offset;
  for (const CastPort& p : ports.outputs) inner->out[p.port] = inner->args.scratch + p.offset;
}

// Casts whole tensors before and after the phases of `inner`, whose scratch comes first.
void WidenTensors(const Kernel& inner, Ports ports, Kernel* kernel) {
  ByteSize bytes = Place(ByteSize(inner.scratch_bytes), 1, &ports.inputs);
  bytes = Place(bytes, 1, &ports.outputs);
  kernel->scratch_bytes = kernel->shared_scratch_bytes = bytes.value();
  for (const CastPort& p : ports.inputs) AddCastOfInput(p, kernel);
  for (const Phase& phase : inner.phases) {
    kernel->phases.push_back(
        {phase.shards, [run = phase.run, ports](const KernelArgs& args, int shard) {
           InnerArgs own(args, ports.num_inputs, ports.num_outputs);
           PointToScratch(ports, &own);
           return run(own.args, shard);
         }});
  }
  for (const CastPort& p : ports.outputs) AddCastOfOutput(p, kernel);
}

// A phase by rows whose rows are cast a tile at a time.
struct WidenedRows {
  std::shared_ptr<const Phase::Rows> inner;
  Ports whole;    // cast before, in shared scratch: inputs that are read anywhere
  Ports aligned;  // cast by tiles, in task scratch; `elements` are those of a row
  int64_t tile = 1;

  absl::Status Run(const KernelArgs& args, int64_t begin, int64_t end) const {
    InnerArgs own(args, whole.num_inputs, whole.num_outputs);
    PointToScratch(whole, &own);
    for (int64_t row = begin; row < end; row += tile)
      DAGRAD_RETURN_IF_ERROR(RunTile(args, row, std::min(row + tile, end), &own));
    return absl::OkStatus();
  }

  // The inner kernel counts rows from the tensor's first one, so its pointers stand as far before
  // the tile.
  static std::byte* Before(std::byte* tile, const CastPort& p, int64_t row) {
    return reinterpret_cast<std::byte*>(reinterpret_cast<uintptr_t>(tile) -
                                        static_cast<size_t>(row * p.elements) * p.computed);
  }

  absl::Status RunTile(const KernelArgs& args, int64_t begin, int64_t end, InnerArgs* own) const {
    for (const CastPort& p : aligned.inputs) {
      std::byte* const tile_start = args.task_scratch + p.offset;
      p.cast(args.in<std::byte>(static_cast<int>(p.port)) + begin * p.elements * p.stored,
             tile_start, (end - begin) * p.elements);
      own->in[p.port] = Before(tile_start, p, begin);
    }
    for (const CastPort& p : aligned.outputs)
      own->out[p.port] = Before(args.task_scratch + p.offset, p, begin);
    DAGRAD_RETURN_IF_ERROR(inner->run(own->args, begin, end));
    for (const CastPort& p : aligned.outputs) {
      p.cast(args.task_scratch + p.offset,
             args.out<std::byte>(static_cast<int>(p.port)) + begin * p.elements * p.stored,
             (end - begin) * p.elements);
    }
    return absl::OkStatus();
  }
};

// Parts `all` into the ports whose rows go with those of the outputs and the others.
WidenedRows PartPorts(const std::shared_ptr<const Phase::Rows>& rows, const Ports& all) {
  WidenedRows w{.inner = rows};
  w.whole.num_inputs = w.aligned.num_inputs = all.num_inputs;
  w.whole.num_outputs = w.aligned.num_outputs = all.num_outputs;
  for (CastPort p : all.inputs) {
    const bool by_rows = p.port < 32 && (rows->aligned >> p.port & 1) != 0;
    if (by_rows) p.elements /= rows->count;
    (by_rows ? w.aligned : w.whole).inputs.push_back(p);
  }
  for (CastPort p : all.outputs) {
    p.elements /= rows->count;
    w.aligned.outputs.push_back(p);
  }
  return w;
}

// About so many elements are cast at a time, to be found in the first cache.
constexpr int64_t kTileElements = 2048;

void WidenRows(const Kernel& inner, const Ports& all, Kernel* kernel) {
  const std::shared_ptr<const Phase::Rows> rows = inner.phases[0].rows;
  WidenedRows w = PartPorts(rows, all);
  kernel->scratch_bytes = Place(ByteSize(inner.shared_scratch_bytes), 1, &w.whole.inputs).value();
  for (const CastPort& p : w.whole.inputs) AddCastOfInput(p, kernel);
  int64_t longest = 1;
  for (const CastPort& p : w.aligned.inputs) longest = std::max(longest, p.elements);
  for (const CastPort& p : w.aligned.outputs) longest = std::max(longest, p.elements);
  w.tile = std::clamp<int64_t>(kTileElements / longest, 1, rows->count);
  w.tile = std::max(w.tile, std::min(rows->least, rows->count));
  const ByteSize tiles = Place(ByteSize(rows->task_scratch_bytes), w.tile, &w.aligned.inputs);
  AddRows({.count = rows->count,
           .aligned = rows->aligned,
           .least = rows->least,
           .cost = rows->cost + 2.0 * static_cast<double>(longest),
           .task_scratch_bytes = Place(tiles, w.tile, &w.aligned.outputs).value(),
           .run = [w](const KernelArgs& args, int64_t begin,
                      int64_t end) { return w.Run(args, begin, end); }},
          kernel);
}

}  // namespace

bool NeedsWidening(const KernelRequest& request) {
  if (request.node->op->Has(kMovesElements) || request.node->op->Has(kControl)) return false;
  const auto is_wide = [](const TensorSpec& s) { return ComputeDType(s.dtype) == s.dtype; };
  return !std::all_of(request.inputs.begin(), request.inputs.end(), is_wide) ||
         !std::all_of(request.outputs.begin(), request.outputs.end(), is_wide);
}

absl::Status PrepareWidenedKernel(const KernelRequest& request, Kernel* kernel) {
  const Specs specs = ComputedSpecs(request);
  KernelRequest computed = request;
  computed.inputs = specs.inputs;
  computed.outputs = specs.outputs;
  computed.fixed_inputs = 0;
  Kernel inner;
  DAGRAD_RETURN_IF_ERROR(request.node->op->make_kernel(computed, &inner));
  if (inner.phases.empty()) return absl::OkStatus();
  Ports ports{request.inputs.size(), request.outputs.size(),
              CastPorts(request.inputs, specs.inputs, true),
              CastPorts(request.outputs, specs.outputs, false)};
  kernel->implementation = absl::StrCat("widened:", inner.implementation);
  kernel->kept_bytes = inner.kept_bytes;
  if (inner.phases.size() == 1 && inner.phases[0].rows != nullptr) {
    WidenRows(inner, ports, kernel);
  } else {
    WidenTensors(inner, std::move(ports), kernel);
  }
  return absl::OkStatus();
}

}  // namespace dagrad::runtime
