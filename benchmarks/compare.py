"""The comparison that benchmarks/run starts; see there."""

import argparse
import json
import sys

from harness import measure
from harness import report
from harness import systems
from harness.workloads import add_workloads_option
from harness.workloads import WORKLOADS


def parse_options():
  parser = argparse.ArgumentParser(description="Compares dagrad with its peers; started by benchmarks/run.")
  parser.add_argument("--bin", required=True)
  parser.add_argument("--seconds", type=float, default=0.3, help="of each sample (0.3)")
  parser.add_argument("--rounds", type=int, default=5, help="samples of each system (5); at most 3 of long ones")
  parser.add_argument("--patience", type=float, default=150,
                      help="seconds for a system to answer, compiling included, before it is left out (150)")
  parser.add_argument("--json", help="file to write the figures to")
  add_workloads_option(parser)
  parser.add_argument("--peers", default=",".join(systems.PEERS), help="systems beside dagrad")
  options = parser.parse_args()
  options.peers = [p for p in options.peers.split(",") if p]
  for name in options.peers:
    if name not in systems.PEERS:
      parser.error(f"unknown peer {name}; known: {', '.join(systems.PEERS)}")
  return options


def main():
  options = parse_options()
  measured = []
  failed = False
  for name in options.only:
    workload = WORKLOADS[name]
    m = measure.Measurement(workload, ["dagrad", *options.peers], options)
    m.name = name
    try:
      m.run()
    except RuntimeError as error:
      print(f"\n{workload.title}\n  failed: {error}", flush=True)
      failed = True
      continue
    measured.append(m)
    report.print_workload(workload, m.rows, m.details)
    sys.stdout.flush()
    if options.json:
      with open(options.json, "w") as f:
        json.dump(report.as_json(measured), f, indent=2)
    failed |= any(r.failure and not r.too_slow for r in m.rows.values())
  report.print_summary(measured)
  print("\nTimes are medians of interleaved samples, ratios the peer's time over dagrad's. Versions:")
  for name, version in report.as_json(measured)["versions"].items():
    print(f"  {name:18}{version}")
  sys.exit(1 if failed else 0)


if __name__ == "__main__":
  main()
