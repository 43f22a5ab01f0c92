#!/usr/bin/env python3
"""Prints batch_norm_golden.h: batch normalisation and its derivatives from JAX in float64.

Usage: batch_norm_golden.py | clang-format > batch_norm_golden.h
"""
import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)
EPSILON = 1e-3


def emit(name, values):
    values = ", ".join(repr(v) for v in np.asarray(values).ravel().tolist())
    print(f"inline constexpr double {name}[] = {{{values}}};")


def batch_norm(x, gamma, beta):
    mean = x.mean((0, 1))
    variance = ((x - mean) ** 2).mean((0, 1))
    return gamma * (x - mean) / jnp.sqrt(variance + EPSILON) + beta, mean, variance


def grads(x, gamma, beta, dy):
    return jax.vjp(batch_norm, x, gamma, beta)[1](dy)


random = np.random.default_rng(3)
x = jnp.asarray(np.round(random.normal(2, 3, (2, 3, 4)), 3))
gamma = jnp.asarray(np.round(random.uniform(0.5, 2, 4), 3))
beta = jnp.asarray(np.round(random.normal(0, 1, 4), 3))
dy, a = (jnp.asarray(np.round(random.normal(0, 1, (2, 3, 4)), 3)) for _ in range(2))
dmean, dvariance = (jnp.asarray(np.round(random.normal(0, 1, 4), 3)) for _ in range(2))
zero = jnp.zeros(4)
y, mean, variance = batch_norm(x, gamma, beta)
print("// Printed by batch_norm_golden.py. X, Dy and A are [2,3,4], all others [4]. Dx, DGamma and DBeta are the vjps of")
print("// Dy; FullDx is that of Dy, DMean and DVariance together; AX, AGamma and ADy are the vjps of A through Dx.")
print("#ifndef DAGRAD_OPS_NN_BATCH_NORM_BATCH_NORM_GOLDEN_H_")
print("#define DAGRAD_OPS_NN_BATCH_NORM_BATCH_NORM_GOLDEN_H_\n")
print("namespace dagrad::batch_norm_golden {\n")
for name, values in [("X", x), ("Gamma", gamma), ("Beta", beta), ("Dy", dy), ("A", a), ("DMean", dmean),
                     ("DVariance", dvariance), ("Y", y), ("Mean", mean), ("Variance", variance)]:
    emit("k" + name, values)
for name, values in zip(("Dx", "DGamma", "DBeta"), grads(x, gamma, beta, (dy, zero, zero))):
    emit("k" + name, values)
emit("kFullDx", grads(x, gamma, beta, (dy, dmean, dvariance))[0])
second = jax.vjp(lambda x, gamma, dy: grads(x, gamma, beta, (dy, zero, zero))[0], x, gamma, dy)[1](a)
for name, values in zip(("AX", "AGamma", "ADy"), second):
    emit("k" + name, values)
print("\n}  // namespace dagrad::batch_norm_golden\n")
print("#endif  // DAGRAD_OPS_NN_BATCH_NORM_BATCH_NORM_GOLDEN_H_")
