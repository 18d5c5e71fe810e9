"""Metrics that logs make: the embedded metric format and metric filters, of functions' logs and of PutLogEvents."""

import json
import logging

from plugin import embedded_metrics, log_patterns, metrics
from plugin.contract import point

_MODULE = "services.cloudwatch_logs"
point(_MODULE, "_fanout_to_subscription_filters", ("group_name", "stream_name", "events"))
point(_MODULE, "_subscription_pattern_matches", ("pattern", "message"))
point(_MODULE, "_compile_filter_pattern", ("raw",))
point(_MODULE, "_put_metric_filter", ("data",))
point(_MODULE, "_metric_filters", object)

_log = logging.getLogger("sandbox.logs")


def _fanning_out(fan_out):
    def fan_out_events(group_name, stream_name, events):
        from ministack.services import cloudwatch_logs

        fan_out(group_name, stream_name, events)
        filters = [each for (group, _), each in list(cloudwatch_logs._metric_filters.items()) if group == group_name]
        for event in events:
            message = event.get("message", "")
            try:
                embedded_metrics.record(message, group_name)
                for each in filters:
                    _filter(each, message, event.get("timestamp"))
            except Exception:
                _log.exception("no metrics of a log event of %s", group_name)

    return fan_out_events


def _filter(metric_filter: dict, message: str, stamp) -> None:
    matched = log_patterns.matcher(metric_filter.get("filterPattern", ""))(message)
    seconds = stamp / 1000 if isinstance(stamp, (int, float)) else None
    for transformation in metric_filter.get("metricTransformations", []):
        value = _number(transformation["metricValue"], message) if matched else transformation.get("defaultValue")
        if value is None:
            continue
        dimensions = {name: _text(selector, message) for name, selector in (transformation.get("dimensions") or {}).items()}
        if None not in dimensions.values():
            metrics.record(transformation["metricNamespace"], transformation["metricName"], dimensions, float(value),
                           transformation.get("unit", "None"), seconds)


def _number(given: str, message: str) -> float | None:
    found = _text(given, message) if str(given).startswith("$") else given
    try:
        return float(found)
    except (TypeError, ValueError):
        return None


def _text(selector: str, message: str) -> str | None:
    try:
        found = log_patterns.select(json.loads(message), selector)
    except ValueError:
        return None
    return None if found is None else str(found)


def _putting(put):
    def put_metric_filter(data):
        from ministack.core.responses import error_response_json

        try:
            log_patterns.matcher(data.get("filterPattern", ""))
        except log_patterns.PatternError as error:
            return error_response_json("InvalidParameterException", str(error), 400)
        return put(data)

    return put_metric_filter


def _matches(pattern, message):
    return log_patterns.matcher(pattern or "")(message or "")


def install() -> None:
    from ministack.services import cloudwatch_logs

    cloudwatch_logs._subscription_pattern_matches = _matches
    cloudwatch_logs._compile_filter_pattern = lambda raw: log_patterns.matcher(raw or "")
    cloudwatch_logs._put_metric_filter = _putting(cloudwatch_logs._put_metric_filter)
    cloudwatch_logs._fanout_to_subscription_filters = _fanning_out(cloudwatch_logs._fanout_to_subscription_filters)
