"""JSONPath of states: into the input, the context or a variable; what a path does not find is an error, as on AWS."""

import contextvars
import json
import re

from plugin.contract import point

point("services.stepfunctions", "_parse_jsonpath_tokens", ("path",))

current_context: contextvars.ContextVar = contextvars.ContextVar("sandbox_state_context", default=None)
_VARIABLE = re.compile(r"^\$([A-Za-z_][A-Za-z0-9_]*)(.*)$", re.DOTALL)
MISSING = object()


def find(path: str, data, context: dict | None = None):
    """What the path names, or MISSING."""
    context = context if context is not None else (current_context.get() or {})
    if path.startswith("$$"):
        return _walk(path[1:], context)
    variable = _VARIABLE.match(path)
    if variable:
        variables = context.get("variables") or {}
        return _walk(f"${variable[2]}", variables[variable[1]]) if variable[1] in variables else MISSING
    return _walk(path, data)


def resolve(path: str, data, context: dict | None = None):
    if not path or not path.startswith("$"):
        return data
    found = find(path, data, context)
    if found is MISSING:
        raise _error(f"The JSONPath '{path}' could not be found in the input '{json.dumps(data)[:500]}'")
    return found


def _error(cause: str) -> Exception:
    from ministack.services.stepfunctions import _ExecutionError

    return _ExecutionError("States.Runtime", cause)


def _walk(path: str, data):
    from ministack.services import stepfunctions

    tokens = stepfunctions._parse_jsonpath_tokens(path)
    if tokens is None:
        raise _error(f"The JSONPath '{path}' is not supported in the sandbox: fields, indices and [*] are.")
    values = [data]
    for kind, value in tokens:
        values = [found for current in values for found in _step(kind, value, current)]
    if any(kind == "wildcard" for kind, _ in tokens):
        return values
    return values[0] if values else MISSING


def _step(kind: str, value, current) -> list:
    if kind == "field":
        return [current[value]] if isinstance(current, dict) and value in current else []
    if kind == "index":
        return [current[value]] if isinstance(current, list) and value < len(current) else []
    return list(current.values()) if isinstance(current, dict) else current if isinstance(current, list) else []
