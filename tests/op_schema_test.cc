// The schema of every op: complete, consistent, and each constraint violated once with exactly its
// label.

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "dagrad/tests/op_test.h"

namespace dagrad::tests {
namespace {

bool AcceptsFloat(const PortSpec& port) {
  return port.dtypes.Contains(DType::kFloat32) || port.dtypes.Contains(DType::kFloat64);
}

// Inference of `op` must fail with `label`, and with no other.
void ExpectViolation(const OpDef& op, const std::vector<ValueType>& inputs, AttrMap attrs,
                     const std::string& label) {
  std::string types;
  for (const ValueType& t : inputs) absl::StrAppend(&types, t.ToString(), " ");
  const std::string given = attrs.ToString();
  const auto result = InferOp(op, inputs, &attrs);
  ASSERT_FALSE(result.ok()) << label << " is not refused: " << types << "with " << given;
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument) << result.status();
  EXPECT_TRUE(absl::StrContains(result.status().message(), absl::StrCat(" (", label, ")")))
      << "expected " << label << " for " << types << "with " << given
      << ", got: " << result.status().message();
}

TEST_P(OpTest, HasSamples) {
  ASSERT_NE(op().samples, nullptr);
  EXPECT_FALSE(SamplesOf(op()).samples.empty());
  std::set<std::string> names;
  for (const ops::Sample& s : SamplesOf(op()).samples) {
    EXPECT_TRUE(names.insert(s.name).second) << "two samples are named \"" << s.name << "\"";
    EXPECT_FALSE(s.name.empty());
  }
}

TEST_P(OpTest, InferenceAcceptsEverySample) {
  for (const OpCase& c : AllCases(op())) {
    SCOPED_TRACE(c.Name());
    AttrMap attrs = c.attrs;
    const auto types = InferOp(op(), c.InputTypes(), &attrs);
    ASSERT_TRUE(types.ok()) << types.status();
    ASSERT_FALSE(types->empty());
    for (size_t i = 0; i < types->size(); ++i) {
      const PortSpec& port = op().OutputPort(i);
      EXPECT_TRUE(port.dtypes.Contains((*types)[i].dtype))
          << "output " << i << " is " << (*types)[i].ToString();
    }
    if (!op().outputs.back().variadic) {
      EXPECT_EQ(types->size(), op().outputs.size());
    }
  }
}

TEST_P(OpTest, SamplesReachEveryAcceptedDType) {
  std::vector<std::set<DType>> dtypes(op().inputs.size());
  for (const OpCase& c : AllCases(op())) {
    for (size_t i = 0; i < c.inputs.size(); ++i) {
      dtypes[std::min(i, op().inputs.size() - 1)].insert(c.inputs[i].dtype());
    }
  }
  for (size_t i = 0; i < op().inputs.size(); ++i) {
    std::vector<DType> all(std::begin(kAllDTypes), std::end(kAllDTypes));
    all.push_back(DType::kString);
    for (DType d : all) {
      if (!op().inputs[i].dtypes.Contains(d) || HasDerivedCases(op(), d)) continue;
      EXPECT_TRUE(dtypes[i].contains(d))
          << "no sample has input " << op().inputs[i].name << " of " << DTypeName(d);
    }
  }
}

TEST_P(OpTest, ConstraintsAreViolatedWithTheirLabels) {
  std::set<absl::string_view> violated;
  for (const ops::Violation& v : SamplesOf(op()).violations) {
    SCOPED_TRACE(v.label);
    EXPECT_TRUE(std::any_of(op().constraints.begin(), op().constraints.end(),
                            [&](const Constraint& c) { return c.label == v.label; }))
        << "the op does not declare the constraint";
    violated.insert(v.label);
    ExpectViolation(op(), v.inputs, v.attrs, std::string(v.label));
  }
  std::set<absl::string_view> labels;
  for (const Constraint& c : op().constraints) {
    EXPECT_TRUE(violated.contains(c.label)) << "no sample violates " << c.label << ": " << c.text;
    EXPECT_TRUE(labels.insert(c.label).second) << c.label << " is declared twice";
    EXPECT_TRUE(absl::StartsWith(c.label, absl::StrCat(op().label, "_"))) << c.label;
    EXPECT_FALSE(c.text.empty()) << c.label;
  }
}

TEST_P(OpTest, RefusesAWrongNumberOfInputs) {
  const std::string label = absl::StrCat(op().label, "_inputs");
  const OpCase c = Float64Cases(op())[0];
  std::vector<ValueType> types = c.InputTypes();
  if (op().inputs.empty() || !op().inputs.back().variadic) {
    types.resize(op().inputs.size() + 1, {DType::kFloat64, {}});
    ExpectViolation(op(), types, c.attrs, label);
  }
  if (op().MinInputs() == 0) return;
  types.resize(op().MinInputs() - 1);
  ExpectViolation(op(), types, c.attrs, label);
}

TEST_P(OpTest, OptionalInputsStandAtTheEndAndAreLeftOutInSamples) {
  std::set<size_t> counts;
  for (const OpCase& c : Float64Cases(op())) counts.insert(c.inputs.size());
  for (size_t i = 0; i < op().inputs.size(); ++i) {
    if (!op().inputs[i].optional) continue;
    EXPECT_GE(i, op().MinInputs()) << op().inputs[i].name << " stands before one that is needed";
    EXPECT_TRUE(counts.contains(i)) << "no sample leaves out " << op().inputs[i].name;
    EXPECT_GT(*counts.rbegin(), i) << "no sample has " << op().inputs[i].name;
  }
  for (const PortSpec& port : op().outputs) EXPECT_FALSE(port.optional) << port.name;
}

// What is wrong with a piece of documentation; "" if nothing is.
std::string FaultOf(absl::string_view doc) {
  if (doc.empty()) return "is missing";
  if (doc != absl::StripAsciiWhitespace(doc)) return "begins or ends with a space";
  if (absl::StrContains(doc, "  ")) return "has two spaces in a row";
  if (absl::StrContains(doc, "\t")) return "has a tab";
  return "";
}

// Of a port or an attribute: part of a sentence on one line.
std::string FaultOfPhrase(absl::string_view doc) {
  if (const std::string fault = FaultOf(doc); !fault.empty()) return fault;
  if (absl::StrContains(doc, "\n")) return "has several lines";
  if (absl::EndsWith(doc, ".")) return "ends with a full stop";
  return "";
}

// Of an op: one to four lines of sentences.
std::string FaultOfText(absl::string_view doc) {
  if (!absl::EndsWith(doc, ".")) return "does not end with a full stop";
  const std::vector<absl::string_view> lines = absl::StrSplit(doc, '\n');
  if (lines.size() > 4) return "has more than four lines";
  for (absl::string_view line : lines) {
    if (const std::string fault = FaultOf(line); !fault.empty()) return fault;
    if (line.size() > 110) return absl::StrCat("has a long line: ", line);
  }
  return "";
}

void ExpectDocumented(const OpDef& op) {
  EXPECT_EQ(FaultOfText(op.doc), "") << op.name << ": " << op.doc;
  for (const auto* ports : {&op.inputs, &op.outputs}) {
    for (const PortSpec& p : *ports)
      EXPECT_EQ(FaultOfPhrase(p.doc), "") << op.name << ", port " << p.name << ": " << p.doc;
  }
  for (const AttrSpec& a : op.attrs)
    EXPECT_EQ(FaultOfPhrase(a.doc), "") << op.name << ", attribute " << a.name << ": " << a.doc;
}

TEST_P(OpTest, IsDocumented) { ExpectDocumented(op()); }

TEST_P(OpTest, InPlaceOfNamesAnInputOfTheSameDType) {
  for (const PortSpec& input : op().inputs) EXPECT_EQ(input.in_place_of, "") << input.name;
  for (const PortSpec& output : op().outputs) {
    if (output.in_place_of.empty()) continue;
    EXPECT_FALSE(op().Has(kInPlace)) << "any input's place may be taken";
    const auto input = std::find_if(op().inputs.begin(), op().inputs.end(),
                                    [&](const auto& p) { return p.name == output.in_place_of; });
    ASSERT_NE(input, op().inputs.end()) << output.name << " in place of " << output.in_place_of;
    EXPECT_FALSE(output.type_variable.empty()) << output.name;
    EXPECT_EQ(input->type_variable, output.type_variable) << output.name;
  }
}

TEST_P(OpTest, RefusesOtherDTypes) {
  const std::string label = absl::StrCat(op().label, "_dtype");
  for (const OpCase& c : Float64Cases(op())) {
    SCOPED_TRACE(c.Name());
    for (size_t i = 0; i < c.inputs.size(); ++i) {
      std::vector<ValueType> types = c.InputTypes();
      types[i].dtype = DType::kInvalid;
      ExpectViolation(op(), types, c.attrs, label);
      for (DType d : kAllDTypes) {
        types[i].dtype = d;
        const bool shared = std::any_of(types.begin(), types.end(), [&](const ValueType& other) {
          const PortSpec& port = op().InputPort(&other - types.data());
          return &other != &types[i] && !port.type_variable.empty() &&
                 port.type_variable == op().InputPort(i).type_variable && other.dtype != d;
        });
        if (shared || !op().InputPort(i).dtypes.Contains(d))
          ExpectViolation(op(), types, c.attrs, label);
      }
    }
  }
}

TEST_P(OpTest, RefusesWrongAttributes) {
  const std::string label = absl::StrCat(op().label, "_attr");
  const OpCase c = Float64Cases(op())[0];
  AttrMap unknown = c.attrs;
  unknown.Set("no_such_attribute", 1);
  ExpectViolation(op(), c.InputTypes(), unknown, label);
  for (const AttrSpec& spec : op().attrs) {
    AttrMap wrong = c.attrs;
    if (spec.kind == AttrKind::kString) {
      wrong.Set(spec.name, 1);
    } else {
      wrong.Set(spec.name, "text");
    }
    ExpectViolation(op(), c.InputTypes(), wrong, label);
    if (spec.default_value.has_value()) {
      EXPECT_EQ(spec.default_value->kind(), spec.kind) << spec.name;
      continue;
    }
    AttrMap missing;
    for (const AttrMap::Entry& e : c.attrs.entries()) {
      if (e.name != spec.name) missing.Set(e.name, e.value);
    }
    ExpectViolation(op(), c.InputTypes(), missing, label);
  }
}

TEST_P(OpTest, DifferentiableExactlyIfItHasAGradientFunction) {
  const bool input = std::any_of(op().inputs.begin(), op().inputs.end(), [](const PortSpec& p) {
    return p.differentiable && AcceptsFloat(p);
  });
  const bool output = std::any_of(op().outputs.begin(), op().outputs.end(), AcceptsFloat);
  EXPECT_EQ(op().gradient != nullptr, input && output)
      << (op().gradient == nullptr
              ? "an input is declared differentiable, but there is no gradient function"
              : "there is a gradient function, but no differentiable input");
}

TEST_P(OpTest, TraitsFitTheSchema) {
  EXPECT_NE(op().infer, nullptr);
  EXPECT_FALSE(op().outputs.empty());
  EXPECT_GE(op().version, 1);
  EXPECT_EQ(op().upgrade != nullptr, op().version > 1) << "older files are read, or there are none";
  EXPECT_TRUE(op().make_kernel != nullptr || op().Has(kView)) << "the op has no kernel";
  EXPECT_FALSE(op().Has(kStructural));
  if (op().Has(kCommutative)) {
    ASSERT_EQ(op().inputs.size(), 2u);
    EXPECT_EQ(op().inputs[0].dtypes, op().inputs[1].dtypes);
  }
  if (op().Has(kReduction)) {
    ASSERT_NE(op().FindAttr("axes"), nullptr);
    ASSERT_NE(op().FindAttr("keepdims"), nullptr);
    EXPECT_EQ(op().FindAttr("axes")->kind, AttrKind::kInts);
    EXPECT_EQ(op().FindAttr("keepdims")->kind, AttrKind::kBool);
  }
  if (op().Has(kRandom)) {
    const auto key = std::find_if(op().inputs.begin(), op().inputs.end(),
                                  [](const PortSpec& p) { return p.name == "key"; });
    ASSERT_NE(key, op().inputs.end());
    EXPECT_EQ(key->dtypes, DTypeSet({DType::kInt64}));
    EXPECT_FALSE(key->differentiable);
  }
}

TEST_P(OpTest, CostsAreFinite) {
  for (const OpCase& c : AllCases(op())) {
    SCOPED_TRACE(c.Name());
    AttrMap attrs = c.attrs;
    const auto types = InferOp(op(), c.InputTypes(), &attrs);
    ASSERT_TRUE(types.ok()) << types.status();
    std::vector<Dims> in, out;
    std::vector<size_t> in_bytes, out_bytes;
    for (const Tensor& t : c.inputs) {
      in.push_back(t.dims());
      in_bytes.push_back(t.byte_size());
    }
    for (const ValueType& t : *types) {
      out.push_back(t.shape.ToDims());
      out_bytes.push_back(NumElements(out.back()) * DTypeSize(t.dtype));
    }
    const OpCost cost = CostOf(op(), {attrs, in, out}, in_bytes, out_bytes);
    EXPECT_TRUE(cost.flops >= 0 && cost.flops < 1e12) << cost.flops;
    EXPECT_TRUE(cost.bytes >= 0 && cost.bytes < 1e12) << cost.bytes;
  }
}

DAGRAD_FOR_ALL_OPS;

TEST(OpTableTest, NamesAndLabelsAreUniqueAndFound) {
  std::set<absl::string_view> labels;
  absl::string_view previous;
  for (const OpDef* op : ops::AllOps()) {
    EXPECT_LT(previous, op->name) << "sorted, without duplicates";
    previous = op->name;
    EXPECT_TRUE(labels.insert(op->label).second) << op->label;
    EXPECT_EQ(ops::FindOp(op->name), op);
  }
  for (const OpDef* op : ops::AllOps()) {
    for (absl::string_view former : op->former_names)
      EXPECT_EQ(ops::FindOp(former), op) << former << " is another op's name";
  }
  EXPECT_EQ(ops::FindOp("Input"), &InputOp());
  EXPECT_EQ(ops::FindOp("State"), &StateOp());
  EXPECT_EQ(ops::FindOp("NoSuchOp"), nullptr);
}

TEST(OpTableTest, InputAndStateAreDocumented) {
  ExpectDocumented(InputOp());
  ExpectDocumented(StateOp());
}

TEST(OpTableTest, FaultsOfDocumentationAreFound) {
  EXPECT_EQ(FaultOfText("Sum: y = a + b.\nIntegers wrap around."), "");
  for (absl::string_view wrong :
       {"", "No full stop", " Space before.", "Space after. ", "Two  spaces.", "A\ttab.",
        "1.\n2.\n3.\n4.\n5.", "An empty line.\n\nIs one too many."})
    EXPECT_NE(FaultOfText(wrong), "") << wrong;
  EXPECT_NE(FaultOfText(absl::StrCat(std::string(110, 'x'), ".")), "");
  EXPECT_EQ(FaultOfPhrase("tensor of any shape"), "");
  for (absl::string_view wrong : {"", "a full stop.", "two\nlines", " space"})
    EXPECT_NE(FaultOfPhrase(wrong), "") << wrong;
}

}  // namespace
}  // namespace dagrad::tests
