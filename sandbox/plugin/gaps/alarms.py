"""Alarms that CloudWatch itself evaluates: by dimension, with metric math, missing data, Lambda actions and events."""

import json
import logging
import threading
import time

from plugin import aws, stacks
from plugin.alarm_state import state_of
from plugin.contract import point

point("services.cloudwatch", "_alarms", object)
point("services.cloudwatch", "_evaluate_alarm", ("alarm",))
point("services.cloudwatch", "_evaluate_parent_alarms", ("child", "seen"))
point("services.cloudwatch", "_record_history",
      ("alarm_name", "old_state", "new_state", "reason", "alarm_type", "reason_data"))
point("services.cloudwatch", "_dispatch_alarm_actions", ("alarm", "old_state", "new_state", "reason"))
point("services.cloudwatch", "_put_metric_alarm", ("params", "cbor_data", "is_cbor", "is_json"))
point("services.cloudformation.provisioners", "_cw_metric_alarm_record", ("name", "props"))
point("services.lambda_svc", "_get_func_record_for_ref", ("function_ref",))
point("services.lambda_svc", "invoke_async_with_retry", ("func", "event"))
point("core.responses", "_request_account_id", object)
point("core.responses", "_request_region", object)

_EVERY_SECONDS = 1
_ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
_lock = threading.Lock()
_log = logging.getLogger("sandbox.alarms")


def evaluate(alarm: dict) -> None:
    from ministack.services import cloudwatch

    if not alarm.get("Metrics") and not alarm.get("MetricName"):
        return
    with _lock:
        judged = state_of(alarm)
        if judged is None or judged[0] == alarm["StateValue"]:
            return
        old, (new, reason) = alarm["StateValue"], judged
        alarm.update(StateValue=new, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
    cloudwatch._record_history(alarm["AlarmName"], old, new, reason)
    cloudwatch._dispatch_alarm_actions(alarm, old, new, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def _evaluate_all() -> None:
    from ministack.core import responses
    from ministack.services import cloudwatch

    while True:
        time.sleep(_EVERY_SECONDS)
        for (account, region, _name), alarm in list(cloudwatch._alarms._data.items()):
            account_token, region_token = responses._request_account_id.set(account), responses._request_region.set(region)
            try:
                evaluate(alarm)
            except Exception:
                _log.exception("alarm %s could not be evaluated", alarm.get("AlarmName"))
            finally:
                responses._request_account_id.reset(account_token)
                responses._request_region.reset(region_token)


def _state_change(alarm: dict, old: str, new: str, reason: str) -> dict:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime())
    if "AlarmRule" in alarm:
        configuration = {"alarmRule": alarm["AlarmRule"]}
    elif alarm.get("Metrics"):
        configuration = {"metrics": [{"id": query["Id"], "expression": query.get("Expression"),
                                      "returnData": query.get("ReturnData", True)} for query in alarm["Metrics"]]}
    else:
        metric = {"namespace": alarm.get("Namespace"), "name": alarm.get("MetricName"),
                  "dimensions": {d["Name"]: d["Value"] for d in alarm.get("Dimensions") or []}}
        configuration = {"metrics": [{"id": "m", "returnData": True, "metricStat": {
            "metric": metric, "period": alarm.get("Period"), "stat": alarm.get("Statistic")}}]}
    return {"alarmName": alarm["AlarmName"], "state": {"value": new, "reason": reason, "timestamp": stamp},
            "previousState": {"value": old, "timestamp": stamp},
            "configuration": {**configuration, "description": alarm.get("AlarmDescription", "")}}


def _dispatching(dispatch):
    def dispatched(alarm, old_state, new_state, reason):
        from ministack.services import eventbridge

        dispatch(alarm, old_state, new_state, reason)
        change = _state_change(alarm, old_state, new_state, reason)
        entry = {"Source": "aws.cloudwatch", "DetailType": "CloudWatch Alarm State Change",
                 "Detail": json.dumps(change), "Resources": [alarm["AlarmArn"]]}
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
        if alarm.get("ActionsEnabled", True):
            _invoke_functions(alarm, alarm.get(_ACTIONS[new_state]) or [], change)

    return dispatched


def _invoke_functions(alarm: dict, actions: list[str], change: dict) -> None:
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import lambda_svc

    event = {"source": "aws.cloudwatch", "alarmArn": alarm["AlarmArn"], "accountId": get_account_id(),
             "time": change["state"]["timestamp"], "region": get_region(), "alarmData": change}
    for action in actions:
        if ":lambda:" in action:
            function = lambda_svc._get_func_record_for_ref(action)[0]
            if function:
                lambda_svc.invoke_async_with_retry(function, event)


def _putting(put):
    def put_metric_alarm(params, cbor_data, is_cbor, is_json=False):
        from ministack.services import cloudwatch

        answer = put(params, cbor_data, is_cbor, is_json)
        if cbor_data.get("Metrics") and answer[0] < 300:
            cloudwatch._alarms[cbor_data["AlarmName"]]["Metrics"] = cbor_data["Metrics"]
        return answer

    return put_metric_alarm


def _recording(record):
    def metric_alarm_record(name, props):
        if not props.get("Metrics"):
            return record(name, props)
        made = record(name, {**{key: value for key, value in props.items() if key != "Metrics"},
                             "MetricName": "expression", "Namespace": "expression"})
        for key in ("MetricName", "Namespace", "Statistic", "Period", "Dimensions"):
            made.pop(key, None)
        return {**made, "Metrics": [_query(query) for query in props["Metrics"]]}

    return metric_alarm_record


def _query(query: dict) -> dict:
    """A template's numbers and flags may be strings."""
    made = {**query, "ReturnData": str(query.get("ReturnData", True)).lower() == "true"}
    if "Period" in made:
        made["Period"] = int(made["Period"])
    if "MetricStat" in made:
        made["MetricStat"] = {**made["MetricStat"], "Period": int(made["MetricStat"]["Period"])}
    return made


def _create_composite(logical_id, props, stack_name):
    name = props.get("AlarmName") or stacks.physical_name(stack_name, logical_id, 255)
    given = {key: value for key, value in props.items() if key != "AlarmName"}
    given["ActionsEnabled"] = str(given.get("ActionsEnabled", True)).lower() == "true"
    client = aws.client("cloudwatch")
    client.put_composite_alarm(AlarmName=name, **given)
    return name, {"Arn": client.describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])
                  ["CompositeAlarms"][0]["AlarmArn"]}


def _update_composite(physical_id, old, new, stack_name):
    given = {key: value for key, value in new.items() if key != "Tags"}
    return _create_composite("", {**given, "AlarmName": physical_id}, stack_name)


def _delete_composite(physical_id, props):
    aws.client("cloudwatch").delete_alarms(AlarmNames=[physical_id])


def install() -> None:
    from ministack.services import cloudwatch
    from ministack.services.cloudformation import provisioners

    cloudwatch._evaluate_alarm = evaluate
    cloudwatch._dispatch_alarm_actions = _dispatching(cloudwatch._dispatch_alarm_actions)
    cloudwatch._put_metric_alarm = _putting(cloudwatch._put_metric_alarm)
    provisioners._cw_metric_alarm_record = _recording(provisioners._cw_metric_alarm_record)
    stacks.add("AWS::CloudWatch::CompositeAlarm",
               {"create": _create_composite, "update": _update_composite, "delete": _delete_composite})
    threading.Thread(target=_evaluate_all, daemon=True, name="alarms").start()
