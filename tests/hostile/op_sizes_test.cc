// Every op at sizes that no machine has, and at none: from inference to a run it gives a result or
// a status, and soon. Each op is in a process of its own, so that one that dies or hangs is named.
#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/graph/data_dims.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/tests/hostile/child.h"
#include "dagrad/tests/hostile/size_variants.h"
#include "dagrad/tests/op_test.h"
#include "dagrad/tests/under_sanitizer.h"

namespace dagrad::tests {
namespace {

constexpr double kMostSeconds = 1;  // to plan; to compute nothing
// What is run: its tensors stay small, and if there is something to compute, not much.
constexpr int64_t kLargestRun = int64_t{16} << 20;
constexpr double kMostFlops = 1e7;

// What the child is at, for the parent to read when it has died.
class Progress {
 public:
  Progress()
      : text_(static_cast<char*>(
            mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
  ~Progress() { munmap(text_, kBytes); }
  void Set(const std::string& text) { std::snprintf(text_, kBytes, "%s", text.c_str()); }
  std::string Get() const { return text_; }

 private:
  static constexpr size_t kBytes = 4096;
  char* text_;
};

double CpuSeconds() {
  timespec t = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

struct Counts {
  int variants = 0, accepted = 0, planned = 0, run = 0;
};

class Sweep {
 public:
  Sweep(const OpDef& op, Progress* progress) : op_(op), progress_(progress) {}

  absl::Status Run() {
    for (const OpCase& c : AllCases(op_)) {
      absl::Status first;
      ForSizeVariants(c, [&](const SizeVariant& v) {
        if (first.ok()) first = Try(c, v);
      });
      DAGRAD_RETURN_IF_ERROR(first);
    }
    if (counts_.planned == 0) return absl::InternalError("no sample could be planned");
    std::printf("%s: %d variants, %d accepted, %d planned, %d run\n", std::string(op_.name).c_str(),
                counts_.variants, counts_.accepted, counts_.planned, counts_.run);
    return absl::OkStatus();
  }

 private:
  // Not OK where the op misbehaves.
  absl::Status Try(const OpCase& c, const SizeVariant& v) {
    ++counts_.variants;
    OpCase changed = c;
    changed.attrs = v.attrs;
    progress_->Set(absl::StrCat(c.Name(), " on ", v.ToString(), ": inference"));
    const absl::StatusOr<Function> f = MakeFunction(changed, op_, v.inputs);
    if (!f.ok()) return Expected(f.status());
    ++counts_.accepted;
    for (const auto mode : {runtime::KernelMode::kFast, runtime::KernelMode::kReference}) {
      if (mode == runtime::KernelMode::kReference && c.float_dtype == DType::kFloat64) break;
      DAGRAD_RETURN_IF_ERROR(TryMode(v, *f, mode));
    }
    return absl::OkStatus();
  }

  absl::Status TryMode(const SizeVariant& v, const Function& f, runtime::KernelMode mode) {
    const std::string what =
        absl::StrCat(op_.name, " on ", v.ToString(),
                     mode == runtime::KernelMode::kFast ? " fast" : " reference");
    progress_->Set(what + ": planning");
    const double start = CpuSeconds();
    CompileOptions options;
    options.kernel_mode = mode;
    const auto executable = Executable::Compile(f, options);
    if (!executable.ok()) return Expected(executable.status());
    std::vector<Dims> dims;
    for (const ValueType& type : v.inputs) dims.push_back(type.shape.ToDims());
    const auto plan = (*executable)->Plan(dims);
    DAGRAD_RETURN_IF_ERROR(InTime(start));
    if (!plan.ok()) return Expected(plan.status());
    ++counts_.planned;
    if (!IsWorthRunning(f, *plan)) return absl::OkStatus();
    progress_->Set(what + ": running");
    return RunOnZeros(**executable, v, IsEmpty(f));
  }

  static bool IsEmpty(const Function& f) {
    return std::all_of(f.outputs.begin(), f.outputs.end(), [&](const Function::Output& o) {
      return NumElements(f.type(o.value).shape.ToDims()) == 0;
    });
  }

  // Whether the tensors, and what is to be done, are small.
  static bool IsWorthRunning(const Function& f, const PlanSummary& plan) {
    double bytes = static_cast<double>(plan.arena_bytes), flops = 0;
    for (const Node& node : f.nodes) {
      for (const ValueType& type : node.outputs)
        bytes += 8.0 * static_cast<double>(NumElements(type.shape.ToDims()));
    }
    for (const PlanSummary::Step& step : plan.steps) flops += step.cost.flops;
    return bytes <= static_cast<double>(kLargestRun) && flops <= kMostFlops;
  }

  absl::Status RunOnZeros(const Executable& executable, const SizeVariant& v, bool empty) {
    std::vector<Tensor> feeds;
    for (const ValueType& type : v.inputs) {
      DAGRAD_ASSIGN_OR_RETURN(Tensor feed, Tensor::Zeros(type.dtype, type.shape.ToDims()));
      feeds.push_back(std::move(feed));
    }
    DAGRAD_ASSIGN_OR_RETURN(const std::unique_ptr<RunContext> context,
                            executable.NewContext(nullptr));
    const double start = CpuSeconds();
    const absl::Status status = executable.Run(context.get(), feeds);
    if (!context->guards_intact()) return absl::InternalError("wrote beside its buffers");
    if (empty || SumOfElements(v) == 0) DAGRAD_RETURN_IF_ERROR(InTime(start));
    ++counts_.run;
    return Expected(status);
  }

  static int64_t SumOfElements(const SizeVariant& v) {
    int64_t sum = 0;
    for (const ValueType& type : v.inputs) sum += NumElements(type.shape.ToDims());
    return sum;
  }

  static absl::Status InTime(double start) {
    const double seconds = CpuSeconds() - start;
    if (seconds <= kMostSeconds || UnderSanitizer()) return absl::OkStatus();
    return absl::InternalError(absl::StrCat("took ", seconds, " s"));
  }

  // Any status is an answer, but for a bug of ours, and one without words.
  static absl::Status Expected(const absl::Status& status) {
    if (!status.ok() && status.message().empty()) return absl::InternalError("no message");
    return absl::IsInternal(status) ? status : absl::OkStatus();
  }

  const OpDef& op_;
  Progress* progress_;
  Counts counts_;
};

TEST_P(OpTest, AnswersSoonAtEverySize) {
  if (op().Has(kBindsDim)) GTEST_SKIP() << "a scalar has no sizes, and there is no plan of all";
  Progress progress;
  const ChildReport report =
      RunInChild([&] { return Sweep(op(), &progress).Run(); }, {.cpu_seconds = 20});
  EXPECT_EQ(report.ToString(), "OK") << progress.Get();
}

DAGRAD_FOR_ALL_OPS;

}  // namespace
}  // namespace dagrad::tests
