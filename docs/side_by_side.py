"""Writes docs/side_by_side.md from examples/ and benchmarks/oracles/.

  python3 docs/side_by_side.py [--check]
    --check   writes nothing; exit status 1 if the file is not what would be written
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "side_by_side.md"
HEAD = """# Side by side

The exercises of the courses in Keras and here: each program without its imports, its flags and the comment at its head.
[From Keras](from_keras.md) says what each shows and reaches. Written by `docs/side_by_side.py`; `tools/lint` checks
that it is what the programs say.
"""


def python_text(path):
  lines = path.read_text().splitlines()
  kept = [l for l in lines if not re.match(r'""".*"""$|import |from \S+ import ', l)]
  text = "\n".join(kept).split('\n\nif __name__ == "__main__":')[0]
  return re.sub(r"\n{3,}", "\n\n", text).strip()


def cpp_text(path):
  text = path.read_text()
  text = text[text.index("#include"):]
  text = re.sub(r"^#include .*\n", "", text, flags=re.MULTILINE)
  text = re.sub(r"^  const Flags flags\(.*?\}\}\);\n", "  …  // flags\n", text, flags=re.MULTILINE | re.DOTALL)
  return re.sub(r"\n{3,}", "\n\n", text).strip()


def page():
  parts = [HEAD]
  for keras in sorted((ROOT / "benchmarks" / "oracles").glob("*.py")):
    ours = ROOT / "examples" / f"{keras.stem}.cc"
    if not ours.exists() or "int main" not in ours.read_text():
      continue
    parts.append(f"## {keras.stem}\n\n[Keras](../benchmarks/oracles/{keras.name})\n\n```python\n{python_text(keras)}\n```\n\n"
                 f"[dagrad](../examples/{ours.name})\n\n```cpp\n{cpp_text(ours)}\n```\n")
  return "\n".join(parts)


def main():
  if sys.argv[1:] not in ([], ["--check"]):
    sys.exit(__doc__)
  text = page()
  if sys.argv[1:] == []:
    TARGET.write_text(text)
  elif not TARGET.exists() or TARGET.read_text() != text:
    sys.exit("docs/side_by_side.md is not what the programs say: python3 docs/side_by_side.py writes it")


main()
