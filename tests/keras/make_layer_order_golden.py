"""Prints golden/layer_order.json: the order of the layers of random models in Keras.

Run in the environment that `tools/setup --oracles` makes, from the folder of this file:
  python make_layer_order_golden.py > golden/layer_order.json

A case has "inputs" (how many), "calls" ([layer, [tensor, ...]]: tensors are the inputs, then the results of the calls;
a layer of one tensor is a Dense, of several an Add; a layer may be called again), "outputs" (tensors), and Keras's
"layers": inputs are "i<n>", layers "l<n>".
"""

import json
import os
import random

os.environ["KERAS_BACKEND"] = "jax"

import keras  # pylint: disable=wrong-import-position


def draw(rng):
  inputs = rng.randint(1, 3)
  calls, dense = [], []
  for _ in range(rng.randint(2, 12)):
    tensors = inputs + len(calls)
    if rng.random() < 0.35 and tensors > 1:
      calls.append([len(calls), rng.sample(range(tensors), rng.randint(2, min(3, tensors)))])
    else:
      again = dense and rng.random() < 0.25
      layer = rng.choice(dense) if again else len(calls)
      dense += [] if again else [layer]
      calls.append([layer, [max(rng.randrange(tensors), rng.randrange(tensors))]])
  tensors = inputs + len(calls)
  outputs = rng.sample(range(inputs, tensors), min(rng.randint(1, 3), len(calls)))
  return inputs, calls, outputs


def order_of(inputs, calls, outputs):
  tensors = [keras.Input((2,), name=f"i{i}") for i in range(inputs)]
  layers = {}
  for layer, given in calls:
    if layer not in layers:
      layers[layer] = keras.layers.Add(name=f"l{layer}") if len(given) > 1 else keras.layers.Dense(2, name=f"l{layer}")
    given = [tensors[t] for t in given]
    tensors.append(layers[layer](given if len(given) > 1 else given[0]))
  model = keras.Model(tensors[:inputs], [tensors[t] for t in outputs])
  return [layer.name for layer in model.layers]


def main():
  rng = random.Random(7)
  cases = []
  while len(cases) < 40:
    inputs, calls, outputs = draw(rng)
    cases.append({"inputs": inputs, "calls": calls, "outputs": outputs, "layers": order_of(inputs, calls, outputs)})
  print(f'{{"keras": "{keras.__version__}", "cases": [')
  print(",\n".join(json.dumps(c) for c in cases))
  print("]}")


if __name__ == "__main__":
  main()
