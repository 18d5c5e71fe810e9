"""`aws-sdk:<service>:<action>` tasks that MiniStack does not dispatch, such as S3's GetObject, by the service's model."""

import datetime
import functools
import json

from plugin import aws
from plugin.contract import point

_MODULE = "services.stepfunctions"
point(_MODULE, "_invoke_aws_sdk_integration", ("resource", "input_data"))
point(_MODULE, "_api_name_to_sfn_key", ("name",))
point(_MODULE, "_prefix_sdk_error", ("service_name", "error_code"))

_REFUSALS = ("is not yet implemented", "is not supported in MiniStack")
# Services that the SDK for Java calls otherwise than botocore.
_NAMES = {"cloudwatchlogs": "logs", "eventbridge": "events", "sfn": "stepfunctions", "cognitoidentityprovider": "cognito-idp",
          "sagemakerruntime": "sagemaker-runtime"}


@functools.cache
def _services() -> dict[str, str]:
    import botocore.session

    return {name.replace("-", ""): name for name in botocore.session.get_session().get_available_services()}


def _invoking(invoke):
    def invoke_aws_sdk_integration(resource, input_data):
        from ministack.services.stepfunctions import _ExecutionError

        try:
            return invoke(resource, input_data)
        except _ExecutionError as error:
            if error.error != "States.Runtime" or not any(refusal in error.cause for refusal in _REFUSALS):
                raise
        _, service, action = resource.split(".waitForTaskToken")[0].rsplit(":", 2)
        return call(service.lower(), action, input_data or {})

    return invoke_aws_sdk_integration


def call(service: str, action: str, given: dict):
    from botocore.exceptions import BotoCoreError, ClientError
    from ministack.services import stepfunctions

    name = _NAMES.get(service) or _services().get(service)
    if name is None:
        raise stepfunctions._ExecutionError("States.Runtime", f"aws-sdk:{service}: there is no such service.")
    client = aws.task_client(name)
    operation = action[0].upper() + action[1:]
    if operation not in client.meta.service_model.operation_names:
        raise stepfunctions._ExecutionError("States.Runtime", f"aws-sdk:{service}:{action}: there is no such action.")
    shape = client.meta.service_model.operation_model(operation).input_shape
    try:
        answer = client._make_api_call(operation, _wire(given, shape) if shape else {})
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        raise stepfunctions._ExecutionError(stepfunctions._prefix_sdk_error(service, code),
                                            f"{message} (Service: {service}, Status Code: {status})") from error
    except BotoCoreError as error:
        raise stepfunctions._ExecutionError("States.Runtime", f"aws-sdk:{service}:{action}: {error}") from error
    return _shown({key: value for key, value in answer.items() if key != "ResponseMetadata"})


def _wire(value, shape):
    """The parameters under the names of the service's model, which differ in case from those of the SDK for Java."""
    if shape.type_name == "structure" and isinstance(value, dict):
        members = {name.lower(): name for name in shape.members}
        named = {members.get(key.lower(), key): item for key, item in value.items()}
        return {key: _wire(item, shape.members[key]) if key in shape.members else item for key, item in named.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [_wire(item, shape.member) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: _wire(item, shape.value) for key, item in value.items()}
    if shape.type_name == "blob":
        return (value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))).encode()
    return value


def _shown(value):
    from ministack.services.stepfunctions import _api_name_to_sfn_key

    if isinstance(value, dict):
        return {_api_name_to_sfn_key(key): _shown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shown(item) for item in value]
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
    if hasattr(value, "read"):
        value = value.read()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def install() -> None:
    from ministack.services import stepfunctions

    stepfunctions._invoke_aws_sdk_integration = _invoking(stepfunctions._invoke_aws_sdk_integration)
