"""Serves the model: CSV rows of raw feature columns in, one probability that the credit is repaid a line out.

Rows come in the order in which the data had them, without label and number; a header line is accepted and then decides
the order.
"""

import csv
import io
from pathlib import Path

import joblib
import pandas as pd


def model_fn(model_dir):
    folder = Path(model_dir)
    model = joblib.load(folder / "model.joblib")
    return {"model": model, **joblib.load(folder / "preprocessing" / "preprocessing.joblib")}


def input_fn(body, content_type):
    if content_type.split(";")[0].strip() != "text/csv":
        raise ValueError(f"The content type must be text/csv, not {content_type}.")
    text = body.decode("utf-8") if isinstance(body, (bytes, bytearray)) else body
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    if not rows:
        raise ValueError("The request holds no row.")
    return rows


def to_frame(rows, model):
    columns = model["columns"]
    header, rows = (rows[0], rows[1:]) if set(rows[0]) == set(columns) else (columns, rows)
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise ValueError(f"Row {number} has {len(row)} values; the model takes {len(header)}: {', '.join(header)}.")
    frame = pd.DataFrame(rows, columns=header)[model["seen"]]
    for name in model["numeric"]:
        try:
            frame[name] = pd.to_numeric(frame[name])
        except ValueError as error:
            raise ValueError(f"Column {name} must hold numbers: {error}.") from error
    return frame


def predict_fn(rows, model):
    features = model["transformer"].transform(to_frame(rows, model)).to_numpy()
    return model["model"].predict_proba(features)[:, 1]


def output_fn(prediction, accept):
    return "".join(f"{value:.9g}\n" for value in prediction), "text/csv"
