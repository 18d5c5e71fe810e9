"""Errors of states: which names Retry and Catch match, and what each integration calls an error."""

import functools
import json

from plugin.contract import point

_MODULE = "services.stepfunctions"
point(_MODULE, "_error_matches", ("error_equals", "error"))
point(_MODULE, "_AWS_SDK_SERVICE_MAP", dict)
point(_MODULE, "_AWS_SDK_ERROR_PREFIX", dict)
point(_MODULE, "_AWS_SDK_ERROR_CODE_OVERRIDES", dict)
point(_MODULE, "_SERVICE_DISPATCH", dict)
point(_MODULE, "_ExecutionError", ("error", "cause"))

# No wildcard takes these: an execution that meets one fails, unless a Catch names the data limit itself.
_TERMINAL = ("States.Runtime", "States.DataLimitExceeded")
# Where botocore knows a service by another name than the resource of an aws-sdk task.
_BOTOCORE = {"sfn": "stepfunctions", "eventbridge": "events", "cloudwatchlogs": "logs", "rdsdata": "rds-data"}
# Optimized integrations are made with the first SDK for Java, whose general errors are named differently.
_GENERAL = {"DynamoDB": "AmazonDynamoDBException", "SQS": "AmazonSQSException", "SNS": "AmazonSNSException"}


def matches(error_equals: list[str], error: str) -> bool:
    if error == "States.Runtime":
        return False
    if error in error_equals:
        return True
    if error in _TERMINAL:
        return False
    if error == "States.HeartbeatTimeout" and "States.Timeout" in error_equals:
        return True
    return "States.ALL" in error_equals or ("States.TaskFailed" in error_equals and error != "States.Timeout")


@functools.cache
def modelled(service: str) -> dict[str, str]:
    """By error code: the name of the exception in the SDK for Java; codes without one share the service's own."""
    import botocore.session

    model = botocore.session.get_session().get_service_model(service)
    names = {}
    for shape in model.error_shapes:
        stem = shape.name.removesuffix("Exception").removesuffix("Fault")
        for code in (shape.metadata.get("error", {}).get("code"), shape.name):
            if code:
                names[code] = f"{stem}Exception"
    return names


class _SdkNames(dict):
    """For aws-sdk tasks: a code that the service's model names keeps its name, any other is the service's exception."""

    def __init__(self, service: str, prefix: str):
        super().__init__()
        self.service, self.general = service, f"{prefix}Exception"

    def get(self, code, default=None):
        return modelled(self.service).get(code.rsplit(".", 1)[-1], self.general)


def _named(prefix: str, service: str, invoke):
    """An optimized integration whose errors carry the names that AWS gives them."""

    def named(resource, data):
        from ministack.services.stepfunctions import _ExecutionError

        try:
            return invoke(resource, data)
        except _ExecutionError as error:
            code, message = error.error.split(".", 1)[-1].rsplit(".", 1)[-1], error.cause
            if error.error.startswith("States."):
                raise
            if prefix == "SNS":
                code, message = _from_xml(message)
            raise _ExecutionError(f"{prefix}.{modelled(service).get(code, _GENERAL[prefix])}", message) from error

    return named


def _from_xml(body: str) -> tuple[str, str]:
    """SNS's error document: its code and its message."""
    from defusedxml import ElementTree

    try:
        found = {element.tag.rsplit("}", 1)[-1]: element.text or "" for element in ElementTree.fromstring(body).iter()}
    except ElementTree.ParseError:
        return "", body
    return found.get("Code", ""), found.get("Message", body)


def _putting_events(put):
    def put_events(resource, data):
        from ministack.services.stepfunctions import _ExecutionError

        result = put(resource, data)
        if result.get("FailedEntryCount"):
            raise _ExecutionError("EventBridge.FailedEntry", json.dumps(result))
        return result

    return put_events


def install() -> None:
    from ministack.services import stepfunctions

    stepfunctions._error_matches = matches
    overrides, prefixes = stepfunctions._AWS_SDK_ERROR_CODE_OVERRIDES, stepfunctions._AWS_SDK_ERROR_PREFIX
    for name in stepfunctions._AWS_SDK_SERVICE_MAP:
        overrides.setdefault(name, _SdkNames(_BOTOCORE.get(name, name), prefixes.get(name, name.capitalize())))
    dispatch = stepfunctions._SERVICE_DISPATCH
    for resource, invoke in list(dispatch.items()):
        prefix = {"dynamodb": "DynamoDB", "sqs": "SQS", "sns": "SNS"}.get(resource.split(":")[5])
        if prefix:
            dispatch[resource] = _named(prefix, prefix.lower(), invoke)
    events = "arn:aws:states:::events:putEvents"
    dispatch[events] = _putting_events(dispatch[events])
