#!/usr/bin/env python3
"""Prints the coefficients of 2^f in exp2.inc, lowest first, and their largest relative error.

Least squares on Chebyshev nodes of [-1/2, 1/2], reweighted towards the least maximal relative error.

Usage: exp2_coefficients.py
"""
import numpy as np

DEGREE = 5
x = np.cos(np.pi * (np.arange(2000) + 0.5) / 2000) / 2
powers = np.vander(x, DEGREE + 1, increasing=True)
y = np.exp2(x)
weight = 1 / y
for _ in range(60):
    c = np.linalg.lstsq(powers * weight[:, None], y * weight, rcond=None)[0]
    error = np.abs(powers @ c / y - 1)
    weight *= np.sqrt(error / error.mean() + 1e-3)
    weight /= weight.mean()
print(", ".join("%.9ef" % np.float32(v) for v in c))
print("%.2e" % np.abs(powers @ np.float32(c).astype(np.float64) / y - 1).max())
