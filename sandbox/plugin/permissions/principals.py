"""Who stands behind an access key, and sessions of the roles that a service assumes.

The way to name a caller, for whoever needs to know it: `caller(access_key)` in the plugin, `POST /_plugin/principal`
`{"accessKey": ...}` from the daemon (cached there, `sandbox/src/callers.ts`). A function, a state machine's task, a
SageMaker job each hold a session of their own role, so that the role's ARN is the caller's name; `test`, no key and
12-digit accounts are the account's root.
"""

import hashlib
import json
from dataclasses import dataclass

from plugin.contract import point

point("core.iam_evaluator", "resolve_caller_identity", ("access_key_id",))
point("core.iam_evaluator", "_role_name_from_assumed_arn", ("assumed_arn",))
point("core.iam_evaluator", "_service_principal_matches", ("principal", "service"))
point("core.iam_evaluator", "_conditions_met", ("conditions", "ctx"))
point("services.sts", "register_session", ("access_key", "session"))
point("services.iam", "_roles", object)


@dataclass(frozen=True)
class Session:
    """Credentials by which calls are the role's own."""

    access_key: str
    secret_key: str
    token: str
    arn: str


class NotAssumable(Exception):
    """The role's trust policy does not let this service assume it for this source."""


def caller(access_key: str) -> dict | None:
    """ARN and account of the caller; `roleArn` where it is a role's session. None for a key that nobody issued."""
    from ministack.core.iam_evaluator import resolve_caller_identity

    found = resolve_caller_identity(access_key)
    if found is None:
        return None
    role = principal_of(found["userArn"])
    return {"arn": found["userArn"], "accountId": account_of(found["userArn"]) or found["accountId"],
            **({"roleArn": role} if role != found["userArn"] else {})}


def principal_of(arn: str) -> str:
    """The role behind a session's ARN; every other principal as it is."""
    from ministack.core.iam_evaluator import _role_name_from_assumed_arn

    if ":assumed-role/" not in arn:
        return arn
    name = _role_name_from_assumed_arn(arn)
    role = role_named(account_of(arn), name)
    return role["Arn"] if role else f"arn:aws:iam::{account_of(arn)}:role/{name}"


def account_of(arn: str) -> str:
    return arn.split(":")[4] if arn.count(":") >= 5 else ""


def role_named(account: str, name: str) -> dict | None:
    from ministack.services import iam

    return iam._roles.get_scoped(account, None, name)


def assume(role_arn: str, service: str, session_name: str, source_arn: str = "") -> Session | None:
    """The session in which a service acts as a role; None for a role that IAM here does not hold.

    NotAssumable where the trust policy refuses the service, or this source (`aws:SourceArn`, `aws:SourceAccount`).
    """
    account, name = account_of(role_arn), role_arn.rsplit("/", 1)[-1]
    role = role_named(account, name)
    if role is None:
        return None
    if not _trusts(role, service, source_arn, account):
        raise NotAssumable(f"{service} cannot assume {role_arn} for {source_arn or 'no source'}")
    digest = hashlib.sha256(f"{role_arn}:{service}:{session_name}".encode()).hexdigest()
    session = Session(f"ASIA{digest[:16].upper()}", hashlib.sha256(f"secret:{digest}".encode()).hexdigest(),
                      hashlib.sha256(f"token:{digest}".encode()).hexdigest(),
                      f"arn:aws:sts::{account}:assumed-role/{name}/{session_name[:64]}")
    register(session)
    return session


def register(session: Session) -> None:
    from ministack.services import sts

    name, _, session_name = session.arn.split(":assumed-role/", 1)[1].partition("/")
    sts.register_session(session.access_key, {
        "Arn": session.arn, "UserId": f"{name}:{session_name}", "SecretAccessKey": session.secret_key,
        "SessionToken": session.token})


def _trusts(role: dict, service: str, source_arn: str, account: str) -> bool:
    from ministack.core.iam_evaluator import EvalContext, _conditions_met, _service_principal_matches

    document = role.get("AssumeRolePolicyDocument") or {}
    document = json.loads(document) if isinstance(document, str) else document
    statements = document.get("Statement", [])
    source = {"aws:sourceaccount": account_of(source_arn) or account, **({"aws:sourcearn": source_arn} if source_arn else {})}
    context = EvalContext(principal_arn=service, principal_type="Service", principal_account=account,
                          action="sts:AssumeRole", resource_arn=role["Arn"], region="", service_context=source)
    named = [each for each in (statements if isinstance(statements, list) else [statements])
             if _service_principal_matches(each.get("Principal"), service) and _conditions_met(each.get("Condition", {}), context)]
    effects = {each.get("Effect") for each in named}
    return "Allow" in effects and "Deny" not in effects
