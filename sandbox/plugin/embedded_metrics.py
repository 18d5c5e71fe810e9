"""CloudWatch's embedded metric format: a log event that says which of its members are metrics."""

import json
import time

from plugin import metrics

_MARK = '"_aws"'
_UNITS = {"Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits",
          "Kilobits", "Megabits", "Gigabits", "Terabits", "Percent", "Count", "None"}
_UNITS |= {f"{unit}/Second" for unit in _UNITS - {"Seconds", "Microseconds", "Milliseconds", "Percent", "None"}}
_MOST_DIMENSIONS, _MOST_METRICS, _MOST_VALUES = 30, 100, 100


class EmbeddedMetricError(Exception):
    """The document is not valid in the format, so none of its metrics is taken."""


def record(message: str, log_group: str) -> None:
    """Takes the metrics of one log event. A bad document makes none, and is counted in AWS/Logs as on AWS."""
    if _MARK not in message:
        return
    try:
        document = json.loads(message[message.index("{"):])
    except ValueError:
        return metrics.record("AWS/Logs", "EMFParsingErrors", {"LogGroupName": log_group}, 1)
    if not isinstance(document, dict) or not isinstance(document.get("_aws"), dict):
        return
    try:
        data = [datum for directive in _directives(document) for datum in _data(document, directive)]
    except EmbeddedMetricError:
        return metrics.record("AWS/Logs", "EMFValidationErrors", {"LogGroupName": log_group}, 1)
    stamp = document["_aws"].get("Timestamp", time.time() * 1000) / 1000
    for namespace, name, dimensions, value, unit in data:
        metrics.record(namespace, name, dimensions, value, unit, stamp)


def _directives(document: dict) -> list:
    directives, stamp = document["_aws"].get("CloudWatchMetrics", []), document["_aws"].get("Timestamp", 0)
    if not isinstance(directives, list) or not isinstance(stamp, (int, float)):
        raise EmbeddedMetricError("CloudWatchMetrics is a list, Timestamp a number of milliseconds")
    return directives


def _data(document: dict, directive: dict) -> list[tuple]:
    namespace, listed = directive.get("Namespace"), directive.get("Metrics") or []
    if not isinstance(namespace, str) or not namespace or len(listed) > _MOST_METRICS:
        raise EmbeddedMetricError("a directive has a namespace and at most 100 metrics")
    sets = [_dimensions(document, names) for names in directive.get("Dimensions") or [[]]]
    return [(namespace, metric["Name"], dimensions, value, metric.get("Unit", "None"))
            for metric in listed for value in _values(document, metric) for dimensions in sets]


def _dimensions(document: dict, names: list[str]) -> dict:
    if len(names) > _MOST_DIMENSIONS:
        raise EmbeddedMetricError("a dimension set has at most 30 names")
    for name in names:
        if not isinstance(document.get(name), str):
            raise EmbeddedMetricError(f"the dimension {name} is no text of the document")
    return {name: document[name] for name in names}


def _values(document: dict, metric: dict) -> list[float]:
    if metric.get("Unit", "None") not in _UNITS or metric.get("StorageResolution", 60) not in (1, 60):
        raise EmbeddedMetricError(f"{metric.get('Name')} has an unknown unit or resolution")
    found = document.get(metric.get("Name"), [])
    values = found if isinstance(found, list) else [found]
    if len(values) > _MOST_VALUES or not all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values):
        raise EmbeddedMetricError(f"{metric.get('Name')} is not a number, or a list of at most 100")
    return values
