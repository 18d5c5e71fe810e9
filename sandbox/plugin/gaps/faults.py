"""Where the rules of faults strike inside of MiniStack; without rules, everything passes as it is."""

import contextvars
import threading
import time

from plugin import executions, faults
from plugin.contract import point

point("services.stepfunctions", "_add_event", ("execution", "event_type", "details"))
point("services.stepfunctions", "_invoke_resource", ("resource", "input_data"))
point("services.stepfunctions", "_invoke_with_callback", ("resource", "input_data", "token", "state_def"))
point("services.stepfunctions", "_stop_execution", ("data",))
point("services.stepfunctions", "_ExecutionError", ("error", "cause"))
point("services.eventbridge", "_invoke_target", ("target", "event", "rule", "view"))
point("services.lambda_svc", "_execute_function_dispatch", ("func", "config", "event", "request_id", "started"))
point("services.lambda_svc", "_throttle_response", ("reason_code", "msg", "retry_after"))

# By the service in a resource's ARN: what Step Functions calls throttling, a failure of the service, a lost connection.
_ERRORS = {
    "lambda": ("Lambda.TooManyRequestsException", "Lambda.ServiceException", "Lambda.SdkClientException"),
    "sagemaker": ("SageMaker.AmazonSageMakerException", "SageMaker.AmazonSageMakerException",
                  "SageMaker.SdkClientException"),
    "dynamodb": ("DynamoDB.ProvisionedThroughputExceededException", "DynamoDB.InternalServerErrorException",
                 "DynamoDB.SdkClientException"),
    "sns": ("SNS.AmazonSNSException", "SNS.AmazonSNSException", "SNS.SdkClientException"),
    "sqs": ("SQS.AmazonSQSException", "SQS.AmazonSQSException", "SQS.SdkClientException"),
    "events": ("EventBridge.AmazonEventBridgeException", "EventBridge.InternalException", "EventBridge.SdkClientException"),
    "states": ("StepFunctions.AWSStepFunctionsException", "StepFunctions.AWSStepFunctionsException",
               "StepFunctions.SdkClientException"),
}
_FAILING = ("throttle", "error", "timeout", "cut")
# How long an event waits for the next one, which is to come before it.
_SWAP_SECONDS = 5.0
# How far behind it follows, so that their functions do not run side by side.
_BEHIND_SECONDS = 1.0
_held: dict[str, tuple] = {}
_held_lock = threading.Lock()


# --- states --------------------------------------------------------------------------------------------------------


def _error_of(rule: dict, resource: str):
    from ministack.services.stepfunctions import _ExecutionError

    # arn:aws:states:::sagemaker:createModel, arn:aws:states:::aws-sdk:dynamodb:getItem, or a function's own ARN.
    parts = resource.split(":::")[-1].split(":")
    throttled, failed, lost = _ERRORS[next((part for part in parts if part in _ERRORS), "lambda")]
    name, cause = {
        "throttle": (throttled, "Rate exceeded (Status Code: 400; Error Code: ThrottlingException)"),
        "error": (failed, "Internal failure (Status Code: 500; Error Code: InternalFailure)"),
        "cut": (lost, "Unable to execute HTTP request: Connection reset"),
        "timeout": ("States.Timeout", ""),
    }[rule["fault"]]
    return _ExecutionError(rule.get("error", name), rule.get("cause", cause))


def _abort(execution: dict, rule: dict) -> None:
    from ministack.services import stepfunctions

    stepfunctions._stop_execution({"executionArn": execution["executionArn"],
                                   "cause": rule.get("cause", "Stopped by a rule of the sandbox.")})


def _facts(task) -> dict:
    return {"machine": faults.machine_of(task.execution), "state": task.context.get("State", {}).get("Name", "")}


def _entering(add_event):
    def entered(execution, event_type, details=None):
        """An execution is aborted when it comes to a state of any type, before that state does anything."""
        add_event(execution, event_type, details)
        name = (details or {}).get("stateEnteredEventDetails", {}).get("name")
        if name is None:
            return
        rule = faults.striking("state", ("abort",), "before", machine=faults.machine_of(execution), state=name)
        if rule:
            from ministack.services.stepfunctions import _ExecutionError

            _abort(execution, rule)
            raise _ExecutionError("Aborted", "The execution was stopped.")

    return entered


def _invoking(invoke):
    def invoked(resource, *arguments):
        task = executions.current()
        if task is None:
            return invoke(resource, *arguments)
        slow = faults.striking("state", ("latency",), **_facts(task))
        if slow:
            time.sleep(slow["seconds"])
        rule = faults.striking("state", _FAILING, "before", **_facts(task))
        if rule:
            raise _error_of(rule, resource)
        result = invoke(resource, *arguments)
        rule = faults.striking("state", (*_FAILING, "abort"), "after", **_facts(task))
        if rule and rule["fault"] == "abort":
            _abort(task.execution, rule)
            raise executions.GivenUp("stopped by a rule, after the state's effect")
        if rule:
            raise _error_of(rule, resource)
        return result

    return invoked


def strike_during(resource: str) -> None:
    """While a state waits for its job: the connection is lost, or the execution is stopped."""
    task = executions.current()
    rule = faults.striking("state", (*_FAILING, "abort"), "during", **_facts(task)) if task else None
    if rule and rule["fault"] == "abort":
        _abort(task.execution, rule)
    elif rule:
        raise _error_of(rule, resource)


# --- events --------------------------------------------------------------------------------------------------------


def _delivering(deliver):
    def delivered(target, event, rule, view=None):
        arn = target.get("Arn", "")
        struck = faults.striking("event", detailType=event.get("DetailType", ""), target=arn)
        arguments = (target, event, rule, view)
        if struck and struck["fault"] == "swap":
            return _hold(deliver, arn, arguments)
        if not (struck and struck["fault"] == "lose"):
            if struck and struck["fault"] == "late":
                _later(struck["seconds"], deliver, *arguments)
            else:
                deliver(*arguments)
        if struck and struck["fault"] == "twice":
            deliver(*arguments)
        if arn in _held:
            _later(_BEHIND_SECONDS, _let_go, deliver, arn)

    return delivered


def _later(seconds: float, act, *arguments) -> None:
    timer = threading.Timer(seconds, contextvars.copy_context().run, (act, *arguments))
    timer.daemon = True
    timer.start()


def _hold(deliver, arn: str, arguments: tuple) -> None:
    """Keeps an event until the next one for the same target has gone before it, or for some seconds."""
    with _held_lock:
        _held[arn] = arguments
    _later(_SWAP_SECONDS, _let_go, deliver, arn)


def _let_go(deliver, arn: str) -> None:
    with _held_lock:
        arguments = _held.pop(arn, None)
    if arguments:
        deliver(*arguments)


# --- invocations ---------------------------------------------------------------------------------------------------


def _dispatching(dispatch):
    def dispatched(func, config, event, request_id, started):
        name = config.get("FunctionName", "")
        rule = faults.striking("invocation", function=name)
        if rule is None:
            return dispatch(func, config, event, request_id, started)
        if rule["fault"] == "throttle":
            from ministack.services import lambda_svc

            return lambda_svc._throttle_response("ConcurrentInvocationLimitExceeded", "Rate Exceeded.")
        if rule["fault"] == "clock":
            return _by_another_clock(rule, name, dispatch, func, config, event, request_id, started)
        if rule["fault"] == "latency":
            time.sleep(rule["seconds"])
        if rule["fault"] == "kill" and rule.get("when") != "after":
            return _killed(request_id)
        result = dispatch(func, config, event, request_id, started)
        if rule["fault"] != "kill":
            return result
        for worker in faults.workers_of(name, at_work=False):
            faults.kill(worker)
        return _killed(request_id)

    return dispatched


def _by_another_clock(rule, name, dispatch, *arguments):
    faults.set_clock(name, rule["seconds"])
    try:
        return dispatch(*arguments)
    finally:
        faults.set_clock(name, None)


def _killed(request_id: str) -> dict:
    """What Lambda answers for a function whose process was killed."""
    message = f"RequestId: {request_id} Error: Runtime exited with error: signal: killed"
    return {"error": True, "log": message, "body": {"errorType": "Runtime.ExitError", "errorMessage": message}}


def install() -> None:
    from ministack.services import eventbridge, lambda_svc, stepfunctions

    stepfunctions._add_event = _entering(stepfunctions._add_event)
    stepfunctions._invoke_resource = _invoking(stepfunctions._invoke_resource)
    stepfunctions._invoke_with_callback = _invoking(stepfunctions._invoke_with_callback)
    eventbridge._invoke_target = _delivering(eventbridge._invoke_target)
    lambda_svc._execute_function_dispatch = _dispatching(lambda_svc._execute_function_dispatch)
