"""Whether a resource's own policy lets a service of AWS in, for deliveries behind which no role stands."""

import logging
from collections.abc import Iterable

from plugin import permissions
from plugin.contract import point

point("core.iam_evaluator", "_resource_policy", ("service", "resource_arn"))
point("core.iam_evaluator", "evaluate_resource_policy", ("doc", "ctx", "service", "named_only", "direct_only"))
point("services.cloudwatch_logs", "_resource_policies", object)
point("services.cloudwatch_logs", "_log_group_policies", object)

logger = logging.getLogger("ministack")
# What a service does with a target, by the target's service.
DELIVERY = {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "lambda": "lambda:InvokeFunction"}
_LOG_ACTIONS = {"logs:CreateLogStream": "", "logs:PutLogEvents": "events"}


def delivery_refusal(principal: str, target_arn: str, source_arn: str, account: str = "", owned: bool = True) -> str | None:
    """Why this service may not deliver to the target for its source; None where it may, or where IAM is off.

    `owned`: the service tells the topic whose its source is (`aws:SourceOwner`), which a topic's default policy asks for.
    """
    if permissions.MODE == "off":
        return None
    service = target_arn.split(":")[2] if target_arn.count(":") > 4 else ""
    from ministack.core.responses import get_account_id

    context = _source(source_arn, account or get_account_id(), owned)
    if service == "logs":
        return _log_refusal(principal, target_arn, context)
    action = DELIVERY.get(service)
    if action is None:
        return None
    from ministack.core.iam_evaluator import _resource_policy

    found = _resource_policy(service, target_arn)
    # What is not there fails by itself.
    allowed = found is None or _allows([found[0]], principal, action, target_arn, context)
    return None if allowed else _text(principal, action, target_arn)


def deliverable(principal: str, target_arn: str, source_arn: str, account: str = "", owned: bool = True) -> bool:
    """The same where nobody is told: the log says what was refused, and in `record` mode it is delivered anyway."""
    refusal = delivery_refusal(principal, target_arn, source_arn, account, owned)
    if refusal:
        logger.warning("IAM: %s (from %s)", refusal, source_arn)
    return refusal is None or permissions.MODE == "record"


def _log_refusal(principal: str, group_arn: str, context: dict) -> str | None:
    from ministack.services import cloudwatch_logs

    group = group_arn.split(":")[6]
    policies = [*cloudwatch_logs._resource_policies.values(), cloudwatch_logs._log_group_policies.get(group)]
    documents = [policy["policyDocument"] for policy in policies if policy]
    stem = ":".join(group_arn.split(":")[:7])
    for action, stream in _LOG_ACTIONS.items():
        resource = f"{stem}:log-stream:{stream}"
        if not _allows(documents, principal, action, resource, context):
            return _text(principal, action, resource)
    return None


def _allows(documents: Iterable, principal: str, action: str, resource: str, context: dict) -> bool:
    from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
    from ministack.core.responses import get_region

    # The caller is the service: no grant to an account is meant for it, one to everybody is.
    ctx = EvalContext(principal_arn="*", principal_type="Service", principal_account="", action=action,
                      resource_arn=resource, region=get_region(), service_context=context)
    decisions = {evaluate_resource_policy(document, ctx, service=principal).decision for document in documents if document}
    return "Allow" in decisions and "Deny" not in decisions


def _source(arn: str, account: str, owned: bool) -> dict:
    return {"aws:sourcearn": arn, "aws:sourceaccount": account, **({"aws:sourceowner": account} if owned else {})}


def _text(principal: str, action: str, resource: str) -> str:
    return (f"User: {principal} is not authorized to perform: {action} on resource: {resource} "
            f"because no resource-based policy allows the {action} action")
