"""Prints table_golden.h: tables as pandas has them, as CSV.

Run where pandas is installed:
  python make_table_golden.py > table_golden.h
"""

import io

import pandas as pd

TABLE = """name,city,age,size,member,score
Ann,Rome,34,1.5,true,7
Bob,Oslo,,2.25,false,3
Cem,Rome,51,,true,
Dee,,34,0.125,true,9
Eve,Oslo,28,-4,false,3
Fay,Bern,60,1e3,true,7
Gus,Rome,19,2.5,false,1
Hal,Bern,34,,false,8
Ida,Oslo,45,3.5,true,3
"""


def text(name, value):
  print(f'inline constexpr char k{name}[] = R"({value})";')


def table(name, frame, index=False):
  text(name, frame.to_csv(index=index))


def main():
  t = pd.read_csv(io.StringIO(TABLE))
  numbers = t.select_dtypes("number")
  print("#ifndef DAGRAD_LEARN_TABLE_GOLDEN_H_")
  print("#define DAGRAD_LEARN_TABLE_GOLDEN_H_\n")
  print(f"// Made by make_table_golden.py with pandas {pd.__version__}.")
  print("// clang-format off")
  print("namespace dagrad::learn::golden {\n")
  text("People", TABLE)
  table("Describe", t.describe().rename_axis("").reset_index())
  table("FillAge", t.assign(age=t["age"].fillna(40)))
  table("FillCity", t.assign(city=t["city"].fillna("Paris")))
  table("FillMean", t.assign(size=t["size"].fillna(t["size"].mean())))
  table("FillMedian", t.assign(score=t["score"].fillna(t["score"].median())))
  table("FillMode", t.assign(city=t["city"].fillna(t["city"].mode()[0])))
  table("ReplaceNumber", t.assign(score=t["score"].replace(3, 2.5)))
  table("ReplaceText", t.assign(city=t["city"].replace("Rome", "Roma")))
  table("Dummies", pd.get_dummies(t.drop(columns="name")))
  table("DummiesOfScore", pd.get_dummies(t[["score", "age"]].fillna({"score": 3}).astype({"score": int}), columns=["score"], drop_first=True))
  table("Codes", t.assign(city=pd.Series(pd.Categorical(t["city"]).codes).where(t["city"].notna())))
  table("Correlation", t.select_dtypes(["number", "bool"]).corr())
  table("GroupMean", t.groupby("city").mean(numeric_only=True).reset_index())
  table("GroupSum", t.groupby("city").sum(numeric_only=True).reset_index())
  table("GroupCount", t.groupby("city").count().reset_index())
  table("GroupTwo", t.groupby(["member", "score"]).mean(numeric_only=True).reset_index())
  table("GroupAges", t.groupby("age").count().reset_index())
  table("SortAge", t.sort_values("age", kind="stable"))
  table("SortCity", t.sort_values("city", ascending=False, kind="stable"))
  table("Select", t[["score", "name"]])
  table("Drop", t.drop(columns=["age", "member"]))
  table("Filter", t[t["age"] > 33])
  table("FilterText", t[t["city"].isin(["Rome", "Bern"])])
  table("Head", t.head(3))
  table("DropNa", t.dropna())
  table("Numbers", numbers)
  print("\n}  // namespace dagrad::learn::golden\n")
  print("#endif  // DAGRAD_LEARN_TABLE_GOLDEN_H_")


if __name__ == "__main__":
  main()
