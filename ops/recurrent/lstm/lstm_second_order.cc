#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dagrad/graph/error.h"
#include "dagrad/graph/gradient.h"
#include "dagrad/ops/creation/constant/constant.h"
#include "dagrad/ops/elementwise/binary/binary.h"
#include "dagrad/ops/elementwise/cast/cast.h"
#include "dagrad/ops/elementwise/unary/unary.h"
#include "dagrad/ops/linalg/matmul/matmul.h"
#include "dagrad/ops/recurrent/lstm/lstm_internal.h"
#include "dagrad/ops/recurrent/sequences.h"
#include "dagrad/ops/shape/reshape/reshape.h"

namespace dagrad::ops::lstm_internal {
namespace {

using recurrent::SumOfProducts;
using recurrent::TimesTransposed;

// The four blocks of [..., 4 units].
struct Gates {
  Gates(Value v, Dim units) {
    const std::vector<Value> parts = recurrent::Blocks(v, 4, units);
    i = parts[0], f = parts[1], g = parts[2], o = parts[3];
  }
  Gates(Value i, Value f, Value g, Value o) : i(i), f(f), g(g), o(o) {}
  Value Join() const { return recurrent::JoinBlocks({i, f, g, o}); }

  Value i, f, g, o;
};

// What LstmGrad computes on its way and what its derivatives need of that, for all steps at once.
struct Primal {
  Primal(GradContext& c, const recurrent::Sequences& in);

  Gates gates;
  Value tanh_c, sech2_c;     // tanh(c) and its derivative 1 - tanh²(c)
  Value h_before, c_before;  // h_{t-1}, c_{t-1}
  Value h, c;                // the whole cotangents H and C
  Value slopes;              // the derivatives of the activations
  Value dgates;              // the whole cotangents of the gates
  // [batch, time, 1], 1 where a step is taken or is left out; none where there is no mask.
  Value taken, left_out;
};

// v, 0 where a step is left out.
Value OfTaken(Value v, Value taken) { return taken.valid() ? v * taken : v; }

// S_t = base_t + factor_{t+1} S_{t+1}, step by step.
Value SumBackwards(const recurrent::Sequences& in, Value base, Value factor) {
  std::vector<Value> steps(in.time());
  for (int64_t s = in.time(); s-- > 0;) {
    steps[s] = in.At(base, s);
    if (s + 1 < in.time()) steps[s] = steps[s] + in.At(factor, s + 1) * steps[s + 1];
  }
  return in.Join(steps);
}

Value Taken(GradContext& c) {
  return c.num_inputs() > kMask ? ExpandDims(Cast(c.input(kMask), c.input(kX).dtype()), 2)
                                : Value();
}

// H_t by one product (H_{t+1} being a summand of it where step t+1 is left out);
// C_t = base_t + f_{t+1} C_{t+1}.
Primal::Primal(GradContext& c, const recurrent::Sequences& in)
    : gates(OfTaken(c.input(kGates), Taken(c)), c.input(kRecurrentKernel).dim(0)), taken(Taken(c)) {
  if (taken.valid()) left_out = 1.0 - taken;
  tanh_c = Tanh(c.input(kC));
  sech2_c = 1.0 - Square(tanh_c);
  h_before = in.Before(c.input(kH0), c.input(kH));
  c_before = in.Before(c.input(kC0), c.input(kC));
  h = c.input(kDh) + in.After(TimesTransposed(c.output(kDz), c.input(kRecurrentKernel)));
  if (left_out.valid()) h = SumBackwards(in, h, left_out);
  Value base = h * gates.o * sech2_c;
  if (c.num_inputs() > kDc) base = base + c.input(kDc);
  this->c = SumBackwards(in, base, left_out.valid() ? gates.f + left_out : gates.f);
  const auto slope = [](Value y) { return y * (1.0 - y); };
  slopes = OfTaken(
      Gates(slope(gates.i), slope(gates.f), 1.0 - Square(gates.g), slope(gates.o)).Join(), taken);
  dgates = Gates(this->c * gates.g, this->c * c_before, this->c * gates.i, h * tanh_c).Join();
  if (c.num_inputs() > kDGates) dgates = dgates + c.input(kDGates);
}

// The cotangents of z̄, of the gates' cotangents, of H and of C: what Lstm's derivative in the
// direction of the cotangents of LstmGrad's outputs makes of z, the gates, h and c.
struct Tangents {
  Tangents(GradContext& c, const recurrent::Sequences& in, const Primal& p);

  Value z, h, h_before, c, c_before;
  Value gates;
};

Tangents::Tangents(GradContext& c, const recurrent::Sequences& in, const Primal& p) {
  const Value recurrent = c.input(kRecurrentKernel);
  const Value outer = c.cotangent(kDz) + MatMul(c.input(kX), c.cotangent(kDKernel)) +
                      MatMul(p.h_before, c.cotangent(kDRecurrentKernel)) + c.cotangent(kDBias);
  const Value gates_of_all = p.taken.valid() ? p.gates.Join() : c.input(kGates);
  std::vector<Value> zs, gate_steps, hs, cs;
  Value h_now = c.cotangent(kDh0), c_now = c.cotangent(kDc0);
  for (int64_t s = 0; s < in.time(); ++s) {
    const Dim units = recurrent.dim(0);
    zs.push_back(in.At(outer, s) + MatMul(h_now, recurrent));
    gate_steps.push_back(zs.back() * in.At(p.slopes, s));
    const Gates dot(gate_steps.back(), units), gate(in.At(gates_of_all, s), units);
    const Value h_past = h_now, c_past = c_now;
    c_now = dot.i * gate.g + dot.f * in.At(p.c_before, s) + dot.g * gate.i + gate.f * c_past;
    if (p.left_out.valid()) c_now = c_now + in.At(p.left_out, s) * c_past;
    h_now = dot.o * in.At(p.tanh_c, s) + c_now * gate.o * in.At(p.sech2_c, s);
    if (p.left_out.valid()) h_now = h_now + in.At(p.left_out, s) * h_past;
    cs.push_back(c_now);
    hs.push_back(h_now);
  }
  z = in.Join(zs);
  gates = in.Join(gate_steps);
  h = in.Join(hs);
  this->c = in.Join(cs);
  h_before = in.Before(c.cotangent(kDh0), h);
  c_before = in.Before(c.cotangent(kDc0), this->c);
}

// By the gates: through dz = P slope(gate), through P = (C g, C c_{t-1}, C i, H tanh(c)) and
// through C_t = … + H o (1 - tanh²(c)) + C_{t+1} f_{t+1}.
Value GatesGrad(const Primal& p, const Tangents& d, Dim units) {
  const Gates dot(d.gates, units), through_slope(d.z * p.dgates, units);
  const auto slope = [](Value y) { return 1.0 - 2.0 * y; };
  return Gates(through_slope.i * slope(p.gates.i) + dot.g * p.c,
               through_slope.f * slope(p.gates.f) + d.c_before * p.c,
               through_slope.g * (-2.0 * p.gates.g) + dot.i * p.c,
               through_slope.o * slope(p.gates.o) + d.c * p.h * p.sech2_c)
      .Join();
}

// By states whose value before each step has the cotangents `before`: the first is the initial
// state's.
void SetStateGrads(GradContext& c, const recurrent::Sequences& in, Value before, Value own,
                   int first, int states) {
  const Value after = in.After(before);
  c.SetGrad(first, in.At(before, 0));
  c.SetGrad(states, own.valid() ? own + after : after);
}

}  // namespace

// LstmGrad is linear in its cotangents, and its adjoint by them is Lstm's derivative: a recurrence
// forwards in time (Tangents, written with a dot below). h, c and the gates being inputs, all else
// is local to each step:
//   h̄_{t-1} = z̄_t dR̄ᵀ,  x̄_t = z̄_t dK̄ᵀ,  R̄ = Σ ḣ_{t-1}ᵀ z̄_t,
//   c̄_t = ȯ H (1 - tanh²(c)) - 2 ċ H o tanh(c) (1 - tanh²(c)),  c̄_{t-1} += ḟ_t C_t,
// where dK̄ and dR̄ are the cotangents of dkernel and drecurrent_kernel, and z̄ is the output dz.
absl::Status GradientOfGrad(GradContext& c) {
  const Dim time = c.input(kX).dim(1), units = c.input(kRecurrentKernel).dim(0);
  if (!time.is_known()) {
    return UnimplementedError(
        absl::StrCat("the gradient of LstmGrad has nodes for each time step, so time must be a "
                     "number, not ",
                     time.ToString(), " of x ", c.input(kX).shape().ToString()));
  }
  if (time.value() == 0) {  // all outputs are empty or zero
    for (int i = 0; i < std::min<int>(c.num_inputs(), kMask); ++i)
      c.SetGrad(i, ZerosLike(c.input(i)));
    return absl::OkStatus();
  }
  const recurrent::Sequences in(time.value(), c.attr<bool>("reverse"));
  const Primal p(c, in);
  const Tangents d(c, in, p);
  const Value dz = c.output(kDz);
  const Gates dot(d.gates, units);
  c.SetGrad(kX, TimesTransposed(dz, c.cotangent(kDKernel)));
  c.SetGrad(kRecurrentKernel, SumOfProducts(d.h_before, dz));
  SetStateGrads(c, in, TimesTransposed(dz, c.cotangent(kDRecurrentKernel)), Value(), kH0, kH);
  const Value own_c = p.h * p.sech2_c * (dot.o - 2.0 * d.c * p.gates.o * p.tanh_c);
  SetStateGrads(c, in, dot.f * p.c, own_c, kC0, kC);
  c.SetGrad(kGates, OfTaken(GatesGrad(p, d, units), p.taken));
  c.SetGrad(kDh, d.h);
  if (c.num_inputs() > kDc) c.SetGrad(kDc, d.c);
  if (c.num_inputs() > kDGates) c.SetGrad(kDGates, d.gates);
  return absl::OkStatus();
}

}  // namespace dagrad::ops::lstm_internal
