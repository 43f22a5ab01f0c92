"""Prints the known values of activation_test.cc: mpmath at 50 digits, rounded to float64.

    python3 ops/nn/activation/golden.py
"""

import mpmath as mp

mp.mp.dps = 50

SCALE = mp.mpf("1.0507009873554804934193349852946")
ALPHA = mp.mpf("1.6732632423543772848170429916717")


def softplus(x):
    return mp.log1p(mp.exp(x))


def hard_sigmoid(x):
    return min(max(x / 6 + mp.mpf(1) / 2, mp.mpf(0)), mp.mpf(1))


FUNCTIONS = {
    "Gelu": lambda x: x / 2 * (1 + mp.erf(x / mp.sqrt(2))),
    "GeluTanh": lambda x: x / 2 * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (x + mp.mpf("0.044715") * x**3))),
    "Silu": lambda x: x / (1 + mp.exp(-x)),
    "Mish": lambda x: x * mp.tanh(softplus(x)),
    "Selu": lambda x: SCALE * (x if x > 0 else ALPHA * mp.expm1(x)),
    "Softsign": lambda x: x / (1 + abs(x)),
    "HardSigmoid": hard_sigmoid,
    "HardSilu": lambda x: x * hard_sigmoid(x),
    "HardTanh": lambda x: min(max(x, mp.mpf(-1)), mp.mpf(1)),
    "LogSigmoid": lambda x: -softplus(-x),
    "TanhShrink": lambda x: x - mp.tanh(x),
    "Exponential": mp.exp,
}
POINTS = [-8.5, -2.25, -0.75, 0.5, 1.25, 7.0]

for name, function in FUNCTIONS.items():
    values = ", ".join(repr(float(function(mp.mpf(x)))) for x in POINTS)
    print('      {"%s", %s, {%s}},' % (name, "PlainGelu" if name == "Gelu" else name, values))
