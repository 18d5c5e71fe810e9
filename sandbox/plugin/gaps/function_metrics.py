"""AWS/Lambda metrics for every invocation, not only those through Invoke, and metrics from embedded-metric-format logs."""

import json
import time

from plugin import metrics
from plugin.contract import point

point("services.lambda_svc", "_emit_lambda_metrics", ("function_name", "duration_ms", "error", "throttle"))
point("services.lambda_svc", "_execute_function_dispatch", ("func", "config", "event", "request_id", "started"))
point("services.lambda_svc", "_emit_lambda_logs",
      ("func", "request_id", "log_text", "error", "duration_ms", "log_source"))

_MARK = '"_aws"'


def _record(function: str, **values: float) -> None:
    for name, value in values.items():
        metrics.record("AWS/Lambda", name, {"FunctionName": function}, value,
                       "Milliseconds" if name == "Duration" else "Count")


def _dispatching(dispatch):
    def dispatched(func, config, event, request_id, started):
        result = dispatch(func, config, event, request_id, started)
        _record(config.get("FunctionName", "unknown"), Invocations=1, Errors=1 if result.get("error") else 0,
                Throttles=0, Duration=(time.time() - started) * 1000)
        return result

    return dispatched


def _emit_throttle(function_name, duration_ms, error, throttle):
    """MiniStack counts what comes through Invoke; all but throttles is counted at the dispatch instead."""
    if throttle:
        _record(function_name, Throttles=1)


def _emitting(emit):
    def emitted(func, request_id, log_text, error, duration_ms, *, log_source=None):
        emit(func, request_id, log_text, error, duration_ms, log_source=log_source)
        for line in (log_text or "").splitlines():
            if _MARK in line:
                record_embedded(line)

    return emitted


def record_embedded(line: str) -> None:
    """Stores the metrics of one log line in CloudWatch's embedded metric format; another line is left alone."""
    try:
        document = json.loads(line[line.index("{"):])
        directives = document["_aws"]["CloudWatchMetrics"]
    except (ValueError, KeyError, TypeError):
        return
    for directive in directives:
        for names in directive.get("Dimensions") or [[]]:
            dimensions = {name: str(document[name]) for name in names if name in document}
            for metric in directive.get("Metrics", []):
                values = document.get(metric["Name"], [])
                for value in values if isinstance(values, list) else [values]:
                    metrics.record(directive["Namespace"], metric["Name"], dimensions, value, metric.get("Unit", "None"))


def install() -> None:
    from ministack.services import lambda_svc

    lambda_svc._emit_lambda_metrics = _emit_throttle
    lambda_svc._execute_function_dispatch = _dispatching(lambda_svc._execute_function_dispatch)
    lambda_svc._emit_lambda_logs = _emitting(lambda_svc._emit_lambda_logs)
