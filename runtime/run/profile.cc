#include "dagrad/runtime/run/profile.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <numeric>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/name.h"

namespace dagrad {
namespace {

// The end of `name`, printable, in about `width` bytes.
std::string Shortened(const std::string& name, size_t width) {
  const std::string text = Printable(name, kMaxNameBytes);
  if (text.size() <= width) return text;
  size_t begin = text.size() - width + 1;
  while ((text[begin] & 0xC0) == 0x80) ++begin;  // a character begins here
  return "…" + text.substr(begin);
}

// `amount` a nanosecond, or nothing to say.
std::string Rate(double amount, double seconds) {
  return seconds > 0 && amount > 0 ? absl::StrFormat("%.1f", amount / seconds / 1e9) : "-";
}

// What one thread does a second at most.
struct Peaks {
  explicit Peaks(const RunProfile& profile)
      : flops(profile.peak_flops), bytes(profile.peak_bytes), cached(profile.peak_cached_bytes) {
    for (const RunProfile::NodeTime& n : profile.nodes) {
      if (n.seconds <= 0) continue;
      if (!IsWinograd(n)) flops = std::max(flops, n.cost.flops / n.seconds);
      cached = std::max(cached, n.cost.bytes / n.seconds);
    }
  }
  static bool IsWinograd(const RunProfile::NodeTime& n) {
    return absl::StartsWith(n.implementation, "winograd");
  }

  double flops, bytes, cached;
};

// In percent, and of what.
std::string ShareOfPeak(const Peaks& peaks, const RunProfile::NodeTime& n) {
  if (n.seconds <= 0 || peaks.flops <= 0 || peaks.bytes <= 0) return "-       ";
  const double of_flops = n.cost.flops / n.seconds / peaks.flops, rate = n.cost.bytes / n.seconds;
  const bool cached = rate > peaks.bytes;
  const double of_bytes = rate / (cached ? peaks.cached : peaks.bytes);
  if (of_bytes > of_flops)
    return absl::StrFormat("%.0f %-6s", 100 * of_bytes, cached ? "cache" : "memory");
  return absl::StrFormat("%.0f %-6s", 100 * of_flops, Peaks::IsWinograd(n) ? "direct" : "flops");
}

}  // namespace

std::string ProfileTable(const RunProfile& profile, int limit) {
  std::vector<size_t> order(profile.nodes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return profile.nodes[a].seconds > profile.nodes[b].seconds;
  });
  double total = 0;
  for (const RunProfile::NodeTime& n : profile.nodes) total += n.seconds;
  const Peaks peaks(profile);
  std::string out = absl::StrFormat(
      "%d runs, %.1f us each (median), %d threads, busy %.0f %% of that; a thread does "
      "%.1f GF/s, %.1f GB/s at most, %.1f GB/s in its first cache\n\n"
      "%10s %6s %8s %8s %13s %6s %6s  %-24s %-20s %s\n",
      profile.runs, profile.seconds * 1e6, profile.threads,
      100 * total / std::max(profile.seconds * profile.threads, 1e-12), peaks.flops / 1e9,
      peaks.bytes / 1e9, peaks.cached / 1e9, "us", "%", "GF/s", "GB/s", "peak % of    ", "stage",
      "chain", "op", "implementation", "node");
  size_t shown = limit <= 0 ? order.size() : std::min<size_t>(order.size(), limit);
  for (size_t i = 0; i < shown; ++i) {
    const RunProfile::NodeTime& n = profile.nodes[order[i]];
    absl::StrAppend(
        &out,
        absl::StrFormat("%10.1f %6.1f %8s %8s %13s %6d %6d  %-24s %-20s %s\n", n.seconds * 1e6,
                        100 * n.seconds / std::max(total, 1e-12), Rate(n.cost.flops, n.seconds),
                        Rate(n.cost.bytes, n.seconds), ShareOfPeak(peaks, n), n.stage, n.chain,
                        n.op, n.implementation, Shortened(n.node, 48)));
  }
  if (profile.lost_events > 0)
    absl::StrAppend(&out, profile.lost_events, " events of the last run were too many to keep\n");
  if (shown < order.size()) absl::StrAppend(&out, "… and ", order.size() - shown, " more\n");
  return out;
}

std::string ProfileTrace(const RunProfile& profile) {
  boost::json::array events;
  for (const RunProfile::Event& e : profile.events) {
    const RunProfile::NodeTime& n = profile.nodes[e.node];
    events.push_back({{"name", n.node},
                      {"cat", n.op},
                      {"ph", "X"},
                      {"pid", 1},
                      {"tid", e.thread},
                      {"ts", static_cast<double>(e.begin_ns) / 1e3},
                      {"dur", static_cast<double>(e.end_ns - e.begin_ns) / 1e3},
                      {"args",
                       {{"op", n.op},
                        {"implementation", n.implementation},
                        {"stage", e.stage},
                        {"chain", n.chain}}}});
  }
  return JsonText({{"traceEvents", std::move(events)}, {"displayTimeUnit", "ns"}}, {.ascii = true});
}

namespace runtime {

void NodeTimes::Add(absl::Span<const RunProfile::Event> events) {
  for (std::vector<double>& of_node : seconds_) of_node.push_back(0);
  for (const RunProfile::Event& e : events)
    seconds_[e.node].back() += 1e-9 * static_cast<double>(e.end_ns - e.begin_ns);
}

double NodeTimes::Median(size_t node) const {
  std::vector<double> seconds = seconds_[node];
  const auto middle = seconds.begin() + static_cast<int64_t>(seconds.size() / 2);
  std::nth_element(seconds.begin(), middle, seconds.end());
  return middle == seconds.end() ? 0 : *middle;
}

void NodeTimes::Fill(std::vector<RunProfile::NodeTime>* nodes) const {
  for (size_t i = 0; i < nodes->size(); ++i) (*nodes)[i].seconds = Median(i);
  // Nodes stand before those within them.
  for (size_t i = nodes->size(); i-- > 0;) {
    const int within = (*nodes)[i].within;
    if (within < 0) continue;
    double& around = (*nodes)[within].seconds;
    around = std::max(around - Median(i), 0.0);
  }
}

int64_t EventLog::Now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void EventLog::Add(int node, int stage, int64_t begin_ns, int64_t end_ns) {
  static std::atomic<int32_t> threads{0};
  thread_local const int32_t thread = threads++;
  const size_t i = size_++;
  if (i < events_.size()) events_[i] = {node, stage, thread, begin_ns, end_ns};
}

absl::Span<const RunProfile::Event> EventLog::events() const {
  return absl::MakeConstSpan(events_).first(std::min<size_t>(size_, events_.size()));
}

size_t EventLog::lost() const { return size_ - events().size(); }

}  // namespace runtime
}  // namespace dagrad
