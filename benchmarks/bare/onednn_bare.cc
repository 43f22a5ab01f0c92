// The sum of the bare oneDNN primitives that a model needs: every convolution and matrix product
// of its forward pass, or of the whole step, as the model's graph has them. What is neither
// (activations, normalization, pooling, loss, optimizer) is left out.

#include <algorithm>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/benchmarks/bare/primitive.h"
#include "dagrad/benchmarks/bare/products.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/model_file.h"
#include "dagrad/ops/table.h"
#include "nlohmann/json.hpp"

namespace dagrad::benchmarks {
namespace {

using nlohmann::json;

class Bare {
 public:
  absl::Status Load(const json& order) {
    const std::string folder = order["folder"];
    DAGRAD_ASSIGN_OR_RETURN(const io::LoadedModel loaded,
                            io::LoadModel(folder + "/graph.pb", ops::FindOp));
    const Model& graph = loaded.model;
    const Bindings bindings = {{"batch", order["batch"].get<int64_t>()}};
    DAGRAD_ASSIGN_OR_RETURN(products_["forward"],
                            ProductsOf(*graph.FindFunction("predict"), bindings));
    const Function* const step = graph.FindFunction("train_step");
    if (step == nullptr) return absl::OkStatus();
    DAGRAD_ASSIGN_OR_RETURN(products_["step"], ProductsOf(*step, bindings));
    return absl::OkStatus();
  }

  // The time is shared by all; those that the library has no good primitive for are named.
  absl::StatusOr<json> Time(const std::string& what, double seconds) {
    const std::vector<Product>& products = products_[what];
    const double each = seconds / static_cast<double>(std::max<size_t>(products.size(), 1));
    double sum = 0;
    double flops = 0;
    json missing = json::array();
    for (const Product& p : products) {
      flops += p.Flops() * p.count;
      const absl::StatusOr<double> one = TimePrimitive(p, each);
      if (absl::IsUnimplemented(one.status())) {
        missing.push_back(p.Name());
        continue;
      }
      DAGRAD_RETURN_IF_ERROR(one.status());
      sum += *one * p.count;
    }
    return json{{"seconds", sum}, {"calls", 1}, {"flops", flops}, {"missing", missing}};
  }

 private:
  std::map<std::string, std::vector<Product>> products_;
};

absl::StatusOr<json> Answer(Bare* bare, const json& order) {
  if (order["do"] == "time") return bare->Time(order["what"], order["seconds"]);
  if (order["do"] != "load")
    return absl::InvalidArgumentError(absl::StrCat("unknown order ", order.dump()));
  DAGRAD_RETURN_IF_ERROR(bare->Load(order));
  return json{{"version", "sum of oneDNN's convolutions and matrix products, two threads"}};
}

absl::Status Serve() {
  Bare bare;
  std::string line;
  while (std::getline(std::cin, line)) {
    DAGRAD_ASSIGN_OR_RETURN(const json answer, Answer(&bare, json::parse(line)));
    std::cout << answer.dump() << std::endl;
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
