"""Tables of what was measured."""

import dataclasses


def duration(seconds):
  if seconds is None:
    return "-"
  if seconds < 0.1:
    return f"{seconds * 1e6:.1f} us" if seconds < 1e-3 else f"{seconds * 1e3:.2f} ms"
  return f"{seconds * 1e3:.0f} ms" if seconds < 10 else f"{seconds:.1f} s"


def megabytes(n):
  return "-" if n is None else f"{n / 2**20:.0f}"


def ratio(theirs, ours):
  return "" if theirs is None or not ours else f"{theirs / ours:.2f}x"


def best_peer(rows, what):
  """The fastest of the peers that are whole systems, and its seconds."""
  found = [(getattr(r, what), n) for n, r in rows.items()
           if n not in ("dagrad", "onednn_bare") and getattr(r, what) is not None]
  return min(found) if found else (None, None)


def print_missing(details):
  """Products that the library has no good primitive for are not in the sum of the bare ones."""
  for what, answer in details.get("onednn_bare", {}).items():
    if answer.get("missing"):
      print(f"  not in onednn_bare's {what}: {len(answer['missing'])}, such as {answer['missing'][0]}")


def print_workload(workload, rows, details):
  print(f"\n{workload.title}")
  print(f"  {'':18}{'forward':>11}{'':8}{'training step':>14}{'':8}{'peak MB, forward':>18}{'step':>7}{'idle':>7}"
        f"{'first result':>14}")
  ours = rows["dagrad"]
  for name, row in rows.items():
    if row.failure:
      print(f"  {name:18} left out: {row.failure.strip().splitlines()[-1]}")
      if row.forward is None and row.step is None:
        continue
    compared = (lambda theirs, own: "") if name == "dagrad" else ratio
    print(f"  {name:18}{duration(row.forward):>11}{compared(row.forward, ours.forward):>8}"
          f"{duration(row.step):>14}{compared(row.step, ours.step):>8}"
          f"{megabytes(row.peak_forward):>18}{megabytes(row.peak_step):>7}{megabytes(row.idle):>7}"
          f"{duration(row.first):>14}")
  cells = []
  for what in ("forward", "step"):
    seconds, name = best_peer(rows, what)
    if seconds is not None and getattr(ours, what):
      cells.append(f"{what}: {name}, {ratio(seconds, getattr(ours, what))}")
  print(f"  best peer         {'; '.join(cells) or '-'}")
  print_missing(details)


def memory_ratios(rows):
  """dagrad's peak over PyTorch's, of the whole process and above the idle one: forward, step, forward, step."""
  ours, theirs = rows["dagrad"], rows.get("torch_eager")
  cells = []
  for idle in (False, True):
    for what in ("peak_forward", "peak_step"):
      peaks = [getattr(r, what) - (r.idle if idle else 0) for r in (ours, theirs) if r and getattr(r, what)]
      cells.append(f"{peaks[0] / peaks[1]:.2f}" if len(peaks) == 2 and peaks[1] > 0 else "-")
  return cells


def print_summary(measured):
  print("\nSummary: best peer's time over dagrad's; dagrad's time over the bare primitives'; dagrad's peak memory over\n"
        "PyTorch eager's, of the process and above the idle process; time to the first result, the quickest peer's beside.")
  print(f"  {'':44}{'best peer':^16}{'over bare':^16}{'memory':^16}{'above idle':^16}{'first result':^18}")
  print(f"  {'':44}" + f"{'forward':>8}{'step':>8}" * 4 + f"{'dagrad':>9}{'peer':>9}")
  for m in measured:
    ours, bare = m.rows["dagrad"], m.rows.get("onednn_bare")
    cells = []
    for what in ("forward", "step"):
      cells.append(ratio(best_peer(m.rows, what)[0], getattr(ours, what)) or "-")
    for what in ("forward", "step"):
      own, theirs = getattr(ours, what), bare and getattr(bare, what)
      cells.append(f"{own / theirs:.2f}" if own and theirs else "-")
    cells += memory_ratios(m.rows)
    print(f"  {m.workload.title:44}" + "".join(f"{c:>8}" for c in cells) +
          f"{duration(ours.first):>9}{duration(best_peer(m.rows, 'first')[0]):>9}")


def as_json(measured):
  """{"versions", "workloads": {name: {"title", "systems": {name: figures}}}}."""
  versions = {}
  for m in measured:
    versions.update(m.versions)
  return {
      "versions": versions,
      "workloads": {
          m.name: {
              "title": m.workload.title,
              "systems": {
                  n: {**{k: v for k, v in dataclasses.asdict(r).items() if v is not None}, "details": m.details.get(n, {})}
                  for n, r in m.rows.items()},
          } for m in measured},
  }
