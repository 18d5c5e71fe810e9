"""Calls to the local SageMaker through the front door, as any client makes them."""

import http.client
import json
import os

from plugin.permissions.tasks import task_session

HOST = "127.0.0.1"


class SageMakerError(Exception):
    """SageMaker's own error answer: its code and its message."""

    def __init__(self, code: str, message: str):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def request(action: str, body: bytes, headers: dict | None = None) -> tuple[int, dict, bytes]:
    """Status, headers and body of `SageMaker.<action>`."""
    connection = http.client.HTTPConnection(HOST, int(os.environ["GATEWAY_PORT"]), timeout=900)
    try:
        connection.request("POST", "/", body, {
            "content-type": "application/x-amz-json-1.1", **(headers or {}), "x-amz-target": f"SageMaker.{action}"})
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()


def call(action: str, data: dict) -> dict:
    """The answer to one call in the account and region of the request at hand; SageMakerError where it is refused.

    A state machine's task calls as its role, anybody else in here as the account's root.
    """
    from ministack.core.responses import get_account_id, get_region

    session = task_session()
    credential = f"{session.access_key if session else get_account_id()}/20260101/{get_region()}/sagemaker/aws4_request"
    authorization = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"
    try:
        status, _, body = request(action, json.dumps(data).encode(), {"authorization": authorization})
    except OSError as error:
        raise SageMakerError("ServiceUnavailable", f"The local SageMaker does not answer: {error}") from error
    answer = json.loads(body) if body else {}
    if status >= 400:
        raise SageMakerError(answer.get("__type", "InternalFailure").split("#")[-1],
                             answer.get("message") or answer.get("Message") or "")
    return answer
