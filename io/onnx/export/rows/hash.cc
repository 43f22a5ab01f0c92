// The hashes of HashBucket, of the decimal texts of numbers: FarmHash's Fingerprint64 and
// SipHash-2-4 on int64, whose bits stand for those of uint64. ONNX has the exclusive or from opset
// 18 on.
#include <array>
#include <cstdint>
#include <vector>

#include "dagrad/io/onnx/export/rows/common.h"

namespace dagrad::onnx {
namespace {

Var ShiftLeft(const Var& x, uint64_t bits) { return x * Word(*x.c, uint64_t{1} << bits); }
Var RotateRight(const Var& x, uint64_t bits) {
  return ShiftRight(x, bits) + ShiftLeft(x, 64 - bits);
}
Var RotateLeft(const Var& x, uint64_t bits) { return RotateRight(x, 64 - bits); }
Var FoldDown(const Var& x) { return Xor(x, ShiftRight(x, 47)); }

// Decimal texts of n numbers.
struct Texts {
  Var bytes;   // [n, 24], with zeros behind the text
  Var length;  // [n, 1]
};

constexpr int kMostBytes = 24;
constexpr int kMostDigits = 20;

Texts TextsOf(NodeExport& c, bool is_signed) {
  const Var x = c.Op("Reshape", {c.Cast(c.in(0), DType::kInt64), c.Ints({-1, 1})});
  const Var zero = Word(c, 0), ten = Word(c, 10);
  const Var is_negative = is_signed ? x < zero : c.Constant(Tensor::Scalar<bool>(false));
  const Var number = c.Where(is_negative, -x, x);  // unsigned
  const Var tenths = ShiftRight(number, 1) / Word(c, 5);
  std::vector<int64_t> powers = {1}, positions = {0};
  while (powers.size() < kMostDigits - 1) powers.push_back(powers.back() * 10);
  while (positions.size() < kMostBytes) positions.push_back(static_cast<int64_t>(positions.size()));
  const Var upper = tenths / c.Ints(powers);  // the numbers without their last digits
  const Var digits = c.Concat({number - tenths * ten, upper - upper / ten * ten}, 1);
  const Var has_digit = c.Cast(upper > zero, DType::kInt64);
  const Var sign = c.Cast(is_negative, DType::kInt64);
  const Var length = c.Reduce("ReduceSum", has_digit, {1}) + Word(c, 1) + sign;
  const Var at = c.Ints(positions), last = length - Word(c, 1);
  const Var place = Min(Max(last - at, zero), Word(c, kMostDigits - 1));
  const Var digit = c.Op("GatherElements", {digits, place}, {{"axis", 1}}) + Word(c, '0');
  const Var is_sign = And(is_negative, Equal(at, zero));
  const Var character = c.Where(is_sign, Word(c, '-'), digit);
  return {c.Where(at < length, character, zero), length};
}

// Bytes offset, …, offset + count - 1 as a number whose lowest byte is the first: [n, 1].
Var Fetch(const Texts& t, const Var& offset, int count) {
  NodeExport& c = *t.bytes.c;
  std::vector<int64_t> places, weights;
  for (int i = 0; i < count; ++i) {
    places.push_back(i);
    weights.push_back(static_cast<int64_t>(uint64_t{1} << (8 * i)));
  }
  // [n, count], also where the offset is one for all. Nothing is used that stands outside.
  const Var all = offset + c.Ints(places) + t.length * Word(c, 0);
  const Var inside = Min(Max(all, Word(c, 0)), Word(c, kMostBytes - 1));
  const Var bytes = c.Op("GatherElements", {t.bytes, inside}, {{"axis", 1}});
  // Exact in 64 bits, unlike some runtimes' sums.
  return c.MatMul(bytes, c.Unsqueeze(c.Ints(weights), {1}));
}

// ---- FarmHash, texts of 1 to 20 bytes.

constexpr uint64_t kFarm0 = 0xc3a5c85c97cb3127, kFarm1 = 0xb492b66fbe98f273,
                   kFarm2 = 0x9ae16a3b2f90404f;

Var FarmOfTwo(const Var& u, const Var& v, const Var& factor) {
  const Var a = FoldDown(Xor(u, v) * factor);
  return FoldDown(Xor(v, a) * factor) * factor;
}

Var FarmOfAtMost3(NodeExport& c, const Texts& t) {
  const Var first = Fetch(t, Word(c, 0), 1), middle = Fetch(t, ShiftRight(t.length, 1), 1),
            last = Fetch(t, t.length - Word(c, 1), 1);
  const Var y = first + ShiftLeft(middle, 8), z = t.length + ShiftLeft(last, 2);
  return FoldDown(Xor(y * Word(c, kFarm2), z * Word(c, kFarm0))) * Word(c, kFarm2);
}

Var Farm(NodeExport& c, const Texts& t) {
  const Var factor = Word(c, kFarm2) + ShiftLeft(t.length, 1);
  const auto from = [&](int64_t offset) { return Fetch(t, Word(c, offset), 8); };
  const auto back = [&](int64_t offset, int n) { return Fetch(t, t.length - Word(c, offset), n); };
  const Var at_most_7 =
      FarmOfTwo(t.length + ShiftLeft(Fetch(t, Word(c, 0), 4), 3), back(4, 4), factor);

  const Var first = from(0) + Word(c, kFarm2), last = back(8, 8);
  const Var at_most_16 = FarmOfTwo(RotateRight(last, 37) * factor + first,
                                   (RotateRight(first, 25) + last) * factor, factor);

  const Var a = from(0) * Word(c, kFarm1), b = from(8), d = last * factor;
  const Var e = back(16, 8) * Word(c, kFarm2);
  const Var at_most_32 = FarmOfTwo(RotateRight(a + b, 43) + RotateRight(d, 30) + e,
                                   a + RotateRight(b + Word(c, kFarm2), 18) + d, factor);
  const Var at_least_8 = c.Where(t.length > Word(c, 16), at_most_32, at_most_16);
  const Var at_least_4 = c.Where(t.length > Word(c, 7), at_least_8, at_most_7);
  return c.Where(t.length > Word(c, 3), at_least_4, FarmOfAtMost3(c, t));
}

// ---- SipHash-2-4.

using State = std::array<Var, 4>;

State Rounds(State v, int count) {
  for (int i = 0; i < count; ++i) {
    v[0] = v[0] + v[1];
    v[1] = Xor(RotateLeft(v[1], 13), v[0]);
    v[0] = RotateLeft(v[0], 32);
    v[2] = v[2] + v[3];
    v[3] = Xor(RotateLeft(v[3], 16), v[2]);
    v[0] = v[0] + v[3];
    v[3] = Xor(RotateLeft(v[3], 21), v[0]);
    v[2] = v[2] + v[1];
    v[1] = Xor(RotateLeft(v[1], 17), v[2]);
    v[2] = RotateLeft(v[2], 32);
  }
  return v;
}

Var Sip(NodeExport& c, const Texts& t, const std::vector<int64_t>& key) {
  constexpr uint64_t kStart[] = {0x736f6d6570736575, 0x646f72616e646f6d, 0x6c7967656e657261,
                                 0x7465646279746573};
  State v;
  for (size_t i = 0; i < v.size(); ++i)
    v[i] = Word(c, kStart[i] ^ static_cast<uint64_t>(key[i % 2]));
  // As many words as the text fills, and one of the rest and the length.
  const Var full = ShiftRight(t.length, 3);
  for (uint64_t w = 0; w < 3; ++w) {
    const Var is_last = Equal(full, Word(c, w));
    const Var end = c.Where(is_last, ShiftLeft(t.length, 56), Word(c, 0));
    const Var word = Fetch(t, Word(c, 8 * w), 8) + end;
    State next = v;
    next[3] = Xor(next[3], word);
    next = Rounds(next, 2);
    next[0] = Xor(next[0], word);
    const Var is_over = full < Word(c, w);
    for (size_t i = 0; i < v.size(); ++i) v[i] = c.Where(is_over, v[i], next[i]);
  }
  v[2] = Xor(v[2], Word(c, 0xff));
  v = Rounds(v, 4);
  return Xor(Xor(v[0], v[1]), Xor(v[2], v[3]));
}

void WriteHashBucket(NodeExport& c) {
  if (c.opset() < 18) return c.Unsupported("operations on bits need opset 18");
  const Texts texts = TextsOf(c, c.dtype(0) != DType::kUInt64);
  const auto& salt = c.attr<std::vector<int64_t>>("salt");
  const Var hash = c.Cast(salt.empty() ? Farm(c, texts) : Sip(c, texts, salt), DType::kUInt64);
  const auto buckets = static_cast<uint64_t>(c.attr<int64_t>("num_buckets"));
  const Var bucket = c.Op("Mod", {hash, c.Constant(Tensor::Scalar<uint64_t>(buckets))});
  c.out(0, c.Reshape(c.Cast(bucket, DType::kInt64), c.out_shape()));
}

constexpr ExportRow kRows[] = {
    {"HashBucket", WriteHashBucket},
};

}  // namespace

absl::Span<const ExportRow> HashExportRows() { return kRows; }

}  // namespace dagrad::onnx
