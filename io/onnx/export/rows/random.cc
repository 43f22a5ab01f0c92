// Random numbers: Philox4x32-10 on integers of 64 bits (ops/creation/random/philox.h), so that a
// runtime draws the very bits that dagrad draws. Words are int64 in [0, 2^32). ONNX has the
// exclusive or from opset 18 on.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "dagrad/io/onnx/export/rows/common.h"
#include "dagrad/ops/creation/random/normal_coefficients.h"

namespace dagrad::onnx {
namespace {

using Block = std::array<Var, 4>;
struct Key {
  Var low, high;
};

Var Low(const Var& x) { return x.c->Op("BitwiseAnd", {x, Word(*x.c, 0xFFFFFFFF)}); }
// The upper word of 64 bits.
Var High(const Var& x) { return ShiftRight(x, 32); }

Block Philox(Block counter, const Key& key) {
  NodeExport& c = *key.low.c;
  for (uint64_t round = 0; round < 10; ++round) {
    const Var a = counter[0] * Word(c, 0xD2511F53), b = counter[2] * Word(c, 0xCD9E8D57);
    const Var low = Low(key.low + Word(c, round * 0x9E3779B9)),
              high = Low(key.high + Word(c, round * 0xBB67AE85));
    counter = {Xor(Xor(High(b), counter[1]), low), Low(b), Xor(Xor(High(a), counter[3]), high),
               Low(a)};
  }
  return counter;
}

// What the words of all elements depend on beside their numbers.
struct Source {
  Key key;
  Var counter_low, counter_high;
};

Source SourceOf(NodeExport& c, int key_input) {
  constexpr uint64_t kStreamTag = 0x73747265;
  if (c.opset() < 18) c.Unsupported("random numbers need opset 18");
  const Var state = c.in(key_input);
  const auto part = [&](uint64_t i) { return c.Op("Gather", {state, Word(c, i)}, {{"axis", 0}}); };
  const Var seed = part(0), counter = part(1);
  const Var stream = Word(c, static_cast<uint64_t>(c.attr<int64_t>("stream")));
  const Block b =
      Philox({Low(stream), High(stream), Word(c, kStreamTag), Word(c, 0)}, {Low(seed), High(seed)});
  return {{b[0], b[1]}, Low(counter), High(counter)};
}

// A word for each of as many elements as `shape` has, [elements]; of the low half if that is asked.
Var WordsOf(NodeExport& c, const Source& source, const Shape& shape, bool is_low) {
  const Dim n = shape.NumElements();
  const Var index = Counted(c, Dim::FloorDiv(n + 3, 4));
  const Block b = Philox(
      {index, Word(c, is_low ? uint64_t{1} << 31 : 0), source.counter_low, source.counter_high},
      source.key);
  std::vector<Var> columns;
  for (const Var& word : b) columns.push_back(c.Unsqueeze(word, {1}));
  const Var all = Flat(c.Concat(columns, 1));
  return c.Op("Slice", {all, c.Ints({0}), c.SizeOf(n), c.Ints({0})});
}

// The upper `bits` of the element's 32 or 64.
Var UpperBits(NodeExport& c, uint64_t bits) {
  const Source source = SourceOf(c, 0);
  const Var high = WordsOf(c, source, c.out_shape(), false);
  if (bits <= 32) return high / Word(c, uint64_t{1} << (32 - bits));
  const Var low = WordsOf(c, source, c.out_shape(), true);
  return high * Word(c, uint64_t{1} << (bits - 32)) + low / Word(c, uint64_t{1} << (64 - bits));
}

template <typename T>
double LastBelow(double hi, double lo) {
  return std::nextafter(static_cast<T>(hi), static_cast<T>(lo));
}

void WriteUniform(NodeExport& c) {
  const DType dtype = c.out_dtype();
  const bool is_wide = dtype == DType::kFloat64;
  const double lo = c.attr<double>("lo"), hi = c.attr<double>("hi");
  const Var fraction =
      c.Cast(UpperBits(c, is_wide ? 53 : 24), dtype) * (is_wide ? 0x1p-53 : 0x1p-24);
  const Var range = c.Scalar(hi, dtype) - c.Scalar(lo, dtype);
  const double last = is_wide ? LastBelow<double>(hi, lo) : LastBelow<float>(hi, lo);
  const Var y = Min(fraction * range + lo, c.Scalar(last, dtype));
  c.out(0, c.Reshape(y, c.out_shape()));
}

Var Quotient(const random::Rational& f, const Var& r) {
  Var n = r.c->Scalar(f.numerator[7], r.dtype), d = r.c->Scalar(f.denominator[7], r.dtype);
  for (int i = 6; i >= 0; --i) {
    n = n * r + f.numerator[i];
    d = d * r + f.denominator[i];
  }
  return n / d;
}

// As random::InverseNormalCdf, all three pieces of it.
Var InverseNormalCdf(NodeExport& c, const Var& p) {
  const Var q = p - 0.5;
  const Var centre = q * Quotient(random::kNormalCentre, 0.180625 - q * q);
  const Var r = Sqrt(-Log(Min(p, 1 - p)));
  const Var near = Quotient(random::kNormalTail, r - 1.6),
            far = Quotient(random::kNormalFarTail, r - 5);
  const Var z = c.Where(r > 5.0, far, near);
  const Var tail = c.Where(q < 0.0, -z, z);
  return c.Where(c.Op("Abs", {q}) > 0.425, tail, centre);
}

// mean + stddev z, z between the quantiles `from` and `to`.
void WriteNormalBetween(NodeExport& c, double from, double to) {
  const bool is_wide = c.out_dtype() == DType::kFloat64;
  const Var bits = c.Cast(UpperBits(c, is_wide ? 52 : 32), DType::kFloat64);
  const Var middle = (bits + 0.5) * (is_wide ? 0x1p-52 : 0x1p-32);
  const Var z = InverseNormalCdf(c, middle * (to - from) + from);
  const Var y = z * c.attr<double>("stddev") + c.attr<double>("mean");
  c.out(0, c.Reshape(c.Cast(y, c.out_dtype()), c.out_shape()));
}
void WriteNormal(NodeExport& c) { WriteNormalBetween(c, 0, 1); }
void WriteTruncatedNormal(NodeExport& c) {
  constexpr double kBelowMinus2 = 0.022750131948179207;  // probability of z < -2
  WriteNormalBetween(c, kBelowMinus2, 1 - kBelowMinus2);
}

// Kept where the element's word is rate·2^32 or more.
void WriteDropout(NodeExport& c) {
  const double rate = c.attr<double>("rate");
  const Var x = c.in(0);
  if (rate == 0) return c.out(0, c.Op("Identity", {x}));
  const double threshold = std::min(std::ceil(rate * 0x1p32), 0x1p32 - 1);
  const Var words = WordsOf(c, SourceOf(c, 1), c.shape(0), false);
  const Var is_dropped = words < Word(c, static_cast<uint64_t>(threshold));
  c.out(0, c.Where(c.Reshape(is_dropped, c.shape(0)), c.Scalar(0, x.dtype), x * (1 / (1 - rate))));
}

constexpr ExportRow kRows[] = {
    {"Dropout", WriteDropout},
    {"RandomNormal", WriteNormal},
    {"RandomUniform", WriteUniform},
    {"TruncatedNormal", WriteTruncatedNormal},
};

}  // namespace

absl::Span<const ExportRow> RandomExportRows() { return kRows; }

}  // namespace dagrad::onnx
