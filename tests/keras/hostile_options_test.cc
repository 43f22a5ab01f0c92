// Options that nobody should give: each option of each layer's golden cases, turned into what is
// out of range, doubled, empty, huge or of another type. Layers give an error, or a graph that
// runs; none ends the process.
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/builder.h"
#include "dagrad/keras/layers/layers.h"
#include "dagrad/keras/models/custom_objects.h"
#include "dagrad/runtime/run/interpreter.h"
#include "dagrad/tests/keras/golden_case.h"
#include "dagrad/tests/keras/golden_layer.h"
#include "gtest/gtest.h"

namespace dagrad::keras_parity {
namespace {

constexpr int64_t kMostElements = 1 << 16;  // of any value of a graph that is run

std::vector<Json> HostileTwins(const Json& value) {
  if (value.is_bool()) return {!value.get_bool(), 2, nullptr};
  if (value.is_string()) return {"", "no such thing", "same,valid", 1};
  if (value.is_number()) {
    return {-1,
            0,
            1,
            7,
            int64_t{1} << 31,
            int64_t{1} << 62,
            std::numeric_limits<int64_t>::min(),
            0.5,
            1e300,
            -1e300,
            "nan",
            "inf",
            "three",
            nullptr,
            boost::json::array{1, 2, 3, 4, 5}};
  }
  if (!value.is_array()) return {1, nullptr};
  const boost::json::array& given = value.get_array();
  boost::json::array twice = given, first = given, negative;
  twice.insert(twice.end(), given.begin(), given.end());
  if (!given.empty()) first.push_back(given[0]);
  for (size_t i = 0; i < given.size(); ++i) negative.push_back(-1);
  std::vector<Json> twins = {twice,
                             first,
                             negative,
                             boost::json::array(),
                             boost::json::array{1, -1},
                             boost::json::array(200, Json(1)),
                             boost::json::array{int64_t{1} << 40},
                             boost::json::array{0},
                             3,
                             "all"};
  return twins;
}

int64_t Elements(const Shape& shape, int64_t batch) {
  const absl::StatusOr<Dims> dims = shape.Bind({{"batch", batch}});
  return dims.ok() ? NumElements(*dims) : std::numeric_limits<int64_t>::max();
}

// Runs what is small on zeros.
void RunIfSmall(const Function& f) {
  for (const Node& node : f.nodes) {
    for (const ValueType& type : node.outputs)
      if (Elements(type.shape, 2) > kMostElements) return;
  }
  runtime::TensorMap feeds, states;
  for (const NodeId id : f.inputs) {
    const ValueType& type = f.nodes[id].outputs[0];
    feeds[f.nodes[id].name] = Tensor::Zeros(type.dtype, *type.shape.Bind({{"batch", 2}})).value();
  }
  for (const NodeId id : f.states) {
    const ValueType& type = f.nodes[id].outputs[0];
    states[f.nodes[id].name] = Tensor::Zeros(type.dtype, type.shape.ToDims()).value();
  }
  const absl::Status status = runtime::EvaluateFunction(f, feeds, states).status();
  EXPECT_NE(status.code(), absl::StatusCode::kInternal) << status;
}

// Whether there is a graph.
bool Builds(const std::string& class_name, const Json& config, const Json& golden, bool training) {
  const auto layer = keras::LayerFromConfig(class_name, "layer", config, GoldenFunctions());
  if (!layer.ok()) return false;
  GraphBuilder g("hostile");
  std::vector<Value> values;
  for (const Json& item : golden.at("inputs").as_array()) {
    const Tensor t = TensorOfCase(item, 0).value();
    std::vector<Dim> dims = {Dim("batch")};
    for (size_t i = 1; i < t.dims().size(); ++i) dims.emplace_back(t.dims()[i]);
    values.push_back(
        g.Input(absl::StrCat("x", values.size()), t.dtype(), Shape(absl::MakeConstSpan(dims))));
  }
  std::vector<ValueType> types;
  for (const Value v : values) types.push_back(v.type());
  if (!(*layer)->EnsureBuilt(types).ok()) return false;
  keras::LayerNames names;
  (*layer)->AddNames("layer", &names);
  int64_t streams = 0;
  keras::CallContext context(&g, training, &names, &streams);
  const keras::LayerOutputs results =
      context.CallLayer(**layer, {.values = values, .masks = std::vector<Value>(values.size())});
  context.Finish();
  for (size_t i = 0; i < results.values.size() && g.ok(); ++i)
    g.Output(absl::StrCat("y", i), results.values[i]);
  const absl::StatusOr<Function> f = g.Build();
  if (f.ok()) RunIfSmall(*f);
  return f.ok();
}

TEST(HostileOptionsTest, GiveAnErrorOrAGraph) {
  int tried = 0, built = 0;
  const std::vector<GoldenClass> classes = ReadGoldenClasses("layers").value();
  for (const GoldenClass& c : classes) {
    for (const Json& golden : c.cases) {
      const Json* const config = Member(golden, "config");
      if (config == nullptr || Member(golden, "initial_state") != nullptr) continue;
      for (const auto& member : config->as_object()) {
        for (const Json& twin : HostileTwins(member.value())) {
          Json changed = *config;
          changed.get_object()[member.key()] = twin;
          SCOPED_TRACE(absl::StrCat(c.name, " ", JsonText(changed)));
          for (const bool training : {false, true}) {
            ++tried;
            built += Builds(c.name, changed, golden, training) ? 1 : 0;
          }
        }
      }
    }
  }
  EXPECT_GT(tried, 5000);
  EXPECT_GT(built, tried / 20);  // those that change little
}

}  // namespace
}  // namespace dagrad::keras_parity
