#!/usr/bin/env python3
"""Prints random_golden.h: what the random ops must give, computed with Python's integers and SciPy.

Usage: random_golden.py | clang-format > random_golden.h
"""
from scipy.special import ndtr, ndtri

MASK = 0xFFFFFFFF


def philox4x32(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & MASK, (a >> 32) ^ c[3] ^ k[1], a & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def halves(v):
    v &= 2**64 - 1
    return [v & MASK, v >> 32]


def element_bits(seed, counter, stream, i):
    key = philox4x32(halves(stream) + [0x73747265, 0], halves(seed))[:2]
    high = philox4x32(halves(i // 4) + halves(counter), key)[i % 4]
    low = philox4x32(halves(i // 4 + 2**63) + halves(counter), key)[i % 4]
    return high << 32 | low


def fraction(bits):
    return (bits >> 11) * 2.0**-53


def middle(bits):
    return ((bits >> 12) + 0.5) * 2.0**-52


def permutation(seed, epoch, n):
    order = list(range(n))
    for i in range(n):
        j = element_bits(seed, epoch, -(2**63), i) * (i + 1) >> 64
        order[i], order[j] = order[j], order[i]
    return order


def emit(name, values, ctype="double"):
    print(f"inline constexpr {ctype} {name}[] = {{{', '.join(repr(v) for v in values)}}};")


SEED, COUNTER, STREAM, COUNT = 42, -7, 3, 10
bits = [element_bits(SEED, COUNTER, STREAM, i) for i in range(COUNT)]
below = ndtr(-2.0)
print("// Printed by random_golden.py.")
print("#ifndef DAGRAD_OPS_CREATION_RANDOM_RANDOM_GOLDEN_H_")
print("#define DAGRAD_OPS_CREATION_RANDOM_RANDOM_GOLDEN_H_\n")
print("#include <cstdint>\n")
print("namespace dagrad::random_golden {\n")
print(f"inline constexpr int64_t kKey[] = {{{SEED}, {COUNTER}}};")
print(f"inline constexpr int64_t kStream = {STREAM};")
emit("kUniform", [-1 + 4 * fraction(b) for b in bits])
emit("kNormal", [float(1 + 2 * ndtri(middle(b))) for b in bits])
emit("kTruncatedNormal", [float(1 + 2 * ndtri(below + (1 - 2 * below) * middle(b))) for b in bits])
emit("kPermutation", permutation(SEED, 3, 12), "int64_t")
probabilities = [1e-300, 1e-12, 2.0**-33, 1e-5, 0.01, 0.075, 0.2, 0.5, 0.7, 0.925, 0.99, 0.999999]
emit("kProbabilities", probabilities)
emit("kQuantiles", [float(ndtri(p)) for p in probabilities])
print("\n}  // namespace dagrad::random_golden\n")
print("#endif  // DAGRAD_OPS_CREATION_RANDOM_RANDOM_GOLDEN_H_")
