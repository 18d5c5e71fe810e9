"""What the daemon asks about callers: who one is, whether it may, and a session in which SageMaker acts as a role."""

from plugin.permissions.decisions import Check, refusal
from plugin.permissions.principals import NotAssumable, assume, caller

_SAGEMAKER = "sagemaker.amazonaws.com"


def name_caller(request: dict) -> dict:
    return {"caller": caller(request["accessKey"])}


def authorize(request: dict) -> dict:
    checks = [Check(each["action"], each["resource"], each.get("context") or {}) for each in request["checks"]]
    return {"refusal": refusal(request["accessKey"], checks, request.get("accountId", ""))}


def assume_role(request: dict) -> dict:
    """Credentials of the role's session, none for a role that IAM here does not hold, or why it is refused."""
    try:
        session = assume(request["roleArn"], _SAGEMAKER, "SageMaker", request.get("sourceArn", ""))
    except NotAssumable as error:
        return {"refusal": str(error)}
    if session is None:
        return {}
    return {"accessKeyId": session.access_key, "secretAccessKey": session.secret_key, "sessionToken": session.token}


ACTIONS = {"principal": name_caller, "authorize": authorize, "assume": assume_role}
