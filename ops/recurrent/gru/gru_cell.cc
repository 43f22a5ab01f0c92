#include "dagrad/ops/recurrent/gru/gru_cell.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/recurrent/gru/gru_cell.cc"
#include "hwy/foreach_target.h"
//
#include "dagrad/runtime/simd/gates.inc"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace dagrad::ops::gru_internal::HWY_NAMESPACE {
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
HWY_INLINE void Cell(Piece piece, int64_t units, const float* inner, const float* h_before,
                     float* gates, float* h) {
  const Vector z = Sigmoid(piece.Load(gates)), r = Sigmoid(piece.Load(gates + units));
  const Vector n = TanhOf(hn::MulAdd(r, piece.Load(inner), piece.Load(gates + 2 * units)));
  const Vector before = piece.Load(h_before);
  piece.Store(z, gates);
  piece.Store(r, gates + units);
  piece.Store(n, gates + 2 * units);
  piece.Store(hn::MulAdd(z, before, hn::NegMulAdd(z, n, n)), h);
}

template <class Piece>
HWY_INLINE void CellGrad(Piece piece, int64_t units, int64_t at, const GruCellGradInputs& in,
                         float* dh, float* dsums, float* dinner) {
  const float* const gates = in.gates + at;
  const Vector z = piece.Load(gates), r = piece.Load(gates + units);
  const Vector n = piece.Load(gates + 2 * units), inner = piece.Load(in.inner + at);
  const Vector d = hn::Add(piece.Load(in.dh_outer + at), piece.Load(dh + at));
  const Vector before = hn::Sub(piece.Load(in.h_before + at), n);
  const Vector dn = hn::Mul(hn::NegMulAdd(d, z, d), OneMinusSquare(n));
  piece.Store(hn::Mul(hn::Mul(d, before), TimesRest(z)), dsums + at);
  piece.Store(hn::Mul(hn::Mul(dn, inner), TimesRest(r)), dsums + at + units);
  piece.Store(dn, dsums + at + 2 * units);
  piece.Store(hn::Mul(dn, r), dinner + at);
  piece.Store(hn::Mul(d, z), dh + at);
}

void CellLoop(int64_t units, const float* inner, const float* h_before, float* gates, float* h) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(Floats()));
  int64_t at = 0;
  for (; at + lanes <= units; at += lanes)
    Cell(Whole(), units, inner + at, h_before + at, gates + at, h + at);
  if (at < units) Cell(Part{units - at}, units, inner + at, h_before + at, gates + at, h + at);
}

void CellGradLoop(int64_t units, const GruCellGradInputs& in, float* dh, float* dsums,
                  float* dinner) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(Floats()));
  int64_t at = 0;
  for (; at + lanes <= units; at += lanes) CellGrad(Whole(), units, at, in, dh, dsums, dinner);
  if (at < units) CellGrad(Part{units - at}, units, at, in, dh, dsums, dinner);
}

}  // namespace
}  // namespace dagrad::ops::gru_internal::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace dagrad::ops::gru_internal {

HWY_EXPORT(CellLoop);
HWY_EXPORT(CellGradLoop);

void GruCell(int64_t units, const float* inner, const float* h_before, float* gates, float* h) {
  HWY_DYNAMIC_DISPATCH(CellLoop)(units, inner, h_before, gates, h);
}

void GruCellGrad(int64_t units, const GruCellGradInputs& in, float* dh, float* dsums,
                 float* dinner) {
  HWY_DYNAMIC_DISPATCH(CellGradLoop)(units, in, dh, dsums, dinner);
}

}  // namespace dagrad::ops::gru_internal
#endif  // HWY_ONCE
