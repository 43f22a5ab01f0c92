"""Prints the coefficients of Erf in unary.cc: least squares, reweighted towards the least maximal error.

    python3 runtime/simd/erf_coefficients.py
"""

import numpy as np
from scipy import special


def fit(function, lo, hi, degree, weight):
    """The polynomial's coefficients, lowest first, on Chebyshev nodes of [lo, hi]."""
    nodes = np.cos(np.pi * (np.arange(2000) + 0.5) / 2000)
    x = (lo + hi) / 2 + (hi - lo) / 2 * nodes
    y = function(x)
    w = weight(x)
    for _ in range(60):
        matrix = np.vander(x, degree + 1, increasing=True)
        c = np.linalg.lstsq(matrix * w[:, None], y * w, rcond=None)[0]
        error = np.abs(matrix @ c - y) * weight(x)
        w = w * np.sqrt(error / error.mean() + 1e-3)
        w = w / w.mean()
    return c


# erf(x)/x in x² for |x| <= 1, relative error; ln erfc(x) for 1 <= x <= 4, absolute error of erfc.
small = fit(lambda u: special.erf(np.sqrt(u)) / np.sqrt(u), 1e-12, 1.0, 6, np.ones_like)
large = fit(lambda a: np.log(special.erfc(a)), 1.0, 4.0, 7, special.erfc)
print(", ".join("%.9ef" % np.float32(c) for c in small))
print(", ".join("%.9ef" % np.float32(c) for c in large))
