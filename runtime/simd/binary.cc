#include "dagrad/runtime/simd/binary.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/simd/binary.cc"
#include "hwy/foreach_target.h"
//
#include "dagrad/runtime/simd/tail.inc"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace dagrad::runtime::simd::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

struct AddOf {
  template <class V>
  HWY_INLINE V operator()(V a, V b) const {
    return hn::Add(a, b);
  }
};

struct SubOf {
  template <class V>
  HWY_INLINE V operator()(V a, V b) const {
    return hn::Sub(a, b);
  }
};

struct MulOf {
  template <class V>
  HWY_INLINE V operator()(V a, V b) const {
    return hn::Mul(a, b);
  }
};

struct DivOf {
  template <class V>
  HWY_INLINE V operator()(V a, V b) const {
    return hn::Div(a, b);
  }
};

// The sum keeps NaN.
struct MaximumOf {
  template <class V>
  HWY_INLINE V operator()(V a, V b) const {
    return hn::IfThenElse(hn::Gt(a, b), a, hn::IfThenElse(hn::Le(a, b), b, hn::Add(a, b)));
  }
};

struct MinimumOf {
  template <class V>
  HWY_INLINE V operator()(V a, V b) const {
    return hn::IfThenElse(hn::Lt(a, b), a, hn::IfThenElse(hn::Ge(a, b), b, hn::Add(a, b)));
  }
};

struct EqualOf {
  template <class V>
  HWY_INLINE auto operator()(V a, V b) const {
    return hn::Eq(a, b);
  }
};

// Highway's Ne may be false for NaN.
struct NotEqualOf {
  template <class V>
  HWY_INLINE auto operator()(V a, V b) const {
    return hn::Not(hn::Eq(a, b));
  }
};

struct LessOf {
  template <class V>
  HWY_INLINE auto operator()(V a, V b) const {
    return hn::Lt(a, b);
  }
};

struct LessEqualOf {
  template <class V>
  HWY_INLINE auto operator()(V a, V b) const {
    return hn::Le(a, b);
  }
};

using Floats = hn::ScalableTag<float>;
using Bytes = hn::Rebind<uint8_t, Floats>;  // as many lanes
using Ints = hn::Rebind<int32_t, Floats>;

// The elements of a row from column c on, `n` of them (kTail) or a whole vector.
template <bool kTail, class D, typename T>
HWY_INLINE hn::Vec<D> LoadPart(D d, const T* row, int64_t c, int64_t n) {
  if constexpr (kTail) return LoadTail(d, row + c, n);
  return hn::LoadU(d, row + c);
}

// A row of an operand: its elements, or one of them as a vector.
template <bool kRepeat>
struct FloatRow {
  const float* row;
  hn::Vec<Floats> repeated;

  HWY_INLINE FloatRow(const Rows<float>& rows, int64_t r)
      : row(rows.data + r * rows.row_stride), repeated(hn::Set(Floats(), *row)) {}
  template <bool kTail>
  HWY_INLINE hn::Vec<Floats> Load(int64_t c, int64_t n) const {
    if constexpr (kRepeat) return repeated;
    return LoadPart<kTail>(Floats(), row, c, n);
  }
};

template <bool kRepeatA, bool kRepeatB, class F>
HWY_NOINLINE void BinaryRows(F f, int64_t rows, int64_t cols, Rows<float> a, Rows<float> b,
                             float* y) {
  const Floats d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t r = 0; r < rows; ++r, y += cols) {
    const FloatRow<kRepeatA> row_a(a, r);
    const FloatRow<kRepeatB> row_b(b, r);
    int64_t c = 0;
    for (; c + lanes <= cols; c += lanes) {
      hn::StoreU(f(row_a.template Load<false>(c, lanes), row_b.template Load<false>(c, lanes)), d,
                 y + c);
    }
    const int64_t n = cols - c;
    if (n > 0)
      StoreTail(f(row_a.template Load<true>(c, n), row_b.template Load<true>(c, n)), d, y + c, n);
  }
}

template <class F>
void ByRepetition(F f, int64_t rows, int64_t cols, Rows<float> a, Rows<float> b, float* y) {
  if (a.repeat_column && b.repeat_column) return BinaryRows<true, true>(f, rows, cols, a, b, y);
  if (a.repeat_column) return BinaryRows<true, false>(f, rows, cols, a, b, y);
  if (b.repeat_column) return BinaryRows<false, true>(f, rows, cols, a, b, y);
  return BinaryRows<false, false>(f, rows, cols, a, b, y);
}

void BinaryLoop(BinaryFunction f, int64_t rows, int64_t cols, Rows<float> a, Rows<float> b,
                float* y) {
  switch (f) {
    case BinaryFunction::kAdd:
      return ByRepetition(AddOf(), rows, cols, a, b, y);
    case BinaryFunction::kSub:
      return ByRepetition(SubOf(), rows, cols, a, b, y);
    case BinaryFunction::kMul:
      return ByRepetition(MulOf(), rows, cols, a, b, y);
    case BinaryFunction::kDiv:
      return ByRepetition(DivOf(), rows, cols, a, b, y);
    case BinaryFunction::kMaximum:
      return ByRepetition(MaximumOf(), rows, cols, a, b, y);
    case BinaryFunction::kMinimum:
      return ByRepetition(MinimumOf(), rows, cols, a, b, y);
  }
}

// 1 or 0 per lane.
template <class M>
HWY_INLINE hn::Vec<Bytes> BytesOf(M mask) {
  const hn::Vec<Floats> ones = hn::IfThenElseZero(mask, hn::Set(Floats(), 1.0f));
  return hn::DemoteTo(Bytes(), hn::ConvertTo(Ints(), ones));
}

template <bool kRepeatA, bool kRepeatB, class F>
HWY_NOINLINE void CompareRows(F f, int64_t rows, int64_t cols, Rows<float> a, Rows<float> b,
                              uint8_t* y) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(Floats()));
  for (int64_t r = 0; r < rows; ++r, y += cols) {
    const FloatRow<kRepeatA> row_a(a, r);
    const FloatRow<kRepeatB> row_b(b, r);
    int64_t c = 0;
    for (; c + lanes <= cols; c += lanes) {
      const auto mask =
          f(row_a.template Load<false>(c, lanes), row_b.template Load<false>(c, lanes));
      hn::StoreU(BytesOf(mask), Bytes(), y + c);
    }
    const int64_t n = cols - c;
    if (n <= 0) continue;
    const auto mask = f(row_a.template Load<true>(c, n), row_b.template Load<true>(c, n));
    StoreTail(BytesOf(mask), Bytes(), y + c, n);
  }
}

template <class F>
void CompareByRepetition(F f, int64_t rows, int64_t cols, Rows<float> a, Rows<float> b,
                         uint8_t* y) {
  if (a.repeat_column && b.repeat_column) return CompareRows<true, true>(f, rows, cols, a, b, y);
  if (a.repeat_column) return CompareRows<true, false>(f, rows, cols, a, b, y);
  if (b.repeat_column) return CompareRows<false, true>(f, rows, cols, a, b, y);
  return CompareRows<false, false>(f, rows, cols, a, b, y);
}

void CompareLoop(Comparison f, int64_t rows, int64_t cols, Rows<float> a, Rows<float> b, bool* y) {
  uint8_t* bytes = reinterpret_cast<uint8_t*>(y);
  switch (f) {
    case Comparison::kEqual:
      return CompareByRepetition(EqualOf(), rows, cols, a, b, bytes);
    case Comparison::kNotEqual:
      return CompareByRepetition(NotEqualOf(), rows, cols, a, b, bytes);
    case Comparison::kLess:
      return CompareByRepetition(LessOf(), rows, cols, a, b, bytes);
    case Comparison::kLessEqual:
      return CompareByRepetition(LessEqualOf(), rows, cols, a, b, bytes);
    case Comparison::kGreater:
      return CompareByRepetition(LessOf(), rows, cols, b, a, bytes);
    case Comparison::kGreaterEqual:
      return CompareByRepetition(LessEqualOf(), rows, cols, b, a, bytes);
  }
}

template <bool kTail>
HWY_INLINE hn::Mask<Floats> LoadMask(const uint8_t* row, bool repeat, int64_t c, int64_t n) {
  const hn::Vec<Bytes> bytes =
      repeat ? hn::Set(Bytes(), *row) : LoadPart<kTail>(Bytes(), row, c, n);
  const hn::Vec<Floats> lanes = hn::ConvertTo(Floats(), hn::PromoteTo(Ints(), bytes));
  return hn::Ne(lanes, hn::Zero(Floats()));
}

template <bool kRepeatA, bool kRepeatB>
HWY_NOINLINE void SelectRows(int64_t rows, int64_t cols, Rows<bool> condition, Rows<float> a,
                             Rows<float> b, float* y) {
  const Floats d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const bool repeat = condition.repeat_column;
  for (int64_t r = 0; r < rows; ++r, y += cols) {
    const uint8_t* mask =
        reinterpret_cast<const uint8_t*>(condition.data) + r * condition.row_stride;
    const FloatRow<kRepeatA> row_a(a, r);
    const FloatRow<kRepeatB> row_b(b, r);
    int64_t c = 0;
    for (; c + lanes <= cols; c += lanes) {
      hn::StoreU(hn::IfThenElse(LoadMask<false>(mask, repeat, c, lanes),
                                row_a.template Load<false>(c, lanes),
                                row_b.template Load<false>(c, lanes)),
                 d, y + c);
    }
    const int64_t n = cols - c;
    if (n <= 0) continue;
    StoreTail(hn::IfThenElse(LoadMask<true>(mask, repeat, c, n), row_a.template Load<true>(c, n),
                             row_b.template Load<true>(c, n)),
              d, y + c, n);
  }
}

void SelectLoop(int64_t rows, int64_t cols, Rows<bool> condition, Rows<float> a, Rows<float> b,
                float* y) {
  if (a.repeat_column && b.repeat_column)
    return SelectRows<true, true>(rows, cols, condition, a, b, y);
  if (a.repeat_column) return SelectRows<true, false>(rows, cols, condition, a, b, y);
  if (b.repeat_column) return SelectRows<false, true>(rows, cols, condition, a, b, y);
  return SelectRows<false, false>(rows, cols, condition, a, b, y);
}

HWY_INLINE hn::Vec<Floats> ReluGradOf(hn::Vec<Floats> largest, hn::Vec<Floats> y,
                                      hn::Vec<Floats> dy) {
  const auto closed = hn::Or(hn::Le(y, hn::Zero(Floats())), hn::Gt(y, largest));
  return hn::IfThenZeroElse(closed, dy);
}

void ReluGradLoop(float largest, const float* y, const float* dy, int64_t n, float* dx) {
  const Floats d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const hn::Vec<Floats> end = hn::Set(d, largest);
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes)
    hn::StoreU(ReluGradOf(end, hn::LoadU(d, y + i), hn::LoadU(d, dy + i)), d, dx + i);
  if (i == n) return;
  StoreTail(ReluGradOf(end, LoadTail(d, y + i, n - i), LoadTail(d, dy + i, n - i)), d, dx + i,
            n - i);
}

}  // namespace
}  // namespace dagrad::runtime::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dagrad::runtime::simd {
namespace {

HWY_EXPORT(BinaryLoop);
HWY_EXPORT(CompareLoop);
HWY_EXPORT(SelectLoop);
HWY_EXPORT(ReluGradLoop);

constexpr int64_t kTile = 512;  // floats

bool IsDense(const Rows<float>& x, int64_t cols) {
  return !x.repeat_column && x.row_stride == cols;
}
bool IsRow(const Rows<float>& x) { return !x.repeat_column && x.row_stride == 0; }

// A short row beside a dense operand is written out a few times in `tile`, so that there is one
// tail per tile, not per row: then `rows_per_tile` rows are one row of the loop.
Rows<float> Tiled(const Rows<float>& row, int64_t cols, int64_t rows_per_tile, float* tile) {
  for (int64_t r = 0; r < rows_per_tile; ++r) std::copy_n(row.data, cols, tile + r * cols);
  return {tile, 0, false};
}

}  // namespace

void Binary(BinaryFunction f, int64_t rows, int64_t cols, Rows<float> a, Rows<float> b, float* y) {
  const auto loop = HWY_DYNAMIC_DISPATCH(BinaryLoop);
  const int64_t rows_per_tile = kTile / std::max<int64_t>(cols, 1);
  const bool tile_a = IsRow(a) && IsDense(b, cols);
  const bool tile_b = IsRow(b) && IsDense(a, cols);
  if (rows_per_tile < 4 || rows < 2 * rows_per_tile || !(tile_a || tile_b))
    return loop(f, rows, cols, a, b, y);
  float tile[kTile];
  const int64_t tiles = rows / rows_per_tile;
  const int64_t wide = cols * rows_per_tile;
  const int64_t done = tiles * wide;
  if (tile_a) {
    loop(f, tiles, wide, Tiled(a, cols, rows_per_tile, tile), {b.data, wide, false}, y);
    loop(f, rows - tiles * rows_per_tile, cols, a, {b.data + done, cols, false}, y + done);
  } else {
    loop(f, tiles, wide, {a.data, wide, false}, Tiled(b, cols, rows_per_tile, tile), y);
    loop(f, rows - tiles * rows_per_tile, cols, {a.data + done, cols, false}, b, y + done);
  }
}

void Compare(Comparison f, int64_t rows, int64_t cols, Rows<float> a, Rows<float> b, bool* y) {
  HWY_DYNAMIC_DISPATCH(CompareLoop)(f, rows, cols, a, b, y);
}

void Select(int64_t rows, int64_t cols, Rows<bool> condition, Rows<float> a, Rows<float> b,
            float* y) {
  HWY_DYNAMIC_DISPATCH(SelectLoop)(rows, cols, condition, a, b, y);
}

void ReluGrad(float largest, const float* y, const float* dy, int64_t n, float* dx) {
  HWY_DYNAMIC_DISPATCH(ReluGradLoop)(largest, y, dy, n, dx);
}

}  // namespace dagrad::runtime::simd
#endif  // HWY_ONCE
