"""IAM's decision about one call, for those who act on somebody's behalf inside the sandbox."""

import contextvars
from collections.abc import Iterable
from dataclasses import dataclass, field

from plugin.contract import point
from plugin.permissions import MODE
from plugin.permissions.principals import Session, account_of, register

point("core.iam_evaluator", "enforce",
      ("access_key_id", "iam_action", "service", "region", "resource_arn", "service_context"))
point("core.iam_evaluator", "_signed_request", contextvars.ContextVar)
point("core.iam_evaluator", "_anonymous", contextvars.ContextVar)
point("core.iam_actions", "identity_denial_message", ("action", "principal_arn", "resource", "explicit_deny"))


@dataclass(frozen=True)
class Check:
    """One action on one resource; `context` are the condition keys that the service itself brings."""

    action: str
    resource: str
    context: dict = field(default_factory=dict)


def refusal(access_key: str, checks: Iterable[Check], account: str = "") -> str | None:
    """Why the caller may not do all of this, in AWS's words; None where it may."""
    if MODE == "off":
        return None
    return contextvars.copy_context().run(_refusal, access_key, list(checks), account)


def session_refusal(session: Session | None, checks: Iterable[Check]) -> str | None:
    """The same for a role's session; a role that IAM here does not hold may do everything."""
    if session is None:
        return None
    register(session)
    return refusal(session.access_key, checks, account_of(session.arn))


def _refusal(access_key: str, checks: list[Check], account: str) -> str | None:
    from ministack.core import iam_evaluator, responses
    from ministack.core.iam_actions import identity_denial_message

    # The request that led here was signed by somebody else: its signature says nothing about this caller.
    iam_evaluator._signed_request.set(None)
    iam_evaluator._anonymous.set(False)
    if account:
        responses._request_account_id.set(account)
    for check in checks:
        service = check.action.partition(":")[0]
        denied = iam_evaluator.enforce(access_key, check.action, service, responses.get_region(),
                                       resource_arn=check.resource, service_context=check.context)
        if isinstance(denied, iam_evaluator.AuthError):
            return denied.message
        if denied is not None:
            return identity_denial_message(check.action, denied.principal_arn, check.resource,
                                           denied.decision == "Deny")
    return None
