"""Writes text_golden.json, what Keras's StringLookup, TextVectorization and Hashing give.

Run in the environment that `tools/setup --oracles` makes, from the folder of this file.
"""

import json
import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # pylint: disable=wrong-import-position
import tensorflow as tf  # pylint: disable=wrong-import-position

TEXTS = ["The quick, brown fox. The end!", "a Quick\tred fox's tail", "", "the the red ñandú... fox"]
NEW = ["the slow fox", "Red ñandú fox fox!", ""]
WORDS = ["b", "a", "c", "b", "a", "b"]
SOME = ["a", "b", "z", "c"]

TEXT_OPTIONS = [
    {},
    {"max_tokens": 6, "output_sequence_length": 3},
    {"output_sequence_length": 7, "standardize": "lower"},
    {"standardize": "strip_punctuation"},
    {"standardize": None},
    {"split": "character", "max_tokens": 12},
    {"split": None},
    {"ngrams": 2, "max_tokens": 9},
    {"ngrams": [1, 3]},
    {"output_mode": "multi_hot"},
    {"output_mode": "count", "max_tokens": 30, "pad_to_max_tokens": True},
    {"output_mode": "tf_idf"},
]
GIVEN = [
    {"vocabulary": ["fox", "red"]},
    {"vocabulary": ["fox", "red"], "output_mode": "tf_idf", "idf_weights": [0.5, 0.25]},
]
LOOKUP_OPTIONS = [
    {},
    {"mask_token": ""},
    {"max_tokens": 3},
    {"max_tokens": 5, "num_oov_indices": 3},
    {"num_oov_indices": 2, "mask_token": "b", "output_mode": "int"},
    {"oov_token": "?", "mask_token": "c"},
    {"output_mode": "one_hot"},
    {"output_mode": "multi_hot"},
    {"output_mode": "count", "max_tokens": 7, "pad_to_max_tokens": True},
]
HASHED = ["", "a", "b", "hello world", "x" * 20, "y" * 50, "z" * 100, "\u00f1and\u00fa"]
HASH_OPTIONS = [
    {"num_bins": 1000},
    {"num_bins": 3, "mask_value": "a"},
    {"num_bins": 1, "mask_value": "a"},
    {"num_bins": 1000, "salt": [1337]},
    {"num_bins": 1000, "salt": [3, 5], "mask_value": ""},
]


def plain(value):
  value = keras.ops.convert_to_numpy(value)
  return {"shape": list(value.shape), "values": [float(f"{float(v):.8g}") for v in value.ravel()]}


def text_case(options, adapts):
  arguments = dict(options)
  if isinstance(arguments.get("ngrams"), list):
    arguments["ngrams"] = tuple(arguments["ngrams"])
  layer = keras.layers.TextVectorization(**arguments)
  if adapts:
    layer.adapt(TEXTS)
  return {"options": options, "adapts": adapts, "vocabulary": layer.get_vocabulary(), "result": plain(layer(tf.constant(NEW)))}


def lookup_case(options):
  layer = keras.layers.StringLookup(**options)
  layer.adapt(WORDS)
  rows = [[w] for w in SOME] if options.get("output_mode", "int") != "int" else SOME
  return {"options": options, "vocabulary": layer.get_vocabulary(), "result": plain(layer(tf.constant(rows)))}


def hash_case(options):
  arguments = dict(options)
  if len(arguments.get("salt", [])) == 1:
    arguments["salt"] = arguments["salt"][0]
  return {"options": options, "result": plain(keras.layers.Hashing(**arguments)(tf.constant(HASHED)))}


def main():
  golden = {
      "keras": keras.__version__,
      "texts": TEXTS, "new": NEW, "words": WORDS, "some": SOME,
      "text": [text_case(o, True) for o in TEXT_OPTIONS] + [text_case(o, False) for o in GIVEN],
      "lookup": [lookup_case(o) for o in LOOKUP_OPTIONS],
      "hashed": HASHED,
      "hash": [hash_case(o) for o in HASH_OPTIONS],
  }
  with open("text_golden.json", "w", encoding="utf-8") as f:
    json.dump(golden, f, indent=1)
    f.write("\n")


if __name__ == "__main__":
  main()
