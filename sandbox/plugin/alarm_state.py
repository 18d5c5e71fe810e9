"""The state that an alarm should be in, from the data points of its metric or metric math."""

import operator
import time

from plugin.contract import point
from plugin.metric_math import Series, evaluate

point("services.cloudwatch", "_metrics", object)
point("services.cloudwatch", "_calc_stats", ("points",))
point("services.cloudwatch", "_stat_value", ("stats", "stat_name", "points"))
point("services.cloudwatch", "_dims_key", ("dims",))

_COMPARE = {"GreaterThanOrEqualToThreshold": operator.ge, "GreaterThanThreshold": operator.gt,
            "LessThanThreshold": operator.lt, "LessThanOrEqualToThreshold": operator.le}


def state_of(alarm: dict) -> tuple[str, str] | None:
    """State and reason, or None where the alarm keeps the state that it has."""
    queries = _queries(alarm)
    shown = next(query for query in queries.values() if query.get("ReturnData", True) not in (False, "false"))
    period = max(_period(query) for query in queries.values())
    count = int(alarm.get("EvaluationPeriods", 1))
    now = int(time.time() // period * period)
    # The period that runs counts as soon as it has data: nobody wants to wait for its end on a laptop.
    periods = [now - period * back for back in range(count, -1, -1)]
    series = _series(shown, queries, periods, period)
    window = periods[1:] if now in series else periods[:-1]
    return _judge(alarm, [series.get(each) for each in window])


def _judge(alarm: dict, values: list[float | None]) -> tuple[str, str] | None:
    threshold, comparison = float(alarm.get("Threshold") or 0), alarm.get("ComparisonOperator", "")
    compare = _COMPARE.get(comparison)
    if compare is None:
        return None
    missing = alarm.get("TreatMissingData") or "missing"
    present = [value for value in values if value is not None]
    if not present and missing == "ignore":
        return None
    if not present and missing == "missing":
        return "INSUFFICIENT_DATA", f"Insufficient Data: {len(values)} datapoints were unknown."
    breaching = sum(compare(value, threshold) for value in present)
    breaching += (len(values) - len(present)) if missing == "breaching" else 0
    needed = min(int(alarm.get("DatapointsToAlarm") or len(values)), len(values))
    state = "ALARM" if breaching >= needed else "OK"
    points = ", ".join(f"{value:g}" for value in present) or "no datapoints"
    return state, f"Threshold Crossed: {breaching} of {len(values)} datapoints [{points}] breached: {comparison} {threshold:g}"


def _queries(alarm: dict) -> dict[str, dict]:
    if alarm.get("Metrics"):
        return {query["Id"]: query for query in alarm["Metrics"]}
    metric = {"Namespace": alarm.get("Namespace"), "MetricName": alarm.get("MetricName"),
              "Dimensions": alarm.get("Dimensions") or []}
    stat = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    return {"m": {"Id": "m", "MetricStat": {"Metric": metric, "Period": alarm.get("Period", 60), "Stat": stat}}}


def _period(query: dict) -> int:
    return int(query.get("Period") or (query.get("MetricStat") or {}).get("Period") or 60)


def _series(query: dict, queries: dict[str, dict], periods: list[int], period: int) -> Series:
    if "Expression" in query:
        # Only the metrics that it names are evaluated: an expression may stand on others.
        used = {key: _series(other, queries, periods, period) for key, other in queries.items()
                if key != query["Id"] and (key in query["Expression"] or "METRICS(" in query["Expression"])}
        return evaluate(query["Expression"], used, periods)
    return _metric_series(query["MetricStat"], periods, period)


def _metric_series(stat: dict, periods: list[int], period: int) -> Series:
    from ministack.services import cloudwatch

    metric = stat["Metric"]
    dimensions = {d["Name"]: d["Value"] for d in metric.get("Dimensions") or []}
    key = (metric.get("Namespace"), metric.get("MetricName"), cloudwatch._dims_key(dimensions))
    buckets: dict[int, list] = {}
    for datum in list(cloudwatch._metrics.get(key) or []):
        start = int(datum["Timestamp"] // period * period)
        if start in periods:
            buckets.setdefault(start, []).append(datum)
    values = {start: cloudwatch._stat_value(cloudwatch._calc_stats(data), stat["Stat"], data)
              for start, data in buckets.items()}
    return {start: value for start, value in values.items() if value is not None}
