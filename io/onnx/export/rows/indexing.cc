// Ops that read and write elements by number, or give such numbers.
#include <cmath>

#include "dagrad/io/onnx/export/rows/common.h"

namespace dagrad::onnx {
namespace {

void WriteGather(NodeExport& c) {
  c.out(0, c.Op("Gather", c.all_inputs(), {{"axis", c.attr<int64_t>("axis")}}));
}

// Zeros to which the updates are added, axis first.
void WriteScatterAdd(NodeExport& c) {
  const Shape& shape = c.out_shape();
  const int64_t axis = FromZero(c.attr<int64_t>("axis"), shape.rank());
  // The axes of the indices before those that stand before them.
  Perm to_front;
  for (int64_t a = 0; a < c.rank(0); ++a) to_front.push_back(axis + a);
  for (int64_t a = 0; a < c.rank(1); ++a) {
    if (a < axis || a >= axis + c.rank(0)) to_front.push_back(a);
  }
  Shape front({shape.dim(static_cast<int>(axis))});
  Perm back = {axis};
  for (int64_t a = 0; a < shape.rank(); ++a) {
    if (a == axis) continue;
    front.push_back(shape.dim(static_cast<int>(a)));
    back.push_back(a);
  }
  const DType dtype = c.dtype(1);
  const Var zeros = c.Op("Expand", {c.Scalar(0, dtype), c.SizesOf(front)});
  const Var indices = c.Unsqueeze(c.Cast(c.in(0), DType::kInt64), {-1});
  const Var y =
      c.Op("ScatterND", {zeros, indices, c.in(1, to_front)}, {{"reduction", "add"}}, dtype);
  c.out(0, y, Inverse(back));
}

void WriteSliceUpdate(NodeExport& c) {
  const Shape &x = c.shape(0), &update = c.shape(1);
  const auto axis = static_cast<int>(FromZero(c.attr<int64_t>("axis"), x.rank()));
  const bool by_row = c.rank(2) == 1;
  Var start = c.Cast(c.in(2), DType::kInt64);
  if (by_row) start = c.Unsqueeze(start, {1});
  Var places = start + Counted(c, update.dim(axis));
  if (c.attr<bool>("circular")) places = c.Op("Mod", {places, c.SizeOf(x.dim(axis))});
  Shape spread;
  for (int a = 0; a < x.rank(); ++a)
    spread.push_back(a == axis || (by_row && a == 0) ? update.dim(a) : Dim(1));
  const Var indices =
      c.Op("Expand", {c.Reshape(places, spread), c.SizesOf(update)}, {}, DType::kInt64);
  c.out(0, c.Op("ScatterElements", {c.in(0), indices, c.in(1)}, {{"axis", axis}}));
}

// An index outside of [0, depth) is off everywhere; ONNX's own op counts those below 0 from the
// end.
void WriteOneHot(NodeExport& c) {
  const int64_t depth = c.attr<int64_t>("depth"),
                axis = FromZero(c.attr<int64_t>("axis"), c.out_rank());
  std::vector<int64_t> numbers, shape(static_cast<size_t>(c.out_rank()), 1);
  for (int64_t i = 0; i < depth; ++i) numbers.push_back(i);
  shape[static_cast<size_t>(axis)] = depth;
  const Tensor classes = *Tensor::Of<int64_t>({depth}, numbers).Reshaped(shape);
  const Var indices = c.Unsqueeze(c.Cast(c.in(0), DType::kInt64), {axis});
  c.out(0,
        c.Where(Equal(indices, c.Constant(classes)), c.Scalar(c.attr<double>("on"), c.out_dtype()),
                c.Scalar(c.attr<double>("off"), c.out_dtype())));
}

// Of equal elements ONNX takes the smaller index first too.
void WriteArgTopK(NodeExport& c) {
  const NodeAttributes attrs = {
      {"axis", c.attr<int64_t>("axis")}, {"largest", c.attr<bool>("largest")}, {"sorted", 1}};
  const Var k = c.SizeOf(c.attr<Shape>("k").dim(0));
  Var places = c.Ops("TopK", {c.in(0), k}, attrs, 2)[1];
  places.dtype = DType::kInt64;
  c.out(0, places);
}

// The first n of x's elements along `axis`, zeros if there are fewer; `shape` has n there.
Var FirstOf(NodeExport& c, const Var& x, const Shape& shape, int axis) {
  const Var zeros = c.Op("Expand", {c.Scalar(0, x.dtype), c.SizesOf(shape)});
  return c.Op("Slice",
              {c.Concat({x, zeros}, axis), c.Ints({0}), c.SizeOf(shape.dim(axis)), c.Ints({axis})});
}

void WriteNonZero(NodeExport& c) {
  const Var places = c.Op("NonZero", {c.in(0)}, {}, DType::kInt64);
  c.out(0, FirstOf(c, places, c.out_shape(), 1));
}

// How many there are: the first dimension of `rows`, a scalar.
Var CountOf(NodeExport& c, const Var& rows) {
  return c.Squeeze(c.Op("Shape", {rows}, {{"end", 1}}, DType::kInt64), {0});
}

// Where there is nothing to choose from, the numbers and how many they are, are 0.
bool WriteNothing(NodeExport& c, int outputs) {
  if (!(c.out_shape(0).NumElements() == Dim(0))) return false;
  for (int i = 0; i < outputs; ++i)
    c.out(i, c.Op("Expand", {c.Scalar(0, DType::kInt64), c.SizesOf(c.out_shape(i))}));
  return true;
}

void WriteUnique(NodeExport& c) {
  if (WriteNothing(c, 4)) return;
  std::vector<Var> r =
      c.Ops("Unique", {c.in(0)}, {{"axis", 0}, {"sorted", c.attr<bool>("sorted")}}, 4);
  for (Var& v : r) v.dtype = DType::kInt64;
  c.out(0, FirstOf(c, r[1], c.out_shape(0), 0));
  c.out(1, r[2]);
  c.out(2, FirstOf(c, r[3], c.out_shape(2), 0));
  c.out(3, CountOf(c, r[1]));
}

void WriteNonMaxSuppression(NodeExport& c) {
  if (WriteNothing(c, 2)) return;
  const auto number = [&c](const char* name) {
    return c.Constant(Tensor::Full(DType::kFloat32, {1}, c.attr<double>(name)));
  };
  const bool all_scores = std::isinf(c.attr<double>("score_threshold"));
  const Var kept = c.Op("NonMaxSuppression",
                        {c.Cast(c.in(0), DType::kFloat32), c.Cast(c.in(1), DType::kFloat32),
                         c.Ints({c.attr<int64_t>("max_output_per_class")}), number("iou_threshold"),
                         all_scores ? Var() : number("score_threshold")},
                        {{"center_point_box", c.attr<bool>("center_point_box")}}, DType::kInt64);
  c.out(0, FirstOf(c, kept, c.out_shape(0), 0));
  c.out(1, CountOf(c, kept));
}

constexpr ExportRow kRows[] = {
    {"ArgTopK", WriteArgTopK},
    {"Gather", WriteGather, Always},
    {"NonMaxSuppression", WriteNonMaxSuppression},
    {"NonZero", WriteNonZero},
    {"OneHot", WriteOneHot},
    {"ScatterAdd", WriteScatterAdd},
    {"SliceUpdate", WriteSliceUpdate},
    {"Unique", WriteUnique},
};

}  // namespace

absl::Span<const ExportRow> IndexingExportRows() { return kRows; }

}  // namespace dagrad::onnx
