"""Exports of stacks: one stack a name, and no change or end of one that another stack imports."""

from plugin.contract import point

point("services.cloudformation.stacks", "_resolve_stack_outputs",
      ("outputs_defs", "conditions", "resources", "param_values", "mappings", "stack_name", "stack_id"))
point("services.cloudformation.handlers", "_imported_export_names", ("stack", "stack_name"))
point("services.cloudformation", "_exports", object)
point("services.cloudformation", "_stacks", object)


def _resolving(resolve):
    def resolve_stack_outputs(outputs_defs, conditions, resources, param_values, mappings, stack_name, stack_id):
        outputs, exports = resolve(outputs_defs, conditions, resources, param_values, mappings, stack_name, stack_id)
        _check(exports, stack_name, stack_id)
        return outputs, exports

    return resolve_stack_outputs


def _check(exports: dict, stack_name: str, stack_id: str) -> None:
    from ministack.services.cloudformation import _exports

    for name, export in exports.items():
        known = _exports.get(name)
        if known and known["StackId"] != stack_id:
            raise ValueError(f"Export with name {name} is already exported by stack {known['StackId'].split('/')[1]}.")
        if known and known["Value"] != export["Value"]:
            _refuse_in_use(name, "updated", stack_name)
    for name, known in list(_exports.items()):
        if known["StackId"] == stack_id and name not in exports:
            _refuse_in_use(name, "deleted", stack_name)


def _refuse_in_use(name: str, done: str, owner: str) -> None:
    from ministack.services.cloudformation import _stacks, handlers

    users = [other for other, stack in list(_stacks.items())
             if other != owner and not stack.get("StackStatus", "").startswith("DELETE")
             and stack.get("StackStatus") != "ROLLBACK_COMPLETE" and name in handlers._imported_export_names(stack, other)]
    if users:
        raise ValueError(f"Export {name} cannot be {done} as it is in use by {', '.join(sorted(users))}")


def install() -> None:
    from ministack.services.cloudformation import stacks

    stacks._resolve_stack_outputs = _resolving(stacks._resolve_stack_outputs)
