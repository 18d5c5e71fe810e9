"""Parallel and inline Map: both query languages, variables of their own, and the first failure ends the other branches."""

import contextvars
import copy
import threading

from plugin import executions, map_items
from plugin.contract import point

_MODULE = "services.stepfunctions"
point(_MODULE, "_run_parallel_branches", ("state_def", "raw_input", "execution", "ctx"))
point(_MODULE, "_run_map_items", ("state_def", "raw_input", "execution", "ctx"))
point(_MODULE, "_run_sub_machine", ("states", "start_at", "input_data", "execution", "ctx"))
point(_MODULE, "_apply_jsonata_arguments", ("state_def", "raw_input", "ctx"))
point(_MODULE, "_apply_parameters", ("state_def", "data", "ctx"))
point(_MODULE, "_state_query_language", ("state_def", "ctx"))
point(_MODULE, "_apply_result_selector", ("state_def", "data"))
point(_MODULE, "_apply_result_path", ("state_def", "original", "result"))
point(_MODULE, "_apply_output_path", ("state_def", "data", "ctx"))
point(_MODULE, "_apply_jsonata_output", ("state_def", "raw_input", "ctx", "result", "error_output", "default"))
point(_MODULE, "_apply_state_assign", ("state_def", "raw_input", "ctx", "result", "error_output"))
point(_MODULE, "_next_or_end", ("state_def",))

# As on AWS, where an inline Map runs at most as many at once.
_MOST_AT_ONCE = 40
_SLICE_SECONDS = 0.2


def _sfn():
    from ministack.services import stepfunctions

    return stepfunctions


def output_of(state: dict, raw_input, context: dict, result):
    """What the state hands on, by its query language, once its result is there."""
    sfn = _sfn()
    if sfn._state_query_language(state, context) == "JSONata":
        output = sfn._apply_jsonata_output(state, raw_input, context, result=result, default=result)
        sfn._apply_state_assign(state, raw_input, context, result=result)
        return output
    output = sfn._apply_result_path(state, raw_input, sfn._apply_result_selector(state, result))
    return sfn._apply_output_path(state, output, context)


def _parallel(state, raw_input, execution, context):
    sfn = _sfn()
    if sfn._state_query_language(state, context) == "JSONata":
        given = sfn._apply_jsonata_arguments(state, raw_input, context)
    else:
        given = sfn._apply_parameters(state, sfn._apply_input_path(state, raw_input, context), context)
    jobs = [(branch, given, _inner(context)) for branch in state.get("Branches", [])]
    result = _run_together(jobs, len(jobs), execution, context, "States.BranchFailed")
    return output_of(state, raw_input, context, result), sfn._next_or_end(state)


def _map(state, raw_input, execution, context):
    sfn = _sfn()
    jsonata = sfn._state_query_language(state, context) == "JSONata"
    effective = raw_input if jsonata else sfn._apply_input_path(state, raw_input, context)
    fields = map_items.Fields(state, raw_input, effective, context, jsonata)
    processor = state.get("ItemProcessor") or state.get("Iterator") or {}
    selector = state.get("ItemSelector") or state.get("Parameters")
    jobs = []
    for index, item in enumerate(map_items.read(fields)):
        inner = _inner(context)
        inner["Map"] = {"Item": {"Index": index, "Value": item.value}}
        jobs.append((processor, fields.evaluate(selector, inner) if selector else item.value, inner))
    at_once = int(fields.number(state, "MaxConcurrency", 0)) or _MOST_AT_ONCE
    result = _run_together(jobs, min(at_once, _MOST_AT_ONCE), execution, context, "States.MapFailed")
    return output_of(state, raw_input, context, result), sfn._next_or_end(state)


def _inner(context: dict) -> dict:
    """Branches read the variables around them; what they assign stays inside."""
    return {**context, "variables": copy.deepcopy(context.get("variables") or {}), "State": dict(context.get("State") or {})}


class _Together:
    def __init__(self, count: int):
        self.results: list = [None] * count
        self.failed: Exception | None = None
        self.running = 0
        self.changed = threading.Condition()


def _run_together(jobs: list, at_once: int, execution: dict, context: dict, general: str) -> list:
    """Each job's output, in order; the first that fails is raised, and the others are given up."""
    sfn = _sfn()
    group = executions.Task(execution or {"status": "RUNNING"}, {}, context, executions.current())
    together = _Together(len(jobs))

    def work(index, machine, given, inner):
        try:
            with executions.entered(group):
                together.results[index] = sfn._run_sub_machine(machine.get("States", {}), machine.get("StartAt"), given,
                                                               execution, inner)
        except executions.GivenUp:
            pass
        except Exception as error:
            known = error if isinstance(error, sfn._ExecutionError) else sfn._ExecutionError(general, str(error))
            together.failed = together.failed or known
        with together.changed:
            together.running -= 1
            together.changed.notify_all()

    waiting = list(reversed(list(enumerate(jobs))))
    with together.changed:
        while (waiting or together.running) and not together.failed:
            if executions.given_up():
                group.timed_out.set()
                raise executions.GivenUp("stopped with its branches")
            if waiting and together.running < at_once:
                index, job = waiting.pop()
                together.running += 1
                target = contextvars.copy_context().run
                threading.Thread(target=target, args=(work, index, *job), daemon=True).start()
            else:
                together.changed.wait(_SLICE_SECONDS)
    if together.failed:
        group.timed_out.set()
        raise together.failed
    return together.results


def install() -> None:
    sfn = _sfn()
    sfn._run_parallel_branches = _parallel
    sfn._run_map_items = _map
