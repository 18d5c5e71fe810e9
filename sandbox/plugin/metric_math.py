"""CloudWatch's metric math over series by period: scalars, series and arrays of series."""

import ast
import operator
import re

from plugin import metric_functions
from plugin.metric_functions import Evaluation, MetricMathError, Series

__all__ = ["MetricMathError", "Series", "check", "evaluate", "names"]

_BINARY = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
           ast.Pow: operator.pow}
_COMPARE = {ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
            ast.Eq: operator.eq, ast.NotEq: operator.ne}
_SPELLING = (("^", "**"), ("&&", " and "), ("||", " or "))


def evaluate(expression: str, metrics: dict[str, Series], periods: list[int], expressions: dict[str, Series] | None = None):
    """The expression's series over `periods`, or a list of series; a scalar stands for its value in each period.

    `metrics` are those that METRICS() names; `expressions` are other expressions' series, by id.
    """
    value = _Evaluator(metrics, expressions or {}, periods).value(_parsed(expression))
    if isinstance(value, (int, float)):
        return {period: float(value) for period in periods}
    if isinstance(value, (dict, list)):
        return value
    raise MetricMathError(f"{expression}: the result is text, not a time series")


def check(expression: str, ids: set[str]) -> None:
    """MetricMathError where the expression can't be evaluated here: a function or an id that is not known."""
    for node in ast.walk(_parsed(expression)):
        if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id in metric_functions.ALL):
            raise MetricMathError(f"{ast.unparse(node.func)}() is not supported in metric math here")
    unknown = names(expression) - ids
    if unknown:
        raise MetricMathError(f"{expression}: no metric or expression has the Id {sorted(unknown)[0]}")


def names(expression: str) -> set[str]:
    """The ids of the metrics and expressions that it uses; METRICS() aside."""
    nodes = list(ast.walk(_parsed(expression)))
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    used = {node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in called}
    return used - metric_functions.WORDS


def _parsed(expression: str):
    text = expression
    for theirs, ours in _SPELLING:
        text = text.replace(theirs, ours)
    text = re.sub(r"\b(AND|OR)\b", lambda match: match.group().lower(), text)
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise MetricMathError(f"{expression}: {error.msg}") from error


class _Evaluator:
    def __init__(self, metrics: dict[str, Series], expressions: dict[str, Series], periods: list[int]):
        self.known = {**metrics, **expressions}
        self.evaluation = Evaluation(metrics, periods)

    def value(self, node):
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float, str)):
            return node.value
        if isinstance(node, ast.Name) and (node.id in self.known or node.id in metric_functions.WORDS):
            return self.known.get(node.id, node.id)
        if isinstance(node, ast.List):
            return self.listed([self.value(item) for item in node.elts])
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            operate = operator.sub if isinstance(node.op, ast.USub) else operator.add
            return self.evaluation.combine(operate, 0, self.value(node.operand))
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            return self.evaluation.combine(_BINARY[type(node.op)], self.value(node.left), self.value(node.right))
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARE:
            compare = _COMPARE[type(node.ops[0])]
            return self.evaluation.combine(lambda a, b: float(compare(a, b)), self.value(node.left),
                                           self.value(node.comparators[0]))
        if isinstance(node, ast.BoolOp):
            return self.both_or_either(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self.evaluation.call(node.func.id, [self.value(argument) for argument in node.args])
        raise MetricMathError(f"{ast.unparse(node)} is not supported in metric math here")

    def listed(self, items: list) -> list:
        """An array of series is flat: [METRICS(), e1] is one array."""
        return [series for item in items for series in (item if isinstance(item, list) else [item])]

    def both_or_either(self, node: ast.BoolOp):
        both = isinstance(node.op, ast.And)
        result, *others = (self.value(item) for item in node.values)
        for other in others:
            result = self.evaluation.combine(
                lambda a, b: float(bool(a and b) if both else bool(a or b)), result, other)
        return result
