"""What Lambda does as a function's role: it writes the log, reads the stream or queue, sends on what failed."""

import time

from plugin.contract import point
from plugin.permissions.decisions import Check, session_refusal
from plugin.permissions.principals import NotAssumable, Session, assume

_MODULE = "services.lambda_svc"
point(_MODULE, "_emit_lambda_logs", ("func", "request_id", "log_text", "error", "duration_ms", "log_source"))
point(_MODULE, "_route_async_failure", ("target_arn", "func_name", "event", "result"))
point(_MODULE, "_send_ddb_stream_failure_record", ("esm", "func_rec", "batch", "stream_arn", "result", "condition"))
point(_MODULE, "_iter_all_esms", ())
point(_MODULE, "_functions", object)

_ASK_EVERY_SECONDS = 5.0
_asked: dict[str, tuple[float, bool]] = {}
_SERVICE = "lambda.amazonaws.com"
_STREAM_ACTIONS = ("dynamodb:DescribeStream", "dynamodb:GetShardIterator", "dynamodb:GetRecords")
_QUEUE_ACTIONS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
_TARGETS = {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "lambda": "lambda:InvokeFunction",
            "events": "events:PutEvents", "s3": "s3:PutObject"}


def function_session(config: dict) -> Session | None:
    return assume(config["Role"], _SERVICE, config.get("FunctionName", "function"), config.get("FunctionArn", ""))


def refused(config: dict, checks: list[Check]) -> str | None:
    try:
        return session_refusal(function_session(config), checks)
    except NotAssumable as error:
        return str(error)


def source_checks(arn: str) -> list[Check]:
    """What polling an event source takes."""
    service = arn.split(":")[2]
    actions = {"dynamodb": _STREAM_ACTIONS, "sqs": _QUEUE_ACTIONS}.get(service, ())
    listed = [Check("dynamodb:ListStreams", "*")] if service == "dynamodb" else []
    return [*(Check(action, arn) for action in actions), *listed]


def target_checks(arn: str) -> list[Check]:
    """What sending a failed event to its dead-letter queue or destination takes."""
    action = _TARGETS.get(arn.split(":")[2])
    return [Check(action, arn)] if action else []


def _logging(emit):
    def emit_logs(func, request_id, log_text, error, duration_ms, *, log_source=None):
        """Without the permission a function runs, and its lines are lost, as on AWS."""
        config = func.get("config") or func
        region, account = config["FunctionArn"].split(":")[3:5]
        group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
        arn = f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:{config.get('Version', '$LATEST')}"
        if refused(config, [Check("logs:CreateLogStream", arn), Check("logs:PutLogEvents", arn)]) is None:
            emit(func, request_id, log_text, error, duration_ms, log_source=log_source)

    return emit_logs


def _sending(send):
    def send_failure(target_arn, func_name, event, result):
        function = _function(func_name)
        if function is None or refused(function, target_checks(target_arn)) is None:
            send(target_arn, func_name, event, result)

    return send_failure


def _sending_batch(send):
    def send_batch(esm, func_rec, batch, stream_arn, result, condition):
        target = ((esm.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination", "")
        if not target or refused(func_rec["config"], target_checks(target)) is None:
            send(esm, func_rec, batch, stream_arn, result, condition)

    return send_batch


def _polled(mappings):
    def polled_mappings():
        """Mappings whose function's role may not read their source are not polled; asked again every few seconds."""
        from ministack.services import lambda_svc

        for account, region, mapping in mappings():
            asked, allowed = _asked.get(mapping["UUID"], (0.0, True))
            if time.monotonic() - asked > _ASK_EVERY_SECONDS and mapping.get("Enabled", True):
                function = lambda_svc._functions.get_scoped(account, region, mapping["FunctionName"])
                allowed = not function or refused(function["config"], source_checks(mapping["EventSourceArn"])) is None
                _asked[mapping["UUID"]] = (time.monotonic(), allowed)
            if allowed:
                yield account, region, mapping

    return polled_mappings


def _function(name: str) -> dict | None:
    from ministack.services import lambda_svc

    return (lambda_svc._functions.get(name) or {}).get("config")


def install() -> None:
    from ministack.services import lambda_svc

    for name, wrap in (("_emit_lambda_logs", _logging), ("_route_async_failure", _sending),
                       ("_send_ddb_stream_failure_record", _sending_batch), ("_iter_all_esms", _polled)):
        setattr(lambda_svc, name, wrap(getattr(lambda_svc, name)))
