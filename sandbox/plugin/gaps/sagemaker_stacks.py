"""AWS::SageMaker::* in CloudFormation: models, endpoint configs, endpoints and model package groups."""

import time

from plugin import sagemaker, stacks

_POLL_SECONDS = 0.25
_ENDPOINT_SECONDS = 1800
# Type -> the properties that an update may change in place; a change to any other replaces the resource.
# How an endpoint is updated; its creation takes no such thing.
_UPDATE_ONLY = ("RetainAllVariantProperties", "ExcludeRetainedVariantProperties", "RetainDeploymentConfig")
_TYPES = {"Model": (), "EndpointConfig": (), "Endpoint": ("EndpointConfigName", "DeploymentConfig", *_UPDATE_ONLY),
          "ModelPackageGroup": ()}


def _handlers(kind: str) -> dict:
    name_key, arn_key = f"{kind}Name", f"{kind}Arn"

    def create(logical_id, props, stack_name):
        name = props.get(name_key) or stacks.physical_name(stack_name, logical_id, max_len=63)
        given = {key: value for key, value in props.items() if key not in _UPDATE_ONLY}
        answer = sagemaker.call(f"Create{kind}", {**given, name_key: name})
        if kind == "Endpoint":
            _wait(name)
        return answer[arn_key], {name_key: name, arn_key: answer[arn_key]}

    def update(physical_id, old, new, stack_name, logical_id):
        name = physical_id.rsplit("/", 1)[-1]
        changed = {key for key in {*old, *new} if old.get(key) != new.get(key)} - {"Tags"}
        if changed <= set(_TYPES[kind]):
            if "EndpointConfigName" in changed:
                given = {key: new[key] for key in _TYPES[kind] if key in new}
                sagemaker.call("UpdateEndpoint", {**given, "EndpointName": name})
                _wait(name, new["EndpointConfigName"])
            return physical_id, {name_key: name, arn_key: physical_id}
        if new.get(name_key) == name:
            raise ValueError(f"CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                             f"Rename {name} and update the stack again.")
        return create(f"{logical_id}{int(time.time())}", new, stack_name)

    def delete(physical_id, props):
        try:
            sagemaker.call(f"Delete{kind}", {name_key: physical_id.rsplit("/", 1)[-1]})
        except sagemaker.SageMakerError as error:
            if "Could not find" not in error.message and not error.code.startswith("ResourceNotFound"):
                raise

    return {"create": create, "update": update, "update_with_logical_id": True, "delete": delete}


def _wait(name: str, config: str | None = None) -> None:
    """Until the endpoint serves; an update that was rolled back leaves it in service with its former config."""
    deadline = time.monotonic() + _ENDPOINT_SECONDS
    while time.monotonic() < deadline:
        described = sagemaker.call("DescribeEndpoint", {"EndpointName": name})
        if described["EndpointStatus"] == "InService":
            if config in (None, described["EndpointConfigName"]):
                return
            raise ValueError(f"Endpoint {name} was not updated: {described.get('FailureReason', 'no reason given')}")
        if described["EndpointStatus"] == "Failed":
            raise ValueError(f"Endpoint {name} failed: {described.get('FailureReason', 'no reason given')}")
        time.sleep(_POLL_SECONDS)
    raise ValueError(f"Endpoint {name} was not in service after {_ENDPOINT_SECONDS} s.")


def install() -> None:
    for kind in _TYPES:
        stacks.add(f"AWS::SageMaker::{kind}", _handlers(kind))
