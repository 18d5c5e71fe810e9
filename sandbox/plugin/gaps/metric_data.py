"""GetMetricData with metric math, every statistic and the documented order; GetMetricStatistics by exact dimensions."""

import time

from plugin.contract import point
from plugin.metric_functions import MetricMathError
from plugin.metric_series import Queries, points_by_period, statistic

point("services.cloudwatch", "_get_metric_data", ("params", "cbor_data", "is_cbor", "is_json"))
point("services.cloudwatch", "_parse_ts", ("value",))
point("services.cloudwatch", "_get_metric_statistics", ("params", "cbor_data", "is_cbor", "is_json"))
point("services.cloudwatch", "_cbor_datapoint", ("dp",))
point("services.cloudwatch", "_cbor_ok", ("data",))
point("services.cloudwatch", "_json_ok", ("data",))
point("services.cloudwatch", "_cbor_metric_data_result", ("result",))


def _getting(get):
    def get_metric_data(params, cbor_data, is_cbor, is_json=False):
        from ministack.services import cloudwatch

        if not is_cbor and not is_json:
            return get(params, cbor_data, is_cbor, is_json)
        try:
            results = _results(cbor_data, cloudwatch._parse_ts)
        except MetricMathError as error:
            return cloudwatch._error("ValidationError", str(error), 400, use_json=is_json, use_cbor=is_cbor)
        if is_cbor:
            return cloudwatch._cbor_ok({"MetricDataResults": [cloudwatch._cbor_metric_data_result(r) for r in results]})
        return cloudwatch._json_ok({"MetricDataResults": results})

    return get_metric_data


def _results(request: dict, parsed) -> list[dict]:
    queries = request.get("MetricDataQueries") or []
    start, end = parsed(request.get("StartTime")) or 0, parsed(request.get("EndTime")) or time.time()
    newest_first = request.get("ScanBy") != "TimestampAscending"
    results = []
    for query in queries:
        if query.get("ReturnData", True) is False:
            continue
        period = _period(query, queries)
        periods = list(range(int(start // period * period), int(end // period * period) + period, period))
        evaluated = Queries(queries, [each for each in periods if start <= each < end], period)
        evaluated.check()
        series = evaluated.series(query["Id"])
        for one in series if isinstance(series, list) else [series]:
            stamps = sorted(one, reverse=newest_first)
            results.append({"Id": query["Id"], "Label": query.get("Label") or _label(query), "StatusCode": "Complete",
                            "Timestamps": [_iso(stamp) for stamp in stamps], "Values": [one[stamp] for stamp in stamps]})
    return results


def _period(query: dict, queries: list[dict]) -> int:
    own = query.get("Period") or (query.get("MetricStat") or {}).get("Period")
    return int(own) if own else max((int(q["MetricStat"]["Period"]) for q in queries if q.get("MetricStat")), default=60)


def _label(query: dict) -> str:
    return query["MetricStat"]["Metric"]["MetricName"] if query.get("MetricStat") else query["Id"]


def _iso(stamp: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(stamp))


def _getting_statistics(get):
    def get_metric_statistics(params, cbor_data, is_cbor, is_json=False):
        from ministack.services import cloudwatch

        if not is_cbor and not is_json:
            return get(params, cbor_data, is_cbor, is_json)
        try:
            points = _datapoints(cbor_data, cloudwatch._parse_ts)
        except MetricMathError as error:
            return cloudwatch._error("ValidationError", str(error), 400, use_json=is_json, use_cbor=is_cbor)
        if is_cbor:
            points = [cloudwatch._cbor_datapoint(each) for each in points]
        answer = cloudwatch._cbor_ok if is_cbor else cloudwatch._json_ok
        return answer({"Label": cbor_data.get("MetricName"), "Datapoints": points})

    return get_metric_statistics


def _datapoints(request: dict, parsed) -> list[dict]:
    """No dimensions name the metric without any, not the sum over all that there are."""
    period = int(request.get("Period") or 60)
    start, end = parsed(request["StartTime"]), parsed(request["EndTime"])
    periods = range(int(start // period * period), int(end // period * period) + period, period)
    metric = {"Metric": {key: request.get(key) for key in ("Namespace", "MetricName", "Dimensions")}, "Unit": request.get("Unit")}
    made = []
    for at, points in sorted(points_by_period(metric, list(periods), period).items()):
        inside = [point for point in points if start <= point["Timestamp"] < end]
        if not inside:
            continue
        extended = {name: statistic(inside, name) for name in request.get("ExtendedStatistics") or []}
        extended = {name: value for name, value in extended.items() if value is not None}
        made.append({"Timestamp": _iso(at), "Unit": inside[0].get("Unit") or "None",
                     **{name: statistic(inside, name) for name in request.get("Statistics") or []},
                     **({"ExtendedStatistics": extended} if extended else {})})
    return made


def install() -> None:
    from ministack.services import cloudwatch

    cloudwatch._get_metric_data = _getting(cloudwatch._get_metric_data)
    cloudwatch._get_metric_statistics = _getting_statistics(cloudwatch._get_metric_statistics)
