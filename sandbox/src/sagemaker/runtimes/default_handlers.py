"""The handlers of a served model where the user's module has none: XGBoost and scikit-learn, CSV, libsvm and JSON."""

import io
import json
import os
import pickle
from pathlib import Path

MODEL_DIR = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")) / "model"
RUNTIME = os.environ.get("SAGEMAKER_LOCAL_RUNTIME", "xgboost")
JSON_LINES = ("application/jsonlines", "application/x-jsonlines", "application/jsonl")


class RequestError(Exception):
    """The caller's fault, with its HTTP status."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def scripted():
    """Whether the model comes with code of its own; without, XGBoost answers as its built-in algorithm does."""
    return any(Path(os.environ["SAGEMAKER_LOCAL_CODE_DIR"]).glob("*.py"))


def find_model(names, suffixes):
    for name in names:
        if (MODEL_DIR / name).is_file():
            return MODEL_DIR / name
    found = sorted(path for path in MODEL_DIR.glob("*") if path.is_file() and path.suffix in suffixes)
    if len(found) == 1:
        return found[0]
    held = sorted(path.name for path in MODEL_DIR.glob("*"))
    raise FileNotFoundError(f"the model archive holds {held or 'nothing'}: expected {' or '.join(names)}, or a model_fn")


def load_booster(_model_dir):
    import xgboost as xgb

    path = find_model(["xgboost-model"], {".json", ".ubj", ".joblib", ".pkl", ".model"})
    raw = path.read_bytes()
    try:
        booster = xgb.Booster()
        booster.load_model(bytearray(raw))
    except xgb.core.XGBoostError:
        booster = load_pickle(path)
    return booster.get_booster() if hasattr(booster, "get_booster") else booster


def load_pickle(path):
    try:
        import joblib

        return joblib.load(path)
    except ImportError:
        with open(path, "rb") as file:
            return pickle.load(file)


def number(field, line):
    text = field.strip().strip('"')
    if not text:
        return float("nan")
    try:
        return float(text)
    except ValueError:
        raise RequestError(400, f"line {line}: '{field}' is not a number") from None


def parse_csv(text):
    import numpy as np

    lines = [line for line in text.splitlines() if line.strip()]
    rows = [[number(field, at) for field in line.split(",")] for at, line in enumerate(lines, 1)]
    if not rows:
        raise RequestError(400, "the request holds no rows")
    for at, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise RequestError(400, f"line {at} has {len(row)} fields, line 1 has {len(rows[0])}")
    return np.array(rows, dtype=np.float32 if RUNTIME == "xgboost" else np.float64)


def parse_libsvm(body):
    from sklearn.datasets import load_svmlight_file

    text = body if isinstance(body, bytes) else body.encode()
    # Rows to predict may come without a label.
    lines = [line if b":" not in line.split(b" ")[0] else b"0 " + line for line in text.splitlines() if line.strip()]
    try:
        features, _ = load_svmlight_file(io.BytesIO(b"\n".join(lines)), zero_based=True)
    except ValueError as error:
        raise RequestError(400, f"the request is not libsvm: {error}") from None
    return features


def parse_json(text):
    import numpy as np

    value = json.loads(text)
    if isinstance(value, dict):
        value = value.get("instances", value.get("features", value.get("data")))
        if value and isinstance(value[0], dict):
            value = [row.get("features", row.get("data", {}).get("features", {}).get("values")) for row in value]
    array = np.array(value, dtype=np.float64)
    return array.reshape(1, -1) if array.ndim == 1 else array


BUILT_IN_TYPES = {"csv": "csv", "text/csv": "csv", "libsvm": "libsvm", "text/libsvm": "libsvm", "text/x-libsvm": "libsvm"}


def built_in_input(body, content_type):
    """The built-in XGBoost algorithm takes fewer types than scripts may, and answers what it can't read with 415."""
    kind = BUILT_IN_TYPES.get(media_type(content_type))
    if kind is None:
        raise RequestError(415, f"Content-type {content_type} is not supported.")
    try:
        text = body.decode("utf-8") if isinstance(body, bytes) else body
        return parse_csv(text) if kind == "csv" else parse_libsvm(text.encode())
    except (RequestError, ValueError) as error:
        reason = f"Loading {kind} data failed with Exception, please ensure data is in {kind} format"
        raise RequestError(415, f"{reason}:\n {type(error)}\n {error}") from None


def default_input(body, content_type):
    if RUNTIME == "xgboost" and not scripted():
        return built_in_input(body, content_type)
    kind = media_type(content_type)
    try:
        if kind in ("text/csv", ""):
            return parse_csv(body if isinstance(body, str) else body.decode("utf-8"))
        if kind == "application/json":
            return parse_json(body)
        if kind in JSON_LINES:
            rows = [json.loads(line) for line in body.splitlines() if line.strip()]
            return parse_json(json.dumps({"instances": rows} if rows and isinstance(rows[0], dict) else rows))
        if kind in ("text/libsvm", "text/x-libsvm"):
            return parse_libsvm(body)
        if kind == "application/x-npy":
            import numpy as np

            return np.load(io.BytesIO(body), allow_pickle=False)
    except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        raise RequestError(400, f"the request is not valid {kind}: {error}") from None
    raise RequestError(415, f"content type '{content_type}' is not supported: use text/csv, text/libsvm or application/json")


def predict_booster(data, model):
    import xgboost as xgb

    matrix = data if isinstance(data, xgb.DMatrix) else xgb.DMatrix(data)
    expected = model.num_features()
    if matrix.num_col() > expected:
        reason = f"rows have {matrix.num_col()} features, the model was trained on {expected}"
        raise RequestError(400, reason if scripted() else f"Unable to evaluate payload provided: {reason}")
    end = getattr(model, "best_iteration", None) if model.attr("best_iteration") else None
    return model.predict(matrix, validate_features=False, **({"iteration_range": (0, end + 1)} if end is not None else {}))


def predict_sklearn(data, model):
    return model.predict(data)


def default_output(prediction, accept):
    rows = prediction.tolist() if hasattr(prediction, "tolist") else prediction
    kind = media_type(accept)
    if kind in ("text/csv", "*/*", ""):
        lines = [",".join(map(str, row)) if isinstance(row, (list, tuple)) else str(row) for row in rows]
        return "\n".join(lines) + "\n", "text/csv"
    if kind == "application/json":
        if RUNTIME == "xgboost" and not scripted():
            return json.dumps({"predictions": [{"score": row} for row in rows]}), kind
        return json.dumps(rows), kind
    if kind in JSON_LINES:
        return "".join(json.dumps({"score": row}) + "\n" for row in rows), kind
    if kind == "application/x-npy":
        import numpy as np

        buffer = io.BytesIO()
        np.save(buffer, np.asarray(prediction))
        return buffer.getvalue(), kind
    raise RequestError(406, f"Accept type {accept} is not supported: use text/csv, application/json or application/jsonlines")


def media_type(value):
    return (value or "").split(";")[0].strip().lower()
