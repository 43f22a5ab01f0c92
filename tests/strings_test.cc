// Strings in graphs: values of runs that outlive what they were made of, files, limits, and what
// refuses them.
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "dagrad/graph/builder.h"
#include "dagrad/graph/serialize.h"
#include "dagrad/io/npy.h"
#include "dagrad/io/safetensors.h"
#include "dagrad/ops/ops.h"
#include "dagrad/ops/table.h"
#include "dagrad/runtime/run/executable.h"
#include "dagrad/runtime/run/interpreter.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dagrad {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Tensor Strings(Dims dims, std::initializer_list<absl::string_view> values) {
  return Tensor::Of<absl::string_view>(dims, values);
}

std::vector<std::string> TextOf(const Tensor& t) {
  return {t.data<absl::string_view>().begin(), t.data<absl::string_view>().end()};
}

TEST(StringTensorTest, OwnsItsText) {
  Tensor t;
  {
    std::string text = "a long text that stands on the heap, not in the string";
    t = Tensor::Of<absl::string_view>({2}, {text, ""});
    text.assign(text.size(), 'x');
  }
  EXPECT_THAT(TextOf(t), ElementsAre("a long text that stands on the heap, not in the string", ""));
  Tensor copy = *t.Clone();
  copy.mutable_data<absl::string_view>()[1] = "b";
  ASSERT_TRUE(copy.OwnText().ok());
  EXPECT_FALSE(SameBits(t, copy));
  t = Tensor();
  EXPECT_THAT(TextOf(*copy.Reshaped({2, 1})),
              ElementsAre("a long text that stands on the heap, not in the string", "b"));
}

TEST(StringTensorTest, IsComparedPrintedAndRefusedByItsText) {
  const std::string a = "équal", b = a;
  EXPECT_TRUE(SameBits(Strings({1}, {a}), Strings({1}, {b})));
  EXPECT_FALSE(SameBits(Strings({1}, {a}), Strings({1}, {"other"})));
  EXPECT_EQ(Attribute(Strings({1}, {a})).Hash(), Attribute(Strings({1}, {b})).Hash());
  EXPECT_EQ(Strings({2}, {"a\n\"", std::string(70, 'x')}).ToString(),
            absl::StrCat("string[2] {\"a\\n\\\"\", \"", std::string(64, 'x'), "…\"}"));
  EXPECT_THAT(TextOf(*Tensor::Allocate(DType::kString, {2})), ElementsAre("", ""));
  EXPECT_TRUE(absl::IsInvalidArgument(Strings({1}, {"1"}).Cast(DType::kFloat32).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Tensor::Scalar(1.0f).Cast(DType::kString).status()));
  EXPECT_EQ(*ParseDType("string"), DType::kString);
}

// y = lower(x) + "!" + x, and which of them are "a".
Function Shouted() {
  GraphBuilder g("shouted");
  const Value x = g.Input("x", DType::kString, {"n"});
  const Value mark = Constant(&g, Strings({}, {"!"}));
  g.Output("y", StringConcat(StringConcat(StringLower(x), mark), x));
  g.Output("is_a", StringIsIn(x, {"a"}, /*case_sensitive=*/false));
  g.Output("same", Identity(x));
  return g.Build().value();
}

TEST(StringsTest, OutputsOutliveFeedsContextAndExecutable) {
  for (const bool optimize : {true, false}) {
    auto executable = *Executable::Compile(Shouted(), {.optimize = optimize});
    auto context = *executable->NewContext(nullptr);
    ASSERT_TRUE(executable->Run(context.get(), {Strings({2}, {"Añ", "B"})}).ok());
    const std::vector<Tensor> first(context->outputs().begin(), context->outputs().end());
    ASSERT_TRUE(executable->Run(context.get(), {Strings({3}, {"", "A", "c"})}).ok());
    const std::vector<Tensor> second(context->outputs().begin(), context->outputs().end());
    EXPECT_TRUE(context->guards_intact());
    context.reset();
    executable.reset();
    EXPECT_THAT(TextOf(first[0]), ElementsAre("añ!Añ", "b!B"));
    EXPECT_THAT(TextOf(first[2]), ElementsAre("Añ", "B"));
    EXPECT_THAT(TextOf(second[0]), ElementsAre("!", "a!A", "c!c"));
    EXPECT_TRUE(SameBits(second[1], Tensor::Of<bool>({3}, {false, true, false})));
    EXPECT_THAT(TextOf(second[2]), ElementsAre("", "A", "c"));
  }
}

TEST(StringsTest, AFailedRunLeavesOutputsThatMayBeRead) {
  const auto executable = *Executable::Compile(Shouted());
  const auto context = *executable->NewContext(nullptr);
  const std::string long_text(1 << 20, 'A');
  const Tensor x = Tensor::Of<absl::string_view>({1}, {long_text});
  const absl::Status status = executable->Run(context.get(), {x}, {Budget({.bytes = 1 << 19})});
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("the text of strings"));
  EXPECT_THAT(TextOf(context->outputs()[0]), ElementsAre(""));
  EXPECT_TRUE(executable->Run(context.get(), {x}).ok());
}

TEST(StringsTest, ManyContextsAtOnce) {
  const auto executable = *Executable::Compile(Shouted());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const auto context = *executable->NewContext(nullptr);
      for (int i = 0; i < 50; ++i) {
        const std::string text = absl::StrCat("Text ", t, " ", i);
        ASSERT_TRUE(
            executable->Run(context.get(), {Tensor::Of<absl::string_view>({1}, {text})}).ok());
        EXPECT_THAT(TextOf(context->outputs()[0]),
                    ElementsAre(absl::StrCat("text ", t, " ", i, "!", text)));
      }
    });
  }
  for (std::thread& t : threads) t.join();
}

TEST(StringsTest, PartsAreAsManyAsTheDataSay) {
  GraphBuilder g("split");
  const StringSplitResult r = StringSplit(g.Input("x", DType::kString, {"n"}));
  g.Output("parts", StringUpper(r.parts));
  g.Output("counts", r.counts);
  const auto executable = *Executable::Compile(g.Build().value());
  const auto first = executable->Run({{"x", Strings({2}, {"a b c", "d"})}});
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->at("parts").dims(), (Dims{2, 3}));
  EXPECT_THAT(TextOf(first->at("parts")), ElementsAre("A", "B", "C", "D", "", ""));
  EXPECT_TRUE(SameBits(first->at("counts"), Tensor::Of<int64_t>({2}, {3, 1})));
  const auto none = executable->Run({{"x", Strings({0}, {})}});
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_EQ(none->at("parts").dims(), (Dims{0, 0}));
}

TEST(StringsTest, StandInFiles) {
  Model model;
  GraphBuilder g("f");
  const Value table = Constant(&g, Strings({2, 1}, {std::string("a\0\xFF", 3), "é"}));
  g.Output("y", Reshape(Gather(table, g.Input("i", DType::kInt64, {"n"})), {"n"}));
  model.functions.push_back(g.Build().value());
  const auto evaluate = [](const Function& f) {
    return TextOf(runtime::EvaluateFunction(f, {{"i", Tensor::Of<int64_t>({3}, {1, 0, -1})}})
                      ->outputs.at("y"));
  };
  const std::vector<std::string> expected = {"é", std::string("a\0\xFF", 3), "é"};
  EXPECT_EQ(evaluate(model.functions[0]), expected);
  const auto binary = SerializeModel(model);
  ASSERT_TRUE(binary.ok()) << binary.status();
  const auto back = ParseModel(*binary, ops::FindOp);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(evaluate(back->functions[0]), expected);
  const auto text = ModelToText(model);
  ASSERT_TRUE(text.ok()) << text.status();
  const auto read = ParseModelText(*text, ops::FindOp);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(evaluate(read->functions[0]), expected);
}

TEST(StringsTest, DamagedTensorsAreErrors) {
  proto::Tensor t;
  t.set_dtype(proto::STRING);
  t.add_dims(2);
  t.add_strings("a");
  EXPECT_TRUE(absl::IsDataLoss(FromProto(t).status()));
  t.add_strings("b");
  EXPECT_TRUE(FromProto(t).ok());
  t.set_data("x");
  EXPECT_TRUE(absl::IsDataLoss(FromProto(t).status()));
  t.clear_data();
  t.set_dtype(proto::UINT8);
  EXPECT_TRUE(absl::IsDataLoss(FromProto(t).status()));
  t.set_dtype(proto::STRING);
  t.mutable_dims()->Clear();
  t.add_dims(int64_t{1} << 60);
  EXPECT_FALSE(FromProto(t).ok());
}

// What refuses strings, with a part of what it says.
TEST(StringsTest, OthersRefuseThem) {
  using Make = Value (*)(GraphBuilder&, Value);
  const std::pair<Make, std::string> cases[] = {
      {[](GraphBuilder&, Value x) { return x + x; }, "add_dtype"},
      {[](GraphBuilder&, Value x) { return Cast(x, DType::kFloat32); }, "cast_dtype"},
      {[](GraphBuilder& g, Value) {
         return Cast(g.Input("y", DType::kFloat32, {}), DType::kString);
       },
       "cast_dtype"},
      {[](GraphBuilder& g, Value) { return Full(&g, DType::kString, {2}, 0); }, "string"},
      {[](GraphBuilder& g, Value) { return g.State("s", DType::kString, {2}); }, "state_dtype"},
      {[](GraphBuilder&, Value x) { return StringConcat(x, 0.0); }, "is no string"},
      {[](GraphBuilder&, Value x) { return Equal(x, x); }, "equal_dtype"},
      {[](GraphBuilder& g, Value x) {
         const Value yes = Constant(&g, Tensor::Scalar(true));
         return If(
             yes, [&](GraphBuilder&) { return x; }, [&](GraphBuilder&) { return x; })[0];
       },
       "if_dtype"}};
  for (const auto& [make, message] : cases) {
    GraphBuilder g("f");
    const Value y = make(g, g.Input("x", DType::kString, {2}));
    if (y.valid()) g.Output("y", y);
    const auto f = g.Build();
    ASSERT_TRUE(absl::IsInvalidArgument(f.status())) << f.status() << message;
    EXPECT_THAT(std::string(f.status().message()), HasSubstr(message));
  }
}

TEST(StringsTest, FilesOfNumbersRefuseThem) {
  io::Safetensors contents;
  contents.tensors["t"] = Strings({1}, {"a"});
  EXPECT_TRUE(absl::IsUnimplemented(io::EncodeSafetensors(contents).status()));
}

}  // namespace
}  // namespace dagrad
