// Runs a model of ONNX for benchmarks/layers, benchmarks/onnx_models, benchmarks/onnx_sizes and
// benchmarks/oracles/opinfo:
//   onnx_worker time SECONDS MODEL.onnx NAME=X.npy...
//     the median time of a run in a warm context, in milliseconds
//   onnx_worker step SECONDS TARGET.npy MODEL.onnx NAME=X.npy...
//     the same of a training step: the gradient of mean((output 0 - target)²) by all weights, and
//     gradient descent
//   onnx_worker outputs 0 MODEL.onnx NAME=X.npy... --to=DIR
//     writes the outputs of a run to DIR/0.npy, DIR/1.npy, …
//   onnx_worker train STEPS RATE TARGET.npy MODEL.onnx NAME=X.npy...
//     the losses of so many steps of gradient descent, mean((output 0 - target)²)
//   onnx_worker gradients 0 MODEL.onnx NAME=X.npy... --to=DIR
//     the outputs, as above, and for the cotangents DIR/cotangent_0.npy, … of the floating ones the
//     gradient by each floating input, DIR/gradient_NAME.npy
//   onnx_worker import 0 MODEL.onnx NAME=X.npy...
//     reads it, and no more
//   onnx_worker phases 0 MODEL.onnx NAME=X.npy...
//     a line for each of import, gradients (of mean(output 0 ²) by all weights and floating
//     inputs), compile, plan and run: its name, milliseconds, and the process's resident bytes
//     after it
// NAME:=X.npy makes of an input a constant of the graph; with --static it is made for the sizes of
// the feeds.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "dagrad/autodiff/gradients.h"
#include "dagrad/benchmarks/process_memory.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/status_macros.h"
#include "dagrad/io/npy.h"
#include "dagrad/io/onnx/import.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/reduction/reduce/reduce.h"
#include "dagrad/optimizers/optimizer.h"
#include "dagrad/runtime/run/executable.h"

namespace dagrad {
namespace {

struct Job {
  io::LoadedModel loaded;
  TensorMap feeds;
  StateStore state;
  std::string to;  // folder for outputs
};

// MODEL.onnx NAME=X.npy...
absl::Status Load(int argc, char** argv, Job* job) {
  if (argc < 1) return InvalidArgumentError("a model is needed");
  io::ImportOnnxOptions options;
  bool is_static = false;
  for (int i = 1; i < argc; ++i) {
    const std::string given = argv[i];
    if (given == "--static") {
      is_static = true;
      continue;
    }
    if (given.starts_with("--to=")) {
      job->to = given.substr(5);
      continue;
    }
    const size_t sign = given.find('=');
    if (sign == std::string::npos || sign == 0)
      return InvalidArgumentError("inputs are given as NAME=X.npy");
    DAGRAD_ASSIGN_OR_RETURN(const Tensor x, io::ReadNpy(given.substr(sign + 1)));
    if (given[sign - 1] == ':') {
      options.constants[given.substr(0, sign - 1)] = x;
    } else {
      job->feeds[given.substr(0, sign)] = x;
    }
  }
  for (const auto& [name, x] : job->feeds) {
    if (is_static) options.shapes[name] = Shape(absl::MakeConstSpan(x.dims()));
  }
  DAGRAD_ASSIGN_OR_RETURN(job->loaded, io::ImportOnnx(argv[0], options));
  for (const auto& [name, tensor] : job->loaded.state) job->state.Set(name, tensor);
  return absl::OkStatus();
}

absl::Status WriteOutputs(Job* job) {
  const Function& f = job->loaded.model.functions[0];
  DAGRAD_ASSIGN_OR_RETURN(const auto executable, Executable::Compile(f));
  DAGRAD_ASSIGN_OR_RETURN(const TensorMap y, executable->Run(job->feeds, &job->state));
  for (size_t i = 0; i < f.outputs.size(); ++i) {
    DAGRAD_RETURN_IF_ERROR(
        io::WriteNpy(absl::StrCat(job->to, "/", i, ".npy"), y.at(f.outputs[i].name)));
  }
  return absl::OkStatus();
}

absl::Status WriteGradients(Job* job) {
  const Function& f = job->loaded.model.functions[0];
  GraphBuilder g(f);
  std::vector<Value> ys, cotangents, xs;
  for (size_t i = 0; i < f.outputs.size(); ++i) {
    const Value y(&g, f.outputs[i].value);
    if (!IsFloating(y.dtype())) continue;
    const std::string name = absl::StrCat("cotangent_", ys.size());
    DAGRAD_ASSIGN_OR_RETURN(job->feeds[name],
                            io::ReadNpy(absl::StrCat(job->to, "/", name, ".npy")));
    ys.push_back(y);
    cotangents.push_back(g.Input(name, y.dtype(), y.shape()));
  }
  for (const NodeId id : f.inputs) {
    if (IsFloating(f.nodes[id].outputs[0].dtype)) xs.emplace_back(&g, ValueRef{id, 0});
  }
  if (!ys.empty()) {
    DAGRAD_ASSIGN_OR_RETURN(const std::vector<Value> gradients, Gradients(ys, xs, {cotangents}));
    for (size_t i = 0; i < xs.size(); ++i)
      g.Output(absl::StrCat("gradient_", g.node(xs[i].ref().node).name), gradients[i]);
  }
  DAGRAD_ASSIGN_OR_RETURN(const Function both, g.Build());
  DAGRAD_ASSIGN_OR_RETURN(const auto executable, Executable::Compile(both));
  DAGRAD_ASSIGN_OR_RETURN(const TensorMap results, executable->Run(job->feeds, &job->state));
  for (size_t i = 0; i < both.outputs.size(); ++i) {
    const std::string& name = both.outputs[i].name;
    const std::string file = i < f.outputs.size() ? absl::StrCat(i) : name;
    DAGRAD_RETURN_IF_ERROR(
        io::WriteNpy(absl::StrCat(job->to, "/", file, ".npy"), results.at(name)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Tensor>> InOrder(const Function& f, const TensorMap& feeds) {
  std::vector<Tensor> ordered;
  for (const NodeId id : f.inputs) {
    const auto found = feeds.find(f.nodes[id].name);
    if (found == feeds.end()) return InvalidArgumentError("no feed of " + f.nodes[id].name);
    ordered.push_back(found->second);
  }
  return ordered;
}

absl::Status Time(const Function& f, double seconds, Job* job) {
  DAGRAD_ASSIGN_OR_RETURN(const auto executable, Executable::Compile(f));
  DAGRAD_ASSIGN_OR_RETURN(const auto context, executable->NewContext(&job->state));
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Tensor> feeds, InOrder(f, job->feeds));
  using Clock = std::chrono::steady_clock;
  std::vector<double> times;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  for (int warm = 0; times.size() < 5 || Clock::now() < end; ++warm) {
    const auto begin = Clock::now();
    DAGRAD_RETURN_IF_ERROR(executable->Run(context.get(), feeds));
    if (warm < 3) continue;
    times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
  }
  std::nth_element(times.begin(), times.begin() + static_cast<int64_t>(times.size() / 2),
                   times.end());
  std::printf("%.6f\n", times[times.size() / 2]);
  return absl::OkStatus();
}

// The function that computes "loss", mean((output 0 - target)²) of the input "target", and steps
// down its gradient by all weights.
absl::StatusOr<Function> TrainingStep(double rate, DType dtype, Job* job) {
  const Function& f = job->loaded.model.functions[0];
  GraphBuilder g(f);
  const Value y(&g, f.outputs[0].value);
  const Value loss = ReduceMean(Square(y - g.Input("target", dtype, y.shape())));
  std::vector<Value> weights;
  for (const StateDecl& s : job->loaded.model.states) {
    if (s.trainable) weights.push_back(g.State(s.name, s.type.dtype, s.type.shape));
  }
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Value> gradients, Gradients({loss}, weights));
  std::vector<TrainedVariable> variables;
  for (size_t i = 0; i < weights.size(); ++i)
    variables.push_back({g.node(weights[i].ref().node).name, weights[i], gradients[i]});
  std::vector<OptimizerSlot> slots;
  DAGRAD_RETURN_IF_ERROR(MakeSgd({.learning_rate = rate})->Apply(&g, variables, &slots));
  for (const OptimizerSlot& slot : slots) {
    DAGRAD_ASSIGN_OR_RETURN(Tensor first, slot.FirstValue());
    job->state.Set(slot.decl.name, std::move(first));
  }
  g.Output("loss", loss);
  return g.Build();
}

absl::Status Train(int steps, double rate, const Tensor& target, Job* job) {
  DAGRAD_ASSIGN_OR_RETURN(const Function step, TrainingStep(rate, target.dtype(), job));
  DAGRAD_ASSIGN_OR_RETURN(const auto executable, Executable::Compile(step));
  job->feeds["target"] = target;
  for (int i = 0; i < steps; ++i) {
    DAGRAD_ASSIGN_OR_RETURN(const TensorMap results, executable->Run(job->feeds, &job->state));
    std::printf("%.9g\n", static_cast<double>(*results.at("loss").data<float>().data()));
  }
  return absl::OkStatus();
}

// Times what happens between its calls.
class Phases {
 public:
  absl::Status End(const char* name) {
    const auto now = Clock::now();
    DAGRAD_ASSIGN_OR_RETURN(const int64_t bytes, benchmarks::ResidentBytes());
    std::printf("%s %.3f %lld\n", name,
                std::chrono::duration<double, std::milli>(now - begin_).count(),
                static_cast<long long>(bytes));
    begin_ = Clock::now();
    return absl::OkStatus();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin_ = Clock::now();
};

absl::Status RunPhases(int argc, char** argv) {
  Phases phases;
  Job job;
  DAGRAD_RETURN_IF_ERROR(Load(argc, argv, &job));
  DAGRAD_RETURN_IF_ERROR(phases.End("import"));
  const Function& f = job.loaded.model.functions[0];
  GraphBuilder g(f);
  std::vector<Value> xs;
  for (const StateDecl& s : job.loaded.model.states) {
    if (s.trainable) xs.push_back(g.State(s.name, s.type.dtype, s.type.shape));
  }
  for (const NodeId id : f.inputs) {
    const Value x(&g, {id, 0});
    if (IsFloating(x.dtype())) xs.push_back(x);
  }
  const Value loss = ReduceMean(Square(Value(&g, f.outputs[0].value)));
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Value> gradients, Gradients({loss}, xs));
  for (size_t i = 0; i < gradients.size(); ++i)
    g.Output(absl::StrCat("gradient ", i), gradients[i]);
  DAGRAD_ASSIGN_OR_RETURN(const Function step, g.Build());
  DAGRAD_RETURN_IF_ERROR(phases.End("gradients"));
  DAGRAD_ASSIGN_OR_RETURN(const auto executable, Executable::Compile(step));
  DAGRAD_RETURN_IF_ERROR(phases.End("compile"));
  DAGRAD_ASSIGN_OR_RETURN(const std::vector<Tensor> feeds, InOrder(f, job.feeds));
  std::vector<Dims> dims;
  for (const Tensor& x : feeds) dims.push_back(x.dims());
  DAGRAD_RETURN_IF_ERROR(executable->Plan(dims).status());
  DAGRAD_RETURN_IF_ERROR(phases.End("plan"));
  DAGRAD_ASSIGN_OR_RETURN(const auto context, executable->NewContext(&job.state));
  DAGRAD_RETURN_IF_ERROR(executable->Run(context.get(), feeds));
  return phases.End("run");
}

absl::Status Main(int argc, char** argv) {
  const std::string command = argc > 1 ? argv[1] : "";
  const int head = command == "train" ? 5 : command == "step" ? 4 : 3;
  double first = 0, rate = 0;
  constexpr absl::string_view kCommands[] = {"time",  "step",   "outputs", "gradients",
                                             "train", "import", "phases"};
  const bool is_known = absl::c_linear_search(kCommands, command);
  if (!is_known || argc <= head || !absl::SimpleAtod(argv[2], &first)) {
    return InvalidArgumentError(
        "use: time SECONDS MODEL…, step SECONDS TARGET MODEL…, train STEPS RATE TARGET MODEL…, or "
        "outputs, gradients, import or phases 0 MODEL…");
  }
  if (command == "phases") return RunPhases(argc - head, argv + head);
  Job job;
  DAGRAD_RETURN_IF_ERROR(Load(argc - head, argv + head, &job));
  if (command == "import") return absl::OkStatus();
  if (command == "time") return Time(job.loaded.model.functions[0], first, &job);
  if (command == "step") {
    DAGRAD_ASSIGN_OR_RETURN(job.feeds["target"], io::ReadNpy(argv[3]));
    DAGRAD_ASSIGN_OR_RETURN(const Function step, TrainingStep(1e-4, DType::kFloat32, &job));
    return Time(step, first, &job);
  }
  if (command == "gradients") return WriteGradients(&job);
  if (command == "outputs") return WriteOutputs(&job);
  if (!absl::SimpleAtod(argv[3], &rate)) return InvalidArgumentError("RATE is a number");
  DAGRAD_ASSIGN_OR_RETURN(const Tensor target, io::ReadNpy(argv[4]));
  return Train(static_cast<int>(first), rate, target, &job);
}

}  // namespace
}  // namespace dagrad

int main(int argc, char** argv) {
  const absl::Status status = dagrad::Main(argc, argv);
  if (status.ok()) return EXIT_SUCCESS;
  std::fprintf(stderr, "onnx_worker: %s\n", status.ToString().c_str());
  return EXIT_FAILURE;
}
