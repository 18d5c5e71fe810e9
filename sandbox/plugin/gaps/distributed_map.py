"""Distributed Map in both query languages: readers, selector, batches, tolerated failures, result writer, map runs."""

import json

from plugin import map_items, map_results
from plugin.contract import point
from plugin.gaps.parallel_states import output_of
from plugin.map_run import Limits, MapRun

_MODULE = "services.stepfunctions"
point(_MODULE, "_run_map_items", ("state_def", "raw_input", "execution", "ctx"))
point(_MODULE, "_state_query_language", ("state_def", "ctx"))
point(_MODULE, "_apply_input_path", ("state_def", "data", "ctx"))

_EXCEEDED = "States.ExceedToleratedFailureThreshold"
_EXCEEDED_CAUSE = "The specified tolerated failure threshold was exceeded"


def _sfn():
    from ministack.services import stepfunctions

    return stepfunctions


def run(state: dict, raw_input, execution: dict, context: dict):
    sfn = _sfn()
    jsonata = sfn._state_query_language(state, context) == "JSONata"
    effective = raw_input if jsonata else sfn._apply_input_path(state, raw_input, context)
    fields = map_items.Fields(state, raw_input, effective, context, jsonata)
    map_run = MapRun(execution, state["ItemProcessor"] if "ItemProcessor" in state else state["Iterator"],
                     state.get("Label") or sfn.new_uuid(), _limits(fields), context.get("QueryLanguage", "JSONPath"))
    arn = map_run.record["mapRunArn"]
    sfn._add_event(execution, "MapRunStarted", {"mapRunStartedEventDetails": {"mapRunArn": arn}})
    try:
        tolerated = map_run.run(_inputs(fields, map_items.read(fields)))
        result = _result(fields, map_run)
        if not tolerated:
            raise sfn._ExecutionError(_EXCEEDED, _EXCEEDED_CAUSE)
    except sfn._ExecutionError as error:
        map_run.finish("FAILED")
        sfn._add_event(execution, "MapRunFailed", {"mapRunFailedEventDetails": {"error": error.error, "cause": error.cause}})
        raise
    map_run.finish("SUCCEEDED")
    sfn._add_event(execution, "MapRunSucceeded")
    return output_of(state, raw_input, context, result), sfn._next_or_end(state)


def _limits(fields: map_items.Fields) -> Limits:
    return Limits(int(fields.number(fields.state, "MaxConcurrency", 0)),
                  fields.number(fields.state, "ToleratedFailureCount"),
                  fields.number(fields.state, "ToleratedFailurePercentage"))


def _inputs(fields: map_items.Fields, items: list[map_items.Item]) -> list[tuple[object, int]]:
    """Each child's input, and how many items are in it."""
    selector = fields.state.get("ItemSelector") or fields.state.get("Parameters")
    values = []
    for index, item in enumerate(items):
        described = {"Index": index, "Value": item.value, "Source": item.source, **({"Key": item.key} if item.key else {})}
        context = {**fields.context, "Map": {"Item": described}}
        values.append(fields.evaluate(selector, context) if selector else item.value)
    batcher = fields.state.get("ItemBatcher")
    return _batches(fields, batcher, values) if batcher else [(value, 1) for value in values]


def _batches(fields: map_items.Fields, batcher: dict, values: list) -> list[tuple[object, int]]:
    most = fields.number(batcher, "MaxItemsPerBatch") or len(values)
    most_bytes = fields.number(batcher, "MaxInputBytesPerBatch")
    around = {"BatchInput": fields.evaluate(batcher["BatchInput"])} if "BatchInput" in batcher else {}
    fixed = _size({**around, "Items": []})
    batches, size = [], 0
    for value in values:
        added = _size(value) + 1
        if not batches or len(batches[-1]) >= most or (most_bytes and size + added > most_bytes):
            batches.append([])
            size = fixed
        batches[-1].append(value)
        size += added
    return [({**around, "Items": batch}, len(batch)) for batch in batches]


def _size(value) -> int:
    return len(json.dumps(value, separators=(",", ":")).encode())


def _result(fields: map_items.Fields, map_run: MapRun):
    writer = fields.state.get("ResultWriter") or {}
    config = writer.get("WriterConfig") or {}
    if "Resource" not in writer:
        return map_results.result(map_run.children, config)
    map_run.abort_running()
    arguments = fields.evaluate(writer.get("Arguments") or writer.get("Parameters") or {})
    try:
        written = map_results.write(map_run.record["mapRunArn"], map_run.children, arguments, config)
    except map_results.ResultWriterError as error:
        raise fields.error("States.ResultWriterFailed", str(error)) from error
    map_run.written()
    return written


def _mapping(run_inline):
    def run_map_items(state_def, raw_input, execution, ctx):
        processor = state_def.get("Iterator") or state_def.get("ItemProcessor") or {}
        if (processor.get("ProcessorConfig") or {}).get("Mode") == "DISTRIBUTED":
            return run(state_def, raw_input, execution, ctx)
        return run_inline(state_def, raw_input, execution, ctx)

    return run_map_items


def install() -> None:
    sfn = _sfn()
    sfn._run_map_items = _mapping(sfn._run_map_items)
