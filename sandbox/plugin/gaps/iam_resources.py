"""The resource of a call as AWS's service authorization reference names it, where MiniStack names another."""

import json

from plugin.contract import point

point("core.iam_actions", "extract_resource_arn",
      ("service", "method", "path", "headers", "body", "query_params", "region", "account_id"))


def _extracting(extract):
    def extract_resource_arn(service, method, path, headers, body, query_params, region, account_id):
        owner = _registry(body) if service == "ecr" else None
        return extract(service, method, path, headers, body, query_params, region, owner or account_id)

    return extract_resource_arn


def _registry(body: bytes) -> str | None:
    """A repository is its registry's, which may be another account's: AWS's own images are."""
    try:
        return json.loads(body or b"{}").get("registryId")
    except (ValueError, AttributeError):
        return None


def install() -> None:
    from ministack.core import iam_actions

    iam_actions.extract_resource_arn = _extracting(iam_actions.extract_resource_arn)
