"""What benchmarks/kernels starts; see there."""

import argparse
import json
import os
import subprocess
import sys

from harness import report
from harness import systems
from harness.workloads import add_workloads_option
from harness.workloads import WORKLOADS


def parse_options():
  parser = argparse.ArgumentParser(description="Times the kernels of all models; started by benchmarks/kernels.")
  parser.add_argument("--bin", required=True)
  parser.add_argument("--seconds", type=float, default=0.05, help="of each kernel, of each system (0.05)")
  add_workloads_option(parser)
  parser.add_argument("--top", type=int, default=25, help="kernels of a workload to print, 0: all (25)")
  parser.add_argument("--json", help="file to write all figures to")
  return parser.parse_args()


class KernelTimes:
  """The process that times dagrad's kernels and oneDNN's primitives."""

  def __init__(self, binary):
    self.process = subprocess.Popen([binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                    env={**os.environ, **systems.TWO_THREADS})
    self.peak = self.read()

  def read(self):
    line = self.process.stdout.readline()
    if not line:
      sys.exit("kernel_times ended: see above")
    return json.loads(line)

  def run(self, workload, seconds):
    order = {"model": workload.model, "batch": workload.batch, "train": workload.train,
             "inference": workload.inference, "seconds": seconds}
    self.process.stdin.write(json.dumps(order) + "\n")
    self.process.stdin.flush()
    while "done" not in (line := self.read()):
      yield line


class TorchTimes:
  """PyTorch's time of a product, each name once."""

  def __init__(self, seconds):
    sys.path.insert(0, os.path.join(systems.FOLDER, "peers"))
    import torch_products  # pylint: disable=import-outside-toplevel
    self.time = torch_products.time_product
    self.seconds = seconds
    self.known = {}

  def of(self, line):
    name = line["product"]
    if name not in self.known:
      self.known[name] = self.time(line["sizes"], self.seconds)
    return self.known[name]


def share_of_peak(kernel, peak):
  return max(kernel["flops"] / peak["flops"], kernel["bytes"] / peak["bytes_per_second"]) / kernel["seconds"]


def print_kernels(title, kernels, products, peak, top):
  print(f"\n{title}")
  print(f"  {'a call':>10}{'calls':>6}{'all':>10}{'GF/s':>8}{'GB/s':>7}{'peak':>6}{'oneDNN':>8}{'torch':>7}  kernel")
  kernels = sorted(kernels, key=lambda k: -k.get("seconds", 0) * k["count"])
  for k in kernels[:top or None]:
    if "failure" in k:
      print(f"  failed: {k['kernel']}: {k['failure']}")
      continue
    s = k["seconds"]
    against = products.get(k.get("product"), {})
    beside = [f"{s / against[c]:.2f}" if against.get(c) else "" for c in ("seconds", "torch_seconds")]
    print(f"  {report.duration(s):>10}{k['count']:>6}{report.duration(s * k['count']):>10}{k['flops'] / s / 1e9:>8.1f}"
          f"{k['bytes'] / s / 1e9:>7.1f}{share_of_peak(k, peak):>6.0%}{beside[0]:>8}{beside[1]:>7}"
          f"  {k['kernel'][:150]} [{k['implementation']}]")


def main():
  options = parse_options()
  times = KernelTimes(options.bin)
  torch_times = TorchTimes(options.seconds)
  print(f"Peak of two threads: {times.peak['flops'] / 1e9:.0f} GF/s, {times.peak['bytes_per_second'] / 1e9:.1f} GB/s.")
  result = {"peak": times.peak, "workloads": {}, "products": {}}
  for name in options.only:
    kernels = []
    for line in times.run(WORKLOADS[name], options.seconds):
      if "kernel" in line:
        kernels.append(line)
      else:
        line["torch_seconds"] = torch_times.of(line)
        result["products"][line["product"]] = line
    result["workloads"][name] = kernels
    for function, title in (("predict", "forward"), ("train_step", "training step")):
      chosen = [k for k in kernels if k["function"] == function]
      if chosen:
        print_kernels(f"{WORKLOADS[name].title}, {title}", chosen, result["products"], times.peak, options.top)
    sys.stdout.flush()
  if options.json:
    with open(options.json, "w") as f:
      json.dump(result, f, indent=2)
  failed = any("failure" in k for kernels in result["workloads"].values() for k in kernels)
  sys.exit(1 if failed else 0)


if __name__ == "__main__":
  main()
