"""Application Auto Scaling, which MiniStack has not: targets and policies are kept and answered; nothing is scaled."""

import json
import time
import uuid

from plugin import aws, stacks
from plugin.contract import point

point("core.router", "SERVICE_PATTERNS", dict)
point("app", "SERVICE_HANDLERS", dict)
point("core.iam_actions", "SERVICE_TO_IAM_NAMESPACE", dict)

_SERVICE = "application-autoscaling"
_targets: dict[tuple, dict] = {}
_policies: dict[tuple, dict] = {}


class _Refused(Exception):
    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


async def handle_request(method, path, headers, body, query_params):
    action = headers.get("x-amz-target", "").rpartition(".")[2]
    try:
        if action not in _ACTIONS:
            raise _Refused("ValidationException", f"{action} is not in the sandbox.")
        status, answer = 200, _ACTIONS[action](json.loads(body or b"{}"))
    except _Refused as error:
        status, answer = 400, {"__type": error.code, "Message": str(error)}
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(answer).encode()


def _scope() -> tuple[str, str]:
    from ministack.core.responses import get_account_id, get_region

    return get_account_id(), get_region()


def _arn(kind: str, name: str) -> str:
    account, region = _scope()
    return f"arn:aws:autoscaling:{region}:{account}:{kind}:{name}"


def _target_key(request: dict) -> tuple:
    return (*_scope(), request["ServiceNamespace"], request["ResourceId"], request["ScalableDimension"])


def _register(request: dict) -> dict:
    key = _target_key(request)
    known = _targets.get(key, {"CreationTime": int(time.time()), "ScalableTargetARN": _arn("scalable-target", uuid.uuid4().hex[:24])})
    made = {**known, **{name: value for name, value in request.items() if name != "Tags"}}
    if "MinCapacity" not in made or "MaxCapacity" not in made:
        raise _Refused("ValidationException", "A new scalable target needs MinCapacity and MaxCapacity.")
    if int(made["MinCapacity"]) > int(made["MaxCapacity"]):
        raise _Refused("ValidationException", "Maximum capacity cannot be less than minimum capacity.")
    made.setdefault("RoleARN", f"arn:aws:iam::{_scope()[0]}:role/aws-service-role/{_SERVICE}.amazonaws.com/AWSServiceRole")
    _targets[key] = made
    return {"ScalableTargetARN": made["ScalableTargetARN"]}


def _known_target(request: dict) -> tuple:
    key = _target_key(request)
    if key not in _targets:
        raise _Refused("ObjectNotFoundException", f"No scalable target found for service namespace: {key[2]}, resource ID: "
                       f"{key[3]}, scalable dimension: {key[4]}")
    return key


def _deregister(request: dict) -> dict:
    key = _known_target(request)
    del _targets[key]
    for policy in [each for each in _policies if each[:5] == key]:
        del _policies[policy]
    return {}


def _listed(store: dict, request: dict, names: dict[str, str]) -> list[dict]:
    """Those of this account and region that each filter given lets through."""
    found = [value for key, value in store.items() if key[:2] == _scope() and value["ServiceNamespace"] == request["ServiceNamespace"]]
    for filter_name, field in names.items():
        wanted = request.get(filter_name)
        if wanted:
            found = [value for value in found if value[field] in (wanted if isinstance(wanted, list) else [wanted])]
    return found


def _describe_targets(request: dict) -> dict:
    names = {"ResourceIds": "ResourceId", "ScalableDimension": "ScalableDimension"}
    return {"ScalableTargets": _listed(_targets, request, names)}


def _put_policy(request: dict) -> dict:
    key = (*_known_target(request), request["PolicyName"])
    known = _policies.get(key, {"CreationTime": int(time.time()), "PolicyARN": _arn("scalingPolicy", str(uuid.uuid4()))})
    _policies[key] = {"PolicyType": "StepScaling", **known, **request, "Alarms": []}
    return {"PolicyARN": known["PolicyARN"], "Alarms": []}


def _describe_policies(request: dict) -> dict:
    names = {"ResourceId": "ResourceId", "ScalableDimension": "ScalableDimension", "PolicyNames": "PolicyName"}
    return {"ScalingPolicies": _listed(_policies, request, names)}


def _delete_policy(request: dict) -> dict:
    if _policies.pop((*_target_key(request), request["PolicyName"]), None) is None:
        raise _Refused("ObjectNotFoundException", f"No scaling policy {request['PolicyName']} for {request['ResourceId']}")
    return {}


_ACTIONS = {"RegisterScalableTarget": _register, "DeregisterScalableTarget": _deregister,
            "DescribeScalableTargets": _describe_targets, "PutScalingPolicy": _put_policy,
            "DescribeScalingPolicies": _describe_policies, "DeleteScalingPolicy": _delete_policy,
            "DescribeScalingActivities": lambda request: {"ScalingActivities": []}}


def _create_target(logical_id, props, stack_name):
    given = {name: value for name, value in props.items() if name not in ("ScheduledActions", "Tags")}
    if props.get("ScheduledActions"):
        raise ValueError("ScheduledActions of a scalable target are not in the sandbox.")
    for name in ("MinCapacity", "MaxCapacity"):
        given[name] = int(given[name])
    aws.client(_SERVICE).register_scalable_target(**given)
    return f"{props['ResourceId']}|{props['ScalableDimension']}|{props['ServiceNamespace']}", {}


def _delete_target(physical_id, props):
    resource, dimension, namespace = physical_id.split("|")
    aws.client(_SERVICE).deregister_scalable_target(ResourceId=resource, ScalableDimension=dimension, ServiceNamespace=namespace)


def _create_policy(logical_id, props, stack_name):
    given, target = dict(props), props.get("ScalingTargetId")
    if target:
        given.pop("ScalingTargetId")
        given["ResourceId"], given["ScalableDimension"], given["ServiceNamespace"] = target.split("|")
    arn = aws.client(_SERVICE).put_scaling_policy(**_typed(given))["PolicyARN"]
    return arn, {"Arn": arn}


def _typed(given: dict) -> dict:
    """The API has longer names for two blocks, and numbers where a template may have text."""
    for block in ("TargetTrackingScalingPolicyConfiguration", "StepScalingPolicyConfiguration", "PredictiveScalingPolicyConfiguration"):
        if block in given:
            given[block] = {name: _number(value) for name, value in given[block].items()}
    return given


def _number(value):
    if isinstance(value, dict):
        return {name: _number(item) for name, item in value.items()}
    if isinstance(value, str) and value.replace(".", "", 1).lstrip("-").isdigit():
        return float(value) if "." in value else int(value)
    return value


def _delete_policy_resource(physical_id, props):
    for key, policy in list(_policies.items()):
        if policy["PolicyARN"] == physical_id:
            del _policies[key]


def install() -> None:
    from ministack import app
    from ministack.core import iam_actions, router

    iam_actions.SERVICE_TO_IAM_NAMESPACE[_SERVICE] = _SERVICE
    router.SERVICE_PATTERNS[_SERVICE] = {"target_prefixes": ["AnyScaleFrontendService."], "host_patterns": [rf"{_SERVICE}\."],
                                         "credential_scope": _SERVICE}
    app.SERVICE_HANDLERS[_SERVICE] = handle_request
    stacks.add("AWS::ApplicationAutoScaling::ScalableTarget", {
        "create": _create_target, "update": lambda pid, old, new, stack: _create_target("", new, stack), "delete": _delete_target})
    stacks.add("AWS::ApplicationAutoScaling::ScalingPolicy", {
        "create": _create_policy, "update": lambda pid, old, new, stack: _create_policy("", new, stack),
        "delete": _delete_policy_resource})
