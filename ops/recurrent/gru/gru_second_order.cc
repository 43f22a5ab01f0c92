#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/recurrent/gru/gru_internal.h"
#include "dagrad/ops/recurrent/sequences.h"
#include "dagrad/ops/shape/slice/slice.h"

namespace dagrad::ops::gru_internal {
namespace {

using recurrent::SumOfProducts;
using recurrent::TimesTransposed;

// The three blocks of [..., 3 units].
struct Gates {
  Gates(Value v, const Dim& units) {
    const std::vector<Value> parts = recurrent::Blocks(v, 3, units);
    z = parts[0], r = parts[1], n = parts[2];
  }
  Gates(Value z, Value r, Value n) : z(z), r(r), n(n) {}
  Value Join() const { return recurrent::JoinBlocks({z, r, n}); }

  Value z, r, n;
};

// What GruGrad computes on its way and what its derivatives need of that, for all steps at once.
struct Primal {
  Primal(GradContext& c, const recurrent::Sequences& in);

  Gates gates, ds;
  Value inner, du;                  // du: all three blocks
  Value h_before;                   // h_{t-1}
  Value h;                          // the whole cotangent H
  Value slope_z, slope_r, slope_n;  // the derivatives of the activations
};

// H_t = base_t + H_{t+1} z_{t+1} step by step.
Primal::Primal(GradContext& c, const recurrent::Sequences& in)
    : gates(c.input(kGates), c.input(kRecurrentKernel).dim(0)),
      ds(c.output(kDs), c.input(kRecurrentKernel).dim(0)),
      inner(c.input(kInner)) {
  du = Gates(ds.z, ds.r, c.output(kDu)).Join();
  h_before = in.Before(c.input(kH0), c.input(kH));
  const Value base = c.input(kDh) + in.After(TimesTransposed(du, c.input(kRecurrentKernel)));
  std::vector<Value> steps(in.time());
  for (int64_t s = in.time(); s-- > 0;) {
    steps[s] = in.At(base, s);
    if (s + 1 < in.time()) steps[s] = steps[s] + in.At(gates.z, s + 1) * steps[s + 1];
  }
  h = in.Join(steps);
  slope_z = gates.z * (1.0 - gates.z);
  slope_r = gates.r * (1.0 - gates.r);
  slope_n = 1.0 - Square(gates.n);
}

// Gru's derivative in the direction of the cotangents of GruGrad's outputs (written with a dot
// below): of the sums, of the gates and inner, and of h.
struct Tangents {
  Tangents(GradContext& c, const recurrent::Sequences& in, const Primal& p);
  void Step(const Primal& p, const recurrent::Sequences& in, Value s_dot, Value u_dot, int64_t s,
            Value* h_now);

  // Of each step; joined once all are there.
  std::vector<Value> sum_z, sum_r, sum_n, inner, z, r, n, h;
  Value h_before;
};

void Tangents::Step(const Primal& p, const recurrent::Sequences& in, Value s_dot, Value u_dot,
                    int64_t s, Value* h_now) {
  const Dim units = p.inner.dim(-1);
  const Gates of_s(s_dot, units), of_u(u_dot, units);
  const auto at = [&](Value sequence) { return in.At(sequence, s); };
  sum_z.push_back(of_s.z + of_u.z);
  sum_r.push_back(of_s.r + of_u.r);
  inner.push_back(of_u.n);
  z.push_back(sum_z.back() * at(p.slope_z));
  r.push_back(sum_r.back() * at(p.slope_r));
  sum_n.push_back(of_s.n + of_u.n * at(p.gates.r) + r.back() * at(p.inner));
  n.push_back(sum_n.back() * at(p.slope_n));
  const Value gate = at(p.gates.z);
  *h_now = n.back() * (1.0 - gate) + z.back() * (at(p.h_before) - at(p.gates.n)) + gate * *h_now;
  h.push_back(*h_now);
}

Tangents::Tangents(GradContext& c, const recurrent::Sequences& in, const Primal& p) {
  const Value recurrent_kernel = c.input(kRecurrentKernel), dbias = c.cotangent(kDBias);
  const Dim n3 = recurrent_kernel.dim(1), units = recurrent_kernel.dim(0);
  const auto row = [&](int64_t i) { return Slice(dbias, {i, 0}, {1, n3}); };
  const Value s_dots = c.cotangent(kDs) + MatMul(c.input(kX), c.cotangent(kDKernel)) + row(0);
  const Value outer = MatMul(p.h_before, c.cotangent(kDRecurrentKernel)) + row(1);
  Value h_now = c.cotangent(kDh0);
  for (int64_t s = 0; s < in.time(); ++s) {
    const Gates u(in.At(outer, s) + MatMul(h_now, recurrent_kernel), units);
    const Value u_dot = Gates(u.z, u.r, u.n + in.At(c.cotangent(kDu), s)).Join();
    Step(p, in, in.At(s_dots, s), u_dot, s, &h_now);
  }
  h_before = in.Before(c.cotangent(kDh0), in.Join(h));
}

}  // namespace

// GruGrad is linear in its cotangents, and its adjoint by them is Gru's derivative: a recurrence
// forwards in time (Tangents). h, the gates and inner being inputs, all else is local to each step.
// With P_z = H (h_{t-1} - n) + z's cotangent and so on, s̄_z = P_z z (1 - z) gives z̄ += ṡ_z P_z (1 -
// 2z), where ṡ is the cotangent of s̄; likewise for r and n. Further
//   P_r = s̄_n inner:        inner̄ += ṙ s̄_n,
//   ū_n = s̄_n r:            r̄ += u̇_n s̄_n,
//   P_z = H (h_{t-1} - n):  h̄_{t-1} += ż H,  n̄ -= ż H,
//   P_n = H (1 - z):        z̄ -= ṅ H,
//   H_{t-1} += H z:         z̄ += ḣ_{t-1} H,
// and of the products  h̄_{t-1} += ū dR̄ᵀ,  x̄ = s̄ dK̄ᵀ,  R̄ = Σ ḣ_{t-1}ᵀ ū.
absl::Status GradientOfGrad(GradContext& c) {
  const Dim time = c.input(kX).dim(1), units = c.input(kRecurrentKernel).dim(0);
  if (!time.is_known()) {
    return UnimplementedError(
        absl::StrCat("the gradient of GruGrad has nodes for each time step, so time must be a "
                     "number, not ",
                     time.ToString(), " of x ", c.input(kX).shape().ToString()));
  }
  if (time.value() == 0) {  // all outputs are empty or zero
    for (int i = 0; i < c.num_inputs(); ++i) c.SetGrad(i, ZerosLike(c.input(i)));
    return absl::OkStatus();
  }
  const recurrent::Sequences in(time.value(), c.attr<bool>("reverse"));
  const Primal p(c, in);
  const Tangents t(c, in, p);
  const Value z = in.Join(t.z), r = in.Join(t.r), n = in.Join(t.n), inner = in.Join(t.inner);
  const int given = c.num_inputs();
  const auto whole = [&](Value of_h, Value Gates::*gate) {  // P
    return given > kDGates ? of_h + Gates(c.input(kDGates), units).*gate : of_h;
  };
  const Value p_z = whole(p.h * (p.h_before - p.gates.n), &Gates::z);
  const Value p_r = whole(p.ds.n * p.inner, &Gates::r);
  const Value p_n = whole(p.h * (1.0 - p.gates.z), &Gates::n);
  c.SetGrad(kGates, Gates(in.Join(t.sum_z) * p_z * (1.0 - 2.0 * p.gates.z) + p.h * (t.h_before - n),
                          in.Join(t.sum_r) * p_r * (1.0 - 2.0 * p.gates.r) + inner * p.ds.n,
                          in.Join(t.sum_n) * p_n * (-2.0 * p.gates.n) - z * p.h)
                        .Join());
  c.SetGrad(kInner, r * p.ds.n);
  c.SetGrad(kX, TimesTransposed(c.output(kDs), c.cotangent(kDKernel)));
  c.SetGrad(kRecurrentKernel, SumOfProducts(t.h_before, p.du));
  const Value before = z * p.h + TimesTransposed(p.du, c.cotangent(kDRecurrentKernel));
  c.SetGrad(kH0, in.At(before, 0));
  c.SetGrad(kH, in.After(before));
  c.SetGrad(kDh, in.Join(t.h));
  if (given > kDGates) c.SetGrad(kDGates, Gates(z, r, n).Join());
  if (given > kDInner) c.SetGrad(kDInner, inner);
  return absl::OkStatus();
}

}  // namespace dagrad::ops::gru_internal
