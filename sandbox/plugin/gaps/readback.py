"""
What a deployment dropped is said: each created or updated resource is read back from its service's API, and for types
without a reader, properties that the provisioner never looked at count as dropped. The resource's stack event and the log
name them.
"""

import asyncio
import logging

from plugin import stacks
from plugin.contract import point
from plugin.readback import readers, report  # noqa: F401  (declares its points)
from plugin.readback.check import check, is_read, kept, named
from plugin.readback.tracked import track, unused

point(
    "services.cloudformation.stacks",
    "_add_event",
    ("stack_id", "stack_name", "logical_id", "resource_type", "status", "reason", "physical_id", "detailed_status"),
)

_log = logging.getLogger("sandbox.readback")
# (stack, type, physical id) -> what the event of the resource will say.
_dropped: dict[tuple[str, str, str], list[str]] = {}


def _creating(resource_type: str, create):
    def create_and_check(logical_id, props, stack_name):
        tracked = track(props)
        created = create(logical_id, tracked, stack_name)
        _check(resource_type, stack_name, created[0], tracked, props.keys(), {})
        return created

    return create_and_check


def _updating(resource_type: str, update):
    def update_and_check(physical_id, old, new, stack_name, *logical_id):
        tracked = track(new)
        updated = update(physical_id, old, tracked, stack_name, *logical_id)
        changed = {key for key in new if new[key] != old.get(key)}
        _check(resource_type, stack_name, updated[0], tracked, changed, old if updated[0] == physical_id else {})
        return updated

    return update_and_check


def _check(resource_type, stack_name, physical_id, tracked, changed, old) -> None:
    never_used = [path for path in unused(tracked) if _first(path) in changed]
    uncovered, dropped = set(dict.keys(tracked)), []
    # On the event loop nothing can ask the API, which the loop itself would have to answer.
    if not _on_event_loop():
        result = check(resource_type, physical_id, tracked)
        uncovered = set(result["uncovered"])
        dropped = [named(each) for each in result["differences"]]
        dropped += [f"the removal of {each['property']}" for each in kept(resource_type, physical_id, tracked, old)]
    dropped += [path for path in never_used if _first(path) in uncovered]
    if dropped:
        _dropped[(stack_name, resource_type, physical_id)] = dropped


def _first(path: str) -> str:
    return path.split(".")[0].split("[")[0]


def _on_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _telling(add_event):
    def add(stack_id, stack_name, logical_id, resource_type, status, reason="", physical_id="", detailed_status=""):
        if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            dropped = _dropped.pop((stack_name, resource_type, physical_id), None)
            if dropped:
                told = f"Not applied by the sandbox: {', '.join(dropped)}"
                _log.warning("%s %s (%s): %s", stack_name, logical_id, resource_type, told)
                reason = reason or told
        return add_event(stack_id, stack_name, logical_id, resource_type, status, reason, physical_id, detailed_status)

    return add


def install() -> None:
    from ministack.services.cloudformation import stacks as ministack_stacks
    from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

    readers.load()
    for resource_type, handlers in _RESOURCE_HANDLERS.items():
        if not is_read(resource_type):
            continue
        if "create" in handlers:
            handlers["create"] = _creating(resource_type, handlers["create"])
        if "update" in handlers:
            handlers["update"] = _updating(resource_type, handlers["update"])
        stacks.run_on_worker(resource_type)
    ministack_stacks._add_event = _telling(ministack_stacks._add_event)
