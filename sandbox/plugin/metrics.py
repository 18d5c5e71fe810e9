"""Data points under AWS's own namespaces, as the services themselves write them."""

import time

from plugin.contract import point

point("services.cloudwatch", "_store_datum",
      ("namespace", "name", "dims", "ts", "unit", "value", "values", "counts", "stat_values"))
point("services.cloudwatch", "_metric_bucket", ("key",))
point("services.cloudwatch", "_dims_key", ("dims",))


def record(namespace: str, name: str, dimensions: dict, value: float, unit: str = "Count", stamp: float | None = None) -> None:
    """One value, now or at `stamp` (epoch seconds)."""
    from ministack.services import cloudwatch

    cloudwatch._store_datum(namespace, name, dict(dimensions), stamp or time.time(), unit, value, None, None, None)


def gauge(namespace: str, name: str, dimensions: dict, value: float, unit: str = "Count") -> None:
    """What is so now: one data point a minute, however often it is told."""
    from ministack.services import cloudwatch

    bucket, minute = cloudwatch._metric_bucket((namespace, name, cloudwatch._dims_key(dimensions))), time.time() // 60
    if bucket and bucket[-1]["Timestamp"] // 60 == minute:
        bucket[-1]["Value"] = float(value)
    else:
        record(namespace, name, dimensions, value, unit)
