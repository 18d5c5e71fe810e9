"""AWS/Lambda metrics for every invocation, not only those through Invoke: by function, and over all of them."""

import threading
import time

from plugin import metrics
from plugin.contract import point

_MODULE = "services.lambda_svc"
point(_MODULE, "_emit_lambda_metrics", ("function_name", "duration_ms", "error", "throttle"))
point(_MODULE, "_execute_function_dispatch", ("func", "config", "event", "request_id", "started"))
point(_MODULE, "invoke_async_with_retry", ("func", "event"))

_UNITS = {"Duration": "Milliseconds", "IteratorAge": "Milliseconds"}
_running: dict[str, int] = {}
_lock = threading.Lock()


def record(function: str, **values: float) -> None:
    for name, value in values.items():
        for dimensions in ({"FunctionName": function}, {}):
            metrics.record("AWS/Lambda", name, dimensions, value, _UNITS.get(name, "Count"))


def _dispatching(dispatch):
    def dispatched(func, config, event, request_id, started):
        function = config.get("FunctionName", "unknown")
        _count(function, 1)
        try:
            result = dispatch(func, config, event, request_id, started)
        finally:
            _count(function, -1)
        record(function, Invocations=1, Errors=1 if result.get("error") else 0, Throttles=0,
               Duration=(time.time() - started) * 1000)
        return result

    return dispatched


def _count(function: str, step: int) -> None:
    with _lock:
        _running[function] = _running.get(function, 0) + step
        own, together = _running[function], sum(_running.values())
    if step > 0:
        metrics.record("AWS/Lambda", "ConcurrentExecutions", {"FunctionName": function}, own)
        metrics.record("AWS/Lambda", "ConcurrentExecutions", {}, together)


def _emit_throttle(function_name, duration_ms, error, throttle):
    """MiniStack counts what comes through Invoke; all but throttles is counted at the dispatch instead.

    A throttle is told twice: where it happens, and once more, with a duration, by Invoke.
    """
    if throttle and not duration_ms:
        record(function_name, Throttles=1)


def _receiving(invoke):
    def invoke_async(func, event):
        record((func.get("config") or func).get("FunctionName", "unknown"), AsyncEventsReceived=1)
        return invoke(func, event)

    return invoke_async


def install() -> None:
    from ministack.services import lambda_svc

    lambda_svc._emit_lambda_metrics = _emit_throttle
    lambda_svc._execute_function_dispatch = _dispatching(lambda_svc._execute_function_dispatch)
    lambda_svc.invoke_async_with_retry = _receiving(lambda_svc.invoke_async_with_retry)
