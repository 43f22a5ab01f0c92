"""Prints imdb_golden.h: small files like Keras's imdb.npz, by every protocol of pickle, and what Keras loads from them.

Run in the environment that `tools/setup --oracles` makes:
  python make_imdb_golden.py > imdb_golden.h
"""

import base64
import io
import os
import pickle
import tempfile
import zipfile

import keras
import keras.src.datasets.imdb
import numpy as np

RANDOM = np.random.RandomState(5)
TEXTS = {part: [RANDOM.randint(1, 30, RANDOM.randint(1, 9)).tolist() for _ in range(count)] for part, count in (("train", 9), ("test", 6))}
TEXTS["train"][2] = [70000, 3, 256, 65535, 1]  # integers of one, two and four bytes
# num_words, skip_top, maxlen, seed, start_char, oov_char, index_from
CALLS = [(None, 0, None, 113, 1, 2, 3), (20, 0, None, 113, 1, 2, 3), (20, 5, None, 113, 1, None, 3), (None, 0, 6, 7, 1, 2, 3),
         (15, 2, 7, 1, None, 2, 0), (15, 0, None, 0, None, 0, 4)]


def objects(lists):
  array = np.empty(len(lists), dtype=object)
  array[:] = lists
  return array


def npy(array, protocol):
  out = io.BytesIO()
  if array.dtype != object:
    np.lib.format.write_array(out, array)
    return out.getvalue()
  np.lib.format.write_array_header_1_0(out, np.lib.format.header_data_from_array_1_0(array))
  return out.getvalue() + pickle.dumps(array, protocol=protocol)


def npz(protocol, old_names, compressed=True):
  """NumPy 1 calls its module numpy.core; the names are of other lengths, of which a frame of protocol 4 counts."""
  out = io.BytesIO()
  with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED) as archive:
    for part, lists in TEXTS.items():
      data = npy(objects(lists), protocol)
      if old_names and protocol < 4:
        data = data.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
      elif old_names:
        at = data.index(b"\x95")
        size = int.from_bytes(data[at + 1:at + 9], "little") - 1
        data = data[:at + 1] + size.to_bytes(8, "little") + data[at + 9:]
        data = data.replace(b"\x8c\x16numpy._core.multiarray", b"\x8c\x15numpy.core.multiarray")
      archive.writestr(f"x_{part}.npy", data)
      archive.writestr(f"y_{part}.npy", npy(np.arange(len(lists), dtype=np.int64) % 2, protocol))
  return out.getvalue()


def text(data):
  lines = base64.b64encode(data).decode()
  return "\n     ".join(f'"{lines[i:i + 110]}"' for i in range(0, len(lines), 110))


def lists(values):
  return "{" + ", ".join("{" + ", ".join(str(int(w)) for w in x) + "}" for x in values) + "}"


def number(value):
  return "std::nullopt" if value is None else value


def calls(path):
  print("struct ImdbGolden {\n  LoadImdbOptions options;\n  io::IntegerLists x_train;\n  std::vector<int64_t> y_train;\n"
        "  io::IntegerLists x_test;\n  std::vector<int64_t> y_test;\n};\n")
  print("inline const std::vector<ImdbGolden> kImdbGoldens = {")
  for call in CALLS:
    num_words, skip_top, maxlen, seed, start_char, oov_char, index_from = call
    (x_train, y_train), (x_test, y_test) = keras.datasets.imdb.load_data(
        path, num_words=num_words, skip_top=skip_top, maxlen=maxlen, seed=seed, start_char=start_char, oov_char=oov_char,
        index_from=index_from)
    options = ", ".join(str(number(v)) for v in call)
    print(f"    {{{{{options}}},\n     {lists(x_train)},\n     {lists([y_train])[1:-1]},\n     {lists(x_test)},\n     {lists([y_test])[1:-1]}}},")
  print("};\n")


def main():
  print("// Written by make_imdb_golden.py. Do not edit.")
  print("#ifndef DAGRAD_KERAS_DATA_IMDB_GOLDEN_H_\n#define DAGRAD_KERAS_DATA_IMDB_GOLDEN_H_\n")
  print(f"// Keras {keras.__version__}, NumPy {np.__version__}")
  print('#include <cstdint>\n#include <optional>\n#include <string>\n#include <vector>\n\n#include "dagrad/keras/data/imdb.h"\n')
  print("namespace dagrad::keras {\n\n// Files in base 64, all of the same texts.\nstruct ImdbFile {\n  std::string name, base64;\n};\n")
  print("// clang-format off")
  print("inline const std::vector<ImdbFile> kImdbFiles = {")
  for protocol in (2, 3, 4, 5):
    for old_names in (True, False):
      name = f"protocol {protocol}, {'numpy.core' if old_names else 'numpy._core'}"
      data = npz(protocol, old_names)
      for member in ("x_train", "x_test"):
        assert np.load(io.BytesIO(data), allow_pickle=True)[member].tolist() == TEXTS[member[2:]]
      print(f'    {{"{name}",\n     {text(data)}}},')
  print(f'    {{"stored",\n     {text(npz(4, False, compressed=False))}}},')
  print("};\n")
  for name, value in (("kNumpyObjects", objects([[1, 2], "text"])), ("kNumpyEmpty", objects([])), ("kNumpyTwice", objects([TEXTS["train"][2]] * 2)),
                      ("kNumpyPrint", objects([print])), ("kNumpyLarge", objects([[-1, -300, 2**62, -2**63, True]]))):
    print(f"// A pickle.\ninline const char {name}[] =\n     {text(pickle.dumps(value, protocol=4))};\n")
  with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "imdb.npz")
    with open(path, "wb") as out:
      out.write(npz(4, False))
    keras.src.datasets.imdb.get_file = lambda **_: path
    calls(path)
  print("// clang-format on\n\n}  // namespace dagrad::keras\n\n#endif  // DAGRAD_KERAS_DATA_IMDB_GOLDEN_H_")


main()
