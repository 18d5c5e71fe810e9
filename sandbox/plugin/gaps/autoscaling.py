"""Application Auto Scaling, which MiniStack has not: targets, policies and schedules are kept and described, none acts."""

import uuid

from plugin import kept
from plugin.api_resources import ApiResource, add, pick
from plugin.contract import point

point("core.router", "SERVICE_PATTERNS", dict)
point("app", "SERVICE_HANDLERS", dict)
point("core.iam_actions", "SERVICE_TO_IAM_NAMESPACE", dict)

_NAME = "application-autoscaling"
_KEY = ("ServiceNamespace", "ResourceId", "ScalableDimension")
_targets, _policies, _actions = kept.Table("scalable-targets"), kept.Table("scaling-policies"), kept.Table("scaling-schedules")


def _key(request: dict, *more: str) -> str:
    return "|".join(request[name] for name in (*_KEY, *more))


def _arn(kind: str) -> str:
    from ministack.core.responses import get_account_id, get_region

    return f"arn:aws:{_NAME if kind == 'scalable-target' else 'autoscaling'}:{get_region()}:{get_account_id()}:{kind}"


def _seconds() -> float:
    return kept.now_ms() / 1000


def _register(request: dict) -> dict:
    earlier = _targets.all().get(_key(request), {})
    if not earlier and not {"MinCapacity", "MaxCapacity"} <= request.keys():
        raise kept.Refused("ValidationException", "MinCapacity and MaxCapacity must be specified for a new target.")
    target = {"ScalableTargetARN": f"{_arn('scalable-target')}/{uuid.uuid4().hex[:30]}", "CreationTime": _seconds(),
              "RoleARN": "", "SuspendedState": {f"{kind}Suspended": False for kind in (
                  "DynamicScalingIn", "DynamicScalingOut", "ScheduledScaling")}, **earlier,
              **pick(request, *_KEY, "MinCapacity", "MaxCapacity", "RoleARN", "SuspendedState")}
    if target["MinCapacity"] > target["MaxCapacity"]:
        raise kept.Refused("ValidationException", "Maximum capacity cannot be less than minimum capacity")
    _targets.put(_key(request), target)
    return {"ScalableTargetARN": target["ScalableTargetARN"]}


def _need_target(request: dict) -> None:
    if _key(request) not in _targets.all():
        raise kept.Refused("ObjectNotFoundException", "No scalable target registered for service namespace: "
                           f"{request['ServiceNamespace']}, resource ID: {request['ResourceId']}, scalable dimension: "
                           f"{request['ScalableDimension']}")


def _deregister(request: dict) -> dict:
    _need_target(request)
    _targets.remove(_key(request))
    for table in (_policies, _actions):
        for key in table.all():
            if key.startswith(f"{_key(request)}|"):
                table.remove(key)
    return {}


def _put_policy(request: dict) -> dict:
    _need_target(request)
    key = _key(request, "PolicyName")
    arn = f"{_arn('scalingPolicy')}:{uuid.uuid4()}:resource/{request['ServiceNamespace']}/{request['ResourceId']}:policyName/"
    policy = {"PolicyARN": arn + request["PolicyName"], "PolicyType": "StepScaling", "CreationTime": _seconds(), "Alarms": [],
              **_policies.all().get(key, {}), **pick(request, *_KEY, "PolicyName", "PolicyType", "StepScalingPolicyConfiguration",
                                                     "TargetTrackingScalingPolicyConfiguration")}
    _policies.put(key, policy)
    return {"PolicyARN": policy["PolicyARN"], "Alarms": []}


def _put_action(request: dict) -> dict:
    _need_target(request)
    key = _key(request, "ScheduledActionName")
    action = {"ScheduledActionARN": f"{_arn('scheduledAction')}:{uuid.uuid4()}", "CreationTime": _seconds(),
              **_actions.all().get(key, {}), **request}
    _actions.put(key, action)
    return {}


def _deleting(table: kept.Table, name: str, what: str):
    def delete(request: dict) -> dict:
        if not table.remove(_key(request, name)):
            raise kept.Refused("ObjectNotFoundException", f"No {what} found for the name {request[name]}.")
        return {}

    return delete


def _describing(table: kept.Table, result: str, ids: str, name: str):
    def describe(request: dict) -> dict:
        found = [record for record in table.all().values()
                 if all(record.get(key) == request.get(key, record.get(key)) for key in _KEY)
                 and (not request.get(ids) or record[name] in request[ids])]
        return {result: sorted(found, key=lambda record: record["CreationTime"])}

    return describe


_OPERATIONS = {
    "RegisterScalableTarget": _register, "DeregisterScalableTarget": _deregister,
    "DescribeScalableTargets": _describing(_targets, "ScalableTargets", "ResourceIds", "ResourceId"),
    "PutScalingPolicy": _put_policy, "DeleteScalingPolicy": _deleting(_policies, "PolicyName", "scaling policy"),
    "DescribeScalingPolicies": _describing(_policies, "ScalingPolicies", "PolicyNames", "PolicyName"),
    "PutScheduledAction": _put_action, "DeleteScheduledAction": _deleting(_actions, "ScheduledActionName", "scheduled action"),
    "DescribeScheduledActions": _describing(_actions, "ScheduledActions", "ScheduledActionNames", "ScheduledActionName"),
    "DescribeScalingActivities": lambda request: {"ScalingActivities": []},
}
_POLICY = ("PolicyName", "PolicyType", "StepScalingPolicyConfiguration", "TargetTrackingScalingPolicyConfiguration")


def _numbers(value):
    """Templates may give numbers as text, which an API does not take."""
    if isinstance(value, dict):
        return {key: _numbers(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_numbers(each) for each in value]
    return float(value) if isinstance(value, str) and value.replace(".", "", 1).isdigit() else value


def _target_resource(scaling, props):
    target = pick(props, *_KEY, "RoleARN", "SuspendedState")
    scaling.register_scalable_target(MinCapacity=int(props["MinCapacity"]), MaxCapacity=int(props["MaxCapacity"]), **target)
    for action in props.get("ScheduledActions", []):
        capacity = {key: int(value) for key, value in action.get("ScalableTargetAction", {}).items()}
        scaling.put_scheduled_action(**{key: props[key] for key in _KEY}, ScalableTargetAction=capacity, **pick(
            action, "ScheduledActionName", "Schedule", "Timezone", "StartTime", "EndTime"))
    # Ref is these three, from the inside out.
    id_ = "|".join((props["ResourceId"], props["ScalableDimension"], props["ServiceNamespace"]))
    return id_, {"Id": id_}


def _policy_resource(scaling, props):
    target = props
    if "ScalingTargetId" in props:
        target = dict(zip(("ResourceId", "ScalableDimension", "ServiceNamespace"), props["ScalingTargetId"].split("|")))
    arn = scaling.put_scaling_policy(**pick(target, *_KEY), **_numbers(pick(props, *_POLICY)))["PolicyARN"]
    return arn, {"Arn": arn, "PolicyName": props["PolicyName"]}


def _delete_policy(scaling, arn, _):
    for policy in _policies.all().values():
        if policy["PolicyARN"] == arn:
            scaling.delete_scaling_policy(**pick(policy, *_KEY, "PolicyName"))


def install() -> None:
    from ministack import app
    from ministack.core import iam_actions, router

    iam_actions.SERVICE_TO_IAM_NAMESPACE[_NAME] = _NAME
    router.SERVICE_PATTERNS[_NAME] = {"target_prefixes": ["AnyScaleFrontendService."],
                                      "host_patterns": [r"^application-autoscaling\."]}
    app.SERVICE_HANDLERS[_NAME] = kept.handler("AnyScaleFrontendService", _OPERATIONS)
    add("AWS::ApplicationAutoScaling::ScalableTarget", ApiResource(
        _NAME, _target_resource, lambda scaling, _, props: scaling.deregister_scalable_target(**pick(props, *_KEY)),
        update=lambda scaling, _, props: _target_resource(scaling, props)[1], fixed=_KEY))
    add("AWS::ApplicationAutoScaling::ScalingPolicy", ApiResource(
        _NAME, _policy_resource, _delete_policy, update=lambda scaling, _, props: _policy_resource(scaling, props)[1],
        fixed=("PolicyName", "ScalingTargetId", *_KEY)))
