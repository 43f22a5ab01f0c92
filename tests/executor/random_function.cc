#include "dagrad/tests/executor/random_function.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/data_dims.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/samples.h"
#include "dagrad/ops/table.h"

namespace dagrad::testing {
namespace {

constexpr int64_t kMaxElements = 2000;
constexpr int kTriesPerNode = 60;

Tensor RandomTensor(DType dtype, const Dims& dims, Random& random) {
  Tensor t = *Tensor::Zeros(dtype, dims);
  DispatchDType(dtype, [&](auto zero) {
    using T = decltype(zero);
    for (T& x : t.mutable_data<T>()) {
      if constexpr (std::is_floating_point_v<T>) {
        // Zeros of both signs and ones too, which rewrites look for.
        const int kind = static_cast<int>(random() % 8);
        x = kind == 0   ? T(0)
            : kind == 1 ? T(-0.0)
            : kind == 2 ? T(1)
                        : T(std::normal_distribution<double>()(random));
      } else if constexpr (std::is_same_v<T, bool>) {
        x = random() % 2 == 0;
      } else {
        x = static_cast<T>(random() % 4);
      }
    }
  });
  return t;
}

class Generator {
 public:
  explicit Generator(Random& random) : random_(random), g_("random") {}

  Function Run(int nodes) {
    AddSources();
    for (int i = 0; i < nodes; ++i) AddNode();
    const size_t count = pool_.size();
    for (int i = 0; i < 6; ++i) g_.Output(absl::StrCat("out", i), pool_[random_() % count]);
    g_.Output("last", pool_.back());
    AddUpdates();
    return *g_.Build();
  }

 private:
  template <typename T>
  const T& Pick(const std::vector<T>& from) {
    return from[random_() % from.size()];
  }

  void AddSources() {
    const std::vector<Shape> shapes = {{},     {3},    {2, 3},       {3, 2},      {"n", 3},
                                       {1, 3}, {2, 1}, {2, 5, 5, 3}, {3, 3, 3, 2}};
    for (size_t i = 0; i < shapes.size(); ++i) {
      const DType dtype = i % 4 == 3 ? DType::kFloat64 : DType::kFloat32;
      pool_.push_back(g_.Input(absl::StrCat("x", i), dtype, shapes[i]));
    }
    pool_.push_back(g_.Input("i", DType::kInt64, {2, 3}));
    pool_.push_back(g_.Input("b", DType::kBool, {2, 3}));
    pool_.push_back(g_.Input("key", DType::kInt64, {2}));
    for (int i = 0; i < 4; ++i)
      pool_.push_back(
          g_.State(absl::StrCat("s", i), DType::kFloat32, i < 2 ? Shape{2, 3} : Shape{3}));
    for (double v : {0.0, -0.0, 1.0}) pool_.push_back(Full(&g_, DType::kFloat32, {}, v));
    pool_.push_back(Constant(&g_, RandomTensor(DType::kFloat32, {2, 3}, random_)));
    pool_.push_back(Constant(&g_, RandomTensor(DType::kInt64, {3}, random_)));
  }

  static bool SmallEnough(const std::vector<ValueType>& types) {
    for (const ValueType& type : types) {
      const absl::StatusOr<Dims> dims = type.shape.Bind({{"n", 4}});
      if (!dims.ok() || NumElements(*dims) > kMaxElements) return false;
    }
    return true;
  }

  // Inputs from the pool that the op accepts with the attributes.
  std::optional<std::vector<Value>> FindInputs(const OpDef& op, size_t count,
                                               const AttrMap& attrs) {
    for (int tries = 0; tries < kTriesPerNode; ++tries) {
      std::vector<Value> inputs;
      std::vector<ValueType> types;
      for (size_t i = 0; i < count; ++i) {
        // Rather a recent value, so that graphs become deep.
        const size_t back = random_() % 2 == 0 ? random_() % std::min<size_t>(pool_.size(), 8)
                                               : random_() % pool_.size();
        inputs.push_back(pool_[pool_.size() - 1 - back]);
        types.push_back(inputs.back().type());
      }
      AttrMap filled = attrs;
      const auto outputs = InferOp(op, types, &filled);
      if (outputs.ok() && SmallEnough(*outputs)) return inputs;
    }
    return std::nullopt;
  }

  void AddNode() {
    const OpDef& op = *ops::AllOps()[random_() % ops::AllOps().size()];
    if (op.Has(kBindsDim)) return;  // the symbols of samples are taken
    const ops::Samples samples = op.samples();
    const ops::Sample& sample = Pick(samples.samples);
    const auto inputs = FindInputs(op, sample.inputs.size(), sample.attrs);
    if (!inputs.has_value()) return;
    const Value first = g_.AddNode(op, *inputs, sample.attrs, SourceLocation::Current());
    for (Value v : g_.Outputs(first, static_cast<int>(first.node().outputs.size())))
      pool_.push_back(v);
  }

  // Of the states' type, so that new values come from everywhere: nodes, other states, inputs,
  // constants.
  void AddUpdates() {
    for (int i = 0; i < 4; ++i) {
      const Shape shape = i < 2 ? Shape{2, 3} : Shape{3};
      std::vector<Value> candidates;
      for (Value v : pool_) {
        if (v.dtype() == DType::kFloat32 && v.shape() == shape) candidates.push_back(v);
      }
      if (random_() % 5 != 0) g_.Update(absl::StrCat("s", i), Pick(candidates));
    }
  }

  Random& random_;
  GraphBuilder g_;
  std::vector<Value> pool_;
};

}  // namespace

Function RandomFunction(int nodes, Random& random) { return Generator(random).Run(nodes); }

runtime::TensorMap RandomFeeds(const Function& function, int64_t n, Random& random) {
  runtime::TensorMap feeds;
  for (NodeId id : function.inputs) {
    const ValueType& type = function.nodes[id].outputs[0];
    feeds[function.nodes[id].name] = RandomTensor(type.dtype, *type.shape.Bind({{"n", n}}), random);
  }
  return feeds;
}

runtime::TensorMap RandomStates(const Function& function, Random& random) {
  runtime::TensorMap states;
  for (NodeId id : function.states) {
    const ValueType& type = function.nodes[id].outputs[0];
    states[function.nodes[id].name] = RandomTensor(type.dtype, type.shape.ToDims(), random);
  }
  for (const Function::Update& u : function.updates) {
    const ValueType& type = function.type(u.value);
    if (states.count(u.state) == 0)
      states[u.state] = RandomTensor(type.dtype, type.shape.ToDims(), random);
  }
  return states;
}

}  // namespace dagrad::testing
