"""Which execution the running code belongs to, and whether its work is still wanted."""

import contextvars
import threading
from contextlib import contextmanager

_current: contextvars.ContextVar = contextvars.ContextVar("sandbox_execution_task", default=None)


class GivenUp(Exception):
    """The execution was stopped or timed out: not an error of the state, so no Retry or Catch of it applies."""


class Task:
    """One task state's run in an execution, and the task that it is nested in, if any."""

    def __init__(self, execution: dict, state: dict, context: dict, parent=None):
        self.execution = execution
        self.state = state
        self.context = context
        self.parent = parent
        self.timed_out = threading.Event()
        self.retrier: tuple[dict, int] | None = None

    def given_up(self) -> bool:
        if self.timed_out.is_set() or self.execution.get("status") != "RUNNING":
            return True
        return self.parent is not None and self.parent.given_up()


def current() -> Task | None:
    return _current.get()


def given_up() -> bool:
    task = _current.get()
    return task is not None and task.given_up()


@contextmanager
def entered(task: Task):
    token = _current.set(task)
    try:
        yield task
    finally:
        _current.reset(token)
