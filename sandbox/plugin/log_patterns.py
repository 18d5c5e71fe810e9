"""CloudWatch Logs' filter patterns: terms, phrases, `?`, `-`, regular expressions, and conditions on JSON."""

import functools
import json
import operator
import re
from collections.abc import Callable

_TERM = re.compile(r'([-?]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]*)%|(\S+))')
_TOKEN = re.compile(r'\s*(&&|\|\||[()]|!=|<=|>=|[=<>]|"(?:[^"\\]|\\.)*"|%[^%]*%|\$[^\s=!<>()&|]+|[^\s()&|=!<>]+)')
_NUMERIC = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}
_MISSING = object()


class PatternError(Exception):
    """The pattern is none of those that can be judged here."""


@functools.lru_cache(maxsize=256)
def matcher(pattern: str) -> Callable[[str], bool]:
    """A test of messages; PatternError for a pattern that is wrong or by columns ([...])."""
    text = (pattern or "").strip()
    if text.startswith("["):
        raise PatternError(f"Filter patterns by columns are not supported in the sandbox: {text}")
    if text.startswith("{"):
        if not text.endswith("}"):
            raise PatternError(f"Invalid filter pattern: {text}")
        condition = _Conditions(text[1:-1]).parsed()
        return lambda message: _on_json(condition, message)
    return _terms(text)


def _terms(text: str) -> Callable[[str], bool]:
    needed, optional, excluded = [], [], []
    for sign, phrase, regular, word in _TERM.findall(text):
        if regular:
            test = re.compile(regular).search
        else:
            wanted = (phrase or word).replace('\\"', '"')
            test = functools.partial(lambda sought, message: sought in message, wanted)
        {"": needed, "?": optional, "-": excluded}[sign].append(test)

    def matches(message: str) -> bool:
        return (all(test(message) for test in needed) and not any(test(message) for test in excluded)
                and (not optional or bool(needed) or any(test(message) for test in optional)))

    return matches


def _on_json(condition: Callable, message: str) -> bool:
    try:
        document = json.loads(message)
    except ValueError:
        return False
    return isinstance(document, (dict, list)) and condition(document)


def select(document, selector: str):
    """What `$.a.b[0]` names in a document, or None."""
    found = _find(document, selector)
    return None if found is _MISSING else found


def _find(document, selector: str):
    for name, index in re.findall(r"\.([^.\[]+)|\[(\d+)\]", selector.removeprefix("$")):
        if name and isinstance(document, dict) and name in document:
            document = document[name]
        elif index and isinstance(document, list) and int(index) < len(document):
            document = document[int(index)]
        else:
            return _MISSING
    return document


class _Conditions:
    """Recursive descent over `||`, `&&`, parentheses and comparisons."""

    def __init__(self, text: str):
        self.text, self.tokens = text, _TOKEN.findall(text)

    def parsed(self) -> Callable:
        condition = self.either()
        if self.tokens:
            raise PatternError(f"Invalid filter pattern: {{{self.text}}}")
        return condition

    def take(self) -> str:
        if not self.tokens:
            raise PatternError(f"Invalid filter pattern: {{{self.text}}}")
        return self.tokens.pop(0)

    def either(self) -> Callable:
        parts = [self.both()]
        while self.tokens and self.tokens[0] == "||":
            self.take()
            parts.append(self.both())
        return lambda document: any(part(document) for part in parts)

    def both(self) -> Callable:
        parts = [self.one()]
        while self.tokens and self.tokens[0] == "&&":
            self.take()
            parts.append(self.one())
        return lambda document: all(part(document) for part in parts)

    def one(self) -> Callable:
        selector = self.take()
        if selector == "(":
            inner = self.either()
            if self.take() != ")":
                raise PatternError(f"Invalid filter pattern: {{{self.text}}}")
            return inner
        word = self.take()
        if word in ("IS", "NOT", "EXISTS"):
            return self.named(selector, word)
        value = self.take()
        if word in _NUMERIC:
            compare, bound = _NUMERIC[word], float(value)
            return lambda document: _is_number(_find(document, selector)) and compare(_find(document, selector), bound)
        if word not in ("=", "!="):
            raise PatternError(f"Invalid filter pattern: {{{self.text}}}")
        test = _equal(value)
        if word == "=":
            return lambda document: _find(document, selector) is not _MISSING and test(_find(document, selector))
        return lambda document: _find(document, selector) is not _MISSING and not test(_find(document, selector))

    def named(self, selector: str, word: str) -> Callable:
        if word == "EXISTS":
            return lambda document: _find(document, selector) is not _MISSING
        name = self.take()
        if word == "NOT" and name == "EXISTS":
            return lambda document: _find(document, selector) is _MISSING
        wanted = {"NULL": None, "TRUE": True, "FALSE": False}
        if word != "IS" or name not in wanted:
            raise PatternError(f"Invalid filter pattern: {{{self.text}}}")
        return lambda document: _find(document, selector) is wanted[name]


def _is_number(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _equal(given: str) -> Callable:
    if given.startswith("%"):
        return lambda value: isinstance(value, str) and bool(re.search(given.strip("%"), value))
    text = given.strip('"')
    if not given.startswith('"') and re.fullmatch(r"-?\d+(\.\d+)?([eE][-+]?\d+)?", given):
        return lambda value: (_is_number(value) and value == float(given)) or value == given
    pattern = re.compile(".*".join(re.escape(part) for part in text.split("*")), re.DOTALL)
    return lambda value: isinstance(value, (str, int, float)) and not isinstance(value, bool) and bool(pattern.fullmatch(str(value)))
