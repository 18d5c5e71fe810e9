"""Choice rules of JSONPath: every comparison of the language, against a value or what a path names."""

import operator
import re
from collections.abc import Callable

from plugin.contract import point
from plugin.state_paths import MISSING

point("services.stepfunctions", "_is_num", ("v",))
point("services.stepfunctions", "_is_timestamp", ("v",))
point("services.stepfunctions", "_parse_ts", ("v",))
point("services.stepfunctions", "_ExecutionError", ("error", "cause"))

_OPERATORS = {"Equals": operator.eq, "LessThan": operator.lt, "GreaterThan": operator.gt,
              "LessThanEquals": operator.le, "GreaterThanEquals": operator.ge}
_COMPARISON = re.compile(r"^(String|Numeric|Boolean|Timestamp)(Equals|LessThan|GreaterThan|LessThanEquals|GreaterThanEquals)(Path)?$")


def holds(rule: dict, find: Callable) -> bool:
    if "And" in rule:
        return all(holds(each, find) for each in rule["And"])
    if "Or" in rule:
        return any(holds(each, find) for each in rule["Or"])
    if "Not" in rule:
        return not holds(rule["Not"], find)
    value = find(rule["Variable"])
    if "IsPresent" in rule:
        return (value is not MISSING) == rule["IsPresent"]
    if value is MISSING:
        raise _runtime(f"Invalid path '{rule['Variable']}': The choice state's condition path references an invalid value.")
    name = next((key for key in rule if key in _TESTS or _COMPARISON.match(key) or key == "StringMatches"), None)
    if name is None:
        raise _runtime(f"A choice rule on {rule['Variable']} has no comparison that Step Functions knows.")
    if name in _TESTS:
        return _TESTS[name](value) == rule[name]
    if name == "StringMatches":
        return isinstance(value, str) and bool(re.fullmatch(_pattern(rule[name]), value, re.DOTALL))
    kind, comparison, by_path = _COMPARISON.match(name).groups()
    other = find(rule[name]) if by_path else rule[name]
    if other is MISSING:
        raise _runtime(f"Invalid path '{rule[name]}': The choice state's condition path references an invalid value.")
    left, right = _typed(kind, value), _typed(kind, other)
    return left is not None and right is not None and _OPERATORS[comparison](left, right)


def _runtime(cause: str) -> Exception:
    from ministack.services.stepfunctions import _ExecutionError

    return _ExecutionError("States.Runtime", cause)


def _typed(kind: str, value):
    """The value as the comparison takes it; None where it is of another type, and then nothing holds."""
    from ministack.services import stepfunctions

    if kind == "Timestamp":
        return stepfunctions._parse_ts(value)
    fits = {"String": isinstance(value, str), "Boolean": isinstance(value, bool), "Numeric": stepfunctions._is_num(value)}
    return value if fits[kind] else None


def _is_number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_timestamp(value) -> bool:
    from ministack.services import stepfunctions

    return isinstance(value, str) and bool(stepfunctions._is_timestamp(value))


_TESTS = {"IsNull": lambda value: value is None, "IsNumeric": _is_number, "IsString": lambda value: isinstance(value, str),
          "IsBoolean": lambda value: isinstance(value, bool), "IsTimestamp": _is_timestamp}


def _pattern(glob: str) -> str:
    """`*` is any text; `\\*` is a star, `\\\\` a backslash."""
    parts = re.findall(r"\\[*\\]|\*|[^\\*]+|\\", glob)
    return "".join(".*" if part == "*" else re.escape(part[1] if part in ("\\*", "\\\\") else part) for part in parts)
