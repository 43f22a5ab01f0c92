#!/usr/bin/env python3
"""Prints layer_norm_golden.h: layer normalisation and its derivatives from JAX in float64.

Usage: layer_norm_golden.py | clang-format > layer_norm_golden.h
"""
import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)
EPSILON = 1e-3


def emit(name, values):
    values = ", ".join(repr(v) for v in np.asarray(values).ravel().tolist())
    print(f"inline constexpr double {name}[] = {{{values}}};")


def layer_norm(axes):
    def f(x, gamma, beta):
        mean = x.mean(axes, keepdims=True)
        variance = ((x - mean) ** 2).mean(axes, keepdims=True)
        inverse_stddev = 1 / jnp.sqrt(variance + EPSILON)
        return gamma * (x - mean) * inverse_stddev + beta, mean, inverse_stddev

    return f


random = np.random.default_rng(4)


def draw(*shape):
    return jnp.asarray(np.round(random.normal(0, 1, shape), 3))


x, dy, a = 2 + 3 * draw(2, 3, 4), draw(2, 3, 4), draw(2, 3, 4)
print("// Printed by layer_norm_golden.py. X, Dy and A are [2,3,4]; _k is the first axis that is normalised over. Dx,")
print("// DGamma and DBeta are the vjps of Dy; FullDx is that of Dy, DMean and DInverseStddev together; AX, AGamma and")
print("// ADy are the vjps of A through Dx.")
print("#ifndef DAGRAD_OPS_NN_LAYER_NORM_LAYER_NORM_GOLDEN_H_")
print("#define DAGRAD_OPS_NN_LAYER_NORM_LAYER_NORM_GOLDEN_H_\n")
print("namespace dagrad::layer_norm_golden {\n")
for name, values in [("X", x), ("Dy", dy), ("A", a)]:
    emit("k" + name, values)
for axis in (1, 2):
    f = layer_norm(tuple(range(axis, 3)))
    gamma, beta = 1 + 0.3 * draw(*x.shape[axis:]), draw(*x.shape[axis:])
    y, mean, inverse_stddev = f(x, gamma, beta)
    dmean, dinverse_stddev, zero = draw(*mean.shape), draw(*mean.shape), jnp.zeros(mean.shape)

    def grads(x, gamma, dy):
        return jax.vjp(f, x, gamma, beta)[1]((dy, zero, zero))

    for name, values in [("Gamma", gamma), ("Beta", beta), ("DMean", dmean), ("DInverseStddev", dinverse_stddev),
                         ("Y", y), ("Mean", mean), ("InverseStddev", inverse_stddev)]:
        emit(f"k{name}_{axis}", values)
    for name, values in zip(("Dx", "DGamma", "DBeta"), grads(x, gamma, dy)):
        emit(f"k{name}_{axis}", values)
    emit(f"kFullDx_{axis}", jax.vjp(f, x, gamma, beta)[1]((dy, dmean, dinverse_stddev))[0])
    second = jax.vjp(lambda x, gamma, dy: grads(x, gamma, dy)[0], x, gamma, dy)[1](a)
    for name, values in zip(("AX", "AGamma", "ADy"), second):
        emit(f"k{name}_{axis}", values)
print("\n}  // namespace dagrad::layer_norm_golden\n")
print("#endif  // DAGRAD_OPS_NN_LAYER_NORM_LAYER_NORM_GOLDEN_H_")
