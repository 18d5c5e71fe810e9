"""Targets of EventBridge rules that can't be reached: their dead-letter queue, and AWS/Events metrics."""

import json
import logging
import threading

from plugin import metrics, permissions
from plugin.contract import point
from plugin.gaps.target_permissions import target_refusal

_MODULE = "services.eventbridge"
point(_MODULE, "_invoke_target", ("target", "event", "rule", "view"))
point(_MODULE, "_dispatch_to_sqs", ("spec", "payload", "sqs_parameters"))
point(_MODULE, "_pattern_event_view", ("event",))
point(_MODULE, "logger", logging.Logger)
point("services.sqs", "_queue_by_arn", object)

_here = threading.local()


class _Complaints(logging.Filter):
    """MiniStack does not answer whether a target took an event: it warns. What it warns of while it delivers failed."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno >= logging.WARNING and getattr(_here, "complaints", None) is not None:
            _here.complaints.append(record.getMessage())
        return True


def _delivering(invoke):
    def invoke_target(target, event, rule, view=None):
        before, _here.complaints = getattr(_here, "complaints", None), []
        try:
            invoke(target, event, rule, view)
            failed = list(_here.complaints)
        finally:
            _here.complaints = before
        dimensions = _dimensions(rule)
        metrics.record("AWS/Events", "Invocations", dimensions, 1)
        metrics.record("AWS/Events", "TriggeredRules", dimensions, 1)
        if failed:
            metrics.record("AWS/Events", "FailedInvocations", dimensions, 1)
            _bury(target, event, rule, failed[0])

    return invoke_target


def _dimensions(rule: dict) -> dict:
    bus = rule.get("EventBusName", "default")
    return {"RuleName": rule["Name"], **({"EventBusName": bus} if bus != "default" else {})}


def _bury(target: dict, event: dict, rule: dict, message: str) -> None:
    from ministack.core.arn import parse_arn
    from ministack.services import eventbridge, sqs

    arn = (target.get("DeadLetterConfig") or {}).get("Arn")
    queue = sqs._queue_by_arn(arn) if arn else None
    if not queue:
        return
    refusal = target_refusal(arn, target.get("RoleArn") if ":scheduler:" in rule.get("Arn", "") else None, rule)
    if refusal:
        eventbridge.logger.warning("IAM: a failed event of %s is lost: %s", rule.get("Arn"), refusal)
        metrics.record("AWS/Events", "InvocationsFailedToBeSentToDlq", _dimensions(rule), 1)
        if permissions.MODE == "enforce":
            return
    detail = eventbridge._pattern_event_view(event).event_with_detail()
    eventbridge._dispatch_to_sqs(parse_arn(arn), json.dumps(detail))
    attributes = {"RULE_ARN": rule.get("Arn", ""), "TARGET_ARN": target.get("Arn", ""),
                  "ERROR_CODE": "NO_PERMISSIONS" if message.startswith("IAM: ") else "NO_RESOURCE", "ERROR_MESSAGE": message}
    queue["messages"][-1]["message_attributes"] = {
        name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value}
    metrics.record("AWS/Events", "InvocationsSentToDlq", _dimensions(rule), 1)


def install() -> None:
    from ministack.services import eventbridge

    eventbridge.logger.addFilter(_Complaints())
    eventbridge._invoke_target = _delivering(eventbridge._invoke_target)
