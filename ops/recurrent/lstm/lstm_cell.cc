#include "dagrad/ops/recurrent/lstm/lstm_cell.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/recurrent/lstm/lstm_cell.cc"
#include "hwy/foreach_target.h"
//
#include "dagrad/runtime/simd/gates.inc"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace dagrad::ops::lstm_internal::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
namespace simd = dagrad::runtime::simd::HWY_NAMESPACE;

using simd::Floats;
using simd::OneMinusSquare;
using simd::Part;
using simd::Sigmoid;
using simd::TanhOf;
using simd::TimesRest;
using simd::Vector;
using simd::Whole;

template <class Piece>
HWY_INLINE void Cell(Piece piece, int64_t units, const float* c_before, float* gates, float* c,
                     float* h) {
  const Vector i = Sigmoid(piece.Load(gates)), f = Sigmoid(piece.Load(gates + units));
  const Vector g = TanhOf(piece.Load(gates + 2 * units));
  const Vector o = Sigmoid(piece.Load(gates + 3 * units));
  const Vector next = hn::MulAdd(f, piece.Load(c_before), hn::Mul(i, g));
  piece.Store(i, gates);
  piece.Store(f, gates + units);
  piece.Store(g, gates + 2 * units);
  piece.Store(o, gates + 3 * units);
  piece.Store(next, c);
  piece.Store(hn::Mul(o, TanhOf(next)), h);
}

template <class Piece>
HWY_INLINE void CellGrad(Piece piece, int64_t units, int64_t at, const LstmCellGradInputs& in,
                         float* dc, float* dz) {
  const float* const gates = in.gates + at;
  const Vector i = piece.Load(gates), f = piece.Load(gates + units);
  const Vector g = piece.Load(gates + 2 * units), o = piece.Load(gates + 3 * units);
  const Vector t = TanhOf(piece.Load(in.c + at));
  const Vector dh = hn::Add(piece.Load(in.dh_outer + at), piece.Load(in.dh + at));
  const Vector d = hn::MulAdd(hn::Mul(dh, o), OneMinusSquare(t), piece.Load(dc + at));
  const Vector before = piece.Load(in.c_before + at);
  piece.Store(hn::Mul(hn::Mul(d, g), TimesRest(i)), dz + at);
  piece.Store(hn::Mul(hn::Mul(d, before), TimesRest(f)), dz + at + units);
  piece.Store(hn::Mul(hn::Mul(d, i), OneMinusSquare(g)), dz + at + 2 * units);
  piece.Store(hn::Mul(hn::Mul(dh, t), TimesRest(o)), dz + at + 3 * units);
  piece.Store(hn::Mul(d, f), dc + at);
}

void CellLoop(int64_t units, const float* c_before, float* gates, float* c, float* h) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(Floats()));
  int64_t at = 0;
  for (; at + lanes <= units; at += lanes)
    Cell(Whole(), units, c_before + at, gates + at, c + at, h + at);
  if (at < units) Cell(Part{units - at}, units, c_before + at, gates + at, c + at, h + at);
}

void CellGradLoop(int64_t units, const LstmCellGradInputs& in, float* dc, float* dz) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(Floats()));
  int64_t at = 0;
  for (; at + lanes <= units; at += lanes) CellGrad(Whole(), units, at, in, dc, dz);
  if (at < units) CellGrad(Part{units - at}, units, at, in, dc, dz);
}

}  // namespace
}  // namespace dagrad::ops::lstm_internal::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dagrad::ops::lstm_internal {

HWY_EXPORT(CellLoop);
HWY_EXPORT(CellGradLoop);

void LstmCell(int64_t units, const float* c_before, float* gates, float* c, float* h) {
  HWY_DYNAMIC_DISPATCH(CellLoop)(units, c_before, gates, c, h);
}

void LstmCellGrad(int64_t units, const LstmCellGradInputs& in, float* dc, float* dz) {
  HWY_DYNAMIC_DISPATCH(CellGradLoop)(units, in, dc, dz);
}

}  // namespace dagrad::ops::lstm_internal
#endif  // HWY_ONCE
