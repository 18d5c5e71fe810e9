"""The state that an alarm should be in, from the data points of its metric or metric math."""

import operator
import re
import time
from dataclasses import dataclass, field

from plugin.metric_functions import MetricMathError
from plugin.metric_series import Queries, points_by_period

_COMPARE = {"GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
            "GreaterThanThreshold": (operator.gt, "greater than"),
            "LessThanThreshold": (operator.lt, "less than"),
            "LessThanOrEqualToThreshold": (operator.le, "less than or equal to")}
# AWS looks at more data points than the evaluation periods; its documented example looks at two more.
_MORE = 2
# DIFF and RATE need the value before the first that counts.
_LEAD = 1


@dataclass
class Verdict:
    """What the alarm's data says. `state` is None where the alarm keeps the state that it has."""

    state: str | None
    reason: str = ""
    data: dict = field(default_factory=dict)


def state_of(alarm: dict) -> Verdict:
    period = max(_period(query) for query in queries_of(alarm))
    shown = next(query for query in queries_of(alarm) if query.get("ReturnData", True) not in (False, "false"))
    count = int(alarm.get("EvaluationPeriods") or 1)
    now = int(time.time() // period * period)
    periods = [now - period * back for back in range(count + _MORE + _LEAD, -1, -1)]
    queries = Queries(queries_of(alarm), periods, period)
    series = queries.series(shown["Id"])
    if isinstance(series, list):
        if len(series) != 1:
            raise MetricMathError(f"{shown.get('Expression')}: an alarm needs one time series, this yields {len(series)}")
        series = series[0]
    # The period that runs counts as soon as it has data: nobody wants to wait for its end on a laptop.
    window = periods[_LEAD + 1:] if queries.has_data(now) else periods[_LEAD:-1]
    if _too_few_samples(alarm, window, period):
        return Verdict(None)
    return _judge(alarm, {start: series[start] for start in window if start in series}, window)


def _judge(alarm: dict, values: dict[int, float], window: list[int]) -> Verdict:
    if alarm.get("ComparisonOperator") not in _COMPARE:
        return Verdict(None)
    compare, threshold = _COMPARE[alarm["ComparisonOperator"]][0], float(alarm.get("Threshold") or 0)
    periods = int(alarm.get("EvaluationPeriods") or 1)
    needed = min(int(alarm.get("DatapointsToAlarm") or periods), periods)
    breaching = [compare(values[start], threshold) if start in values else None for start in window]
    state = verdict(breaching, periods, needed, _treatment(alarm))
    counted = [start for start in window if start in values][-periods:]
    points = [(start, values[start]) for start in counted]
    return Verdict(state, _reason(alarm, state, points, needed, periods, threshold), _data(alarm, points, threshold))


def verdict(breaching: list[bool | None], periods: int, needed: int, missing: str) -> str | None:
    """The state by AWS's rules; `breaching` is the evaluation range, oldest first, None where there is no data point."""
    real = [each for each in breaching if each is not None]
    if len(real) >= periods:
        return "ALARM" if sum(real[-periods:]) >= needed else "OK"
    filled = periods - len(real) if missing == "breaching" else 0
    if sum(real) + filled >= needed:
        return "ALARM"
    if missing in ("breaching", "notBreaching"):
        return "OK"
    if not real:
        return None if missing == "ignore" else "INSUFFICIENT_DATA"
    if not all(real):
        return "OK"
    # One breach long ago and nothing since is an alarm; a fresh one might still be followed by good values.
    oldest = len(breaching) - breaching.index(True)
    return "ALARM" if missing == "missing" and oldest >= needed else None


def queries_of(alarm: dict) -> list[dict]:
    if alarm.get("Metrics"):
        return alarm["Metrics"]
    metric = {"Namespace": alarm.get("Namespace"), "MetricName": alarm.get("MetricName"),
              "Dimensions": alarm.get("Dimensions") or []}
    stat = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    return [{"Id": "m", "MetricStat": {"Metric": metric, "Period": alarm.get("Period") or 60, "Stat": stat,
                                       **({"Unit": alarm["Unit"]} if alarm.get("Unit") else {})}}]


def _period(query: dict) -> int:
    return int(query.get("Period") or (query.get("MetricStat") or {}).get("Period") or 60)


def _treatment(alarm: dict) -> str:
    # Alarms on DynamoDB's own metrics ignore missing data, whatever they say.
    if alarm.get("Namespace") == "AWS/DynamoDB":
        return "ignore"
    return alarm.get("TreatMissingData") or "missing"


def _too_few_samples(alarm: dict, window: list[int], period: int) -> bool:
    percentile = re.match(r"^p(\d+(?:\.\d+)?)$", alarm.get("ExtendedStatistic") or "")
    if alarm.get("EvaluateLowSampleCountPercentile") != "ignore" or not percentile:
        return False
    share = float(percentile[1]) / 100
    needed = 10 / (1 - share) if 0.5 <= share < 1 else 10 / share if share else 0
    found = points_by_period(queries_of(alarm)[0]["MetricStat"], window, period)
    latest = found[max(found)] if found else []
    return bool(found) and sum(point.get("Count", 1.0) for point in latest) < needed


def _reason(alarm, state, points, needed, periods, threshold) -> str:
    if not points:
        unknown = f"{periods} datapoint{'s were' if periods > 1 else ' was'} unknown"
        if state == "INSUFFICIENT_DATA":
            return f"Insufficient Data: {unknown}."
        treated = {"breaching": "Breaching", "notBreaching": "NonBreaching"}.get(_treatment(alarm), "Missing")
        return (f"Threshold Crossed: no datapoints were received for {periods} period{'s' if periods > 1 else ''} and "
                f"{periods} missing datapoint{'s were' if periods > 1 else ' was'} treated as [{treated}].")
    compare, words = _COMPARE[alarm["ComparisonOperator"]]
    agreeing = [(start, value) for start, value in points if compare(value, threshold) == (state == "ALARM")]
    shown = ", ".join(f"{value} ({time.strftime('%d/%m/%y %H:%M:%S', time.gmtime(start))})" for start, value in reversed(agreeing))
    plural = len(agreeing) > 1
    least = f"minimum {needed} datapoint{'s' if needed > 1 else ''} for OK -> ALARM transition"
    return (f"Threshold Crossed: {len(agreeing)} out of the last {periods} datapoints [{shown}] {'were' if plural else 'was'} "
            f"{'' if state == 'ALARM' else 'not '}{words} the threshold ({threshold}) ({least}).")


def _data(alarm: dict, points: list[tuple[int, float]], threshold: float) -> dict:
    stamp = "%Y-%m-%dT%H:%M:%S.000+0000"
    made = {"version": "1.0", "queryDate": time.strftime(stamp, time.gmtime()), "period": alarm.get("Period"),
            "statistic": alarm.get("Statistic"), "recentDatapoints": [value for _, value in points], "threshold": threshold,
            "evaluatedDatapoints": [{"timestamp": time.strftime(stamp, time.gmtime(start)), "value": value}
                                    for start, value in reversed(points)]}
    if points:
        made["startDate"] = time.strftime(stamp, time.gmtime(points[0][0]))
    return {name: value for name, value in made.items() if value is not None}
