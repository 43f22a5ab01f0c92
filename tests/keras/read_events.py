"""Reads event files that callbacks::TensorBoard wrote by the `tensorboard` package, and prints what it found.

  python read_events.py LOG_DIR          # in an environment with `pip install tensorboard`
"""

import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util


def show(folder):
  events = EventAccumulator(str(folder))
  events.Reload()
  for tag in sorted(events.Tags()["tensors"]):
    plugin = events.SummaryMetadata(tag).plugin_data.plugin_name
    for event in events.Tensors(tag):
      values = tensor_util.make_ndarray(event.tensor_proto)
      text = f"{values.item():.6g}" if plugin == "scalars" else f"{values.shape}, {values[:, 2].sum():.0f} elements"
      print(f"{folder.name} {plugin} {tag} {event.step}: {text}")


def main():
  folders = sorted({path.parent for path in pathlib.Path(sys.argv[1]).rglob("events.out.tfevents.*")})
  if not folders:
    raise SystemExit(f"{sys.argv[1]}: no event files")
  for folder in folders:
    show(folder)


if __name__ == "__main__":
  main()
