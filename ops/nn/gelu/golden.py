"""Prints the known values of gelu_samples.cc: mpmath at 50 digits, rounded to float64.

    python3 ops/nn/gelu/golden.py
"""

import mpmath as mp

mp.mp.dps = 50

FUNCTIONS = {
    "Gelu": lambda x: x / 2 * (1 + mp.erf(x / mp.sqrt(2))),
    "GeluTanh": lambda x: x / 2 * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (x + mp.mpf("0.044715") * x**3))),
}
POINTS = [-7.5, -5.5, -3.0, -1.0, -0.125, 0.0, 0.25, 1.5, 4.0, 6.5, 20.0]

print("Points", POINTS)
for name, f in FUNCTIONS.items():
    print(name, ", ".join(repr(float(f(mp.mpf(x)))) for x in POINTS))
    print(name, "derivative", ", ".join(repr(float(mp.diff(f, mp.mpf(x)))) for x in POINTS))
