"""Serves the model: CSV rows of raw feature columns in, one probability a line out.

Rows come in the order in which the data had them, without the label; a header line is accepted and then decides the
order.
"""

import csv
import io
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import xgboost


def model_fn(model_dir):
    booster = xgboost.Booster()
    booster.load_model(Path(model_dir) / "model.ubj")
    return {"booster": booster, **joblib.load(Path(model_dir) / "preprocessing" / "preprocessing.joblib")}


def input_fn(body, content_type):
    if content_type.split(";")[0].strip() != "text/csv":
        raise ValueError(f"The content type must be text/csv, not {content_type}.")
    text = body.decode("utf-8") if isinstance(body, (bytes, bytearray)) else body
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    if not rows:
        raise ValueError("The request holds no row.")
    return rows


def to_frame(rows, columns, numeric):
    if set(rows[0]) == set(columns):
        header, rows = rows[0], rows[1:]
    else:
        header = columns
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise ValueError(f"Row {number} has {len(row)} values; the model takes {len(header)}: {', '.join(header)}.")
    frame = pd.DataFrame(rows, columns=header)[columns].replace("", np.nan)
    for name in numeric:
        try:
            frame[name] = pd.to_numeric(frame[name])
        except ValueError as error:
            raise ValueError(f"Column {name} must hold numbers: {error}.") from error
    return frame


def predict_fn(rows, model):
    features = model["transformer"].transform(to_frame(rows, model["columns"], model["numeric"]))
    names = [str(name) for name in features.columns]
    return model["booster"].predict(xgboost.DMatrix(features.to_numpy(), feature_names=names))


def output_fn(prediction, accept):
    return "".join(f"{value:.9g}\n" for value in prediction), "text/csv"
