// What the compiler costs: the time to build a model of benchmarks/run and its gradient, and to
// rewrite, schedule and plan its training step (its forward pass, where it has none): cold, as the
// first thing of a process, and again, when oneDNN still has its primitives.
//
//   compile_time [MODEL [BATCH]]      resnet50 4

#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "dagrad/benchmarks/models/models.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/run/executable.h"

namespace dagrad::benchmarks {
namespace {

class Stopwatch {
 public:
  double Milliseconds() const {
    return std::chrono::duration<double, std::milli>(Clock::now() - start_).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start_ = Clock::now();
};

std::vector<Dims> InputDims(const Function& f, int64_t batch) {
  std::vector<Dims> dims;
  for (const NodeId id : f.inputs) {
    dims.emplace_back();
    for (const Dim& d : f.nodes[id].outputs[0].shape.dims())
      dims.back().push_back(d.is_known() ? d.value() : batch);
  }
  return dims;
}

absl::Status CompileOnce(const Function& f, int64_t batch, const char* when) {
  const Stopwatch all;
  DAGRAD_ASSIGN_OR_RETURN(const std::unique_ptr<Executable> e, Executable::Compile(f));
  const double compile = all.Milliseconds();
  DAGRAD_ASSIGN_OR_RETURN(const PlanSummary plan, e->Plan(InputDims(f, batch)));
  const double total = all.Milliseconds();
  std::printf(
      "%-6s rewrite %8.1f ms   plan %8.1f ms   together %8.1f ms   (%zu kernels, %.1f MB)\n", when,
      compile, total - compile, total, plan.steps.size(),
      static_cast<double>(plan.arena_bytes) / 1e6);
  return absl::OkStatus();
}

absl::Status Run(const std::string& name, int64_t batch) {
  const Stopwatch build;
  absl::StatusOr<keras::Model> model = MakeModel(name, 1e-3);
  if (absl::IsFailedPrecondition(model.status())) model = MakeModel(name, std::nullopt);
  DAGRAD_RETURN_IF_ERROR(model.status());
  DAGRAD_ASSIGN_OR_RETURN(const Model graph, model->Graph());
  const Function* f = graph.FindFunction("train_step");
  if (f == nullptr) f = graph.FindFunction("predict");
  std::printf("%s, batch %lld: %zu nodes in %s, built in %.1f ms\n", name.c_str(),
              static_cast<long long>(batch), f->nodes.size(), f->name.c_str(),
              build.Milliseconds());
  DAGRAD_RETURN_IF_ERROR(CompileOnce(*f, batch, "cold"));
  for (int i = 0; i < 3; ++i) DAGRAD_RETURN_IF_ERROR(CompileOnce(*f, batch, "again"));
  return absl::OkStatus();
}

}  // namespace
}  // namespace dagrad::benchmarks

int main(int argc, char** argv) {
  int64_t batch = 4;
  if (argc > 3 || (argc == 3 && (!absl::SimpleAtoi(argv[2], &batch) || batch < 1))) {
    std::cerr << "usage: compile_time [MODEL [BATCH]]\n";
    return 2;
  }
  const absl::Status status = dagrad::benchmarks::Run(argc > 1 ? argv[1] : "resnet50", batch);
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}
