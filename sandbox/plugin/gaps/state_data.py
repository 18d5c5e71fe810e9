"""How states pass data on: Assign in JSONPath, Output of Succeed and of Choice's default, and the limit of 256 KiB."""

import json

from plugin import choice_rules, executions, state_paths
from plugin.contract import point
from plugin.state_paths import current_context

_MODULE = "services.stepfunctions"
_WITH_EXECUTION = ("_execute_task", "_execute_parallel", "_execute_map")
for _name in _WITH_EXECUTION:
    point(_MODULE, _name, ("state_def", "raw_input", "execution", "ctx"))
_ALONE = ("_execute_pass", "_execute_choice", "_execute_wait")
for _name in _ALONE:
    point(_MODULE, _name, ("state_def", "raw_input", "ctx"))
point(_MODULE, "_resolve_path", ("path", "data"))
point(_MODULE, "_resolve_ctx_path", ("path", "ctx"))
point(_MODULE, "_resolve_params_obj", ("template", "data", "ctx"))
point(_MODULE, "_apply_result_selector", ("state_def", "data"))
point(_MODULE, "_apply_output_path", ("state_def", "data", "ctx"))
point(_MODULE, "_apply_catcher", ("catcher", "raw_input", "ctx", "query_language", "error_output"))
point(_MODULE, "_invoke_resource", ("resource", "input_data"))
point(_MODULE, "_evaluate_rule", ("rule", "data", "ctx"))
point(_MODULE, "_jsonata_state_field", ("state_def", "field", "expected", "raw_input", "ctx"))

_MOST_BYTES = 262_144
_RAW_RESULT = "_sandbox_result"


def _sfn():
    from ministack.services import stepfunctions

    return stepfunctions


def _is_jsonata(state: dict, context) -> bool:
    return _sfn()._state_query_language(state, context) == "JSONata"


def _state(execute):
    def execute_state(state_def, raw_input, *rest):
        context = (rest[-1] if rest else None) or {}
        token = current_context.set(context)
        try:
            if executions.given_up():
                raise executions.GivenUp("stopped between two states")
            output, following = execute(state_def, raw_input, *rest)
            if not _is_jsonata(state_def, context) and "Choices" not in state_def:
                _assign(state_def, context.pop(_RAW_RESULT, raw_input), context)
        finally:
            context.pop(_RAW_RESULT, None)
            current_context.reset(token)
        _refuse_too_large(output, f"The state '{(context.get('State') or {}).get('Name', '')}'")
        return output, following

    return execute_state


def _assign(owner: dict, data, context: dict) -> None:
    assigned = owner.get("Assign")
    if assigned:
        context.setdefault("variables", {}).update(_sfn()._resolve_params_obj(assigned, data, context))


def _selecting(select):
    def apply_result_selector(state_def, data):
        context = current_context.get()
        if context is not None:
            # JSONPath's Assign sees the result as it came, before ResultSelector.
            context[_RAW_RESULT] = data
        return select(state_def, data)

    return apply_result_selector


def _refuse_too_large(value, what: str) -> None:
    size = len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())
    if size > _MOST_BYTES:
        raise _sfn()._ExecutionError("States.DataLimitExceeded", f"{what} returned a result with a size exceeding the "
                                     f"maximum number of bytes service limit ({size} of {_MOST_BYTES}).")


def _invoking(invoke):
    def invoke_resource(resource, input_data):
        result = invoke(resource, input_data)
        _refuse_too_large(result, f"The task '{resource}'")
        return result

    return invoke_resource


def _ending(apply):
    def apply_output_path(state_def, data, ctx=None):
        if state_def.get("Type") == "Succeed" and _is_jsonata(state_def, ctx):
            return _sfn()._apply_jsonata_output(state_def, data, ctx, default=data)
        return apply(state_def, data, ctx)

    return apply_output_path


def _catching(apply):
    def apply_catcher(catcher, raw_input, ctx, query_language, error_output):
        if query_language != "JSONata":
            _assign(catcher, error_output, ctx)
        elif "Output" not in catcher:
            # JSONata knows no ResultPath: the error is the output.
            _sfn()._apply_state_assign(catcher, raw_input, ctx, error_output=error_output)
            return error_output
        return apply(catcher, raw_input, ctx, query_language, error_output)

    return apply_catcher


def _choosing(choose):
    def execute_choice(state_def, raw_input, ctx=None):
        sfn = _sfn()
        if not _is_jsonata(state_def, ctx):
            return _choose_by_path(state_def, raw_input, ctx)
        chosen, following = state_def, state_def.get("Default")
        for rule in state_def.get("Choices", []):
            if sfn._jsonata_state_field(rule, "Condition", "boolean", raw_input, ctx):
                chosen, following = rule, rule["Next"]
                break
        if not following:
            return choose(state_def, raw_input, ctx)
        output = sfn._apply_jsonata_output(chosen, raw_input, ctx, default=raw_input)
        sfn._apply_state_assign({**chosen, "QueryLanguage": "JSONata"}, raw_input, ctx)
        return output, following

    return execute_choice


def _choose_by_path(state: dict, raw_input, context):
    sfn = _sfn()
    effective = sfn._apply_input_path(state, raw_input, context)
    rule = next((rule for rule in state.get("Choices", []) if sfn._evaluate_rule(rule, effective, context)), None)
    if rule is None and "Default" not in state:
        raise sfn._ExecutionError("States.NoChoiceMatched", "No choice rule matched and no Default")
    _assign(rule or state, effective, context)
    return sfn._apply_output_path(state, effective, context), rule["Next"] if rule else state["Default"]


def _resolve_context_path(path, ctx):
    return state_paths.resolve(path, None, ctx)


def install() -> None:
    sfn = _sfn()
    sfn._resolve_path = state_paths.resolve
    sfn._resolve_ctx_path = _resolve_context_path
    sfn._evaluate_rule = lambda rule, data, ctx=None: choice_rules.holds(rule, lambda path: state_paths.find(path, data, ctx))
    sfn._apply_result_selector = _selecting(sfn._apply_result_selector)
    sfn._apply_output_path = _ending(sfn._apply_output_path)
    sfn._apply_catcher = _catching(sfn._apply_catcher)
    sfn._invoke_resource = _invoking(sfn._invoke_resource)
    sfn._execute_choice = _choosing(sfn._execute_choice)
    for name in (*_WITH_EXECUTION, *_ALONE):
        setattr(sfn, name, _state(getattr(sfn, name)))
