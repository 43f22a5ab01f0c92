#!/usr/bin/env python3
"""Prints keras_golden.inc: what Keras 3 makes of ten optimizer steps, and of its schedules.

    KERAS_BACKEND=jax JAX_ENABLE_X64=1 python keras_golden.py > keras_golden.inc

In float64. The variables are w (2 x 3) and b (3); the gradient of either is scale * (x - target), so it depends on the
variables, and is large enough for every kind of clipping to act.
"""

import keras
import numpy as np

keras.config.set_floatx("float64")

W = np.array([[1.0, -2.0, 3.0], [0.5, -0.25, 0.125]])
B = np.array([0.1, -0.2, 0.0])
W_SCALE, W_TARGET = np.array([[0.5, 4.0, 1.0], [2.0, 0.1, 8.0]]), 0.3
B_SCALE, B_TARGET = np.array([3.0, 0.01, 1.0]), -0.7

o = keras.optimizers
s = keras.optimizers.schedules


def f64(x):
    """A rate that keeps a schedule in float64: of Python's numbers it makes float32."""
    return np.asarray(x, dtype=np.float64)


OPTIMIZERS = {
    "sgd": lambda: o.SGD(),
    "sgd_momentum": lambda: o.SGD(learning_rate=0.05, momentum=0.9),
    "sgd_nesterov": lambda: o.SGD(learning_rate=0.05, momentum=0.9, nesterov=True),
    "sgd_weight_decay": lambda: o.SGD(learning_rate=0.05, weight_decay=0.1),
    "sgd_clipvalue": lambda: o.SGD(learning_rate=0.05, clipvalue=0.5),
    "sgd_clipnorm": lambda: o.SGD(learning_rate=0.05, clipnorm=0.75),
    "sgd_clipnorm_wide": lambda: o.SGD(learning_rate=0.05, clipnorm=1000.0),
    "sgd_global_clipnorm": lambda: o.SGD(learning_rate=0.05, global_clipnorm=0.75),
    "sgd_global_clipnorm_wide": lambda: o.SGD(learning_rate=0.05, global_clipnorm=1000.0),
    "sgd_schedule": lambda: o.SGD(learning_rate=s.ExponentialDecay(f64(0.1), 3, 0.5, staircase=True), momentum=0.5),
    "rmsprop": lambda: o.RMSprop(),
    "rmsprop_options": lambda: o.RMSprop(learning_rate=0.02, rho=0.8, epsilon=1e-3),
    "rmsprop_momentum": lambda: o.RMSprop(learning_rate=0.02, momentum=0.7),
    "rmsprop_centered": lambda: o.RMSprop(learning_rate=0.02, centered=True),
    "rmsprop_all": lambda: o.RMSprop(
        learning_rate=0.02, rho=0.8, momentum=0.6, centered=True, weight_decay=0.05, clipnorm=2.0),
    "adagrad": lambda: o.Adagrad(),
    "adagrad_options": lambda: o.Adagrad(learning_rate=0.3, initial_accumulator_value=0.0, epsilon=1e-3),
    "adagrad_weight_decay": lambda: o.Adagrad(learning_rate=0.3, weight_decay=0.05, clipvalue=1.5),
    "adam": lambda: o.Adam(),
    "adam_options": lambda: o.Adam(learning_rate=0.1, beta_1=0.7, beta_2=0.95, epsilon=1e-2),
    "adam_amsgrad": lambda: o.Adam(learning_rate=0.3, beta_2=0.5, amsgrad=True),
    "adam_global_clipnorm": lambda: o.Adam(learning_rate=0.1, epsilon=0.1, global_clipnorm=0.5),
    "adam_schedule": lambda: o.Adam(learning_rate=s.CosineDecay(
        f64(0.0), 5, alpha=0.1, warmup_target=0.2, warmup_steps=3)),
    "adamw": lambda: o.AdamW(),
    "adamw_options": lambda: o.AdamW(learning_rate=0.1, weight_decay=0.2, beta_1=0.8, beta_2=0.9, amsgrad=True),
    "adadelta": lambda: o.Adadelta(),
    "adadelta_options": lambda: o.Adadelta(learning_rate=0.9, rho=0.7, epsilon=0.01),
    "adamax": lambda: o.Adamax(),
    "adamax_options": lambda: o.Adamax(learning_rate=0.1, beta_1=0.7, beta_2=0.9, epsilon=0.01, weight_decay=0.1),
    "nadam": lambda: o.Nadam(),
    "nadam_options": lambda: o.Nadam(learning_rate=0.1, beta_1=0.7, beta_2=0.95, epsilon=0.01, clipnorm=0.75),
    "ftrl": lambda: o.Ftrl(),
    "ftrl_options": lambda: o.Ftrl(learning_rate=0.1, learning_rate_power=-0.7, initial_accumulator_value=0.3, l1_regularization_strength=0.2, l2_regularization_strength=0.1, l2_shrinkage_regularization_strength=0.05, beta=0.2),
    "lion": lambda: o.Lion(),
    "lion_options": lambda: o.Lion(learning_rate=0.1, beta_1=0.7, beta_2=0.8),
    "lamb": lambda: o.Lamb(),
    "lamb_options": lambda: o.Lamb(learning_rate=0.1, beta_1=0.7, beta_2=0.95, epsilon=0.01),
}

# Inverses of 49 and 98 are numbers whose product with them is below 1: steps / decay_steps has to be a division.
STEPS = [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 19, 20, 21, 30, 48, 49, 50, 98, 147, 1000]

SCHEDULES = {
    "exponential_decay": s.ExponentialDecay(f64(0.1), 10, 0.9),
    "exponential_decay_staircase": s.ExponentialDecay(f64(0.1), 49, 0.5, staircase=True),
    "inverse_time_decay": s.InverseTimeDecay(f64(0.1), 7, 0.5),
    "inverse_time_decay_staircase": s.InverseTimeDecay(f64(0.1), 49, 0.5, staircase=True),
    "polynomial_decay": s.PolynomialDecay(f64(0.1), 20),
    "polynomial_decay_power": s.PolynomialDecay(f64(0.1), 20, end_learning_rate=0.01, power=0.5),
    "polynomial_decay_cycle": s.PolynomialDecay(f64(0.1), 49, end_learning_rate=0.01, power=2.0, cycle=True),
    "cosine_decay": s.CosineDecay(f64(0.1), 20),
    "cosine_decay_alpha": s.CosineDecay(f64(0.1), 49, alpha=0.05),
    "cosine_decay_warmup": s.CosineDecay(f64(0.01), 20, alpha=0.05, warmup_target=0.2, warmup_steps=5),
    "piecewise_constant": s.PiecewiseConstantDecay([5, 20], [f64(1.0), f64(0.5), f64(0.125)]),
}


def numbers(values):
    return "{" + ", ".join(repr(float(v)) for v in np.ravel(values)) + "}"


def main():
    print("// Printed by keras_golden.py with Keras", keras.__version__)
    print("constexpr Golden kOptimizerGoldens[] = {")
    for name, make in OPTIMIZERS.items():
        w, b = keras.Variable(W), keras.Variable(B)
        optimizer = make()
        after = {}
        for step in range(1, 11):
            grads = [W_SCALE * (np.array(w) - W_TARGET), B_SCALE * (np.array(b) - B_TARGET)]
            optimizer.apply([keras.ops.convert_to_tensor(g, "float64") for g in grads], [w, b])
            after[step] = np.concatenate([np.ravel(np.array(w)), np.ravel(np.array(b))])
            assert after[step].dtype == np.float64
        print(f'    {{"{name}",\n     {numbers(after[1])},\n     {numbers(after[10])}}},')
    print("};\n")
    print(f"constexpr int64_t kScheduleSteps[] = {{{', '.join(map(str, STEPS))}}};")
    print("constexpr ScheduleGolden kScheduleGoldens[] = {")
    for name, schedule in SCHEDULES.items():
        values = [keras.ops.convert_to_numpy(schedule(keras.ops.convert_to_tensor(t, "int64"))) for t in STEPS]
        assert values[0].dtype == np.float64
        print(f'    {{"{name}",\n     {numbers(values)}}},')
    print("};")


if __name__ == "__main__":
    main()
