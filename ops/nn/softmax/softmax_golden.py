#!/usr/bin/env python3
"""Prints softmax_golden.h: values and gradients of Softmax and LogSoftmax from JAX in float64.

Usage: softmax_golden.py | clang-format > softmax_golden.h
"""
import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)


def emit(name, values):
    values = ", ".join(repr(v) for v in np.asarray(values).ravel().tolist())
    print(f"inline constexpr double {name}[] = {{{values}}};")


random = np.random.default_rng(1)
x = np.round(random.normal(0, 3, (2, 3, 4)), 3)
dy = np.round(random.normal(0, 1, (2, 3, 4)), 3)
print("// Printed by softmax_golden.py. Arrays are [2,3,4]; _k is the axis; Dx is the vjp of Dy, and DxDx the vjp")
print("// of Dy through Dx, as a function of X.")
print("#ifndef DAGRAD_OPS_NN_SOFTMAX_SOFTMAX_GOLDEN_H_")
print("#define DAGRAD_OPS_NN_SOFTMAX_SOFTMAX_GOLDEN_H_\n")
print("namespace dagrad::softmax_golden {\n")
emit("kX", x)
emit("kDy", dy)
for name, f in [("Softmax", jax.nn.softmax), ("LogSoftmax", jax.nn.log_softmax)]:
    for axis in (0, 1, 2):

        def dx(x):
            return jax.vjp(lambda x: f(x, axis=axis), jnp.asarray(x))[1](jnp.asarray(dy))[0]

        emit(f"k{name}Y_{axis}", f(jnp.asarray(x), axis=axis))
        emit(f"k{name}Dx_{axis}", dx(x))
        emit(f"k{name}DxDx_{axis}", jax.vjp(dx, jnp.asarray(x))[1](jnp.asarray(dy))[0])
print("\n}  // namespace dagrad::softmax_golden\n")
print("#endif  // DAGRAD_OPS_NN_SOFTMAX_SOFTMAX_GOLDEN_H_")
