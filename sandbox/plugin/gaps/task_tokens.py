"""Task tokens: good for one answer, and for none once their task is over. Activities end with their execution and in time."""

import json
import threading
import time
from collections import OrderedDict

from plugin import executions
from plugin.contract import point

_MODULE = "services.stepfunctions"
_SENDERS = ("_send_task_success", "_send_task_failure", "_send_task_heartbeat")
for _name in _SENDERS:
    point(_MODULE, _name, ("data",))
point(_MODULE, "_task_tokens", object)
point(_MODULE, "_invoke_with_callback", ("resource", "input_data", "token", "state_def"))
point(_MODULE, "_invoke_activity", ("resource", "input_data"))
point(_MODULE, "_activities", object)
point(_MODULE, "_activity_tasks", object)
point(_MODULE, "new_uuid", ())
point("core.responses", "error_response_json", object)

_REMEMBERED = 10_000
_SLICE_SECONDS = 0.2
# Tokens that were given out, and the task each is of: the oldest are forgotten.
_owners: OrderedDict[str, executions.Task | None] = OrderedDict()
_lock = threading.Lock()


def _remember(token: str) -> None:
    with _lock:
        _owners[token] = executions.current()
        while len(_owners) > _REMEMBERED:
            _owners.popitem(last=False)


def _sending(send):
    def send_task(data):
        from ministack.core.responses import error_response_json
        from ministack.services import stepfunctions

        token = data.get("taskToken") or ""
        info, owner = stepfunctions._task_tokens.get(token), _owners.get(token)
        over = info is None or info["event"].is_set() or (owner is not None and owner.given_up())
        if over and (info is not None or token in _owners):
            return error_response_json("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'", 400)
        return send(data)

    return send_task


def _calling_back(invoke):
    def invoke_with_callback(resource, input_data, token, state_def):
        _remember(token)
        return invoke(resource, input_data, token, state_def)

    return invoke_with_callback


def _activity(resource, input_data):
    """MiniStack waits a day for a worker; here until the execution ends, the task times out or no heartbeat comes."""
    from ministack.services import stepfunctions

    if resource not in stepfunctions._activities:
        raise stepfunctions._ExecutionError("States.Runtime", f"The activity {resource} does not exist.")
    token, state = stepfunctions.new_uuid(), executions.current().state
    info = {"event": threading.Event(), "result": None, "error": None, "heartbeat": None}
    stepfunctions._task_tokens[token] = info
    _remember(token)
    stepfunctions._activity_tasks[resource].append({"taskToken": token, "input": json.dumps(input_data)})
    try:
        _wait(info, state)
    finally:
        stepfunctions._task_tokens.pop(token, None)
    if info["error"]:
        raise stepfunctions._ExecutionError(info["error"]["Error"], info["error"]["Cause"])
    return json.loads(info["result"] or "{}")


def _wait(info: dict, state: dict) -> None:
    from ministack.services.stepfunctions import _ExecutionError

    started = beaten = time.monotonic()
    seen = None
    while not info["event"].wait(_SLICE_SECONDS):
        if executions.given_up():
            raise executions.GivenUp("stopped while an activity worked")
        if info["heartbeat"] != seen:
            seen, beaten = info["heartbeat"], time.monotonic()
        if time.monotonic() - started > float(state.get("TimeoutSeconds") or 99_999_999):
            raise _ExecutionError("States.Timeout", "")
        if time.monotonic() - beaten > float(state.get("HeartbeatSeconds") or 99_999_999):
            raise _ExecutionError("States.HeartbeatTimeout", "")


def install() -> None:
    from ministack.services import stepfunctions

    for name in _SENDERS:
        setattr(stepfunctions, name, _sending(getattr(stepfunctions, name)))
    stepfunctions._invoke_activity = _activity
    stepfunctions._invoke_with_callback = _calling_back(stepfunctions._invoke_with_callback)
