"""EventBridge Pipes reads its source and acts on its target as the pipe's role."""

import logging

from plugin import permissions
from plugin.contract import point
from plugin.permissions.decisions import Check, session_refusal
from plugin.permissions.principals import NotAssumable, assume

point("services.pipes", "_deliver_batch", ("pipe", "batch"))

logger = logging.getLogger("ministack")
_SOURCE = ("dynamodb:DescribeStream", "dynamodb:GetShardIterator", "dynamodb:GetRecords")
_TARGETS = {"states": "states:StartExecution", "sns": "sns:Publish"}
_told: set[tuple] = set()


def _delivering(deliver):
    def deliver_batch(pipe, batch):
        """A batch that the role may not read or hand on stays in the stream, as on AWS, until it is too old."""
        refusal = _refusal(pipe) if pipe.get("RoleArn") and permissions.MODE != "off" else None
        if refusal and (pipe["Arn"], refusal) not in _told:
            _told.add((pipe["Arn"], refusal))
            logger.warning("IAM: %s delivers nothing: %s", pipe["Arn"], refusal)
        return False if refusal and permissions.MODE == "enforce" else deliver(pipe, batch)

    return deliver_batch


def _refusal(pipe: dict) -> str | None:
    action = _TARGETS.get(pipe["Target"].split(":")[2])
    checks = [*(Check(each, pipe["Source"]) for each in _SOURCE), *([Check(action, pipe["Target"])] if action else [])]
    try:
        return session_refusal(assume(pipe["RoleArn"], "pipes.amazonaws.com", pipe["Name"], pipe["Arn"]), checks)
    except NotAssumable as error:
        return str(error)


def install() -> None:
    from ministack.services import pipes

    pipes._deliver_batch = _delivering(pipes._deliver_batch)
