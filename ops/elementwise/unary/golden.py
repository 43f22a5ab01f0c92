"""Prints the known values of unary_samples.cc: mpmath at 50 digits, rounded to float64.

    python3 ops/elementwise/unary/golden.py
"""

import mpmath as mp

mp.mp.dps = 50

ALPHA = mp.mpf("0.3")
FUNCTIONS = {
    "Abs": abs, "Square": lambda x: x * x, "Relu": lambda x: max(x, mp.mpf(0)),
    "Relu6": lambda x: min(max(x, mp.mpf(0)), mp.mpf(6)),
    "Exp": mp.exp, "Expm1": mp.expm1, "Log": mp.log, "Log1p": mp.log1p,
    "Sqrt": mp.sqrt, "Rsqrt": lambda x: 1 / mp.sqrt(x), "Reciprocal": lambda x: 1 / x,
    "Sin": mp.sin, "Cos": mp.cos, "Tan": mp.tan, "Asin": mp.asin, "Acos": mp.acos, "Atan": mp.atan,
    "Sinh": mp.sinh, "Cosh": mp.cosh, "Tanh": mp.tanh, "Asinh": mp.asinh, "Acosh": mp.acosh, "Atanh": mp.atanh,
    "Sigmoid": lambda x: 1 / (1 + mp.exp(-x)), "Softplus": lambda x: mp.log1p(mp.exp(x)), "Softsign": lambda x: x / (1 + abs(x)),
    "Erf": mp.erf,
    "LeakyRelu": lambda x: x if x > 0 else ALPHA * x,
    "Elu": lambda x: x if x > 0 else ALPHA * mp.expm1(x),
}
POINTS = {
    "Relu6": [-2.5, 0.5, 5.75, 8.5],
    "Log": [1e-30, 0.3, 1.0, 7.25, 1e30], "Log1p": [-0.75, 1e-10, 0.5, 30.0],
    "Sqrt": [0.0, 0.3, 2.0, 1e20], "Rsqrt": [0.3, 2.0, 1e20], "Reciprocal": [-0.3, 2.0, 1e20],
    "Asin": [-1.0, -0.5, 0.25, 0.875], "Acos": [-1.0, -0.5, 0.25, 0.875],
    "Acosh": [1.0, 1.5, 30.0], "Atanh": [-0.75, 0.25, 0.5],
    "Sinh": [-2.5, -1e-10, 0.5, 5.0], "Exp": [-700.0, -2.5, 0.5, 88.0], "Expm1": [-50.0, -1e-10, 0.5, 2.0],
    "Sigmoid": [-700.0, -2.5, 0.5, 40.0], "Softplus": [-700.0, -2.5, 0.0, 0.5, 800.0],
    "Softsign": [-1e20, -0.75, 1e-10, 0.5, 3.0], "Erf": [-6.0, -0.75, 1e-10, 0.5, 2.5],
}
DEFAULT = [-2.5, -0.75, 0.5, 1.25]


def text(value):
    return repr(float(value))


for name, function in FUNCTIONS.items():
    xs = POINTS.get(name, DEFAULT)
    ys = [function(mp.mpf(x)) for x in xs]
    print("    {\"%s\", {%s}, {%s}}," % (name, ", ".join(map(text, xs)), ", ".join(map(text, ys))))
