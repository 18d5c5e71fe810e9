"""What the plugin takes from MiniStack: private names, so the version and each signature are checked before any use."""

import importlib
import importlib.metadata
import inspect

VERSION = "1.5.33"

# (module, attribute): the parameter names of a function, or the type of a value.
POINTS: dict[tuple[str, str], tuple[str, ...] | type] = {}


class ContractError(Exception):
    """MiniStack is not the one that this plugin was written for; the message says where it differs."""


def point(module: str, attribute: str, expected: tuple[str, ...] | type) -> None:
    """Declares an extension point, beside the code that uses it."""
    POINTS[(module, attribute)] = expected


def check() -> None:
    """Refuses another MiniStack than VERSION, and one whose extension points are missing or differ."""
    try:
        found = importlib.metadata.version("ministack")
    except importlib.metadata.PackageNotFoundError:
        raise ContractError("MiniStack is not installed in this Python environment.") from None
    if found != VERSION:
        raise ContractError(f"The sandbox's plugin is written for MiniStack {VERSION}; {found} is installed.")
    from plugin import gaps

    gaps.load()
    faults = [fault for name, expected in POINTS.items() if (fault := _fault(*name, expected))]
    if faults:
        raise ContractError("MiniStack's extension points are not as expected:\n" + "\n".join(f"- {f}" for f in faults))


def _fault(module: str, attribute: str, expected: tuple[str, ...] | type) -> str | None:
    name = f"{module}.{attribute}"
    try:
        value = getattr(importlib.import_module(f"ministack.{module}"), attribute)
    except (ImportError, AttributeError):
        return f"{name} is missing"
    if expected is object:
        return None
    if isinstance(expected, type):
        return None if isinstance(value, expected) else f"{name} is {type(value).__name__}, not {expected.__name__}"
    actual = tuple(inspect.signature(value).parameters)
    return None if actual == expected else f"{name} takes {', '.join(actual)}; expected {', '.join(expected)}"
