"""Data points under AWS's own namespaces, as the services themselves write them."""

from plugin.contract import point

point("services.cloudwatch", "record_metric", ("namespace", "metric_name", "value", "unit", "dimensions"))


def record(namespace: str, name: str, dimensions: dict, value: float, unit: str = "Count") -> None:
    from ministack.services import cloudwatch

    cloudwatch.record_metric(namespace, name, value, unit=unit, dimensions=dimensions)
