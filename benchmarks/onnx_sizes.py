"""What benchmarks/onnx_sizes starts; see there."""

import argparse
import json
import math
import os
import subprocess
import tempfile
import time

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WIDTH = 8
PHASES = ("import", "gradients", "compile", "plan", "run")


def chain(nodes):
  """One elementwise op behind the other."""
  ops = ("Relu", "Tanh", "Sigmoid", "Abs", "Sin", "Neg")
  made = [helper.make_node(ops[i % len(ops)], [f"v{i - 1}" if i else "x"], [f"v{i}"]) for i in range(nodes)]
  return made, [], f"v{nodes - 1}"


def dense(nodes):
  """Dense layers with a shortcut over each four."""
  rng = np.random.default_rng(0)
  made, weights, x, shortcut, layer = [], [], "x", "x", 0
  while len(made) < nodes:
    weights.append(numpy_helper.from_array((0.3 * rng.standard_normal((WIDTH, WIDTH))).astype(np.float32), f"w{layer}"))
    weights.append(numpy_helper.from_array(np.zeros(WIDTH, np.float32), f"b{layer}"))
    made.append(helper.make_node("MatMul", [x, f"w{layer}"], [f"m{layer}"]))
    made.append(helper.make_node("Add", [f"m{layer}", f"b{layer}"], [f"a{layer}"]))
    made.append(helper.make_node("Relu", [f"a{layer}"], [f"r{layer}"]))
    x = f"r{layer}"
    if layer % 4 == 3:
      made.append(helper.make_node("Add", [x, shortcut], [f"s{layer}"]))
      made.append(helper.make_node("Tanh", [f"s{layer}"], [f"t{layer}"]))
      x = shortcut = f"t{layer}"
    layer += 1
  return made, weights, x


def tree(nodes):
  """Functions of the input, added in pairs."""
  made = [helper.make_node("Tanh", ["x"], [f"t{i}"]) for i in range(nodes // 2)]
  parts = [f"t{i}" for i in range(nodes // 2)]
  while len(parts) > 1:
    pairs = list(zip(parts[::2], parts[1::2]))
    rest = parts[2 * len(pairs):]
    parts = []
    for a, b in pairs:
      parts.append(f"p{len(made)}")
      made.append(helper.make_node("Add", [a, b], [parts[-1]]))
    parts += rest
  return made, [], parts[0]


def write(path, nodes, weights, last):
  value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", WIDTH])
  graph = helper.make_graph(nodes + [helper.make_node("Identity", [last], ["y"])], "sizes", [value("x")], [value("y")],
                            weights)
  onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def phases(binary, path, feed):
  lines = subprocess.run([binary, "phases", "0", path, f"x={feed}"], check=True, capture_output=True,
                         text=True).stdout.splitlines()
  return {name: (float(ms), int(size)) for name, ms, size in (line.split() for line in lines)}


def external(folder, megabytes):
  """A model whose weights of so many megabytes stand in a file of their own."""
  rows = megabytes * (1 << 20) // 4 // WIDTH // 16
  weights = [numpy_helper.from_array(np.full((rows, WIDTH), i, np.float32), f"w{i}") for i in range(16)]
  nodes = [helper.make_node("Gather", [f"w{i}", "i"], [f"g{i}"]) for i in range(16)]
  nodes.append(helper.make_node("Sum", [f"g{i}" for i in range(16)], ["y"]))
  graph = helper.make_graph(nodes, "external", [helper.make_tensor_value_info("i", TensorProto.INT64, [1])],
                            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, WIDTH])], weights)
  path = os.path.join(folder, "external.onnx")
  onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path,
            save_as_external_data=True, location="external.bin")
  return path


def read_once(path):
  """Seconds of one pass over the file's bytes, which are in the system's cache then."""
  buffer = bytearray(1 << 20)
  for _ in range(2):
    begin = time.perf_counter()
    with open(path, "rb", buffering=0) as file:
      while file.readinto(buffer):
        pass
  return time.perf_counter() - begin


def main():
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument("--bin", required=True)
  parser.add_argument("--nodes", default="1000,10000,100000")
  parser.add_argument("--megabytes", type=int, default=1024)
  parser.add_argument("--json")
  args = parser.parse_args()
  sizes = [int(n) for n in args.nodes.split(",")]
  rows = []
  with tempfile.TemporaryDirectory() as folder:
    feed = os.path.join(folder, "x.npy")
    np.save(feed, np.random.default_rng(1).standard_normal((4, WIDTH)).astype(np.float32))
    print("graph    nodes  " + "".join(f"{p + ' ms':>13s}" for p in PHASES) + "   memory MB")
    for make in (chain, dense, tree):
      of_graph = []
      for n in sizes:
        path = os.path.join(folder, "model.onnx")
        write(path, *make(n))
        found = phases(args.bin, path, feed)
        memory = max(size for _, size in found.values())
        of_graph.append((n, sum(ms for ms, _ in found.values()), memory))
        rows.append({"graph": make.__name__, "nodes": n, "bytes": memory, **{p: found[p][0] for p in PHASES}})
        print(f"{make.__name__:8s} {n:6d} " + "".join(f"{found[p][0]:13.1f}" for p in PHASES) +
              f"{memory / 1e6:12.0f}", flush=True)
      (n0, t0, m0), (n1, t1, m1) = of_graph[-2:] if len(of_graph) > 1 else of_graph * 2
      if n0 != n1:
        growth = lambda a, b: math.log(b / a) / math.log(n1 / n0)
        print(f"         from {n0} to {n1}: time grows as nodes^{growth(t0, t1):.2f}, memory as "
              f"nodes^{growth(m0, m1):.2f}")
    if args.megabytes > 0:
      path = external(folder, args.megabytes)
      seconds = read_once(os.path.join(folder, "external.bin"))
      feed = os.path.join(folder, "i.npy")
      np.save(feed, np.array([3], np.int64))
      lines = subprocess.run([args.bin, "time", "0", path, f"i={feed}"], check=True, capture_output=True, text=True)
      begin = time.perf_counter()
      subprocess.run([args.bin, "import", "0", path, f"i={feed}"], check=True, capture_output=True, text=True)
      loaded = time.perf_counter() - begin
      print(f"external data of {args.megabytes} MB: imported in {1000 * loaded:.0f} ms with the process's start, read "
            f"once in {1000 * seconds:.0f} ms, a run takes {lines.stdout.strip()} ms")
      rows.append({"graph": "external", "megabytes": args.megabytes, "import": 1000 * loaded, "read": 1000 * seconds})
  if args.json:
    with open(args.json, "w", encoding="utf-8") as file:
      json.dump(rows, file, indent=1)


if __name__ == "__main__":
  main()
