#!/usr/bin/env python3
"""Prints the coefficients of p, tanh x = x + x³ p(x²), in gates.inc, lowest first, and the largest relative error.

Least squares on Chebyshev nodes of [0, 0.55²], reweighted towards the least maximal error.

Usage: tanh_coefficients.py
"""
import numpy as np

DEGREE = 3
BOUND = 0.55
square = BOUND**2 * (1 + np.cos(np.pi * (np.arange(4000) + 0.5) / 4000)) / 2
x = np.sqrt(square)
powers = np.vander(square, DEGREE + 1, increasing=True)
y = (np.tanh(x) / x - 1) / square
importance = square * x / np.tanh(x)
weight = importance
for _ in range(100):
  c = np.linalg.lstsq(powers * weight[:, None], y * weight, rcond=None)[0]
  error = np.abs(powers @ c - y) * importance
  weight = weight * np.sqrt(error / error.mean() + 1e-3)
  weight = weight / weight.mean()
print(", ".join("%.9ef" % np.float32(v) for v in c))
print("%.2e" % error.max())
