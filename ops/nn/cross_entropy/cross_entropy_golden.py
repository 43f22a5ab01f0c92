#!/usr/bin/env python3
"""Prints cross_entropy_golden.h: cross-entropies and their derivatives from JAX in float64.

Usage: cross_entropy_golden.py | clang-format > cross_entropy_golden.h
"""
import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)


def emit(name, values, ctype="double"):
    values = ", ".join(repr(v) for v in np.asarray(values).ravel().tolist())
    print(f"inline constexpr {ctype} {name}[] = {{{values}}};")


def dense(x, z):
    return -(z * jax.nn.log_softmax(x)).sum(-1)


def sparse(x, z):
    return dense(x, jax.nn.one_hot(z, x.shape[-1], dtype=x.dtype))


def sigmoid(x, z):
    return -z * jax.nn.log_sigmoid(x) - (1 - z) * jax.nn.log_sigmoid(-x)


def grads(f, dy, *xs):
    return jax.vjp(f, *xs)[1](dy)


random = np.random.default_rng(2)
x = jnp.asarray(np.round(random.normal(0, 3, (2, 3, 5)), 3))
z = jnp.asarray(np.round(random.uniform(0, 1, (2, 3, 5)), 3)).at[0, 1, 2].set(0)
g = jnp.asarray(np.round(random.normal(0, 1, (2, 3, 5)), 3))
dy = jnp.asarray(np.round(random.normal(0, 1, (2, 3)), 3))
classes = jnp.asarray(random.integers(0, 5, (2, 3)))
print("// Printed by cross_entropy_golden.py. Logits X, labels Z and the cotangent G are [2,3,5]; Dy and Classes")
print("// are [2,3]. Dx and Dz are the vjps of Dy, DxDx, DxDz and DxDy those of G through Dx.")
print("#ifndef DAGRAD_OPS_NN_CROSS_ENTROPY_CROSS_ENTROPY_GOLDEN_H_")
print("#define DAGRAD_OPS_NN_CROSS_ENTROPY_CROSS_ENTROPY_GOLDEN_H_\n")
print("#include <cstdint>\n\nnamespace dagrad::cross_entropy_golden {\n")
for name, values in [("X", x), ("Z", z), ("G", g), ("Dy", dy)]:
    emit("k" + name, values)
emit("kClasses", classes, "int64_t")
emit("kDenseLoss", dense(x, z))
for name, values in zip(("Dx", "Dz"), grads(dense, dy, x, z)):
    emit("kDense" + name, values)
for name, values in zip(("DxDx", "DxDz", "DxDy"), grads(lambda x, z, d: grads(dense, d, x, z)[0], g, x, z, dy)):
    emit("kDense" + name, values)
emit("kSparseLoss", sparse(x, classes))
emit("kSparseDx", grads(lambda x: sparse(x, classes), dy, x)[0])
for name, values in zip(("DxDx", "DxDy"), grads(lambda x, d: grads(lambda x: sparse(x, classes), d, x)[0], g, x, dy)):
    emit("kSparse" + name, values)
emit("kSigmoidLoss", sigmoid(x, z))
for name, values in zip(("Dx", "Dz"), grads(sigmoid, g, x, z)):
    emit("kSigmoid" + name, values)
for name, values in zip(("DxDx", "DxDz", "DxDy"), grads(lambda x, z, d: grads(sigmoid, d, x, z)[0], g, x, z, g)):
    emit("kSigmoid" + name, values)
print("\n}  // namespace dagrad::cross_entropy_golden\n")
print("#endif  // DAGRAD_OPS_NN_CROSS_ENTROPY_CROSS_ENTROPY_GOLDEN_H_")
