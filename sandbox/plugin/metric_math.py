"""CloudWatch's metric math, as far as alarms use it: arithmetic, comparisons, IF, FILL and the usual aggregates."""

import ast
import operator
import re

Series = dict[int, float]
"""Value by the start of its period, in epoch seconds."""


class MetricMathError(Exception):
    """The expression cannot be evaluated here; the message says which part."""


_BINARY = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
           ast.Pow: operator.pow}
_COMPARE = {ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
            ast.Eq: operator.eq, ast.NotEq: operator.ne}
_SPELLING = (("^", "**"), ("&&", " and "), ("||", " or "))


def evaluate(expression: str, metrics: dict[str, Series], periods: list[int]) -> Series:
    """The expression's series over `periods`; a scalar stands for the same value in each of them."""
    text = expression
    for theirs, ours in _SPELLING:
        text = text.replace(theirs, ours)
    text = re.sub(r"\b(AND|OR)\b", lambda match: match.group().lower(), text)
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise MetricMathError(f"{expression}: {error.msg}") from error
    value = _Evaluation(metrics, periods).value(tree.body)
    return value if isinstance(value, dict) else {period: float(value) for period in periods}


class _Evaluation:
    def __init__(self, metrics: dict[str, Series], periods: list[int]):
        self.metrics = metrics
        self.periods = periods

    def value(self, node):
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float, str)):
            return node.value
        if isinstance(node, ast.Name) and node.id in self.metrics:
            return self.metrics[node.id]
        if isinstance(node, ast.List):
            return [self.value(item) for item in node.elts]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return self.combine(operator.sub, 0, self.value(node.operand))
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            return self.combine(_BINARY[type(node.op)], self.value(node.left), self.value(node.right))
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            compare = _COMPARE[type(node.ops[0])]
            return self.combine(lambda a, b: float(compare(a, b)), self.value(node.left),
                                self.value(node.comparators[0]))
        if isinstance(node, ast.BoolOp):
            both = isinstance(node.op, ast.And)
            values = [self.value(item) for item in node.values]
            result = values[0]
            for other in values[1:]:
                result = self.combine(lambda a, b: float(bool(a and b) if both else bool(a or b)), result, other)
            return result
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self.call(node.func.id, node.args)
        raise MetricMathError(f"{ast.unparse(node)} is not supported in metric math here")

    def combine(self, operate, left, right):
        """Two series meet where both have a value; a division by zero has none, as in CloudWatch."""
        if not isinstance(left, dict) and not isinstance(right, dict):
            return operate(left, right)
        keys = set(left if isinstance(left, dict) else right) & set(right if isinstance(right, dict) else left)
        made = {}
        for key in keys:
            try:
                made[key] = operate(left[key] if isinstance(left, dict) else left,
                                    right[key] if isinstance(right, dict) else right)
            except ZeroDivisionError:
                continue
        return made

    def call(self, name: str, nodes):
        if name == "METRICS":
            return list(self.metrics.values())
        if name == "FILL":
            return self.fill(self.value(nodes[0]), nodes[1])
        arguments = [self.value(node) for node in nodes]
        if name == "IF":
            return self.choose(*arguments)
        if name in _AGGREGATES:
            return self.aggregate(_AGGREGATES[name], arguments[0])
        if name in _POINTWISE:
            return self.combine(lambda value, _: _POINTWISE[name](value), arguments[0], 0)
        raise MetricMathError(f"{name}() is not supported in metric math here")

    def fill(self, series: Series, node):
        if isinstance(node, ast.Name) and node.id == "REPEAT":
            filled, last = {}, None
            for period in sorted({*self.periods, *series}):
                last = series.get(period, last)
                if last is not None:
                    filled[period] = last
            return filled
        default = self.value(node)
        return {period: series.get(period, default) for period in {*self.periods, *series}}

    def choose(self, condition, yes, no=None):
        if not isinstance(condition, dict):
            return yes if condition else no
        picked = {}
        for period, holds in condition.items():
            chosen = yes if holds else no
            value = chosen.get(period) if isinstance(chosen, dict) else chosen
            if value is not None:
                picked[period] = value
        return picked

    def aggregate(self, function, argument):
        """Over several series: period by period. Over one: a single value for all its periods."""
        if isinstance(argument, list):
            periods = {period for series in argument for period in series}
            return {p: function([series[p] for series in argument if p in series]) for p in periods}
        return function(list(argument.values())) if argument else {}


_AGGREGATES = {"SUM": sum, "MIN": min, "MAX": max, "AVG": lambda values: sum(values) / len(values)}
_POINTWISE = {"ABS": abs, "CEIL": lambda v: float(-(-v // 1)), "FLOOR": lambda v: float(v // 1)}
