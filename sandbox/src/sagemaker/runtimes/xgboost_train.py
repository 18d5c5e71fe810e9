"""The built-in XGBoost algorithm: CSV (label first, no header) or libsvm channels in, xgboost-model out."""

import json
import os
import re
import sys
import traceback
from pathlib import Path

from xgboost_parameters import checked

BASE = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
TYPES = {
    "csv": "csv",
    "text/csv": "csv",
    "libsvm": "libsvm",
    "text/libsvm": "libsvm",
    "text/x-libsvm": "libsvm",
    "": "libsvm",
}
# Addressed to the container, not to xgboost.train.
CONTAINER_PARAMETERS = {"num_round", "early_stopping_rounds", "csv_weights", "eval_metric", "_tuning_objective_metric"}


class UserError(Exception):
    """Wrong data or hyperparameters."""


def read_json(name):
    return json.loads((BASE / "input" / "config" / name).read_text())


def files_of(channel):
    folder = BASE / "input" / "data" / channel
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith((".", "_")))


def load_csv(files, weighted):
    import numpy as np
    import pandas as pd
    import xgboost as xgb

    frames = []
    for path in files:
        try:
            frame = pd.read_csv(path, header=None)
            frames.append(frame.apply(pd.to_numeric))
        except pd.errors.EmptyDataError:
            continue
        except (ValueError, pd.errors.ParserError) as error:
            raise UserError(
                f"{path.name} cannot be read as CSV of numbers without a header, label first: {error}"
            ) from error
    if not frames:
        raise UserError("the channel holds no rows")
    table = pd.concat(frames).to_numpy(dtype=np.float32)
    first = 2 if weighted else 1
    if table.shape[1] <= first:
        raise UserError(f"rows have {table.shape[1]} column(s): a label and at least one feature are needed")
    return xgb.DMatrix(table[:, first:], label=table[:, 0], weight=table[:, 1] if weighted else None)


def load_libsvm(files):
    import numpy as np
    import scipy.sparse
    import sklearn.datasets
    import xgboost as xgb

    try:
        parts = sklearn.datasets.load_svmlight_files([str(path) for path in files], zero_based=True)
    except ValueError as error:
        raise UserError(f"the files cannot be read as libsvm: {error}") from error
    return xgb.DMatrix(scipy.sparse.vstack(parts[0::2]), label=np.concatenate(parts[1::2]))


def load_channel(name, config, weighted):
    content_type = config.get("ContentType", "").split(";")[0].strip().lower()
    if content_type not in TYPES:
        raise UserError(f"channel '{name}' has content type '{content_type}': use text/csv or text/libsvm")
    files = files_of(name)
    if not files:
        raise UserError(f"channel '{name}' holds no files")
    try:
        return load_csv(files, weighted) if TYPES[content_type] == "csv" else load_libsvm(files)
    except UserError as error:
        raise UserError(f"channel '{name}': {error}") from error


def decode(value):
    try:
        return json.loads(value)
    except (TypeError, ValueError):
        return value


def refuse(reason):
    raise UserError(reason)


def print_scores(scores, round_number):
    """The line that SageMaker's own metric definitions read; #011 is how its logs show a tab."""
    parts = [
        f"{data}-{metric}:{values[-1]:.5f}" for data, metrics in scores.items() for metric, values in metrics.items()
    ]
    print("#011".join([f"[{round_number}]", *parts]), flush=True)


def cause(error):
    """The first line of a library error that says something: a native stack trace may follow it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    first = lines[0] if lines else type(error).__name__
    return re.sub(r"^\[[\d:]+\] \S+: ", "", first)


def train():
    import xgboost as xgb

    class Report(xgb.callback.TrainingCallback):
        def after_iteration(self, model, epoch, evals_log):
            print_scores(evals_log, epoch)
            return False

    raw = checked(read_json("hyperparameters.json"), refuse)
    rounds = int(raw["num_round"])
    stopping = int(raw["early_stopping_rounds"]) if "early_stopping_rounds" in raw else None
    channels = read_json("inputdataconfig.json")
    if "train" not in channels:
        raise UserError(f"channel 'train' is required, received {sorted(channels) or 'none'}")
    weighted = str(raw.get("csv_weights", "0")) == "1"
    data = {name: load_channel(name, channels[name], weighted) for name in ("train", "validation") if name in channels}
    if stopping and "validation" not in data:
        raise UserError("hyperparameter 'early_stopping_rounds' needs a 'validation' channel")
    parameters = {name: decode(value) for name, value in raw.items() if name not in CONTAINER_PARAMETERS}
    metrics = [metric for metric in str(raw.get("eval_metric", "")).split(",") if metric]
    if metrics:
        parameters["eval_metric"] = metrics
    try:
        model = xgb.train(
            parameters,
            data["train"],
            num_boost_round=rounds,
            evals=[(matrix, name) for name, matrix in data.items()],
            early_stopping_rounds=stopping,
            callbacks=[Report()],
            verbose_eval=False,
        )
    except (xgb.core.XGBoostError, ValueError) as error:
        raise UserError(cause(error)) from error
    if stopping:
        model = model[: model.best_iteration + 1]
    target = BASE / "model" / "xgboost-model"
    # A file without an extension: xgboost picks the format from the name, so it is written by hand.
    target.write_bytes(model.save_raw("ubj"))


def main():
    failure = BASE / "output" / "failure"
    try:
        train()
    except UserError as error:
        failure.write_text(f"Customer Error: {error}")
        print(f"Customer Error: {error}", file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        failure.write_text(f"{type(error).__name__}: {error}")
        traceback.print_exc()
        sys.exit(1)


if __name__ == "__main__":
    main()
