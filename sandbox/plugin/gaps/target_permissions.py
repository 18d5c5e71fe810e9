"""EventBridge's rules and Scheduler's schedules act on a target as the role that it names."""

import logging

from plugin import permissions
from plugin.contract import point
from plugin.permissions.decisions import Check, session_refusal
from plugin.permissions.principals import NotAssumable, assume

point("services.eventbridge", "_invoke_target", ("target", "event", "rule", "view"))

logger = logging.getLogger("ministack")
_ACTIONS = {"states": "states:StartExecution", "lambda": "lambda:InvokeFunction", "sqs": "sqs:SendMessage",
            "sns": "sns:Publish", "events": "events:PutEvents", "kinesis": "kinesis:PutRecord"}


def _invoking(invoke):
    def invoke_target(target, event, rule, view=None):
        refusal = _refusal(target, rule) if target.get("RoleArn") and permissions.MODE != "off" else None
        if refusal:
            logger.warning("IAM: %s is not delivered to %s: %s", rule.get("Arn"), target.get("Arn"), refusal)
            if permissions.MODE == "enforce":
                return None
        return invoke(target, event, rule, view)

    return invoke_target


def _refusal(target: dict, rule: dict) -> str | None:
    source, service = rule.get("Arn", ""), target.get("Arn", "::").split(":")[2]
    invoker = "scheduler" if ":scheduler:" in source else "events"
    if service not in _ACTIONS:
        return None
    action = "events:InvokeApiDestination" if ":api-destination/" in target["Arn"] else _ACTIONS[service]
    try:
        session = assume(target["RoleArn"], f"{invoker}.amazonaws.com", source.rsplit("/", 1)[-1] or invoker, source)
    except NotAssumable as error:
        return str(error)
    return session_refusal(session, [Check(action, target["Arn"])])


def install() -> None:
    from ministack.services import eventbridge

    eventbridge._invoke_target = _invoking(eventbridge._invoke_target)
