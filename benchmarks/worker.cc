// dagrad as one of the systems that benchmarks/compare.py measures; the protocol is in
// benchmarks/peers/protocol.py.

#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "dagrad/benchmarks/models.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/model_file.h"
#include "dagrad/io/npy.h"
#include "dagrad/runtime/executable.h"
#include "nlohmann/json.hpp"

namespace dagrad::benchmarks {
namespace {

// One function, ready to run again and again.
struct Runner {
  std::unique_ptr<Executable> executable;
  std::unique_ptr<RunContext> context;
  std::vector<Tensor> feeds;
  absl::Status Run() { return executable->Run(context.get(), feeds); }
};

absl::StatusOr<Runner> MakeRunner(const Model& graph, const char* function,
                                  std::vector<Tensor> feeds, StateStore* state) {
  Runner runner;
  DAGRAD_ASSIGN_OR_RETURN(runner.executable, Executable::Compile(*graph.FindFunction(function)));
  DAGRAD_ASSIGN_OR_RETURN(runner.context, runner.executable->NewContext(state));
  runner.feeds = std::move(feeds);
  return runner;
}

class Worker {
 public:
  absl::Status Load(const std::string& workload, const std::string& folder) {
    folder_ = folder;
    state_ = std::make_unique<StateStore>();
    DAGRAD_ASSIGN_OR_RETURN(keras::Sequential model, MakeModel(workload));
    DAGRAD_ASSIGN_OR_RETURN(Model graph, model.Graph());
    int weights = 0;
    for (const StateDecl& s : graph.states) {
      // Adam's slots and counter start at zero.
      DAGRAD_ASSIGN_OR_RETURN(
          Tensor t, s.trainable ? io::ReadNpy(absl::StrCat(folder, "/w", weights++, ".npy"))
                                : Tensor::Zeros(s.type.dtype, s.type.shape.ToDims()));
      state_->Set(s.name, std::move(t));
    }
    DAGRAD_ASSIGN_OR_RETURN(Tensor x, io::ReadNpy(folder + "/x.npy"));
    DAGRAD_ASSIGN_OR_RETURN(Tensor y, io::ReadNpy(folder + "/y.npy"));
    DAGRAD_ASSIGN_OR_RETURN(forward_, MakeRunner(graph, "predict", {x}, state_.get()));
    DAGRAD_ASSIGN_OR_RETURN(step_, MakeRunner(graph, "train_step", {x, y}, state_.get()));
    return absl::OkStatus();
  }

  absl::Status Check() {
    DAGRAD_RETURN_IF_ERROR(forward_.Run());
    DAGRAD_RETURN_IF_ERROR(
        io::WriteNpy(folder_ + "/dagrad_forward.npy", forward_.context->outputs()[0]));
    Tensor losses = Tensor::Full(DType::kFloat64, {3}, 0);
    for (double& loss : losses.mutable_data<double>()) {
      DAGRAD_RETURN_IF_ERROR(step_.Run());
      loss = step_.context->outputs()[0].data<float>()[0];
    }
    return io::WriteNpy(folder_ + "/dagrad_losses.npy", losses);
  }

  absl::StatusOr<nlohmann::json> Time(bool forward, double seconds) {
    Runner& runner = forward ? forward_ : step_;
    const auto start = std::chrono::steady_clock::now();
    int64_t calls = 0;
    double elapsed = 0;
    while (elapsed < seconds) {
      for (int i = 0; i < 4; ++i, ++calls) DAGRAD_RETURN_IF_ERROR(runner.Run());
      elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }
    return nlohmann::json{{"seconds", elapsed / static_cast<double>(calls)}, {"calls", calls}};
  }

 private:
  std::string folder_;
  std::unique_ptr<StateStore> state_;
  Runner forward_;
  Runner step_;
};

absl::StatusOr<nlohmann::json> Answer(Worker* worker, const nlohmann::json& order) {
  if (order["do"] == "load") {
    DAGRAD_RETURN_IF_ERROR(worker->Load(order["workload"], order["folder"]));
    return nlohmann::json{{"version", absl::StrCat("dagrad, ", NumThreads(), " threads")}};
  }
  if (order["do"] == "check") {
    DAGRAD_RETURN_IF_ERROR(worker->Check());
    return nlohmann::json::object();
  }
  return worker->Time(order["what"] == "forward", order["seconds"]);
}

// Writes a workload's graph, for dagrad profile and dagrad show.
absl::Status SaveGraph(const std::string& workload, const std::string& path) {
  DAGRAD_ASSIGN_OR_RETURN(keras::Sequential model, MakeModel(workload));
  DAGRAD_ASSIGN_OR_RETURN(const Model graph, model.Graph());
  return io::SaveModel(path, graph, {});
}

}  // namespace
}  // namespace dagrad::benchmarks

// Without arguments, answers orders; `worker --save WORKLOAD MODEL.pb` writes the workload's graph.
int main(int argc, char** argv) {
  if (argc == 4 && std::string(argv[1]) == "--save") {
    const absl::Status status = dagrad::benchmarks::SaveGraph(argv[2], argv[3]);
    if (!status.ok()) std::cerr << status << "\n";
    return status.ok() ? 0 : 1;
  }
  dagrad::benchmarks::Worker worker;
  std::string line;
  while (std::getline(std::cin, line)) {
    absl::StatusOr<nlohmann::json> answer =
        dagrad::benchmarks::Answer(&worker, nlohmann::json::parse(line));
    if (!answer.ok()) {
      std::cerr << answer.status() << "\n";
      return 1;
    }
    std::cout << answer->dump() << std::endl;
  }
  return 0;
}
