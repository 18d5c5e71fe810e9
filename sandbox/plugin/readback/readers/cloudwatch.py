"""AWS::CloudWatch::*."""

from plugin import aws
from plugin.readback.readers import pick, reader, tag_list

_ACTIONS = ("ActionsEnabled", "AlarmActions", "AlarmDescription", "AlarmName", "InsufficientDataActions", "OKActions")


def _described(kind: str, name: str) -> dict:
    found = aws.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=[kind])
    return next(iter(found.get(f"{kind}s", [])), {})


def _tags(found: dict):
    return lambda: tag_list(aws.client("cloudwatch").list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"])


@reader("AWS::CloudWatch::Alarm")
def alarm(name, props):
    found = _described("MetricAlarm", name)
    return {
        **pick(
            found,
            *_ACTIONS,
            "ComparisonOperator",
            "DatapointsToAlarm",
            "Dimensions",
            "EvaluateLowSampleCountPercentile",
            "EvaluationPeriods",
            "ExtendedStatistic",
            "MetricName",
            "Metrics",
            "Namespace",
            "Period",
            "Statistic",
            "Threshold",
            "ThresholdMetricId",
            "TreatMissingData",
            "Unit",
        ),
        "Tags": _tags(found),
    }


@reader("AWS::CloudWatch::CompositeAlarm")
def composite(name, props):
    found = _described("CompositeAlarm", name)
    return {
        **pick(
            found,
            *_ACTIONS,
            "AlarmRule",
            "ActionsSuppressor",
            "ActionsSuppressorExtensionPeriod",
            "ActionsSuppressorWaitPeriod",
        ),
        "Tags": _tags(found),
    }


@reader("AWS::CloudWatch::Dashboard")
def dashboard(name, props):
    client = aws.client("cloudwatch")
    found = client.get_dashboard(DashboardName=name)
    return {
        **pick(found, "DashboardName", "DashboardBody"),
        "Tags": lambda: tag_list(client.list_tags_for_resource(ResourceARN=found["DashboardArn"])["Tags"]),
    }
