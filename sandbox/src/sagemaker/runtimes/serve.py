"""Serves one model under SageMaker's inference contract: GET /ping, POST /invocations.

The user's module (SAGEMAKER_PROGRAM, default inference.py, in the model's code folder) may define model_fn, input_fn,
predict_fn and output_fn, or transform_fn; what it leaves out is handled for XGBoost and scikit-learn here.
"""

import importlib.util
import inspect
import io
import json
import os
import pickle
import socket
import socketserver
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BASE = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
MODEL_DIR = BASE / "model"
RUNTIME = os.environ.get("SAGEMAKER_LOCAL_RUNTIME", "xgboost")
TEXT_TYPES = ("application/json", "text/csv")
JSON_LINES = ("application/jsonlines", "application/x-jsonlines", "application/jsonl")


class RequestError(Exception):
    """The caller's fault, with its HTTP status."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def user_module():
    program = os.environ.get("SAGEMAKER_PROGRAM") or "inference.py"
    code = Path(os.environ["SAGEMAKER_LOCAL_CODE_DIR"])
    path = code / program
    sys.path.insert(0, str(code))
    if not path.is_file():
        if os.environ.get("SAGEMAKER_PROGRAM"):
            raise FileNotFoundError(f"SAGEMAKER_PROGRAM {program} is not in {code}")
        return None
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


# Default handlers


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


def load_sklearn(_model_dir):
    return load_pickle(find_model(["model.joblib"], {".joblib", ".pkl"}))


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


def default_input(body, content_type):
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
        raise RequestError(400, f"rows have {matrix.num_col()} features, the model was trained on {expected}")
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
        if RUNTIME == "xgboost" and not HANDLERS.scripted:
            return json.dumps({"predictions": [{"score": row} for row in rows]}), kind
        return json.dumps(rows), kind
    if kind in JSON_LINES:
        return "".join(json.dumps({"score": row}) + "\n" for row in rows), kind
    if kind == "application/x-npy":
        import numpy as np

        buffer = io.BytesIO()
        np.save(buffer, np.asarray(prediction))
        return buffer.getvalue(), kind
    raise RequestError(406, f"accept '{accept}' is not supported: use text/csv or application/json")


def media_type(value):
    return (value or "").split(";")[0].strip().lower()


class Handlers:
    """The user's functions, and ours where there are none."""

    def __init__(self):
        module = user_module()
        self.scripted = module is not None
        self.transform = getattr(module, "transform_fn", None)
        if self.transform and any(hasattr(module, name) for name in ("input_fn", "predict_fn", "output_fn")):
            raise ValueError("define either transform_fn or input_fn, predict_fn and output_fn, not both")
        booster = RUNTIME == "xgboost"
        self.input = getattr(module, "input_fn", default_input)
        self.predict = getattr(module, "predict_fn", predict_booster if booster else predict_sklearn)
        self.output = getattr(module, "output_fn", default_output)
        self.load = getattr(module, "model_fn", load_booster if booster else load_sklearn)

    def answer(self, model, body, content_type, accept):
        if media_type(content_type) in TEXT_TYPES:
            try:
                body = body.decode("utf-8")
            except UnicodeDecodeError as error:
                raise RequestError(400, f"the request is not UTF-8: {error}") from None
        if self.transform:
            result = call(self.transform, model, body, content_type, accept)
        else:
            prediction = call(self.predict, call(self.input, body, content_type), model)
            result = call(self.output, prediction, accept)
        if isinstance(result, tuple):
            return result[0], result[1]
        return result, accept


def call(function, *arguments):
    """Handlers may take one argument more, the toolkit's context; there is none here."""
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError:
        return function(*arguments, None)
    except ValueError:
        pass
    return function(*arguments)


HANDLERS = None
MODEL = None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sagemaker-local"
    # Small answers must not wait for the peer's acknowledgement.
    disable_nagle_algorithm = True

    def do_GET(self):
        if self.path == "/ping":
            return self.reply(200, b"", "text/plain")
        if self.path == "/execution-parameters":
            return self.reply(404, b"", "text/plain")
        return self.reply(404, b"not found\n", "text/plain")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path != "/invocations":
            return self.reply(404, b"not found\n", "text/plain")
        default = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", os.environ.get("HTTP_ACCEPT", ""))
        accept = self.headers.get("Accept") or ""
        if accept in ("", "*/*"):
            accept = default or ("text/csv" if not HANDLERS.scripted else "application/json")
        content_type = self.headers.get("Content-Type") or "text/csv"
        try:
            result, kind = HANDLERS.answer(MODEL, body, content_type, accept)
            data = result.encode("utf-8") if isinstance(result, str) else as_bytes(result)
        except RequestError as error:
            return self.reply(error.status, str(error).encode(), "text/plain")
        except Exception as error:
            traceback.print_exc()
            return self.reply(500, f"{type(error).__name__}: {error}".encode(), "text/plain")
        return self.reply(200, data, kind)

    def reply(self, status, body, content_type):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        """Requests are counted by the caller; only failures are worth a line."""

    def address_string(self):
        return "local"


def as_bytes(result):
    if isinstance(result, (bytes, bytearray)):
        return bytes(result)
    raise TypeError(f"the output is {type(result).__name__}: output_fn must return str or bytes")


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128


class UnixHandler(Handler):
    disable_nagle_algorithm = False


class TcpServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def server_bind(self):
        # The base class would look the host's name up, which needs no network here and may hang without one.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]


def end_with_parent():
    """The sandbox holds our stdin open; when it is gone, so are we."""
    # Not through sys.stdin: its lock, held here, would abort the interpreter when it shuts down.
    while os.read(0, 1):
        pass
    os._exit(0)


def main():
    global HANDLERS, MODEL
    threading.Thread(target=end_with_parent, daemon=True).start()
    try:
        HANDLERS = Handlers()
        MODEL = call(HANDLERS.load, str(MODEL_DIR))
    except Exception:
        traceback.print_exc()
        sys.exit(1)
    path = os.environ.get("SAGEMAKER_LOCAL_SOCKET")
    if path:
        server = UnixServer(path, UnixHandler)
    else:
        server = TcpServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler)
    server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    server.serve_forever()


if __name__ == "__main__":
    # Imported by its path, the module's globals are the ones that the handlers see.
    main()
