#!/usr/bin/env python3
"""Prints lstm_golden.h: an LSTM and its derivatives from PyTorch in float64.

Usage: lstm_golden.py | clang-format > lstm_golden.h
"""
import torch

torch.set_default_dtype(torch.float64)
torch.manual_seed(5)
BATCH, TIME, FEATURES, UNITS = 2, 4, 3, 2


def emit(name, values):
    values = ", ".join(repr(v) for v in values.detach().flatten().tolist())
    print(f"inline constexpr double {name}[] = {{{values}}};")


def draw(*shape):
    return torch.round(torch.randn(*shape), decimals=3).requires_grad_()


# PyTorch's gates are in the order of Keras's; its matrices are the transposes.
INPUTS = {
    "X": draw(BATCH, TIME, FEATURES),
    "Kernel": draw(FEATURES, 4 * UNITS),
    "RecurrentKernel": draw(UNITS, 4 * UNITS),
    "Bias": draw(4 * UNITS),
    "H0": draw(BATCH, UNITS),
    "C0": draw(BATCH, UNITS),
}
DH, DLAST_C = draw(BATCH, TIME, UNITS), draw(BATCH, UNITS)
SECOND = {name: draw(*v.shape) for name, v in INPUTS.items()}


def lstm(reverse):
    x, kernel, recurrent, bias, h0, c0 = INPUTS.values()
    module = torch.nn.LSTM(FEATURES, UNITS, batch_first=True)
    weights = {
        "weight_ih_l0": kernel.T,
        "weight_hh_l0": recurrent.T,
        "bias_ih_l0": bias,
        "bias_hh_l0": torch.zeros(4 * UNITS),
    }
    x = x.flip(1) if reverse else x
    h, (_, c) = torch.func.functional_call(module, weights, (x, (h0[None], c0[None])))
    return h.flip(1) if reverse else h, c[0]


def gates_and_c(reverse):
    """What torch.nn.LSTM does not return, step by step; checked against what it does."""
    x, kernel, recurrent, bias, h, c = (v.detach() for v in INPUTS.values())
    gates, cs, hs = [None] * TIME, [None] * TIME, [None] * TIME
    for t in reversed(range(TIME)) if reverse else range(TIME):
        i, f, g, o = (x[:, t] @ kernel + h @ recurrent + bias).chunk(4, 1)
        i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
        c = f * c + i * g
        h = o * c.tanh()
        gates[t], cs[t], hs[t] = torch.cat([i, f, g, o], 1), c, h
    torch.testing.assert_close(torch.stack(hs, 1), lstm(reverse)[0].detach(), rtol=1e-13, atol=1e-13)
    return torch.stack(gates, 1), torch.stack(cs, 1)


print("// Printed by lstm_golden.py. X is [2,4,3], H [2,4,2]; LastC is c after the last step. D… are the vjps of Dh and")
print("// DLastC. A… are the vjps of B… through DX, DKernel, DRecurrentKernel, DBias, DH0 and DC0 together, by the inputs")
print("// and by Dh. …Reverse: the same for an LSTM that goes from the last time step to the first.")
print("#ifndef DAGRAD_OPS_RECURRENT_LSTM_LSTM_GOLDEN_H_")
print("#define DAGRAD_OPS_RECURRENT_LSTM_LSTM_GOLDEN_H_\n")
print("namespace dagrad::lstm_golden {\n")
for name, values in INPUTS.items():
    emit("k" + name, values)
    emit("kB" + name, SECOND[name])
emit("kDh", DH)
emit("kDLastC", DLAST_C)
for suffix in ("", "Reverse"):
    h, c = lstm(suffix == "Reverse")
    emit("kH" + suffix, h)
    emit("kLastC" + suffix, c)
    gates, cs = gates_and_c(suffix == "Reverse")
    emit("kGates" + suffix, gates)
    emit("kC" + suffix, cs)
    first = torch.autograd.grad([h, c], list(INPUTS.values()), [DH, DLAST_C], create_graph=True)
    for name, values in zip(INPUTS, first):
        emit(f"kD{name}{suffix}", values)
    second = torch.autograd.grad(first, [*INPUTS.values(), DH], list(SECOND.values()))
    for name, values in zip([*INPUTS, "Dh"], second):
        emit(f"kA{name}{suffix}", values)
print("\n}  // namespace dagrad::lstm_golden\n")
print("#endif  // DAGRAD_OPS_RECURRENT_LSTM_LSTM_GOLDEN_H_")
