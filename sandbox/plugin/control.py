"""The daemon's own way in, beside MiniStack's API: SageMaker's events and metrics, faults, stacks read back, IAM."""

import json
from urllib.parse import parse_qs

from plugin import idle_memory
from plugin.permissions import requests
from plugin.readback.report import report as readback

PREFIX = "/_plugin/"


def wrap(application):
    """An ASGI application that answers PREFIX itself and leaves everything else to `application`."""

    from ministack.core.concurrency import run_reentrant

    async def wrapped(scope, receive, send):
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            idle_memory.note_request()
            return await application(scope, receive, send)
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        path = scope["path"][len(PREFIX):]
        if path == "readback":
            stack = parse_qs(scope["query_string"].decode()).get("stack", [None])[0]
            status, answer = 200, await run_reentrant(readback, stack)
        else:
            status, answer = _answer(path, body)
        await send({"type": "http.response.start", "status": status,
                    "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": json.dumps(answer, default=str).encode()})

    return wrapped


def _answer(path: str, body: bytes) -> tuple[int, dict]:
    from plugin import faults

    actions = {"events": _publish_event, "metrics": _put_metrics, "faults": faults.set_rules,
               "kill": faults.kill_workers, **requests.ACTIONS}
    if path not in actions:
        return 404, {"message": f"no such path: {path}"}
    try:
        return 200, actions[path](json.loads(body)) or {}
    except (KeyError, TypeError, ValueError) as error:
        return 400, {"message": f"{type(error).__name__}: {error}"}


def _publish_event(event: dict) -> None:
    from ministack.services import eventbridge

    entry = {"Source": "aws.sagemaker", "DetailType": event["detailType"], "Detail": json.dumps(event["detail"]),
             "Resources": event.get("resources", [])}
    # Only AWS itself publishes as aws.*: the same door that MiniStack's own services use.
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)


def _put_metrics(request: dict) -> None:
    from plugin import metrics

    for datum in request["data"]:
        metrics.record(request["namespace"], datum["name"], datum["dimensions"], datum["value"], datum["unit"])
