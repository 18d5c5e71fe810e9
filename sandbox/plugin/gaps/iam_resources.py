"""The resource of a call as AWS's service authorization reference names it, where MiniStack names another."""

import json

from plugin.contract import point
from plugin.permissions.tasks import machine_of_token

point("core.iam_actions", "extract_resource_arn",
      ("service", "method", "path", "headers", "body", "query_params", "region", "account_id"))


def _extracting(extract):
    def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
        owner = _field(body, "registryId") if service == "ecr" else None
        arn = extract(service, method, path, headers, body, query_params, region, owner or account_id)
        if service == "states" and arn == "*":
            return machine_of_token(_field(body, "taskToken") or "") or arn
        stream = _field(body, "logStreamName") if service == "logs" else None
        return f"{arn.removesuffix(':*')}:log-stream:{stream}" if stream and ":log-stream:" not in arn else arn

    return extract_resource_arn


def _field(body: bytes, name: str) -> str | None:
    """A repository is its registry's, which may be another account's, as AWS's own images are; lines are a stream's."""
    try:
        return json.loads(body or b"{}").get(name)
    except (ValueError, AttributeError):
        return None


def install() -> None:
    from ministack.core import iam_actions

    iam_actions.extract_resource_arn = _extracting(iam_actions.extract_resource_arn)
