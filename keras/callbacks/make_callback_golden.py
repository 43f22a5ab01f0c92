"""Prints callback_golden.h: what Keras 3's callbacks make of a training.

Run in the environment that `tools/setup --oracles` makes:
  KERAS_BACKEND=torch python make_callback_golden.py > callback_golden.h

Dense(1) with weight i, element k 0.5 sin(0.3 k + i + 1); x [6, 4] is sin(0.7 i), y [6, 1] cos(1.3 i); to validate with
sin(0.9 i + 0.4) and cos(0.8 i). SGD with rate 0.2 and momentum 0.9, which overshoots; batches of 3 in order, 14 epochs.
"""

import os
import tempfile

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras  # pylint: disable=wrong-import-position
import numpy as np  # pylint: disable=wrong-import-position

C = keras.callbacks
EPOCHS = 14


def pattern(shape, scale, step, shift):
  return (scale * np.sin(step * np.arange(np.prod(shape)) + shift)).reshape(shape).astype(np.float32)


X, Y = pattern((6, 4), 1, 0.7, 0), pattern((6, 1), 1, 1.3, np.pi / 2)
VAL = (pattern((6, 4), 1, 0.9, 0.4), pattern((6, 1), 1, 0.8, np.pi / 2))

CASES = {
    "none": lambda d: [],
    "early": lambda d: [C.EarlyStopping(patience=2)],
    "early_restore": lambda d: [C.EarlyStopping(patience=3, restore_best_weights=True)],
    "early_restore_to_the_end": lambda d: [C.EarlyStopping(patience=50, restore_best_weights=True)],
    "early_min_delta": lambda d: [C.EarlyStopping(monitor="loss", min_delta=0.05, patience=1)],
    "early_max": lambda d: [C.EarlyStopping(monitor="val_mae", mode="max", patience=1, restore_best_weights=True)],
    "early_baseline": lambda d: [C.EarlyStopping(baseline=0.01, patience=4, restore_best_weights=True)],
    "early_start": lambda d: [C.EarlyStopping(monitor="mae", patience=0, start_from_epoch=6)],
    "plateau": lambda d: [C.ReduceLROnPlateau(factor=0.5, patience=1)],
    "plateau_cooldown": lambda d: [C.ReduceLROnPlateau(monitor="loss", factor=0.3, patience=1, cooldown=2, min_delta=0.02)],
    "plateau_min_lr": lambda d: [C.ReduceLROnPlateau(factor=0.2, patience=1, min_lr=0.03, mode="max")],
    "scheduler": lambda d: [C.LearningRateScheduler(lambda epoch, lr: lr * 0.5 if epoch % 4 == 3 else lr)],
    "checkpoint": lambda d: [C.ModelCheckpoint(d + "/{epoch:02d}-{val_loss:.2f}.keras")],
    "checkpoint_best": lambda d: [C.ModelCheckpoint(d + "/{epoch}_{loss:07.3f}_{val_mae:.1e}.keras", save_best_only=True)],
    "checkpoint_threshold": lambda d: [C.ModelCheckpoint(
        d + "/{epoch:d}.keras", monitor="mae", save_best_only=True, mode="min", initial_value_threshold=0.75)],
    "checkpoint_batches": lambda d: [C.ModelCheckpoint(d + "/{epoch:02d}.{batch:03d}.keras", save_freq=5)],
    "early_and_plateau": lambda d: [C.ReduceLROnPlateau(factor=0.1, patience=1), C.EarlyStopping(patience=5)],
}


def array(values):
  return "{" + ", ".join(f"{float(v):.8g}" for v in np.ravel(values)) + "}"


def run(make):
  inputs = keras.Input((4,))
  model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
  model.set_weights([pattern(w.shape, 0.5, 0.3, i + 1) for i, w in enumerate(model.get_weights())])
  model.compile(optimizer=keras.optimizers.SGD(0.2, momentum=0.9), loss="mse", metrics=["mae"])
  with tempfile.TemporaryDirectory() as directory:
    history = model.fit(X, Y, batch_size=3, epochs=EPOCHS, shuffle=False, verbose=0, validation_data=VAL,
                        callbacks=make(directory)).history
    files = sorted(name.removesuffix(".keras") for name in os.listdir(directory))
  return history, np.concatenate([w.ravel() for w in model.get_weights()]), files


def main():
  print("#ifndef DAGRAD_KERAS_CALLBACKS_CALLBACK_GOLDEN_H_")
  print("#define DAGRAD_KERAS_CALLBACKS_CALLBACK_GOLDEN_H_\n")
  print("#include <string>\n#include <vector>\n")
  print(f"// Made by make_callback_golden.py with Keras {keras.__version__} on {keras.backend.backend()}.")
  print("namespace dagrad::keras {\n")
  print("struct CallbackGolden {\n  std::string name;\n  std::vector<double> loss, val_loss, val_mae, learning_rate;\n"
        "  std::vector<double> weights;\n  std::vector<std::string> files;\n};\n")
  print("inline const std::vector<CallbackGolden> kCallbackGoldens = {")
  for name, make in CASES.items():
    history, weights, files = run(make)
    columns = [history.get(key, []) for key in ("loss", "val_loss", "val_mae", "learning_rate")]
    texts = "{" + ", ".join(f'"{f}"' for f in files) + "}"
    print(f'    {{"{name}", {", ".join(map(array, columns))}, {array(weights)}, {texts}}},')
  print("};\n")
  print("}  // namespace dagrad::keras\n")
  print("#endif  // DAGRAD_KERAS_CALLBACKS_CALLBACK_GOLDEN_H_")


if __name__ == "__main__":
  main()
