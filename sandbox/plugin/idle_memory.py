"""Gives memory back to the system when nobody has asked for a while: what a deployment or a run took stays taken else."""

import ctypes
import gc
import threading
import time

_IDLE_SECONDS = 20.0
_LOOK_SECONDS = 5.0
_asked = time.monotonic()


def note_request() -> None:
    global _asked
    _asked = time.monotonic()


def start() -> None:
    threading.Thread(target=_watch, daemon=True, name="idle-memory").start()


def _watch() -> None:
    returned = 0.0
    while True:
        time.sleep(_LOOK_SECONDS)
        if returned < _asked < time.monotonic() - _IDLE_SECONDS:
            returned = _asked
            _give_back()


def _give_back() -> None:
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except AttributeError:
        # Not glibc: macOS and musl give memory back by themselves.
        pass
