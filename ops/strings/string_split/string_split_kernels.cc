#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "dagrad/ops/strings/string_split/string_split_internal.h"

namespace dagrad::ops::string_split_internal {
namespace {

using absl::string_view;
using runtime::Kernel;
using runtime::KernelArgs;
using runtime::KernelRequest;

constexpr double kCost = 200;  // of a string of some twenty letters

string_view WithoutSpaceBefore(string_view s) {
  while (!s.empty() && absl::ascii_isspace(static_cast<unsigned char>(s[0]))) s.remove_prefix(1);
  return s;
}

struct Splitter {
  explicit Splitter(const KernelRequest& request)
      : delimiter(request.attr<std::string>("delimiter")),
        max_splits(request.attr<int64_t>("max_splits")) {}

  // f(part) for each of them.
  template <typename F>
  void ForEach(string_view text, F f) const {
    if (delimiter.empty()) return ForEachWord(text, f);
    for (int64_t splits = 0; max_splits < 0 || splits < max_splits; ++splits) {
      const size_t at = text.find(delimiter);
      if (at == string_view::npos) break;
      f(text.substr(0, at));
      text.remove_prefix(at + delimiter.size());
    }
    f(text);
  }

  template <typename F>
  void ForEachWord(string_view text, F f) const {
    for (int64_t splits = 0; max_splits < 0 || splits < max_splits; ++splits) {
      text = WithoutSpaceBefore(text);
      const auto end = std::find_if(text.begin(), text.end(), [](char c) {
        return absl::ascii_isspace(static_cast<unsigned char>(c));
      });
      if (end == text.end()) break;
      const auto size = static_cast<size_t>(end - text.begin());
      f(text.substr(0, size));
      text.remove_prefix(size);
    }
    text = WithoutSpaceBefore(text);
    if (!text.empty()) f(text);
  }

  std::string delimiter;
  int64_t max_splits;
};

}  // namespace

absl::Status MakeKernel(const KernelRequest& request, Kernel* kernel) {
  const int64_t n = request.outputs[0].dims.back();
  const Splitter splitter(request);
  const auto run = [n, splitter](const KernelArgs& args, int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      string_view* y = args.out<string_view>(0) + row * n;
      int64_t found = 0;
      splitter.ForEach(args.in<string_view>(0)[row], [&](string_view part) {
        if (found < n) y[found++] = part;
      });
      std::fill(y + found, y + n, string_view());
    }
  };
  runtime::OverRows({.count = request.inputs[0].num_elements(), .aligned = 1, .cost = kCost}, run,
                    kernel);
  return absl::OkStatus();
}

absl::Status MakeCountKernel(const KernelRequest& request, Kernel* kernel) {
  const Splitter splitter(request);
  const auto run = [splitter](const KernelArgs& args, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      int64_t count = 0;
      splitter.ForEach(args.in<string_view>(0)[i], [&](string_view) { ++count; });
      args.out<int64_t>(0)[i] = count;
    }
  };
  runtime::OverRows({.count = request.inputs[0].num_elements(), .aligned = 1, .cost = kCost}, run,
                    kernel);
  return absl::OkStatus();
}

}  // namespace dagrad::ops::string_split_internal
