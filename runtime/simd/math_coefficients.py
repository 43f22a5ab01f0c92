#!/usr/bin/env python3
"""Prints the coefficients of math.inc and gelu.cc, lowest first, and their largest weighted error.

Each is rounded to float32 before the next ones are found, by least squares on Chebyshev nodes, reweighted towards the
least maximal error.

Usage: math_coefficients.py
"""
import mpmath as mp
import numpy as np

mp.mp.dps = 40
NODES = 400


def fit(function, low, high, count, weight, first=()):
    """`count` coefficients of a polynomial on [low, high], of which the `first` ones are given."""
    low, high = mp.mpf(low), mp.mpf(high)
    nodes = [(low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * (i + mp.mpf(1) / 2) / NODES) for i in range(NODES)]
    x = np.array([float(v) for v in nodes])
    y = np.array([float(function(v)) for v in nodes])
    importance = np.abs(np.array([float(weight(v)) for v in nodes]))
    c = list(first)
    while len(c) < count:
        powers = np.vander(x, count - len(c), increasing=True) * (x ** len(c))[:, None]
        rest = y - (np.polynomial.polynomial.polyval(x, c) if c else 0)
        w, best = importance.copy(), None
        for _ in range(60):
            solution = np.linalg.lstsq(powers * w[:, None], rest * w, rcond=None)[0]
            error = np.abs(powers @ solution - rest) * importance
            if best is None or error.max() < best[0]:
                best = (error.max(), solution)
            w *= np.sqrt(error / error.mean() + 1e-3)
            w /= w.mean()
        c.append(float(np.float32(best[1][0])))
    return c, (np.abs(np.polynomial.polynomial.polyval(x, c) - y) * importance).max()


def show(name, coefficients, error):
    print("%s, error 2^%.1f: %s" % (name, np.log2(error), ", ".join("%.9ef" % c for c in coefficients)))


TINY = mp.mpf("1e-8")


def fit_odd(f, bound, count):
    """P of f(x) = x + x³ P(x²) up to `bound`, relative error."""
    return fit(lambda u: (f(mp.sqrt(u)) / mp.sqrt(u) - 1) / u, TINY, mp.mpf(bound) ** 2, count,
               lambda u: u * mp.sqrt(u) / f(mp.sqrt(u)))


HALF_LN2 = mp.log(2) / 2 + mp.mpf("1e-4")
QUARTER_PI = mp.pi / 4 + mp.mpf("0.002")

# e^x = 1 + x + x² Q(x), error relative to e^x - 1.
show("exp", *fit(lambda x: (mp.expm1(x) - x) / x**2 if x else 0.5, -HALF_LN2, HALF_LN2, 6,
                 lambda x: x * x / mp.expm1(x), first=(0.5,)))
# ln(1 + x) = x + x² (-1/2 + x P(x)).
show("log1p, after -1/2", *fit(lambda x: (mp.log1p(x) - x + x * x / 2) / x**3, mp.sqrt(0.5) - 1 - mp.mpf("1e-4"),
                               mp.sqrt(2) - 1 + mp.mpf("1e-4"), 8, lambda x: x**3 / mp.log1p(x)))
show("tanh", *fit_odd(mp.tanh, 1, 7))
show("sinh", *fit_odd(mp.sinh, 1, 4))
show("sin", *fit_odd(mp.sin, QUARTER_PI, 3))
# cos x = 1 - x²/2 + x⁴ P(x²).
show("cos", *fit(lambda u: (mp.cos(mp.sqrt(u)) - 1 + u / 2) / u / u, TINY, QUARTER_PI**2, 3,
                 lambda u: u * u / mp.cos(mp.sqrt(u))))
# erf x = x + x P(x²) up to 1, 1 - e^Q(x) up to 4.
show("erf up to 1", *fit(lambda u: mp.erf(mp.sqrt(u)) / mp.sqrt(u) - 1, TINY, 1, 7,
                         lambda u: mp.sqrt(u) / mp.erf(mp.sqrt(u))))
show("erf beyond", *fit(lambda a: mp.log(mp.erfc(a)), 1, 4, 8, lambda a: mp.erfc(a) / mp.erf(a)))


def tail(a):
    """Φ(-a) e^(a²/2)."""
    return mp.erfc(a / mp.sqrt(2)) * mp.exp(a * a / 2) / 2


# The error of a Φ(-a) is to be below 2^-24, and that of the polynomial below a half of itself.
show("gelu", *fit(tail, 0, 6, 12,
                  lambda a: max(mp.exp(-a * a / 2) * max(1, a) * 2**25, 4 / tail(a))))
