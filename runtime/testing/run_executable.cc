#include "dagrad/runtime/testing/run_executable.h"

#include <utility>

namespace dagrad::testing {

Tensor Vec(std::initializer_list<float> values) {
  return Tensor::Of<float>({static_cast<int64_t>(values.size())}, values);
}

std::vector<float> Values(const Tensor& t) {
  const auto data = t.data<float>();
  return {data.begin(), data.end()};
}

std::unique_ptr<Executable> CompileOrDie(GraphBuilder* g, const CompileOptions& options) {
  auto f = g->Build();
  EXPECT_TRUE(f.ok()) << f.status();
  auto e = Executable::Compile(*f, options);
  EXPECT_TRUE(e.ok()) << e.status();
  return *std::move(e);
}

Result RunWith(const Executable& e, const TensorMap& feeds, const TensorMap& states) {
  StateStore store;
  for (const auto& [name, tensor] : states) store.Set(name, *tensor.Clone());
  auto outputs = e.Run(feeds, &store);
  EXPECT_TRUE(outputs.ok()) << outputs.status();
  Result result;
  if (!outputs.ok()) return result;
  for (const auto& [name, tensor] : *outputs) result[name] = Values(tensor);
  for (const std::string& name : store.Names()) result["state:" + name] = Values(store.Get(name));
  return result;
}

int64_t LimitOf(const PlanSummary& free, double part) {
  return free.run_bytes - static_cast<int64_t>((1 - part) * static_cast<double>(free.arena_bytes));
}

::testing::AssertionResult Mentions(const std::string& text,
                                    const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    if (text.find(part) != std::string::npos) continue;
    return ::testing::AssertionFailure() << part << " is not in: " << text;
  }
  return ::testing::AssertionSuccess();
}

}  // namespace dagrad::testing
