"""Fits the preprocessing on the training rows, and applies it to the training and the validation rows.

Called as ``python prepare.py --train DIR --validation DIR --output DIR``. The folders hold CSV with a header, the label
first. Numbers are scaled, categories become one column each.

``settings.json`` says what is done for fairness, before any training:

- ``hide``: columns that the model does not see.
- ``reweigh``: groups, as columns (``sex``) or numbers above one (``age>25``), in which both labels are to weigh as much as
  they do over all rows: each row of a group and label weighs P(group) x P(label) / P(group and label). F. Kamiran and
  T. Calders, Data preprocessing techniques for classification without discrimination, 2012. It needs the columns, also
  those that are hidden.
"""

import argparse
import json
from pathlib import Path

import joblib
import pandas as pd
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.preprocessing import OneHotEncoder, StandardScaler

WEIGHT = "_weight"


def read(folder: Path) -> pd.DataFrame:
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise SystemExit(f"{folder} holds no CSV file.")
    return pd.concat([pd.read_csv(file) for file in files], ignore_index=True)


def group_of(table: pd.DataFrame, names: list) -> pd.Series:
    """Of which combination of groups each row is."""
    parts = []
    for name in names:
        column, above, bound = name.partition(">")
        if column not in table:
            raise SystemExit(f"settings.json: there is no column '{column}' to reweigh by.")
        parts.append((table[column] > float(bound) if above else table[column]).astype(str))
    return pd.concat(parts, axis=1).agg("|".join, axis=1)


def weights(table: pd.DataFrame, label: pd.Series, names: list) -> pd.Series:
    if not names:
        return pd.Series(1.0, index=table.index)
    group = group_of(table, names)
    rows = len(table)
    of_group, of_label = group.map(group.value_counts()), label.map(label.value_counts())
    both = pd.Series(list(zip(group, label)), index=table.index)
    return of_group * of_label / rows / both.map(both.value_counts())


def build() -> ColumnTransformer:
    return ColumnTransformer(
        [
            ("numbers", StandardScaler(), make_column_selector(dtype_include="number")),
            ("categories", OneHotEncoder(handle_unknown="ignore", sparse_output=False),
             make_column_selector(dtype_exclude="number")),
        ],
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")


def write(label: pd.Series, weight: pd.Series, features: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.concat([label, weight.rename(WEIGHT), features], axis=1).to_csv(path, index=False)


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("train", "validation", "output"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    settings = json.loads(Path(__file__).with_name("settings.json").read_text(encoding="utf-8"))

    train, validation = read(args.train), read(args.validation)
    label, columns = train.columns[0], list(train.columns[1:])
    seen = [name for name in columns if name not in settings["hide"]]
    transformer = build().fit(train[seen])
    for name, table in (("train", train), ("validation", validation)):
        weight = weights(table, table[label], settings["reweigh"])
        write(table[label], weight, transformer.transform(table[seen]), args.output / name / f"{name}.csv")

    numeric = [name for name in seen if pd.api.types.is_numeric_dtype(train[name])]
    fitted = {"columns": columns, "seen": seen, "numeric": numeric, "transformer": transformer}
    path = args.output / "preprocessing" / "preprocessing.joblib"
    path.parent.mkdir(parents=True, exist_ok=True)
    joblib.dump(fitted, path)
    print(f"fitted {len(seen)} of {len(columns)} columns on {len(train)} rows; settings {json.dumps(settings)}")


if __name__ == "__main__":
    main()
