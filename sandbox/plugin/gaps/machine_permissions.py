"""A state machine acts as its role: each task's call is checked, recorded, and refused where the role may not make it."""

import contextvars
import json

from plugin import permissions, stacks
from plugin.contract import point
from plugin.permissions.decisions import Check, session_refusal
from plugin.permissions.principals import NotAssumable, Session, assume
from plugin.permissions.tasks import (SERVICE, arn_of, child_checks, definition_checks, note_token, task_checks,
                                      task_session)

_MODULE = "services.stepfunctions"
point(_MODULE, "_invoke_resource", ("resource", "input_data"))
point(_MODULE, "_invoke_with_callback", ("resource", "input_data", "token", "state_def"))
point(_MODULE, "_invoke_aws_sdk_integration", ("resource", "input_data"))
point(_MODULE, "_invoke_nested_start_execution_sync", ("resource", "input_data"))
point(_MODULE, "_create_state_machine", ("data",))
point(_MODULE, "_update_state_machine", ("data",))
point(_MODULE, "_AWS_SDK_ERROR_PREFIX", dict)
point("app", "call_service_handler_sync", ("handler", "method", "path", "headers", "body", "query_params", "timeout"))
point("core.iam_actions", "extract_iam_action", ("service", "method", "path", "headers", "body", "query_params"))
point("core.iam_actions", "extract_resource_arn",
      ("service", "method", "path", "headers", "body", "query_params", "region", "account_id"))

_sdk_service: contextvars.ContextVar = contextvars.ContextVar("sandbox_sdk_task", default=None)


def _sfn():
    from ministack.services import stepfunctions

    return stepfunctions


def _refuse(service: str, refusal: str | None) -> None:
    if refusal:
        name = "AWSLambdaException" if service == "Lambda" else "AccessDeniedException"
        raise _sfn()._ExecutionError(f"{service}.{name}", f"{refusal} (Service: {service}; Status Code: 403)")


def _checked(invoke):
    def invoke_resource(resource, input_data, *rest):
        if rest:
            note_token(rest[0])
        service, checks = task_checks(resource, input_data)
        _refuse(service, session_refusal(task_session(), checks))
        return invoke(resource, input_data, *rest)

    return invoke_resource


def _sdk_task(invoke):
    def invoke_integration(resource, input_data):
        token = _sdk_service.set(resource.split(":")[6])
        try:
            return invoke(resource, input_data)
        finally:
            _sdk_service.reset(token)

    return invoke_integration


def _calling(call):
    def call_service_handler(handler, method, path, headers, body, query_params, timeout=None):
        """An aws-sdk task's request, as it is about to reach the service: authorized like one that came by network."""
        name = _sdk_service.get()
        session = task_session() if name else None
        if session:
            headers = {**headers, "authorization": headers.get("authorization", "").replace(
                "Credential=test/", f"Credential={session.access_key}/")}
            _authorize_request(name, session, (method, path, headers, body, query_params))
        return call(handler, method, path, headers, body, query_params, timeout)

    return call_service_handler


def _authorize_request(name: str, session: Session, request: tuple) -> None:
    from ministack.core.iam_actions import extract_iam_action, extract_resource_arn
    from ministack.core.responses import get_account_id, get_region

    service = request[2]["authorization"].split("/aws4_request")[0].rsplit("/", 1)[-1]
    raw = request[3].encode() if isinstance(request[3], str) else request[3]
    request = (*request[:3], raw, request[4])
    action = extract_iam_action(service, *request) if service != "sagemaker" else None
    if action:
        resource = extract_resource_arn(service, *request, get_region(), get_account_id())
        prefix = _sfn()._AWS_SDK_ERROR_PREFIX.get(name.lower(), name.capitalize())
        _refuse(prefix, session_refusal(session, [Check(action, resource)]))


def _nested(invoke):
    def invoke_nested(resource, input_data):
        made = invoke(resource, input_data)
        _refuse("StepFunctions", session_refusal(task_session(), child_checks(made["ExecutionArn"])))
        return made

    return invoke_nested


def _defining(define):
    def define_machine(data):
        """As on AWS, a role that Step Functions can't assume, or that can't have its tasks' end told, is refused."""
        role, definition = data.get("roleArn"), data.get("definition")
        existing = _sfn()._state_machines.get(data.get("stateMachineArn")) or {}
        role = role or existing.get("roleArn", "")
        refusal = _definition_refusal(role, definition, data) if permissions.MODE == "enforce" and role else None
        if refusal:
            from ministack.core.responses import error_response_json

            return error_response_json("AccessDeniedException", refusal, 400)
        return define(data)

    return define_machine


def _definition_refusal(role: str, definition: str | None, data: dict) -> str | None:
    name = data.get("name", "")
    arn = data.get("stateMachineArn") or arn_of("states", f"stateMachine:{name}")
    try:
        session = assume(role, SERVICE, arn.rsplit(":", 1)[-1], arn)
    except NotAssumable:
        return f"Neither the global service principal {SERVICE}, nor the regional one is authorized to assume the provided role."
    try:
        checks = definition_checks(definition or "{}")
    except json.JSONDecodeError:
        # An invalid definition is Step Functions' own error.
        return None
    return f"'{role}' is not authorized to create managed-rule." if session_refusal(session, checks) else None


def _apply(arn: str, props: dict, old: dict) -> None:
    """CloudFormation makes machines past CreateStateMachine, so that its checks come here."""
    machine = _sfn()._state_machines[arn]
    refusal = _definition_refusal(machine["roleArn"], machine["definition"], {"stateMachineArn": arn})
    if refusal and permissions.MODE == "enforce":
        if not old:
            del _sfn()._state_machines[arn]
        raise ValueError(refusal)


def install() -> None:
    from ministack import app

    stacks.extend("AWS::StepFunctions::StateMachine", _apply)

    sfn = _sfn()
    for name, wrap in (("_invoke_resource", _checked), ("_invoke_with_callback", _checked),
                       ("_invoke_aws_sdk_integration", _sdk_task), ("_invoke_nested_start_execution_sync", _nested),
                       ("_create_state_machine", _defining), ("_update_state_machine", _defining)):
        setattr(sfn, name, wrap(getattr(sfn, name)))
    app.call_service_handler_sync = _calling(app.call_service_handler_sync)
