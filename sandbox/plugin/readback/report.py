"""Whole stacks, read back on demand, and what each deployment dropped."""

import contextlib

from plugin.contract import point
from plugin.readback.check import check, is_read
from plugin.readback.readers import READERS

point("services.cloudformation", "_stacks", object)
point("services.cloudformation.stacks", "_with_stack_tags", object)
point("core.responses", "_request_account_id", object)
point("core.responses", "_request_region", object)


def report(stack_name: str | None) -> dict:
    """Each resource of one stack, or of all, compared now with what the services answer."""
    from ministack.services.cloudformation import _stacks

    found = []
    for (account, region, _), stack in list(_stacks._data.items()):
        if stack.get("StackStatus", "").startswith("DELETE") or stack_name not in (None, stack["StackName"]):
            continue
        with _request_of(account, region):
            found.append(
                {
                    "stack": stack["StackName"],
                    "status": stack["StackStatus"],
                    "resources": [
                        _resource(stack, logical_id, record)
                        for logical_id, record in sorted(stack.get("_resources", {}).items())
                        if is_read(record["ResourceType"])
                    ],
                }
            )
    return {"stacks": found}


def _resource(stack: dict, logical_id: str, record: dict) -> dict:
    from ministack.services.cloudformation.stacks import _with_stack_tags

    resource_type, physical_id = record["ResourceType"], record["PhysicalResourceId"]
    props = _with_stack_tags(
        resource_type, record["Properties"], stack.get("Tags") or [], stack["StackName"], stack["StackId"], logical_id
    )
    return {
        "logicalId": logical_id,
        "type": resource_type,
        "physicalId": physical_id,
        "reader": resource_type in READERS,
        **check(resource_type, physical_id, props),
    }


@contextlib.contextmanager
def _request_of(account: str, region: str):
    from ministack.core import responses

    tokens = responses._request_account_id.set(account), responses._request_region.set(region)
    try:
        yield
    finally:
        responses._request_account_id.reset(tokens[0])
        responses._request_region.reset(tokens[1])
