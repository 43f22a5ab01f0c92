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
#include "dagrad/benchmarks/order.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/model_file.h"
#include "dagrad/ops/table.h"

namespace dagrad::benchmarks {
namespace {

class Bare {
 public:
  absl::Status Load(const Json& order) {
    DAGRAD_ASSIGN_OR_RETURN(const std::string folder, Ordered<std::string>(order, "folder"));
    DAGRAD_ASSIGN_OR_RETURN(const auto batch, Ordered<int64_t>(order, "batch"));
    DAGRAD_ASSIGN_OR_RETURN(const io::LoadedModel loaded,
                            io::LoadModel(folder + "/graph.pb", ops::FindOp));
    const Model& graph = loaded.model;
    const Bindings bindings = {{"batch", batch}};
    DAGRAD_ASSIGN_OR_RETURN(products_["forward"],
                            ProductsOf(*graph.FindFunction("predict"), bindings));
    const Function* const step = graph.FindFunction("train_step");
    if (step == nullptr) return absl::OkStatus();
    DAGRAD_ASSIGN_OR_RETURN(products_["step"], ProductsOf(*step, bindings));
    return absl::OkStatus();
  }

  // The time is shared by all; those that the library has no good primitive for are named.
  absl::StatusOr<Json> Time(const Json& order) {
    DAGRAD_ASSIGN_OR_RETURN(const std::string what, Ordered<std::string>(order, "what"));
    DAGRAD_ASSIGN_OR_RETURN(const auto seconds, Ordered<double>(order, "seconds"));
    const std::vector<Product>& products = products_[what];
    const double each = seconds / static_cast<double>(std::max<size_t>(products.size(), 1));
    double sum = 0;
    double flops = 0;
    boost::json::array missing;
    for (const Product& p : products) {
      flops += p.Flops() * p.count;
      const absl::StatusOr<double> one = TimePrimitive(p, each);
      if (absl::IsUnimplemented(one.status())) {
        missing.push_back(Json(p.Name()));
        continue;
      }
      DAGRAD_RETURN_IF_ERROR(one.status());
      sum += *one * p.count;
    }
    return Json({{"seconds", sum}, {"calls", 1}, {"flops", flops}, {"missing", missing}});
  }

 private:
  std::map<std::string, std::vector<Product>> products_;
};

absl::StatusOr<Json> Answer(Bare* bare, const Json& order) {
  DAGRAD_ASSIGN_OR_RETURN(const std::string what, Ordered<std::string>(order, "do"));
  if (what == "time") return bare->Time(order);
  if (what != "load")
    return absl::InvalidArgumentError(absl::StrCat("unknown order ", JsonText(order)));
  DAGRAD_RETURN_IF_ERROR(bare->Load(order));
  return Json({{"version", "sum of oneDNN's convolutions and matrix products, two threads"}});
}

absl::Status Serve() {
  Bare bare;
  std::string line;
  while (std::getline(std::cin, line)) {
    DAGRAD_ASSIGN_OR_RETURN(const Json order, ParseJson(line));
    DAGRAD_ASSIGN_OR_RETURN(const Json answer, Answer(&bare, order));
    WriteLine(answer);
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
