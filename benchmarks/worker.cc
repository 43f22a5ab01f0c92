// dagrad as one of the systems that benchmarks/compare.py measures; the protocol is in
// benchmarks/peers/protocol.py.

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dagrad/benchmarks/models/models.h"
#include "dagrad/benchmarks/order.h"
#include "dagrad/benchmarks/process_memory.h"
#include "dagrad/graph/json.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/file.h"
#include "dagrad/io/model_file.h"
#include "dagrad/io/npy.h"
#include "dagrad/ops/table.h"
#include "dagrad/runtime/run/executable.h"

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

absl::StatusOr<std::vector<std::string>> ReadNames(const std::string& path) {
  DAGRAD_ASSIGN_OR_RETURN(const std::string text, io::ReadFile(path, size_t{1} << 30));
  DAGRAD_ASSIGN_OR_RETURN(const Json json, ParseJson(text));
  std::vector<std::string> names;
  if (ReadJson(&json, &names)) return names;
  return absl::InvalidArgumentError(absl::StrCat(path, " is no list of names"));
}

// Makes a runner of either function when it is first asked for, and of one at a time: the memory
// of a step is not that of the forward pass.
class Worker {
 public:
  absl::Status Load(const Json& order) {
    DAGRAD_ASSIGN_OR_RETURN(folder_, Ordered<std::string>(order, "folder"));
    ReadJson(Member(order, "rate"), &rate_);  // null where nothing is trained
    DAGRAD_ASSIGN_OR_RETURN(io::LoadedModel loaded,
                            io::LoadModel(folder_ + "/graph.pb", ops::FindOp));
    graph_ = std::move(loaded.model);
    DAGRAD_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                            ReadNames(folder_ + "/weights.json"));
    for (size_t i = 0; i < names.size(); ++i) {
      DAGRAD_ASSIGN_OR_RETURN(Tensor t, io::ReadNpy(absl::StrCat(folder_, "/w", i, ".npy")));
      state_.Set(names[i], std::move(t));
    }
    return absl::OkStatus();
  }

  absl::Status First() {
    DAGRAD_ASSIGN_OR_RETURN(Runner* const forward, Get("forward"));
    DAGRAD_RETURN_IF_ERROR(forward->Run());
    return io::WriteNpy(folder_ + "/dagrad_forward.npy", forward->context->outputs()[0]);
  }

  absl::Status WriteLosses() {
    DAGRAD_ASSIGN_OR_RETURN(Runner* const step, Get("step"));
    Tensor losses = Tensor::Full(DType::kFloat64, {3}, 0);
    for (double& loss : losses.mutable_data<double>()) {
      DAGRAD_RETURN_IF_ERROR(step->Run());
      loss = step->context->outputs()[0].data<float>()[0];
    }
    return io::WriteNpy(folder_ + "/dagrad_losses.npy", losses);
  }

  absl::StatusOr<Json> Time(const Json& order) {
    DAGRAD_ASSIGN_OR_RETURN(const auto seconds, Ordered<double>(order, "seconds"));
    DAGRAD_ASSIGN_OR_RETURN(Runner* const runner, OrderedRunner(order));
    using Clock = std::chrono::steady_clock;
    const Clock::time_point start = Clock::now();
    int64_t calls = 0;
    double elapsed = 0;
    while (elapsed < seconds) {
      // The clock is read seldom where calls are short.
      const int64_t more = elapsed > 0 && elapsed * 4 > seconds ? 1 : 1 + calls;
      for (int64_t i = 0; i < std::min<int64_t>(more, 8); ++i, ++calls)
        DAGRAD_RETURN_IF_ERROR(runner->Run());
      elapsed = std::chrono::duration<double>(Clock::now() - start).count();
    }
    return Json({{"seconds", elapsed / static_cast<double>(calls)}, {"calls", calls}});
  }

  absl::StatusOr<Json> Memory(const Json& order) {
    DAGRAD_ASSIGN_OR_RETURN(Runner* const runner, OrderedRunner(order));
    DAGRAD_RETURN_IF_ERROR(ResetPeakResidentBytes());
    for (int i = 0; i < 2; ++i) DAGRAD_RETURN_IF_ERROR(runner->Run());
    DAGRAD_ASSIGN_OR_RETURN(const int64_t peak, PeakResidentBytes());
    return Json({{"peak", peak}, {"idle", idle_}, {"arena", runner->context->arena_bytes()}});
  }

  absl::Status ReadIdleMemory() {
    DAGRAD_ASSIGN_OR_RETURN(idle_, ResidentBytes());
    return absl::OkStatus();
  }

 private:
  // Adam's slots and counter start at zero, the rate as it was ordered; they are there once a step
  // is wanted.
  absl::Status AddSlots() {
    for (const StateDecl& s : graph_.states) {
      if (state_.Contains(s.name)) continue;
      const bool is_rate = absl::EndsWith(s.name, "/learning_rate");
      state_.Set(s.name, Tensor::Full(s.type.dtype, s.type.shape.ToDims(), is_rate ? rate_ : 0));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Runner*> OrderedRunner(const Json& order) {
    DAGRAD_ASSIGN_OR_RETURN(const std::string what, Ordered<std::string>(order, "what"));
    return Get(what);
  }

  absl::StatusOr<Runner*> Get(const std::string& what) {
    if (what == what_) return &*runner_;
    runner_.reset();
    const char* const function = what == "forward" ? "predict" : "train_step";
    const Function* const f = graph_.FindFunction(function);
    if (f == nullptr) return absl::NotFoundError(absl::StrCat("no function ", function));
    if (what == "step") DAGRAD_RETURN_IF_ERROR(AddSlots());
    std::vector<Tensor> feeds;
    for (size_t i = 0; i < f->inputs.size(); ++i) {
      const bool target = what == "step" && i + 1 == f->inputs.size();
      const std::string file = target ? "y" : absl::StrCat("x", i);
      DAGRAD_ASSIGN_OR_RETURN(Tensor t, io::ReadNpy(absl::StrCat(folder_, "/", file, ".npy")));
      feeds.push_back(std::move(t));
    }
    DAGRAD_ASSIGN_OR_RETURN(runner_, MakeRunner(graph_, function, std::move(feeds), &state_));
    what_ = what;
    return &*runner_;
  }

  std::string folder_;
  double rate_ = 0;
  Model graph_;
  StateStore state_;
  std::string what_;
  std::optional<Runner> runner_;
  int64_t idle_ = 0;
};

absl::StatusOr<Json> Answer(Worker* worker, const Json& order) {
  DAGRAD_ASSIGN_OR_RETURN(const std::string what, Ordered<std::string>(order, "do"));
  if (what == "load") {
    DAGRAD_RETURN_IF_ERROR(worker->Load(order));
    return Json({{"version", absl::StrCat("dagrad, ", NumThreads(), " threads")}});
  }
  if (what == "time") return worker->Time(order);
  if (what == "memory") return worker->Memory(order);
  if (what == "first") {
    DAGRAD_RETURN_IF_ERROR(worker->First());
  } else {
    DAGRAD_RETURN_IF_ERROR(worker->WriteLosses());
  }
  return boost::json::object();
}

absl::Status Serve() {
  Worker worker;
  DAGRAD_RETURN_IF_ERROR(worker.ReadIdleMemory());
  std::string line;
  while (std::getline(std::cin, line)) {
    DAGRAD_ASSIGN_OR_RETURN(const Json order, ParseJson(line));
    DAGRAD_ASSIGN_OR_RETURN(const Json answer, Answer(&worker, order));
    WriteLine(answer);
  }
  return absl::OkStatus();
}

// Writes a model's graph, and prints the names and shapes of its weights.
absl::Status SaveGraph(const std::string& name, const std::string& path,
                       std::optional<double> rate) {
  DAGRAD_ASSIGN_OR_RETURN(const keras::Model model, MakeModel(name, rate));
  DAGRAD_ASSIGN_OR_RETURN(const Model graph, model.Graph());
  boost::json::array list;
  for (const keras::Layer& layer : model.layers()) {
    for (const keras::Weight& w : layer->weights()) {
      list.push_back({{"name", layer->name() + "/" + w.name}, {"shape", JsonList(w.dims)}});
    }
  }
  WriteLine(list);
  return io::SaveModel(path, graph, {});
}

absl::Status Main(const std::vector<std::string>& args) {
  if (args.empty()) return Serve();
  double rate = 0;
  if (args.size() == 3 && args[0] == "--save") return SaveGraph(args[1], args[2], std::nullopt);
  if (args.size() == 4 && args[0] == "--save" && absl::SimpleAtod(args[3], &rate))
    return SaveGraph(args[1], args[2], rate);
  return absl::InvalidArgumentError("usage: worker [--save MODEL FILE.pb [LEARNING_RATE]]");
}

}  // namespace
}  // namespace dagrad::benchmarks

// Without arguments, answers orders; with --save writes the graph of a model, for them and for
// dagrad profile, with a train_step where a learning rate is given.
int main(int argc, char** argv) {
  const absl::Status status =
      dagrad::benchmarks::Main(std::vector<std::string>(argv + 1, argv + argc));
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}
