"""The functions of CloudWatch's metric math. A series is a dict, an array of series a list, a scalar a number."""

import datetime
import math
import statistics

Series = dict[int, float]
"""Value by the start of its period, in epoch seconds."""


class MetricMathError(Exception):
    """The expression cannot be evaluated here; the message says which part."""


WORDS = {"REPEAT", "LINEAR", "ASC", "DESC", "AVG", "MIN", "MAX", "SUM", "STDDEV"}

_AGGREGATES = {"SUM": sum, "MIN": min, "MAX": max, "AVG": lambda values: sum(values) / len(values),
               "STDDEV": statistics.pstdev}
_POINTWISE = {"ABS": abs, "CEIL": lambda v: float(math.ceil(v)), "FLOOR": lambda v: float(math.floor(v)),
              "LOG": lambda v: math.log(v) if v > 0 else None, "LOG10": lambda v: math.log10(v) if v > 0 else None}
_CLOCK = {"MINUTE": lambda t: t.minute, "HOUR": lambda t: t.hour, "DAY": lambda t: t.isoweekday(),
          "DATE": lambda t: t.day, "MONTH": lambda t: t.month, "YEAR": lambda t: t.year}
_OWN = {"METRICS", "FILL", "IF", "PERIOD", "RATE", "DIFF", "DIFF_TIME", "RUNNING_SUM", "DATAPOINT_COUNT", "METRIC_COUNT",
        "FIRST", "LAST", "SLICE", "SORT", "REMOVE_EMPTY", "TIME_SERIES", "EPOCH"}
ALL = {*_AGGREGATES, *_POINTWISE, *_CLOCK, *_OWN}


class Evaluation:
    def __init__(self, metrics: dict[str, Series], periods: list[int]):
        self.metrics = metrics
        self.periods = sorted(periods)

    def combine(self, operate, left, right):
        """Two series meet where both have a value; a division by zero has none, as in CloudWatch."""
        if isinstance(left, list):
            return [self.combine(operate, each, right) for each in left]
        if isinstance(right, list):
            return [self.combine(operate, left, each) for each in right]
        if not isinstance(left, dict) and not isinstance(right, dict):
            return operate(left, right)
        keys = set(left if isinstance(left, dict) else right) & set(right if isinstance(right, dict) else left)
        made = {}
        for key in keys:
            try:
                made[key] = operate(left[key] if isinstance(left, dict) else left,
                                    right[key] if isinstance(right, dict) else right)
            except ZeroDivisionError:
                continue
        return made

    def call(self, name: str, arguments: list):
        if name not in ALL:
            raise MetricMathError(f"{name}() is not supported in metric math here")
        try:
            if name in _AGGREGATES:
                return self.aggregate(_AGGREGATES[name], arguments[0])
            if name in _POINTWISE:
                return self.each(lambda series: _points(series, _POINTWISE[name]), arguments[0])
            if name in _CLOCK:
                return self.each(lambda series: {p: float(_CLOCK[name](_utc(p))) for p in series}, arguments[0])
            return getattr(self, name.lower() + "_")(*arguments)
        except (TypeError, IndexError, AttributeError) as error:
            raise MetricMathError(f"{name}() was given the wrong arguments: {error}") from error

    def each(self, function, argument):
        if isinstance(argument, list):
            return [function(series) for series in argument]
        if isinstance(argument, dict):
            return function(argument)
        return next(iter(function({0: argument}).values()))

    def aggregate(self, function, argument):
        """Over several series: period by period. Over one: a single value for all its periods."""
        if isinstance(argument, list):
            periods = {period for series in argument for period in series}
            return {p: function([series[p] for series in argument if p in series]) for p in periods}
        return function(list(argument.values())) if argument else {}

    def metrics_(self, part: str = "") -> list[Series]:
        return [series for name, series in self.metrics.items() if part in name]

    def if_(self, condition, yes, no=None):
        if not isinstance(condition, dict):
            return yes if condition else (no if no is not None else {})
        picked = {}
        for period, holds in condition.items():
            chosen = yes if holds else no
            value = chosen.get(period) if isinstance(chosen, dict) else chosen
            if value is not None:
                picked[period] = value
        return picked

    def fill_(self, argument, filling):
        return self.each(lambda series: self.filled(series, filling), argument)

    def filled(self, series: Series, filling) -> Series:
        periods = sorted({*self.periods, *series})
        if filling == "REPEAT":
            filled, last = {}, None
            for period in periods:
                last = series.get(period, last)
                if last is not None:
                    filled[period] = last
            return filled
        if filling == "LINEAR":
            return {**series, **_between(series, periods)}
        fill = filling.get if isinstance(filling, dict) else lambda _: filling
        made = {period: series.get(period, fill(period)) for period in periods}
        return {period: value for period, value in made.items() if value is not None}

    def period_(self, _series) -> float:
        return float(self.periods[1] - self.periods[0]) if len(self.periods) > 1 else 60.0

    def rate_(self, argument):
        return self.each(lambda series: _steps(series, lambda a, b, seconds: (b - a) / seconds), argument)

    def diff_(self, argument):
        return self.each(lambda series: _steps(series, lambda a, b, _: b - a), argument)

    def diff_time_(self, argument):
        return self.each(lambda series: _steps(series, lambda _a, _b, seconds: float(seconds)), argument)

    def running_sum_(self, argument):
        def summed(series: Series) -> Series:
            total, made = 0.0, {}
            for period in sorted(series):
                total = made[period] = total + series[period]
            return made

        return self.each(summed, argument)

    def datapoint_count_(self, argument):
        return self.aggregate(len, argument) or 0

    def metric_count_(self, series: list) -> int:
        return len(series)

    def first_(self, series: list) -> Series:
        return series[0]

    def last_(self, series: list) -> Series:
        return series[-1]

    def slice_(self, series: list, start: int, end: int | None = None):
        return series[start:end] if end is not None else series[start]

    def sort_(self, series: list, function: str, order: str, limit: int | None = None) -> list[Series]:
        if function not in _AGGREGATES or order not in ("ASC", "DESC"):
            raise MetricMathError(f"SORT() takes AVG, MIN, MAX or SUM and ASC or DESC, not {function} and {order}")
        by = _AGGREGATES[function]
        ordered = sorted((each for each in series if each), key=lambda each: by(list(each.values())), reverse=order == "DESC")
        return ordered[:limit]

    def remove_empty_(self, series: list) -> list[Series]:
        return [each for each in series if each]

    def time_series_(self, value: float) -> Series:
        return dict.fromkeys(self.periods, float(value))

    def epoch_(self, argument):
        return self.each(lambda series: {period: float(period) for period in series}, argument)


def _points(series: Series, function) -> Series:
    made = {period: function(value) for period, value in series.items()}
    return {period: value for period, value in made.items() if value is not None}


def _steps(series: Series, function) -> Series:
    """From each value and the one before it; the first has none."""
    periods = sorted(series)
    return {later: function(series[earlier], series[later], later - earlier)
            for earlier, later in zip(periods, periods[1:], strict=False)}


def _between(series: Series, periods: list[int]) -> Series:
    known, made = sorted(series), {}
    for period in periods:
        before = [k for k in known if k < period]
        after = [k for k in known if k > period]
        if period not in series and before and after:
            left, right = before[-1], after[0]
            made[period] = series[left] + (series[right] - series[left]) * (period - left) / (right - left)
    return made


def _utc(period: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(period, tz=datetime.timezone.utc)
