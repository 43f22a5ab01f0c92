#!/usr/bin/env python3
"""Prints gru_golden.h: a GRU and its derivatives from PyTorch in float64.

Usage: gru_golden.py | clang-format > gru_golden.h
"""
import torch

torch.set_default_dtype(torch.float64)
torch.manual_seed(7)
BATCH, TIME, FEATURES, UNITS = 2, 4, 3, 2


def emit(name, values):
    values = ", ".join(repr(v) for v in values.detach().flatten().tolist())
    print(f"inline constexpr double {name}[] = {{{values}}};")


def draw(*shape):
    return torch.round(torch.randn(*shape), decimals=3).requires_grad_()


INPUTS = {
    "X": draw(BATCH, TIME, FEATURES),
    "Kernel": draw(FEATURES, 3 * UNITS),
    "RecurrentKernel": draw(UNITS, 3 * UNITS),
    "Bias": draw(2, 3 * UNITS),
    "H0": draw(BATCH, UNITS),
}
DH = draw(BATCH, TIME, UNITS)
SECOND = {name: draw(*v.shape) for name, v in INPUTS.items()}


def of_torch(v):
    """Blocks z, r, n of the last axis as PyTorch's r, z, n of the first."""
    z, r, n = v.chunk(3, -1)
    return torch.cat([r, z, n], -1).T


def gru(reverse):
    x, kernel, recurrent, bias, h0 = INPUTS.values()
    module = torch.nn.GRU(FEATURES, UNITS, batch_first=True)
    weights = {
        "weight_ih_l0": of_torch(kernel),
        "weight_hh_l0": of_torch(recurrent),
        "bias_ih_l0": of_torch(bias[:1])[:, 0],
        "bias_hh_l0": of_torch(bias[1:])[:, 0],
    }
    h, _ = torch.func.functional_call(module, weights, (x.flip(1) if reverse else x, h0[None]))
    return h.flip(1) if reverse else h


def gates_and_inner(reverse):
    """What torch.nn.GRU does not return, step by step; checked against what it does."""
    x, kernel, recurrent, bias, h = (v.detach() for v in INPUTS.values())
    gates, inners, hs = [None] * TIME, [None] * TIME, [None] * TIME
    for t in reversed(range(TIME)) if reverse else range(TIME):
        s_z, s_r, s_n = (x[:, t] @ kernel + bias[0]).chunk(3, 1)
        u_z, u_r, inner = (h @ recurrent + bias[1]).chunk(3, 1)
        z, r = (s_z + u_z).sigmoid(), (s_r + u_r).sigmoid()
        n = (s_n + r * inner).tanh()
        h = z * h + (1 - z) * n
        gates[t], inners[t], hs[t] = torch.cat([z, r, n], 1), inner, h
    torch.testing.assert_close(torch.stack(hs, 1), gru(reverse).detach(), rtol=1e-13, atol=1e-13)
    return torch.stack(gates, 1), torch.stack(inners, 1)


print("// Printed by gru_golden.py. X is [2,4,3], H [2,4,2]. D… are the vjps of Dh. A… are the vjps of B… through DX,")
print("// DKernel, DRecurrentKernel, DBias and DH0 together, by the inputs and by Dh. …Reverse: the same for a GRU that")
print("// goes from the last time step to the first.")
print("#ifndef DAGRAD_OPS_RECURRENT_GRU_GRU_GOLDEN_H_")
print("#define DAGRAD_OPS_RECURRENT_GRU_GRU_GOLDEN_H_\n")
print("namespace dagrad::gru_golden {\n")
for name, values in INPUTS.items():
    emit("k" + name, values)
    emit("kB" + name, SECOND[name])
emit("kDh", DH)
for suffix in ("", "Reverse"):
    h = gru(suffix == "Reverse")
    emit("kH" + suffix, h)
    gates, inner = gates_and_inner(suffix == "Reverse")
    emit("kGates" + suffix, gates)
    emit("kInner" + suffix, inner)
    first = torch.autograd.grad([h], list(INPUTS.values()), [DH], create_graph=True)
    for name, values in zip(INPUTS, first):
        emit(f"kD{name}{suffix}", values)
    second = torch.autograd.grad(first, [*INPUTS.values(), DH], list(SECOND.values()))
    for name, values in zip([*INPUTS, "Dh"], second):
        emit(f"kA{name}{suffix}", values)
print("\n}  // namespace dagrad::gru_golden\n")
print("#endif  // DAGRAD_OPS_RECURRENT_GRU_GRU_GOLDEN_H_")
