"""Who hands a role to a service needs iam:PassRole on it; MiniStack asks nobody. SageMaker's own calls ask by themselves."""

import json
from urllib.parse import parse_qs

from plugin import permissions
from plugin.contract import point
from plugin.permissions.decisions import Check, refusal

point("app", "SERVICE_HANDLERS", dict)
point("core.router", "extract_access_key_id", ("headers", "query_params"))
point("core.iam_actions", "extract_iam_action", ("service", "method", "path", "headers", "body", "query_params"))
point("core.iam_actions", "access_denied_response",
      ("service", "action", "principal_arn", "request_id", "error_code", "message", "headers", "resource_arn",
       "explicit_deny", "resource_policy_arn"))


def _targets(body: dict):
    return [target.get("RoleArn") for target in body.get("Targets") or [] if isinstance(target, dict)]


def _schedule(body: dict):
    return [(body.get("Target") or {}).get("RoleArn")]


def _member(name: str):
    return lambda body: [body.get(name)]


# The action, and the roles that its request hands over.
_PASSES = {
    "lambda:CreateFunction": _member("Role"), "lambda:UpdateFunctionConfiguration": _member("Role"),
    "states:CreateStateMachine": _member("roleArn"), "states:UpdateStateMachine": _member("roleArn"),
    "events:PutTargets": _targets, "events:PutRule": _member("RoleArn"),
    "pipes:CreatePipe": _member("RoleArn"), "pipes:UpdatePipe": _member("RoleArn"),
    "scheduler:CreateSchedule": _schedule, "scheduler:UpdateSchedule": _schedule,
    **{f"cloudformation:{name}": _member("RoleARN")
       for name in ("CreateStack", "UpdateStack", "DeleteStack", "CreateChangeSet")},
}
_SERVICES = sorted({action.partition(":")[0] for action in _PASSES})


def _asking(service: str, handle):
    async def handle_request(method, path, headers, body, query_params):
        from ministack.core.iam_actions import access_denied_response
        from ministack.core.router import extract_access_key_id

        roles = _roles(service, method, path, headers, body, query_params)
        checks = [Check("iam:PassRole", role, {"iam:passedtoservice": f"{service}.amazonaws.com"}) for role in roles]
        denied = refusal(extract_access_key_id(headers, query_params), checks) if checks else None
        if denied and permissions.MODE == "enforce":
            return access_denied_response(service, "iam:PassRole", "", "pass-role", message=denied, headers=headers)
        return await handle(method, path, headers, body, query_params)

    return handle_request


def _roles(service: str, method: str, path: str, headers: dict, body, query_params: dict) -> list[str]:
    from ministack.core.iam_actions import extract_iam_action

    raw = body.encode() if isinstance(body, str) else body or b""
    given = _parsed(raw)
    # CloudFormation's action may stand in the form alone.
    form = given if service == "cloudformation" else {}
    action = extract_iam_action(service, method, path, headers, raw, query_params) or f"{service}:{form.get('Action', '')}"
    passes = _PASSES.get(action)
    return [role for role in passes(given) if isinstance(role, str) and role] if passes else []


def _parsed(raw: bytes) -> dict:
    try:
        given = json.loads(raw)
    except ValueError:
        given = {name: values[0] for name, values in parse_qs(raw.decode("utf-8", "replace")).items()}
    return given if isinstance(given, dict) else {}


def install() -> None:
    from ministack import app

    for service in _SERVICES:
        app.SERVICE_HANDLERS[service] = _asking(service, app.SERVICE_HANDLERS[service])
