"""Step Functions' optimized integrations of SageMaker: `createTrainingJob(.sync)` and its sisters."""

import json
import time

from plugin import executions, sagemaker
from plugin.contract import point
from plugin.gaps import faults

point("services.stepfunctions", "_SERVICE_DISPATCH", dict)
point("services.stepfunctions", "_AWS_SDK_ERROR_CODE_OVERRIDES", dict)
point("services.stepfunctions", "_ExecutionError", ("error", "cause"))

_PREFIX = "arn:aws:states:::sagemaker:"
_JOBS = ("TrainingJob", "ProcessingJob", "TransformJob")
# Dispatch is by prefix, in order: the longer of two names comes first.
_CALLS = ("createEndpointConfig", "createEndpoint", "createModel", "updateEndpoint")
_POLL_SECONDS = 0.2
_SYNC_TAG = {"Key": "MANAGED_BY_AWS", "Value": "STARTED_BY_STEP_FUNCTIONS"}
# Errors that the SDKs know by a name of their own; the rest share the service's general one.
_NAMED = ("ResourceInUse", "ResourceLimitExceeded", "ResourceNotFound", "Conflict")


def error_name(code: str, general: str) -> str:
    """The exception's name in the AWS SDK for Java, which is what Step Functions reports."""
    stem = code.removesuffix("Exception")
    return f"{stem}Exception" if stem in _NAMED else general


class _SdkErrorNames(dict):
    """For aws-sdk:sagemaker tasks: every code has its SDK name, not only listed ones."""

    def get(self, code, default=None):
        return error_name(code, "SageMakerException")


def _call(action: str, data: dict) -> dict:
    from ministack.services.stepfunctions import _ExecutionError

    try:
        return sagemaker.call(action, data)
    except sagemaker.SageMakerError as error:
        cause = f"{error.message} (Service: AmazonSageMaker; Status Code: 400; Error Code: {error.code})"
        raise _ExecutionError("SageMaker." + error_name(error.code, "AmazonSageMakerException"), cause) from error


def run(resource: str, data: dict) -> dict:
    name, _, pattern = resource.removeprefix(_PREFIX).partition(".")
    action = name[0].upper() + name[1:]
    kind = action.removeprefix("Create")
    if pattern.startswith("sync") and kind in _JOBS:
        return _run_job(kind, data, resource)
    return _call(action, data)


def _run_job(kind: str, data: dict, resource: str) -> dict:
    """Creates the job and waits for its end; stops it where the task is given up (abort, timeout)."""
    from ministack.services.stepfunctions import _ExecutionError

    _call(f"Create{kind}", {**data, "Tags": [*data.get("Tags", []), _SYNC_TAG]})
    name = {f"{kind}Name": data[f"{kind}Name"]}
    while True:
        described = _call(f"Describe{kind}", name)
        status = described.get(f"{kind}Status")
        if status == "Failed":
            raise _ExecutionError("States.TaskFailed", json.dumps(_in_milliseconds(described)))
        if status in ("Completed", "Stopped"):
            return _in_milliseconds(described)
        faults.strike_during(resource)
        if executions.given_up():
            _stop(kind, name)
            raise executions.GivenUp(f"{kind} {data[f'{kind}Name']} was stopped with its execution")
        time.sleep(_POLL_SECONDS)


def _stop(kind: str, name: dict) -> None:
    try:
        sagemaker.call(f"Stop{kind}", name)
    except sagemaker.SageMakerError:
        # The job ended by itself between the last look and this call.
        return


def _in_milliseconds(value, key: str = ""):
    """Step Functions gives times in milliseconds, where SageMaker's own JSON has seconds."""
    if isinstance(value, dict):
        return {name: _in_milliseconds(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_in_milliseconds(item, key) for item in value]
    if key.endswith("Time") and isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value * 1000)
    return value


def install() -> None:
    from ministack.services import stepfunctions

    for call in (*(f"create{kind}" for kind in _JOBS), *_CALLS):
        stepfunctions._SERVICE_DISPATCH[_PREFIX + call] = run
    stepfunctions._AWS_SDK_ERROR_CODE_OVERRIDES["sagemaker"] = _SdkErrorNames()
