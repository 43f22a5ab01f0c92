// What benchmarks/kernels runs: reads {"model", "batch", "train", "inference", "seconds"} a line,
// and writes for each distinct node of the model's functions a line {"kernel": NAME, "function",
// "count", ...}, for each product of bare oneDNN that is new a line {"product": NAME, ...}, then
// {"done": MODEL}. Each is timed once in the process. The machine's own limits come first.

#include <initializer_list>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/benchmarks/bare/primitive.h"
#include "dagrad/benchmarks/bare/products.h"
#include "dagrad/benchmarks/kernel_times/single_node.h"
#include "dagrad/benchmarks/models/models.h"
#include "dagrad/benchmarks/order.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/runtime/run/machine_peak.h"

namespace dagrad::benchmarks {
namespace {

Json Describe(const Product& p) {
  if (!p.convolution) {
    return {{"items", p.items},
            {"m", p.m},
            {"n", p.n},
            {"k", p.k},
            {"transpose_a", p.transpose_a},
            {"transpose_b", p.transpose_b}};
  }
  const runtime::onednn::ConvolutionSizes& s = p.sizes;
  return {{"kind", static_cast<int>(p.kind)},
          {"x", {s.batch, s.height, s.width, s.in_channels}},
          {"filter", {s.filter_height, s.filter_width, s.out_channels}},
          {"y", {s.out_height, s.out_width}},
          {"strides", {s.stride_y, s.stride_x}},
          {"dilations", {s.dilation_y, s.dilation_x}},
          {"pad", {s.pad_top, s.pad_left}},
          {"groups", s.groups}};
}

class KernelTimes {
 public:
  absl::Status Run(const Json& order) {
    DAGRAD_ASSIGN_OR_RETURN(seconds_, Ordered<double>(order, "seconds"));
    DAGRAD_ASSIGN_OR_RETURN(const bool train, Ordered<bool>(order, "train"));
    DAGRAD_ASSIGN_OR_RETURN(const bool inference, Ordered<bool>(order, "inference"));
    DAGRAD_ASSIGN_OR_RETURN(const std::string name, Ordered<std::string>(order, "model"));
    DAGRAD_ASSIGN_OR_RETURN(const auto batch, Ordered<int64_t>(order, "batch"));
    DAGRAD_ASSIGN_OR_RETURN(const keras::Model model,
                            MakeModel(name, train ? std::optional<double>(1e-3) : std::nullopt));
    DAGRAD_ASSIGN_OR_RETURN(const Model graph, model.Graph());
    const Bindings bindings = {{"batch", batch}};
    for (const auto& [function, wanted] :
         {std::pair("predict", inference), std::pair("train_step", train)}) {
      if (wanted) DAGRAD_RETURN_IF_ERROR(RunFunction(*graph.FindFunction(function), bindings));
    }
    WriteLine({{"done", name}});
    return absl::OkStatus();
  }

 private:
  // Nodes as the executor's rewrites leave them, products as the model has them.
  absl::Status RunFunction(const Function& function, const Bindings& bindings) {
    DAGRAD_ASSIGN_OR_RETURN(const std::unique_ptr<Executable> executable,
                            Executable::Compile(function));
    DAGRAD_ASSIGN_OR_RETURN(const std::vector<SingleNode> nodes,
                            SingleNodes(executable->function(), bindings));
    for (const SingleNode& node : nodes) {
      boost::json::object line = Timed(node);
      line["function"] = function.name;
      line["count"] = node.count;
      WriteLine(line);
    }
    DAGRAD_ASSIGN_OR_RETURN(const std::vector<Product> products, ProductsOf(function, bindings));
    for (const Product& p : products) {
      if (products_.insert(p.Name()).second) DAGRAD_RETURN_IF_ERROR(WriteProduct(p));
    }
    return absl::OkStatus();
  }

  boost::json::object Timed(const SingleNode& node) {
    boost::json::object& line = kernels_[node.name];
    if (!line.empty()) return line;
    const absl::StatusOr<NodeSeconds> timed = TimeNode(node, seconds_);
    line["kernel"] = node.name;
    if (timed.ok()) {
      line["seconds"] = timed->seconds;
      line["flops"] = timed->flops;
      line["bytes"] = timed->bytes;
      line["implementation"] = timed->implementation;
      const absl::StatusOr<std::vector<Product>> products = ProductsOf(node.function, {});
      if (products.ok() && products->size() == 1) line["product"] = (*products)[0].Name();
    } else {
      line["failure"] = timed.status().ToString();
    }
    return line;
  }

  absl::Status WriteProduct(const Product& p) const {
    boost::json::object line = {
        {"product", p.Name()}, {"flops", p.Flops()}, {"sizes", Describe(p)}};
    const absl::StatusOr<double> seconds = TimePrimitive(p, seconds_);
    if (seconds.ok()) {
      line["seconds"] = *seconds;
    } else if (!absl::IsUnimplemented(seconds.status())) {
      return seconds.status();
    }
    WriteLine(line);
    return absl::OkStatus();
  }

  double seconds_ = 0;
  std::map<std::string, boost::json::object> kernels_;
  std::set<std::string> products_;
};

absl::Status Serve() {
  const runtime::MachinePeak peak = runtime::MeasurePeak(2);
  WriteLine({{"flops", peak.flops}, {"bytes_per_second", peak.bytes}});
  KernelTimes times;
  std::string line;
  while (std::getline(std::cin, line)) {
    DAGRAD_ASSIGN_OR_RETURN(const Json order, ParseJson(line));
    DAGRAD_RETURN_IF_ERROR(times.Run(order));
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace dagrad::benchmarks

int main() {
  const absl::Status status = dagrad::benchmarks::Serve();
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}
