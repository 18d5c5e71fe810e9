"""Fits the preprocessing on the training rows, and applies it to the training and the validation rows.

Called as ``python prepare.py --train DIR --validation DIR --output DIR``. The folders hold CSV with a header, the label
first. Numbers are imputed by their median and scaled, categories become one column each; values that training did not
see become none of them.
"""

import argparse
from pathlib import Path

import joblib
import pandas as pd
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def read(folder: Path) -> pd.DataFrame:
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise SystemExit(f"{folder} holds no CSV file.")
    return pd.concat([pd.read_csv(file) for file in files], ignore_index=True)


def build() -> ColumnTransformer:
    numbers = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
    categories = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="missing"),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    )
    return ColumnTransformer(
        [
            ("numbers", numbers, make_column_selector(dtype_include="number")),
            ("categories", categories, make_column_selector(dtype_exclude="number")),
        ],
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")


def write(label: pd.Series, features: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pd.concat([label.reset_index(drop=True), features.reset_index(drop=True)], axis=1)
    table.to_csv(path, index=False)


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("train", "validation", "output"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()

    train, validation = read(args.train), read(args.validation)
    label, columns = train.columns[0], list(train.columns[1:])
    transformer = build().fit(train[columns])
    write(train[label], transformer.transform(train[columns]), args.output / "train" / "train.csv")
    write(validation[label], transformer.transform(validation[columns]), args.output / "validation" / "validation.csv")

    numeric = [name for name in columns if pd.api.types.is_numeric_dtype(train[name])]
    fitted = {"columns": columns, "numeric": numeric, "transformer": transformer}
    path = args.output / "preprocessing" / "preprocessing.joblib"
    path.parent.mkdir(parents=True, exist_ok=True)
    joblib.dump(fitted, path)
    print(f"fitted {len(columns)} columns on {len(train)} rows; {len(validation)} rows for validation")


if __name__ == "__main__":
    main()
