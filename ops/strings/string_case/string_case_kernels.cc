#include <memory>
#include <string>
#include <vector>

#include "dagrad/graph/hash_map.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/ops/strings/string_case/change_case.h"
#include "dagrad/ops/strings/string_case/string_case_internal.h"
#include "dagrad/runtime/string_heap.h"

namespace dagrad::ops::string_case_internal {
namespace {

using absl::string_view;
using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;

constexpr double kCost = 200;  // of a string of some twenty letters

absl::StatusOr<string_view> Changed(string_view x, LetterCase to, runtime::StringHeap* strings) {
  const size_t size = ChangeCase(x, to, nullptr);
  DAGRAD_ASSIGN_OR_RETURN(char* const text, strings->Allocate(size));
  ChangeCase(x, to, text);
  return string_view(text, size);
}

}  // namespace

absl::Status MakeCaseKernel(const KernelRequest& request, Kernel* kernel) {
  const LetterCase to =
      request.attr<std::string>("to") == "lower" ? LetterCase::kLower : LetterCase::kUpper;
  const auto run = [to](const KernelArgs& args, int64_t begin, int64_t end) -> absl::Status {
    for (int64_t i = begin; i < end; ++i) {
      DAGRAD_ASSIGN_OR_RETURN(args.out<string_view>(0)[i],
                              Changed(args.in<string_view>(0)[i], to, args.strings));
    }
    return absl::OkStatus();
  };
  runtime::AddRows(
      {.count = request.outputs[0].num_elements(), .aligned = 1, .cost = kCost, .run = run},
      kernel);
  return absl::OkStatus();
}

absl::Status MakeIsInKernel(const KernelRequest& request, Kernel* kernel) {
  const bool exact = request.attr<bool>("case_sensitive");
  auto values = std::make_shared<HashSet<std::string>>();
  for (const std::string& v : request.attr<std::vector<std::string>>("values"))
    values->insert(exact ? v : ChangeCase(v, LetterCase::kLower));
  const auto run = [exact, values](const KernelArgs& args, int64_t begin,
                                   int64_t end) -> absl::Status {
    for (int64_t i = begin; i < end; ++i) {
      string_view x = args.in<string_view>(0)[i];
      if (!exact) {
        DAGRAD_ASSIGN_OR_RETURN(x, Changed(x, LetterCase::kLower, args.strings));
      }
      args.out<bool>(0)[i] = values->find(x) != values->end();
    }
    return absl::OkStatus();
  };
  runtime::AddRows(
      {.count = request.outputs[0].num_elements(), .aligned = 1, .cost = kCost, .run = run},
      kernel);
  return absl::OkStatus();
}

}  // namespace dagrad::ops::string_case_internal
