"""Resource types of CloudFormation that MiniStack lacks although its API has what they make: provisioned by API calls."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from plugin import aws, stacks

Made = tuple[str, dict]


@dataclass(frozen=True)
class ApiResource:
    """How one type is made; each function gets a client of the service, and properties with the name filled in."""

    service: str
    # (client, properties) -> physical id, attributes
    create: Callable[[object, dict], Made]
    # (client, physical id, properties)
    delete: Callable[[object, str, dict], object]
    # (client, physical id, properties) -> attributes; None where any change replaces the resource.
    update: Callable[[object, str, dict], dict] | None = None
    # The property that holds the name, and the longest that a generated one may be.
    name: str | None = None
    max_len: int = 64
    # A change to one of these replaces the resource although `update` exists.
    fixed: tuple[str, ...] = field(default=())


def add(resource_type: str, resource: ApiResource) -> None:
    stacks.add(resource_type, _handlers(resource))


def _handlers(resource: ApiResource) -> dict:
    def create(logical_id, props, stack_name):
        named = dict(props)
        if resource.name and not props.get(resource.name):
            named[resource.name] = stacks.physical_name(stack_name, logical_id, max_len=resource.max_len)
        return resource.create(aws.client(resource.service), named)

    def update(physical_id, old, new, stack_name, logical_id):
        fixed = {*resource.fixed, *filter(None, (resource.name,))}
        if resource.update and all(old.get(key) == new.get(key) for key in fixed):
            named = {resource.name: physical_id, **new} if resource.name else new
            return physical_id, resource.update(aws.client(resource.service), physical_id, named)
        if resource.name and new.get(resource.name) and new.get(resource.name) == old.get(resource.name):
            raise ValueError("CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                             f"Rename {new[resource.name]} and update the stack again.")
        return create(f"{logical_id}{int(time.time())}", new, stack_name)

    def delete(physical_id, props):
        from botocore.exceptions import ClientError

        try:
            resource.delete(aws.client(resource.service), physical_id, props)
        except ClientError as error:
            if not is_gone(error):
                raise

    return {"create": create, "update": update, "update_with_logical_id": True, "delete": delete}


def is_gone(error) -> bool:
    """Whether the service says that there is no such thing: a deletion of what somebody else deleted succeeds."""
    code = error.response.get("Error", {}).get("Code", "")
    return "NotFound" in code or "NoSuch" in code or "DoesNotExist" in code


def pick(props: dict, *names: str) -> dict:
    """Those properties that are set, under the same names as in the API."""
    return {name: props[name] for name in names if name in props}


def lowered(value):
    """Properties as APIs spell them whose members begin in lower case."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: lowered(each) for key, each in value.items()}
    return [lowered(each) for each in value] if isinstance(value, list) else value
