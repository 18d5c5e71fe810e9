"""What an alarm tells when its state changes: the message to SNS topics, the event, the event for functions."""

import functools
import json
import time


def stamp(seconds: float | None = None) -> str:
    seconds = time.time() if seconds is None else seconds
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds * 1000) % 1000:03d}+0000"


@functools.cache
def region_name(region: str) -> str:
    """The name that people know the region by, as notifications show it."""
    import botocore.session

    for partition in botocore.session.get_session().get_component("data_loader").load_data("endpoints")["partitions"]:
        if region in partition["regions"]:
            return partition["regions"][region]["description"]
    return region


def notification(alarm: dict, old: str, new: str, reason: str, account: str, region: str) -> tuple[str, dict]:
    """Subject and message of the notification."""
    place = region_name(region)
    message = {"AlarmName": alarm["AlarmName"], "AlarmDescription": alarm.get("AlarmDescription") or None,
               "AWSAccountId": account, "AlarmConfigurationUpdatedTimestamp": stamp(alarm.get("AlarmConfigurationUpdatedTimestamp")),
               "NewStateValue": new, "NewStateReason": reason, "StateChangeTime": stamp(), "Region": place,
               "AlarmArn": alarm["AlarmArn"], "OldStateValue": old, "OKActions": alarm.get("OKActions") or [],
               "AlarmActions": alarm.get("AlarmActions") or [],
               "InsufficientDataActions": alarm.get("InsufficientDataActions") or []}
    if "AlarmRule" in alarm:
        triggering = json.loads(alarm.get("StateReasonData") or "{}").get("triggeringAlarms", [])
        message["AlarmRule"] = alarm["AlarmRule"]
        message["TriggeringChildren"] = [{"Arn": child["arn"], "State": {"Value": child["state"]["value"],
                                          "Timestamp": child["state"]["timestamp"]}} for child in triggering]
    else:
        message["Trigger"] = _trigger(alarm)
    return f'{new}: "{alarm["AlarmName"]}" in {place}'[:100], message


def _trigger(alarm: dict) -> dict:
    trigger = {"Period": alarm.get("Period"), "EvaluationPeriods": alarm.get("EvaluationPeriods"),
               "DatapointsToAlarm": alarm.get("DatapointsToAlarm") or alarm.get("EvaluationPeriods"),
               "ComparisonOperator": alarm.get("ComparisonOperator"), "Threshold": alarm.get("Threshold"),
               "TreatMissingData": alarm.get("TreatMissingData") or "missing",
               "EvaluateLowSampleCountPercentile": alarm.get("EvaluateLowSampleCountPercentile") or ""}
    if alarm.get("Metrics"):
        return {**trigger, "Metrics": alarm["Metrics"]}
    kind = "ExtendedStatistic" if alarm.get("ExtendedStatistic") else "Statistic"
    statistic = alarm[kind] if kind == "ExtendedStatistic" else (alarm.get("Statistic") or "").upper()
    return {"MetricName": alarm.get("MetricName"), "Namespace": alarm.get("Namespace"), "StatisticType": kind,
            kind: statistic, "Unit": alarm.get("Unit"),
            "Dimensions": [{"value": d["Value"], "name": d["Name"]} for d in alarm.get("Dimensions") or []], **trigger}


def change(alarm: dict, old: str, new: str, reason: str, before: dict) -> dict:
    """The detail of CloudWatch Alarm State Change; `before` is what the last change left: reason, its data, time."""
    state = {"value": new, "reason": reason, "timestamp": stamp(), **_reason_data(alarm.get("StateReasonData"))}
    previous = {"value": old, "reason": before.get("reason"), "timestamp": before.get("timestamp") or stamp(),
                **_reason_data(before.get("data"))}
    return {"alarmName": alarm["AlarmName"], "state": state,
            "previousState": {key: value for key, value in previous.items() if value is not None},
            "configuration": {**_configuration(alarm), "description": alarm.get("AlarmDescription") or ""}}


def _reason_data(data) -> dict:
    return {"reasonData": data} if data else {}


def _configuration(alarm: dict) -> dict:
    if "AlarmRule" in alarm:
        suppressor = {"actionsSuppressor": alarm["ActionsSuppressor"],
                      "actionsSuppressorWaitPeriod": alarm.get("ActionsSuppressorWaitPeriod"),
                      "actionsSuppressorExtensionPeriod": alarm.get("ActionsSuppressorExtensionPeriod")} \
            if alarm.get("ActionsSuppressor") else {}
        return {"alarmRule": alarm["AlarmRule"], **suppressor}
    if not alarm.get("Metrics"):
        return {"metrics": [{"id": "m1", "metricStat": {"metric": _metric(alarm), "period": alarm.get("Period"),
                             "stat": alarm.get("ExtendedStatistic") or alarm.get("Statistic")}, "returnData": True}]}
    shown = []
    for query in alarm["Metrics"]:
        stat = query.get("MetricStat")
        inner = {"metricStat": {"metric": _metric(stat["Metric"]), "period": stat["Period"], "stat": stat["Stat"]}} if stat \
            else {"expression": query.get("Expression")}
        shown.append({"id": query["Id"], **inner, **({"label": query["Label"]} if query.get("Label") else {}),
                      "returnData": query.get("ReturnData", True)})
    return {"metrics": shown}


def _metric(metric: dict) -> dict:
    return {"namespace": metric.get("Namespace"), "name": metric.get("MetricName"),
            "dimensions": {d["Name"]: d["Value"] for d in metric.get("Dimensions") or []}}
