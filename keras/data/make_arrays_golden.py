"""Prints arrays_golden.h: arrays that keras.utils makes.

Run in the environment that `tools/setup --oracles` makes:
  python make_arrays_golden.py > arrays_golden.h
"""

import keras
import numpy as np

SEQUENCES = [[5, 3], [], [9, 8, 7, 6, 5], [-1, 2, 4]]
PADDINGS = [(maxlen, padding, truncating, value)
            for maxlen, value in ((None, 0), (3, 0), (4, -2), (7, 1))
            for padding in ("pre", "post") for truncating in ("pre", "post")]
# length, stride, rate, start, end, targets, batch
WINDOWS = [(3, 1, 1, 0, None, 12, 4), (3, 2, 1, 0, None, 12, 128), (3, 1, 2, 0, None, 12, 5), (2, 3, 3, 1, 11, 12, 2),
           (4, 1, 1, 0, None, 8, 3), (5, 2, 1, 3, None, 12, 4), (3, 1, 1, 0, None, 0, 4), (1, 1, 1, 0, None, 12, 128)]


def numbers(values):
  return "{" + ", ".join(f"{float(v):g}" for v in np.ravel(values)) + "}"


def paddings():
  print("inline const std::vector<PadGolden> kPadGoldens = {")
  for maxlen, padding, truncating, value in PADDINGS:
    rows = keras.utils.pad_sequences(SEQUENCES, maxlen=maxlen, padding=padding, truncating=truncating, value=value)
    print(f'    {{{maxlen or 0}, "{padding}", "{truncating}", {value}, {numbers(rows)}}},')
  print("};\n")


def windows():
  series = np.stack([np.arange(12), 100 - 2 * np.arange(12)], 1)
  print("// Batches one after the other.")
  print("inline const std::vector<WindowGolden> kWindowGoldens = {")
  for length, stride, rate, start, end, targets, batch in WINDOWS:
    y = 10.0 * np.arange(targets) if targets else None
    dataset = keras.utils.timeseries_dataset_from_array(
        series, y, length, sequence_stride=stride, sampling_rate=rate, batch_size=batch, start_index=start or None, end_index=end)
    batches = [b if targets else (b, np.zeros(0)) for b in dataset]
    sizes = numbers([len(b[0]) for b in batches])
    print(f"    {{{length}, {stride}, {rate}, {start}, {end or 12}, {targets}, {batch}, {sizes},\n"
          f"     {numbers(np.concatenate([b[0] for b in batches]))},\n     {numbers(np.concatenate([b[1] for b in batches]))}}},")
  print("};\n")


def main():
  print("#ifndef DAGRAD_KERAS_DATA_ARRAYS_GOLDEN_H_")
  print("#define DAGRAD_KERAS_DATA_ARRAYS_GOLDEN_H_\n")
  print("#include <cstdint>\n#include <string>\n#include <vector>\n")
  print(f"// Made by make_arrays_golden.py with Keras {keras.__version__}.")
  print("// clang-format off")
  print("namespace dagrad::keras {\n")
  print("struct PadGolden {\n  int64_t maxlen;\n  std::string padding, truncating;\n  double value;\n  std::vector<double> rows;\n};\n")
  print("struct WindowGolden {\n  int64_t length, stride, rate, start, end, targets, batch;\n"
        "  std::vector<double> sizes, x, y;\n};\n")
  print(f"inline const std::vector<double> kOneHot = {numbers(keras.utils.to_categorical([[2], [0], [3], [0]]))};")
  print(f"inline const std::vector<double> kOneHotWide = {numbers(keras.utils.to_categorical([[1, 0], [2, 2]], 5))};\n")
  paddings()
  windows()
  print("}  // namespace dagrad::keras\n")
  print("#endif  // DAGRAD_KERAS_DATA_ARRAYS_GOLDEN_H_")


if __name__ == "__main__":
  main()
