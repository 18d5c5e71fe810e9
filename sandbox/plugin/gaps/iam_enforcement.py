"""IAM's policies hold for every role, every decision is recorded, and a denial is told in the log."""

import logging
import threading

from plugin import permissions
from plugin.contract import point
from plugin.permissions import record
from plugin.permissions.principals import principal_of

point("app", "AUTH", bool)
point("core.iam_evaluator", "enforce",
      ("access_key_id", "iam_action", "service", "region", "resource_arn", "service_context"))
point("core.iam_evaluator", "evaluate", ("ctx", "policies", "limits"))
point("core.sigv4", "request_time_failure", ("signature", "now"))
point("core.iam_evaluator", "_resolve_condition_key", ("key", "ctx"))

logger = logging.getLogger("ministack")
_call = threading.local()


def _evaluating(evaluate):
    def evaluated(ctx, policies, *limits):
        """Within one call: the caller's own policies first, then that of the resource."""
        if getattr(_call, "seen", None) is not None:
            _call.seen.append((ctx, [policies, *limits]))
        return evaluate(ctx, policies, *limits)

    return evaluated


def _enforcing(enforce):
    def enforced(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
        from ministack.core.iam_evaluator import EvalResult

        outer, _call.seen = getattr(_call, "seen", None), []
        try:
            denied = enforce(access_key_id, iam_action, service, region, resource_arn, service_context)
            seen = _call.seen
        finally:
            _call.seen = outer
        if seen:
            _record(seen, service, denied.decision if isinstance(denied, EvalResult) else "Allow")
        if isinstance(denied, EvalResult):
            logger.warning("IAM: %s may not %s on %s (%s)", denied.principal_arn, iam_action, resource_arn,
                           denied.decision)
            if permissions.MODE == "record":
                return None
        return denied

    return enforced


def _record(seen: list, service: str, decision: str) -> None:
    ctx, layers = seen[0][0], [layer for _, each in seen for layer in each]
    record.add({"principal": principal_of(ctx.principal_arn), "action": ctx.action, "resource": ctx.resource_arn,
                "service": service, "decision": decision, "context": _context(ctx, layers)})


def _context(ctx, layers: list) -> dict:
    """Those condition keys that a policy of the caller or of the resource asks for, as the call has them."""
    from ministack.core.iam_evaluator import _resolve_condition_key

    names = {key for layer in layers for statements in layer for statement in statements
             for block in statement.conditions.values() if isinstance(block, dict) for key in block}
    values = {name: _resolve_condition_key(name, ctx) for name in names}
    return {name: value for name, value in sorted(values.items()) if value is not None}


def _resolving(resolve):
    def resolved(key, ctx):
        """Calls over the loopback count as calls over TLS, or every bucket that demands TLS would refuse them."""
        return "true" if key.lower() == "aws:securetransport" else resolve(key, ctx)

    return resolved


def install() -> None:
    from ministack import app
    from ministack.core import iam_evaluator, sigv4

    app.AUTH = permissions.MODE != "off"
    iam_evaluator._resolve_condition_key = _resolving(iam_evaluator._resolve_condition_key)
    # A function's clock may be stepped on purpose; SDKs correct for it on AWS, where a later try is then accepted.
    sigv4.request_time_failure = lambda signature, *, now=None: None
    iam_evaluator.evaluate = _evaluating(iam_evaluator.evaluate)
    iam_evaluator.enforce = _enforcing(iam_evaluator.enforce)
