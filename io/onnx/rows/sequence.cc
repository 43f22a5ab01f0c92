// Sequences and optionals whose lengths and positions are known when the model is imported: they
// are lists of the importer, and no node is made of them.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/io/onnx/rows/common.h"
#include "dagrad/io/onnx/rows/rows.h"
#include "dagrad/ops/shape/concat/concat.h"
#include "dagrad/ops/shape/reshape/reshape.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad::onnx {
namespace {

// Longer ones belong into a loop; and each op on a sequence copies its list.
constexpr size_t kMostElements = 4096;

void OutSequence(NodeImport& c, std::vector<ImportedPtr> elements) {
  if (elements.size() > kMostElements)
    return c.Unsupported(absl::StrCat("a sequence of more than ", kMostElements, " elements"));
  auto result = std::make_shared<Imported>();
  result->sequence = std::move(elements);
  c.out_same(0, std::move(result));
}

// The elements of input 0; an error, and none, if it is no sequence.
std::vector<ImportedPtr> SequenceOf(NodeImport& c) {
  const Imported* v = c.imported(0);
  if (v != nullptr && v->sequence.has_value()) return *v->sequence;
  c.Invalid("input 0 is no sequence");
  return {};
}

// A tensor that becomes an element; null after an error.
ImportedPtr ElementOf(NodeImport& c, int i) {
  if (c.type(i).dtype == DType::kInvalid || !c.ok()) return nullptr;
  return c.input_ptr(i);
}

// A position of 0 to `end`, that may be counted from `size`.
size_t PositionOf(NodeImport& c, int input, size_t size, int64_t otherwise, int64_t end) {
  const int64_t given = c.Integer(input, otherwise);
  const int64_t position = given < 0 ? given + static_cast<int64_t>(size) : given;
  if (c.ok() && (position < 0 || position > end))
    c.Invalid(absl::StrCat("position ", given, " is outside of ", size, " elements"));
  return c.ok() ? static_cast<size_t>(position) : 0;
}

void ImportSequenceConstruct(NodeImport& c) {
  std::vector<ImportedPtr> elements;
  for (int i = 0; i < c.num_inputs(); ++i) elements.push_back(ElementOf(c, i));
  if (elements.empty()) c.Invalid("it has no inputs");
  if (c.ok()) OutSequence(c, std::move(elements));
}

void ImportSequenceEmpty(NodeImport& c) { OutSequence(c, {}); }

void ImportSequenceInsert(NodeImport& c) {
  std::vector<ImportedPtr> elements = SequenceOf(c);
  const auto size = static_cast<int64_t>(elements.size());
  ImportedPtr element = ElementOf(c, 1);
  const size_t at = PositionOf(c, 2, elements.size(), size, size);
  if (!c.ok()) return;
  elements.insert(elements.begin() + static_cast<int64_t>(at), std::move(element));
  OutSequence(c, std::move(elements));
}

void ImportSequenceErase(NodeImport& c) {
  std::vector<ImportedPtr> elements = SequenceOf(c);
  const size_t at =
      PositionOf(c, 1, elements.size(), -1, static_cast<int64_t>(elements.size()) - 1);
  if (!c.ok()) return;
  elements.erase(elements.begin() + static_cast<int64_t>(at));
  OutSequence(c, std::move(elements));
}

void ImportSequenceAt(NodeImport& c) {
  const std::vector<ImportedPtr> elements = SequenceOf(c);
  if (!c.has(1)) c.Invalid("input 1 is missing");
  const size_t at = PositionOf(c, 1, elements.size(), 0, static_cast<int64_t>(elements.size()) - 1);
  if (c.ok()) c.out_same(0, elements[at]);
}

void ImportSequenceLength(NodeImport& c) {
  const std::vector<ImportedPtr> elements = SequenceOf(c);
  if (c.ok()) c.out_constant(0, Tensor::Scalar(static_cast<int64_t>(elements.size())));
}

// new_axis: elements become its numbers.
void ImportConcatFromSequence(NodeImport& c) {
  const bool new_axis = c.Int("new_axis", 0) != 0;
  std::vector<Value> values;
  for (const ImportedPtr& e : SequenceOf(c)) values.push_back(Materialize(c.builder(), e.get()));
  if (!c.ok()) return;
  if (values.empty()) return c.Invalid("the sequence has no elements");
  if (!c.has_attribute("axis")) return c.Invalid("attribute axis is missing");
  const int axis = AxisOf(c, c.Int("axis", 0), values[0].rank() + (new_axis ? 1 : 0));
  if (!c.ok()) return;
  for (Value& v : values) {
    if (!new_axis) continue;
    if (v.rank() < axis) return c.Invalid("the elements differ in rank");
    Shape shape;
    for (int a = 0; a <= v.rank(); ++a)
      shape.push_back(a == axis ? Dim(1) : v.dim(a < axis ? a : a - 1));
    v = Reshape(v, shape);
  }
  c.out(0, Concat(values, axis));
}

// Sizes of the parts of an axis: those given, all of the one given, or all 1.
std::vector<Dim> PartsOf(NodeImport& c, const Value& x, int axis) {
  if (c.has(1) && c.rank(1) == 1) {
    if (c.Dims(1).size() <= kMostElements) return c.Dims(1);
    return c.Unsupported(absl::StrCat("a sequence of more than ", kMostElements, " elements")),
           std::vector<Dim>();
  }
  const int64_t dim = KnownDim(c, x, axis), each = c.Integer(1, 1);
  if (c.ok() && each < 1) c.Invalid("the size of parts is not positive");
  if (c.ok() && dim / each >= static_cast<int64_t>(kMostElements))
    c.Unsupported(absl::StrCat("a sequence of more than ", kMostElements, " elements"));
  std::vector<Dim> sizes;
  for (int64_t at = 0; c.ok() && at < dim; at += each) sizes.emplace_back(std::min(each, dim - at));
  return sizes;
}

void ImportSplitToSequence(NodeImport& c) {
  const Value x = c.in(0);
  if (!c.ok()) return;
  const int axis = AxisOf(c, c.Int("axis", 0), x.rank());
  if (!c.ok()) return;
  const std::vector<Dim> sizes = PartsOf(c, x, axis);
  if (!c.ok()) return;
  Shape squeezed;
  for (int a = 0; a < x.rank(); ++a) {
    if (a != axis) squeezed.push_back(x.dim(a));
  }
  std::vector<ImportedPtr> elements;
  for (const Value& part : Split(x, sizes, axis)) {
    elements.push_back(std::make_shared<Imported>());
    const bool squeeze = !c.has(1) && c.Int("keepdims", 1) == 0;
    elements.back()->value = squeeze ? Reshape(part, squeezed) : part;
  }
  OutSequence(c, std::move(elements));
}

// An optional that has an element is that element.
void ImportOptional(NodeImport& c) {
  if (!c.has(0)) return c.Unsupported("an optional without element");
  c.out_same(0, c.input_ptr(0));
}

void ImportOptionalHasElement(NodeImport& c) { c.out_constant(0, Tensor::Scalar(c.has(0))); }

constexpr Row kRows[] = {
    {"ConcatFromSequence", ImportConcatFromSequence, 1},
    {"Optional", ImportOptional, 1},
    {"OptionalGetElement", ImportOptional, 1},
    {"OptionalHasElement", ImportOptionalHasElement, 1},
    {"SequenceAt", ImportSequenceAt, 2},
    {"SequenceConstruct", ImportSequenceConstruct, kAnyNumber},
    {"SequenceEmpty", ImportSequenceEmpty, 0},
    {"SequenceErase", ImportSequenceErase, 2},
    {"SequenceInsert", ImportSequenceInsert, 3},
    {"SequenceLength", ImportSequenceLength, 1},
    {"SplitToSequence", ImportSplitToSequence, 2},
};

}  // namespace

absl::Span<const Row> SequenceRows() { return kRows; }

}  // namespace dagrad::onnx
