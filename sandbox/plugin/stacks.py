"""Resource types of CloudFormation: extended where MiniStack's own drop properties, added where it has none."""

from collections.abc import Callable

from plugin.contract import point

point("services.cloudformation.provisioners", "_RESOURCE_HANDLERS", dict)
point("services.cloudformation.provisioners", "_physical_name",
      ("stack_name", "logical_id", "lowercase", "max_len", "seeded"))
point("services.cloudformation.stacks", "_runs_on_worker_thread", ("resource_type",))

Apply = Callable[[str, dict, dict], dict | None]
_on_worker: set[str] = set()


def extend(resource_type: str, apply: Apply) -> None:
    """
    Calls `apply(physical id, properties, earlier properties)` after each create and update of the type. What it returns
    are attributes that Fn::GetAtt finds beside MiniStack's own.
    """
    from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

    handlers = _RESOURCE_HANDLERS[resource_type]
    create, update = handlers["create"], handlers.get("update")
    with_logical_id = handlers.get("update_with_logical_id", False)

    def create_and_apply(logical_id, props, stack_name):
        physical_id, attributes = create(logical_id, props, stack_name)
        return physical_id, {**attributes, **(apply(physical_id, props, {}) or {})}

    def update_and_apply(physical_id, old, new, stack_name, logical_id=None):
        arguments = (physical_id, old, new, stack_name)
        made, attributes = update(*arguments, logical_id) if with_logical_id else update(*arguments)
        return made, {**attributes, **(apply(made, new, old if made == physical_id else {}) or {})}

    handlers["create"] = create_and_apply
    if update:
        handlers["update"] = update_and_apply
    run_on_worker(resource_type)


def flag(value) -> bool:
    """A template's flag, which may be a string."""
    return str(value).lower() == "true"


def apply_tags(props: dict, old: dict, put: Callable[[dict], object], remove: Callable[[list], object]) -> None:
    """Tags in either of CloudFormation's forms: the changed ones are put, those that went are removed."""
    new, before = _tag_map(props.get("Tags")), _tag_map(old.get("Tags"))
    changed = {key: value for key, value in new.items() if before.get(key) != value}
    gone = [key for key in before if key not in new]
    if changed:
        put(changed)
    if gone:
        remove(gone)


def _tag_map(tags) -> dict:
    return dict(tags) if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags or []}


def add(resource_type: str, handlers: dict) -> None:
    from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

    _RESOURCE_HANDLERS[resource_type] = handlers
    run_on_worker(resource_type)


def physical_name(stack_name: str, logical_id: str, max_len: int) -> str:
    from ministack.services.cloudformation.provisioners import _physical_name

    return _physical_name(stack_name, logical_id, max_len=max_len)


def run_on_worker(resource_type: str) -> None:
    """What calls MiniStack's API must leave its event loop free to answer."""
    from ministack.services.cloudformation import stacks

    if not _on_worker:
        runs_on_worker = stacks._runs_on_worker_thread
        stacks._runs_on_worker_thread = lambda name: name in _on_worker or runs_on_worker(name)
    _on_worker.add(resource_type)
