"""Answers 0.75 or 0.25 for each row of pulse and heat, and the model's mark on top."""

import json
from pathlib import Path


def model_fn(model_dir):
    print("loads the threshold", flush=True)
    return json.loads((Path(model_dir) / "model.json").read_text())


def input_fn(body, content_type):
    text = body.decode() if isinstance(body, (bytes, bytearray)) else body
    return [float(line.split(",")[0]) for line in text.splitlines() if line]


def predict_fn(pulses, model):
    return [0.5 + model["sign"] * (0.25 if pulse > 95 else -0.25) + model["mark"] for pulse in pulses]


def output_fn(prediction, accept):
    return "".join(f"{value:.6f}\n" for value in prediction), "text/csv"
