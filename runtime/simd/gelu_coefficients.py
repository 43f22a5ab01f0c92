#!/usr/bin/env python3
"""Prints the coefficients of Φ(-a) e^(a²/2) in gelu.cc, lowest first, and the largest error of a Φ(-a).

Least squares on Chebyshev nodes of [0, 6], reweighted towards the least maximal error.

Usage: gelu_coefficients.py
"""
import numpy as np
from scipy import special

DEGREE = 11
a = 3 + 3 * np.cos(np.pi * (np.arange(4000) + 0.5) / 4000)
powers = np.vander(a, DEGREE + 1, increasing=True)
y = special.erfcx(a / np.sqrt(2)) / 2
importance = np.exp(-a * a / 2) * np.maximum(1, a)
weight = importance
for _ in range(100):
    c = np.linalg.lstsq(powers * weight[:, None], y * weight, rcond=None)[0]
    error = np.abs(powers @ c - y) * importance
    weight = weight * np.sqrt(error / error.mean() + 1e-3)
    weight = weight / weight.mean()
print(", ".join("%.9ef" % np.float32(v) for v in c))
print("%.2e" % error.max())
