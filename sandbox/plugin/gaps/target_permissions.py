"""EventBridge's rules and Scheduler's schedules act on a target as the role that it names, else by the target's policy."""

from plugin import permissions
from plugin.contract import point
from plugin.permissions.decisions import Check, session_refusal
from plugin.permissions.principals import NotAssumable, account_of, assume
from plugin.permissions.services import DELIVERY, delivery_refusal

point("services.eventbridge", "_invoke_target", ("target", "event", "rule", "view"))

_ACTIONS = {**DELIVERY, "states": "states:StartExecution", "events": "events:PutEvents", "kinesis": "kinesis:PutRecord"}


def _invoking(invoke):
    def invoke_target(target, event, rule, view=None):
        from ministack.services import eventbridge

        refusal = target_refusal(target.get("Arn", ""), target.get("RoleArn"), rule)
        if refusal:
            # What EventBridge's own log tells while it delivers is a delivery that failed (`rule_targets`).
            level = eventbridge.logger.warning if permissions.MODE == "enforce" else eventbridge.logger.info
            level("IAM: %s is not delivered to %s: %s", rule.get("Arn"), target.get("Arn"), refusal)
            if permissions.MODE == "enforce":
                return None
        return invoke(target, event, rule, view)

    return invoke_target


def target_refusal(arn: str, role: str | None, rule: dict) -> str | None:
    """Why a rule or a schedule may not deliver there; None where it may."""
    if permissions.MODE == "off" or arn.count(":") < 5:
        return None
    source = rule.get("Arn", "")
    if role:
        return _role_refusal(arn, role, source)
    return None if ":scheduler:" in source else delivery_refusal(
        "events.amazonaws.com", arn, source, account_of(source), owned=False)


def _role_refusal(arn: str, role: str, source: str) -> str | None:
    service = arn.split(":")[2]
    invoker = "scheduler" if ":scheduler:" in source else "events"
    if service not in _ACTIONS:
        return None
    action = "events:InvokeApiDestination" if ":api-destination/" in arn else _ACTIONS[service]
    try:
        session = assume(role, f"{invoker}.amazonaws.com", source.rsplit("/", 1)[-1] or invoker, _assumed_for(source))
    except NotAssumable as error:
        return str(error)
    return session_refusal(session, [Check(action, arn)])


def _assumed_for(source: str) -> str:
    """Scheduler assumes a role for the schedule's group, never for the schedule itself."""
    if ":scheduler:" not in source:
        return source
    stem, _, names = source.partition(":schedule/")
    return f"{stem}:schedule-group/{names.partition('/')[0]}"


def install() -> None:
    from ministack.services import eventbridge

    eventbridge._invoke_target = _invoking(eventbridge._invoke_target)
