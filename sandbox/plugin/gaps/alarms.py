"""Alarms that CloudWatch itself evaluates: by dimension, with metric math, missing data, Lambda actions and events."""

import json
import logging
import threading
import time

from plugin import alarm_messages
from plugin.alarm_state import queries_of, state_of
from plugin.contract import point
from plugin.metric_functions import MetricMathError
from plugin.metric_series import Queries
from plugin.permissions.services import deliverable

point("services.cloudwatch", "_alarms", object)
point("services.cloudwatch", "_evaluate_alarm", ("alarm",))
point("services.cloudwatch", "_evaluate_parent_alarms", ("child", "seen"))
point("services.cloudwatch", "_history_entries", ())
point("services.cloudwatch", "_record_history",
      ("alarm_name", "old_state", "new_state", "reason", "alarm_type", "reason_data"))
point("services.cloudwatch", "_dispatch_alarm_actions", ("alarm", "old_state", "new_state", "reason"))
point("services.cloudwatch", "_put_metric_alarm", ("params", "cbor_data", "is_cbor", "is_json"))
point("services.cloudwatch", "_error", ("code", "message", "status", "use_json", "use_cbor"))
point("services.cloudformation.provisioners", "_cw_metric_alarm_record", ("name", "props"))
point("services.eventbridge", "_put_events", ("data", "allow_aws_source"))
point("services.lambda_svc", "_get_func_record_for_ref", ("function_ref",))
point("services.lambda_svc", "invoke_async_with_retry", ("func", "event"))
point("services.sns", "_fanout", ("topic_arn", "msg_id", "message", "subject", "message_structure", "message_attributes",
                                  "message_group_id", "message_dedup_id"))
point("core.responses", "_request_account_id", object)
point("core.responses", "_request_region", object)

_EVERY_SECONDS = 1
_ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
# What MiniStack drops from a request and a template.
_KEPT = ("Metrics", "EvaluateLowSampleCountPercentile", "ThresholdMetricId")
_lock = threading.Lock()
# MiniStack evaluates an alarm as it stores it, before what it drops of it is added.
_storing = threading.local()
_log = logging.getLogger("sandbox.alarms")
_faults: set[tuple[str, str]] = set()
_last_change: dict[str, dict] = {}


def evaluate(alarm: dict) -> None:
    from ministack.services import cloudwatch

    if getattr(_storing, "now", False) or not (alarm.get("Metrics") or alarm.get("MetricName")):
        return
    with _lock:
        judged = state_of(alarm)
        if judged.state is None or judged.state == alarm["StateValue"]:
            return
        old, now = alarm["StateValue"], int(time.time())
        alarm.update(StateValue=judged.state, StateReason=judged.reason, StateReasonData=json.dumps(judged.data),
                     StateUpdatedTimestamp=now, StateTransitionedTimestamp=now)
    cloudwatch._record_history(alarm["AlarmName"], old, judged.state, judged.reason, reason_data=judged.data)
    cloudwatch._dispatch_alarm_actions(alarm, old, judged.state, judged.reason)
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
            except Exception as error:
                _log_once(alarm, error)
            finally:
                responses._request_account_id.reset(account_token)
                responses._request_region.reset(region_token)


def _log_once(alarm: dict, error: Exception) -> None:
    fault = (alarm["AlarmArn"], f"{type(error).__name__}: {error}")
    if fault not in _faults:
        _faults.add(fault)
        _log.error("alarm %s could not be evaluated: %s", *fault)


def dispatch(alarm: dict, old: str, new: str, reason: str) -> None:
    """Tells of a change: always an event, and the actions for the new state unless they are disabled."""
    from ministack.services import eventbridge

    change = alarm_messages.change(alarm, old, new, reason, _last_change.get(alarm["AlarmArn"], {}))
    _last_change[alarm["AlarmArn"]] = {"reason": reason, "timestamp": change["state"]["timestamp"],
                                       "data": alarm.get("StateReasonData")}
    entry = {"Source": "aws.cloudwatch", "DetailType": "CloudWatch Alarm State Change",
             "Detail": json.dumps(change), "Resources": [alarm["AlarmArn"]]}
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
    act(alarm, old, new, reason, change)


def act(alarm: dict, old: str, new: str, reason: str, change: dict) -> None:
    if not alarm.get("ActionsEnabled", True):
        return
    for action in alarm.get(_ACTIONS[new]) or []:
        try:
            _execute(action, alarm, old, new, reason, change)
        except Exception:
            _log.exception("action %s of alarm %s failed", action, alarm["AlarmName"])


def _execute(action: str, alarm: dict, old: str, new: str, reason: str, change: dict) -> None:
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import cloudwatch, lambda_svc, sns

    service = action.split(":")[2] if action.count(":") > 2 else ""
    principal = "lambda.alarms.cloudwatch.amazonaws.com" if service == "lambda" else "cloudwatch.amazonaws.com"
    if service in ("sns", "lambda") and not deliverable(principal, action, alarm["AlarmArn"]):
        return _remember(cloudwatch, alarm, "Action", f"Failed to execute action {action}. Received error: \"Not authorized\"")
    if service == "sns":
        subject, message = alarm_messages.notification(alarm, old, new, reason, get_account_id(), get_region())
        sns._fanout(action, f"alarm-{time.time_ns()}", json.dumps(message), subject)
    elif service == "lambda":
        function = lambda_svc._get_func_record_for_ref(action)[0]
        if function is None:
            raise LookupError(f"no function {action}")
        lambda_svc.invoke_async_with_retry(function, {
            "source": "aws.cloudwatch", "alarmArn": alarm["AlarmArn"], "accountId": get_account_id(),
            "time": change["state"]["timestamp"], "region": get_region(), "alarmData": change})
    else:
        raise NotImplementedError("alarms act on SNS topics and functions only in the sandbox")
    _remember(cloudwatch, alarm, "Action", f"Successfully executed action {action}")


def _remember(cloudwatch, alarm: dict, kind: str, summary: str) -> None:
    cloudwatch._history_entries().append({
        "AlarmName": alarm["AlarmName"], "AlarmType": "CompositeAlarm" if "AlarmRule" in alarm else "MetricAlarm",
        "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "HistoryItemType": kind, "HistorySummary": summary,
        "HistoryData": json.dumps({"version": "1.0"})})


def _recording_history(record):
    def record_history(alarm_name, old_state, new_state, reason, alarm_type="MetricAlarm", reason_data=None):
        from ministack.services import cloudwatch

        if old_state == new_state:
            created = {"AlarmName": alarm_name, **({"AlarmRule": ""} if alarm_type == "CompositeAlarm" else {})}
            return _remember(cloudwatch, created, "ConfigurationUpdate", f'Alarm "{alarm_name}" created')
        return record(alarm_name, old_state, new_state, reason, alarm_type, reason_data)

    return record_history


def _putting(put):
    def put_metric_alarm(params, cbor_data, is_cbor, is_json=False):
        from ministack.services import cloudwatch

        try:
            Queries(cbor_data.get("Metrics") or [], [], 60).check()
        except MetricMathError as error:
            return cloudwatch._error("ValidationError", str(error), 400, use_json=is_json, use_cbor=is_cbor)
        _storing.now = True
        try:
            answer = put(params, cbor_data, is_cbor, is_json)
        finally:
            _storing.now = False
        if answer[0] < 300 and cbor_data.get("AlarmName"):
            alarm = cloudwatch._alarms[cbor_data["AlarmName"]]
            _complete(alarm, cbor_data)
            evaluate(alarm)
        return answer

    return put_metric_alarm


def _complete(alarm: dict, given: dict) -> None:
    alarm.update({key: given[key] for key in _KEPT if given.get(key)})
    if given.get("Metrics"):
        for key in ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Dimensions", "Unit"):
            alarm.pop(key, None)
    elif alarm.get("ExtendedStatistic"):
        alarm.pop("Statistic", None)


def _recording(record):
    def metric_alarm_record(name, props):
        given = {**props, **({"Metrics": [_query(query) for query in props["Metrics"]]} if props.get("Metrics") else {})}
        if given.get("Metrics"):
            Queries(given["Metrics"], [], 60).check()
        expression = {"MetricName": "expression", "Namespace": "expression"} if given.get("Metrics") else {}
        made = record(name, {**{key: value for key, value in props.items() if key != "Metrics"}, **expression})
        _complete(made, given)
        return made

    return metric_alarm_record


def _query(query: dict) -> dict:
    """A template's numbers and flags may be strings."""
    made = {**query, "ReturnData": str(query.get("ReturnData", True)).lower() == "true"}
    if "Period" in made:
        made["Period"] = int(made["Period"])
    if "MetricStat" in made:
        made["MetricStat"] = {**made["MetricStat"], "Period": int(made["MetricStat"]["Period"])}
    return made


def install() -> None:
    from ministack.services import cloudwatch
    from ministack.services.cloudformation import provisioners

    cloudwatch._evaluate_alarm = evaluate
    cloudwatch._dispatch_alarm_actions = dispatch
    cloudwatch._record_history = _recording_history(cloudwatch._record_history)
    cloudwatch._put_metric_alarm = _putting(cloudwatch._put_metric_alarm)
    provisioners._cw_metric_alarm_record = _recording(provisioners._cw_metric_alarm_record)
    threading.Thread(target=_evaluate_all, daemon=True, name="alarms").start()
