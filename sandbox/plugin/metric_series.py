"""Series of stored metrics by any statistic, and of expressions over them: for alarms and for GetMetricData."""

import re

from plugin import metric_math
from plugin.contract import point
from plugin.metric_functions import MetricMathError, Series

point("services.cloudwatch", "_metrics", object)
point("services.cloudwatch", "_calc_stats", ("points",))
point("services.cloudwatch", "_percentile_samples", ("points",))
point("services.cloudwatch", "_percentile", ("samples", "pct"))
point("services.cloudwatch", "_point_stats", ("pt",))
point("services.cloudwatch", "_dims_key", ("dims",))

_BASIC = ("SampleCount", "Sum", "Average", "Minimum", "Maximum")
_PERCENTILE = re.compile(r"^p(\d{1,2}(?:\.\d{1,10})?|100)$", re.IGNORECASE)
_TRIMMED = re.compile(r"^(tm|wm|tc|ts|pr)(?:(\d+(?:\.\d+)?)|\((\d*\.?\d*%?):(\d*\.?\d*%?)\))$", re.IGNORECASE)


def statistic(points: list[dict], name: str) -> float | None:
    """One statistic of one period's points; None where there is none for them."""
    from ministack.services import cloudwatch

    if name in _BASIC:
        return cloudwatch._calc_stats(points).get(name)
    if percentile := _PERCENTILE.match(name):
        samples = cloudwatch._percentile_samples(points)
        return cloudwatch._percentile(samples, float(percentile[1])) if samples else None
    values = sorted((low, count) for count, _total, low, _high in map(cloudwatch._point_stats, points) if count > 0)
    if name.upper() == "IQM":
        return _bounded("tm", values, "25%", "75%")
    trimmed = _TRIMMED.match(name)
    if not trimmed:
        raise MetricMathError(f"{name} is not a statistic that CloudWatch has")
    kind, short, low, high = trimmed[1].lower(), trimmed[2], trimmed[3], trimmed[4]
    return _bounded(kind, values, "0%", f"{short}%") if short else _bounded(kind, values, low, high)


def _bounded(kind: str, values: list[tuple[float, float]], low: str, high: str) -> float | None:
    """Trimmed mean, count or sum, winsorized mean, or percentile rank between two bounds, of values or of per cent."""
    total = sum(count for _, count in values)
    if not total:
        return None
    if low.endswith("%") or high.endswith("%"):
        first = total * float(low.rstrip("%") or 0) / 100
        last = total * float(high.rstrip("%") or 100) / 100
        kept, seen = [], 0.0
        for value, count in values:
            inside = min(seen + count, last) - max(seen, first)
            if inside > 0:
                kept.append((value, inside))
            seen += count
    else:
        least, most = float(low or "-inf"), float(high or "inf")
        kept = [(value, count) for value, count in values if least < value <= most]
    count, amount = sum(c for _, c in kept), sum(v * c for v, c in kept)
    if kind == "wm":
        below, above = [v for v, _ in values if kept and v < kept[0][0]], [v for v, _ in values if kept and v > kept[-1][0]]
        return ((amount + len(below) * kept[0][0] + len(above) * kept[-1][0]) / (count + len(below) + len(above))) if kept else None
    return {"tm": amount / count if count else None, "tc": count, "ts": amount, "pr": 100 * count / total}[kind]


def points_by_period(stat: dict, periods: list[int], period: int) -> dict[int, list[dict]]:
    from ministack.services import cloudwatch

    metric, unit = stat["Metric"], stat.get("Unit")
    dimensions = {d["Name"]: d["Value"] for d in metric.get("Dimensions") or []}
    key = (metric.get("Namespace"), metric.get("MetricName"), cloudwatch._dims_key(dimensions))
    wanted, found = set(periods), {}
    for datum in list(cloudwatch._metrics.get(key) or []):
        start = int(datum["Timestamp"] // period * period)
        if start in wanted and unit in (None, datum.get("Unit") or "None"):
            found.setdefault(start, []).append(datum)
    return found


class Queries:
    """MetricDataQueries of one request or alarm, evaluated over the same periods; each only once."""

    def __init__(self, queries: list[dict], periods: list[int], period: int):
        self.queries = {query["Id"]: query for query in queries}
        self.periods, self.period = periods, period
        self.done: dict[str, object] = {}

    def check(self) -> None:
        for query in self.queries.values():
            if query.get("Expression"):
                metric_math.check(query["Expression"], set(self.queries))

    def series(self, name: str):
        """A series, or a list of series where the expression yields an array."""
        if name not in self.done:
            self.done[name] = {}
            self.done[name] = self._evaluated(self.queries[name])
        return self.done[name]

    def _evaluated(self, query: dict):
        if not query.get("Expression"):
            return self.metric(query["MetricStat"])
        metric_ids = [name for name, other in self.queries.items() if not other.get("Expression")]
        used = metric_math.names(query["Expression"])
        others = {name: self.series(name) for name in used if name in self.queries and name not in metric_ids}
        return metric_math.evaluate(query["Expression"], {name: self.series(name) for name in metric_ids}, self.periods, others)

    def metric(self, stat: dict) -> Series:
        found = points_by_period(stat, self.periods, self.period)
        values = {start: statistic(points, stat["Stat"]) for start, points in found.items()}
        return {start: value for start, value in values.items() if value is not None}

    def has_data(self, period_start: int) -> bool:
        return any(period_start in self.series(name) for name, query in self.queries.items() if not query.get("Expression"))
