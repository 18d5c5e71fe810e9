"""Events reach functions as Lambda's asynchronous invocations do: tried again, and kept where the function never took them."""

import contextvars
import json
import threading
import time
import uuid

from plugin import aws, executions, metrics
from plugin.contract import point

_MODULE = "services.lambda_svc"
point(_MODULE, "invoke_async_with_retry", ("func", "event"))
point(_MODULE, "_execute_function", ("func", "event"))
point(_MODULE, "_execute_function_with_config_scope", ("func", "event"))
point(_MODULE, "_execution_record_for_config", ("func", "config"))
point(_MODULE, "_get_func_record_for_ref", ("func_ref",))
point(_MODULE, "_run_with_function_config_scope", object)
point(_MODULE, "_route_async_failure", ("target_arn", "func_name", "event", "result"))
point(_MODULE, "_LAMBDA_ASYNC_RETRY_BASE_SECONDS", float)
point(_MODULE, "_LAMBDA_ASYNC_RETRY_MAX_SECONDS", float)
point("services.eventbridge", "_dispatch_to_lambda", ("arn", "payload"))


def _dispatch_to_lambda(arn, payload):
    """MiniStack's event bus invokes a function once, whatever comes of it."""
    from ministack.services import eventbridge, lambda_svc

    try:
        event = json.loads(payload)
    except (ValueError, TypeError):
        event = {"body": payload}
    func, config, _ = lambda_svc._get_func_record_for_ref(arn)
    if not func or not config:
        eventbridge.logger.warning("EventBridge: function %s not found", arn)
    else:
        lambda_svc.invoke_async_with_retry(lambda_svc._execution_record_for_config(func, config), event)


def _invoke(func, event):
    from ministack.services import lambda_svc

    run = contextvars.copy_context().run
    work = (run, lambda_svc._run_with_function_config_scope, func.get("config") or func, _run, func, event)
    threading.Thread(target=work[0], args=work[1:], daemon=True).start()


def _run(func: dict, event) -> None:
    """As many tries as the function's settings say; being throttled uses none of them up."""
    from ministack.services import lambda_svc

    config = func.get("config") or func
    settings = func.get("event_invoke_config") or (func.get("event_invoke_configs") or {}).get("$LATEST") or {}
    retries = settings.get("MaximumRetryAttempts")
    left = 2 if retries is None else int(retries)
    end = time.time() + int(settings.get("MaximumEventAgeInSeconds", 21600))
    delay = lambda_svc._LAMBDA_ASYNC_RETRY_BASE_SECONDS
    while True:
        result = lambda_svc._execute_function(func, event)
        if not result.get("error") and not result.get("throttle"):
            succeeded = ((settings.get("DestinationConfig") or {}).get("OnSuccess") or {}).get("Destination")
            if succeeded:
                _tell_success(succeeded, config, event, result)
            return
        if not result.get("throttle"):
            left -= 1
        if left < 0 or time.time() + delay > end:
            break
        time.sleep(delay)
        delay = min(delay * 2, lambda_svc._LAMBDA_ASYNC_RETRY_MAX_SECONDS)
    metrics.record("AWS/Lambda", "AsyncEventsDropped", {"FunctionName": config.get("FunctionName", "unknown")}, 1)
    target = ((settings.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination") \
        or (config.get("DeadLetterConfig") or {}).get("TargetArn")
    if target:
        lambda_svc._route_async_failure(target, config.get("FunctionName", "unknown"), event, result)


def _tell_success(target: str, config: dict, event, result: dict) -> None:
    """What a function answered goes to its destination for successes, which MiniStack knows only for failures."""
    now = time.time()
    told = json.dumps({
        "version": "1.0", "timestamp": f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now * 1000) % 1000:03d}Z",
        "requestContext": {"requestId": str(uuid.uuid4()), "functionArn": f"{config['FunctionArn']}:$LATEST",
                           "condition": "Success", "approximateInvokeCount": 1},
        "requestPayload": event, "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"},
        "responsePayload": result.get("body")})
    service, name = target.split(":")[2], target.split(":")[-1]
    if service == "sqs":
        queue = aws.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
        aws.client("sqs").send_message(QueueUrl=queue, MessageBody=told)
    elif service == "sns":
        aws.client("sns").publish(TopicArn=target, Message=told)
    elif service == "lambda":
        aws.client("lambda").invoke(FunctionName=target, InvocationType="Event", Payload=told.encode())
    elif service == "events":
        aws.client("events").put_events(Entries=[{
            "Source": "lambda", "DetailType": "Lambda Function Invocation Result - Success", "Detail": told,
            "EventBusName": target, "Resources": [config["FunctionArn"]]}])


def _telling_of_throttles(execute):
    def execute_in_scope(func, event):
        """A state that invokes a throttled function fails: MiniStack would take the refusal for the function's answer."""
        result = execute(func, event)
        if result.get("throttle") and executions.current():
            message = (result.get("body") or {}).get("message", "Rate Exceeded.")
            return {"error": True, "body": {"errorType": "Lambda.TooManyRequestsException", "errorMessage": message}}
        return result

    return execute_in_scope


def install() -> None:
    from ministack.services import eventbridge, lambda_svc

    lambda_svc.invoke_async_with_retry = _invoke
    lambda_svc._execute_function_with_config_scope = _telling_of_throttles(
        lambda_svc._execute_function_with_config_scope)
    eventbridge._dispatch_to_lambda = _dispatch_to_lambda
