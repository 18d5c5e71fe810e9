"""What the plugin itself remembers for services that MiniStack lacks: by account and region, written at every change."""

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path


class Refused(Exception):
    """An error of the service: its code and its message."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code
        self.message = message


class Table:
    """Records of one kind by key, kept as JSON in the sandbox's state; written by rename, so never half."""

    def __init__(self, name: str):
        self._name = name
        self._lock = threading.Lock()
        self._records: dict[str, dict] | None = None

    def all(self) -> dict[str, dict]:
        """Those of the account and region of the request at hand."""
        with self._lock:
            return dict(self._load().get(_scope(), {}))

    def put(self, key: str, record: dict) -> None:
        with self._lock:
            self._load().setdefault(_scope(), {})[key] = record
            self._save()

    def remove(self, key: str) -> bool:
        with self._lock:
            removed = self._load().get(_scope(), {}).pop(key, None)
            self._save()
            return removed is not None

    def _file(self) -> Path:
        return Path(os.environ["STATE_DIR"]) / f"plugin-{self._name}.json"

    def _load(self) -> dict:
        if self._records is None:
            try:
                self._records = json.loads(self._file().read_text())
            except FileNotFoundError:
                self._records = {}
        return self._records

    def _save(self) -> None:
        staged = self._file().with_suffix(".tmp")
        staged.write_text(json.dumps(self._records))
        staged.replace(self._file())


def _scope() -> str:
    from ministack.core.responses import get_account_id, get_region

    return f"{get_account_id()}/{get_region()}"


def now_ms() -> int:
    return int(time.time() * 1000)


def handler(target_prefix: str, actions: dict[str, Callable[[dict], dict]], rest=None):
    """A service's handler for JSON requests: these actions here, the others by `rest`, or refused."""

    async def handle_request(method, path, headers, body, query_params):
        prefix, _, action = headers.get("x-amz-target", "").partition(".")
        if prefix != target_prefix or action not in actions:
            if rest:
                return await rest(method, path, headers, body, query_params)
            return _answer(400, {"__type": "UnknownOperationException", "message": f"{action} is not in the sandbox."})
        try:
            return _answer(200, actions[action](json.loads(body or b"{}")))
        except Refused as refused:
            return _answer(400, {"__type": refused.code, "message": refused.message})
        except KeyError as error:
            return _answer(400, {"__type": "ValidationException", "message": f"Missing parameter: {error.args[0]}"})

    return handle_request


def _answer(status: int, body: dict) -> tuple[int, dict, bytes]:
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(body).encode()
