"""Serves one model under SageMaker's inference contract: GET /ping, POST /invocations.

The user's module (SAGEMAKER_PROGRAM, default inference.py, in the model's code folder) may define model_fn, input_fn,
predict_fn and output_fn, or transform_fn; what it leaves out is handled for XGBoost and scikit-learn here.
"""

import importlib.util
import inspect
import itertools
import os
import socket
import socketserver
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from default_handlers import (
    MODEL_DIR,
    RUNTIME,
    RequestError,
    default_input,
    default_output,
    load_booster,
    media_type,
    predict_booster,
    predict_sklearn,
)

TEXT_TYPES = ("application/json", "text/csv")


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


def no_model_fn(_model_dir):
    raise NotImplementedError("Please provide a model_fn implementation: the image does not load models by itself")


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
        # The framework images load no model of themselves; only the built-in algorithm does.
        self.load = getattr(module, "model_fn", load_booster if booster and not self.scripted else no_model_fn)

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
        if hasattr(result, "response") and hasattr(result, "mimetype"):
            # The response object of the older toolkit.
            return result.response, result.mimetype or accept
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
        if RUNTIME == "xgboost" and not HANDLERS.scripted and not body:
            return self.reply(204, b"", "text/plain")
        try:
            result, kind = HANDLERS.answer(MODEL, body, content_type, accept)
            if inspect.isgenerator(result):
                return self.reply_in_parts(result, kind)
            data = as_bytes(result)
        except RequestError as error:
            return self.reply(error.status, str(error).encode(), "text/plain")
        except Exception as error:
            traceback.print_exc()
            if hasattr(error, "status_code") and hasattr(error, "phrase"):
                # The error classes of the inference toolkit.
                return self.reply(int(error.status_code), str(error.message).encode(), "text/plain")
            return self.reply(500, f"{type(error).__name__}: {error}".encode(), "text/plain")
        return self.reply(200, data, kind)

    def reply(self, status, body, content_type):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def reply_in_parts(self, parts, content_type):
        """Sends each part as it comes; an error on the way breaks the connection, since the status is out by then."""
        first = next(parts, "")
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for part in itertools.chain([first], parts):
                data = as_bytes(part)
                if data:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.write(b"0\r\n\r\n")
        except Exception:
            traceback.print_exc()
            self.close_connection = True

    def log_message(self, *_arguments):
        """Requests are counted by the caller; only failures are worth a line."""

    def address_string(self):
        return "local"


def as_bytes(result):
    if isinstance(result, str):
        return result.encode("utf-8")
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
