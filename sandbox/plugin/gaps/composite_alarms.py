"""Composite alarms in CloudFormation, and the alarm that suppresses their actions."""

import contextvars
import threading
import time

from plugin import alarm_messages, aws, stacks
from plugin.contract import point
from plugin.gaps import alarms

point("services.cloudwatch", "_composite_alarms", object)
point("services.cloudwatch", "_put_composite_alarm", ("params", "cbor_data", "is_cbor", "is_json"))
point("services.cloudwatch", "_rule_alarm_state", ("ref",))

_SLICE_SECONDS = 0.2
_SUPPRESSOR = ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")
_held: set[str] = set()


def _dispatching(dispatch):
    def dispatched(alarm, old_state, new_state, reason):
        if not alarm.get("ActionsSuppressor"):
            return dispatch(alarm, old_state, new_state, reason)
        # The event is sent all the same; what waits is the action.
        dispatch({**alarm, "ActionsEnabled": False}, old_state, new_state, reason)
        if alarm["AlarmArn"] not in _held and _holding(alarm, _Watch(alarm)):
            _held.add(alarm["AlarmArn"])
            context = contextvars.copy_context()
            threading.Thread(target=context.run, args=(_hold, alarm, old_state), daemon=True).start()
        elif alarm["AlarmArn"] not in _held:
            _act(alarm, old_state)

    return dispatched


class _Watch:
    """How long the suppressor was awaited, and since when it is over."""

    def __init__(self, alarm: dict):
        self.deadline = time.monotonic() + int(alarm.get("ActionsSuppressorWaitPeriod") or 0)
        self.suppressed = False
        self.over: float | None = None


def _holding(alarm: dict, watch: _Watch) -> bool:
    """Whether the actions still wait, and by what."""
    from ministack.services import cloudwatch

    now = time.monotonic()
    if cloudwatch._rule_alarm_state(alarm["ActionsSuppressor"]) == "ALARM":
        watch.suppressed, watch.over = True, None
        alarm["ActionsSuppressedBy"] = "Alarm"
        return True
    if watch.suppressed:
        watch.over = watch.over or now
        alarm["ActionsSuppressedBy"] = "ExtensionPeriod"
        return now - watch.over < int(alarm.get("ActionsSuppressorExtensionPeriod") or 0)
    alarm["ActionsSuppressedBy"] = "WaitPeriod"
    return now < watch.deadline


def _hold(alarm: dict, before: str) -> None:
    watch = _Watch(alarm)
    while _holding(alarm, watch):
        time.sleep(_SLICE_SECONDS)
    _held.discard(alarm["AlarmArn"])
    _act(alarm, before)


def _act(alarm: dict, before: str) -> None:
    """For the state that it is in by now; nothing happened if it is back where it was."""
    alarm.pop("ActionsSuppressedBy", None)
    state, reason = alarm["StateValue"], alarm.get("StateReason", "")
    if state != before:
        alarms.act(alarm, before, state, reason, alarm_messages.change(alarm, before, state, reason, {}))


def _putting(put):
    def put_composite_alarm(params, cbor_data, is_cbor, is_json=False):
        from ministack.services import cloudwatch

        name, suppressor = cbor_data.get("AlarmName"), {key: cbor_data[key] for key in _SUPPRESSOR if key in cbor_data}
        if suppressor.get("ActionsSuppressor") and cloudwatch._rule_alarm_state(suppressor["ActionsSuppressor"]) is None:
            return cloudwatch._error("ValidationError", f"No alarm {suppressor['ActionsSuppressor']} to suppress actions by",
                                     400, use_json=is_json, use_cbor=is_cbor)
        answer = put(params, cbor_data, is_cbor, is_json)
        if answer[0] < 300 and suppressor:
            cloudwatch._composite_alarms[name].update(suppressor)
        return answer

    return put_composite_alarm


def _create(logical_id, props, stack_name):
    name = props.get("AlarmName") or stacks.physical_name(stack_name, logical_id, 255)
    given = {key: value for key, value in props.items() if key != "AlarmName"}
    given["ActionsEnabled"] = str(given.get("ActionsEnabled", True)).lower() == "true"
    for period in _SUPPRESSOR[1:]:
        if period in given:
            given[period] = int(given[period])
    client = aws.client("cloudwatch")
    client.put_composite_alarm(AlarmName=name, **given)
    return name, {"Arn": client.describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])
                  ["CompositeAlarms"][0]["AlarmArn"]}


def _update(physical_id, old, new, stack_name):
    given = {key: value for key, value in new.items() if key != "Tags"}
    return _create("", {**given, "AlarmName": physical_id}, stack_name)


def _delete(physical_id, props):
    aws.client("cloudwatch").delete_alarms(AlarmNames=[physical_id])


def install() -> None:
    from ministack.services import cloudwatch

    cloudwatch._dispatch_alarm_actions = _dispatching(cloudwatch._dispatch_alarm_actions)
    cloudwatch._put_composite_alarm = _putting(cloudwatch._put_composite_alarm)
    stacks.add("AWS::CloudWatch::CompositeAlarm", {"create": _create, "update": _update, "delete": _delete})
