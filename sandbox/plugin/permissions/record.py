"""The record of what each role did: one line of JSON for each kind of call, kept in the state folder."""

import json
import os
import threading

_PER_ACTION = 1000


class CallRecord:
    """Each call once, however often it is made. Delete the file to begin anew."""

    def __init__(self, path: str):
        self._path = path
        self._lock = threading.Lock()
        self._seen: set[str] = set()
        self._count: dict[tuple, int] = {}
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as lines:
                for line in lines:
                    self._note(line.rstrip("\n"))

    def add(self, entry: dict) -> None:
        line = json.dumps(entry, sort_keys=True)
        with self._lock:
            if not os.path.exists(self._path):
                self._seen.clear()
                self._count.clear()
            # A role that reads a million objects tells after a thousand of them nothing new.
            key = (entry["principal"], entry["action"], entry["decision"])
            if line in self._seen or self._count.get(key, 0) >= _PER_ACTION:
                return
            self._note(line)
            with open(self._path, "a", encoding="utf-8") as out:
                out.write(line + "\n")

    def _note(self, line: str) -> None:
        try:
            entry = json.loads(line)
        except ValueError:
            # The last line of a sandbox that was killed while it wrote.
            return
        self._seen.add(line)
        key = (entry["principal"], entry["action"], entry["decision"])
        self._count[key] = self._count.get(key, 0) + 1


_record: CallRecord | None = None


def add(entry: dict) -> None:
    global _record
    if _record is None:
        _record = CallRecord(os.environ["SANDBOX_IAM_RECORD"])
    _record.add(entry)
