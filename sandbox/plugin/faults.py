"""The rules by which the sandbox breaks on purpose inside of MiniStack: states, events and invocations of functions."""

import fnmatch
import os
import signal
import threading
from pathlib import Path

from plugin.contract import point

point("core.lambda_runtime", "_workers", dict)
point("core.lambda_runtime", "_lock", object)

_CLOCK = str(Path(__file__).with_name("clock.cjs"))

_rules: list[dict] = []
_counts: dict[str, dict] = {}
_lock = threading.Lock()
# By function: the seconds by which the clock of workers that start now is wrong.
_clocks: dict[str, float] = {}


def set_rules(request: dict) -> dict:
    """Puts the rules of the daemon, which has checked them, in place of those before; answers their counts."""
    global _rules
    with _lock:
        before = {rule["id"]: rule for rule in _rules}
        _rules = list(request["rules"])
        for identifier in list(_counts):
            # A rule that was set anew counts from the beginning.
            if before.get(identifier) not in _rules:
                del _counts[identifier]
        return {rule["id"]: _counts.get(rule["id"], {"matched": 0, "struck": 0}) for rule in _rules}


def striking(where: str, faults: tuple[str, ...] | None = None, side: str | None = None, **facts: str) -> dict | None:
    """The first rule on `where` that strikes what the facts describe; every rule that matches counts it."""
    if not _rules:
        return None
    with _lock:
        found = [rule for rule in _rules if rule["on"] == where and (faults is None or rule["fault"] in faults)
                 and (side is None or rule.get("when", "before") == side) and _fits(rule, facts)]
        struck = [rule for rule in found if _count(rule)]
    return struck[0] if struck else None


def _fits(rule: dict, facts: dict) -> bool:
    return all(name not in rule or any(fnmatch.fnmatchcase(value.lower(), name_given)
                                       for name_given in rule[name].lower().split("|"))
               for name, value in facts.items())


def _count(rule: dict) -> bool:
    count = _counts.setdefault(rule["id"], {"matched": 0, "struck": 0})
    count["matched"] += 1
    first, times = rule.get("nth", 1), rule.get("times", 1)
    strikes = count["matched"] >= first and (times == 0 or count["matched"] < first + times)
    count["struck"] += strikes
    return strikes


def haste(task) -> float:
    """The share of its time that a wait of this task's execution takes: 1 without a rule."""
    if not _rules:
        return 1
    machine = machine_of(task.execution)
    for rule in _rules:
        if rule["on"] == "state" and rule["fault"] == "haste" and _fits(rule, {"machine": machine}):
            return float(rule["factor"])
    return 1


def machine_of(execution: dict) -> str:
    return execution["stateMachineArn"].rsplit(":", 1)[-1]


def workers_of(function: str, at_work: bool) -> list:
    from ministack.core import lambda_runtime

    with lambda_runtime._lock:
        return [worker for workers in lambda_runtime._workers.values() for worker in workers
                if worker.func_name == function and worker.in_use == at_work]


def kill_workers(request: dict) -> dict:
    """SIGKILL to the workers of a function that are at work."""
    return {"killed": sum(kill(worker) for worker in workers_of(request["function"], at_work=True))}


def kill(worker) -> bool:
    process = worker._proc
    if process is None or process.poll() is not None:
        return False
    os.kill(process.pid, signal.SIGKILL)
    # Nobody may be given a worker that is about to be gone.
    process.wait()
    return True


def set_clock(function: str, seconds: float | None) -> None:
    """Workers of the function that start from now on have a clock that is wrong; those that wait are ended."""
    if seconds is None:
        _clocks.pop(function, None)
    else:
        _clocks[function] = seconds
    for worker in workers_of(function, at_work=False):
        kill(worker)


def clock_environment(function: str, env: dict) -> dict:
    """What a Node.js worker needs to have its clock stepped."""
    if function not in _clocks:
        return {}
    options = f"{env.get('NODE_OPTIONS', '')} --require {_CLOCK}".strip()
    return {"NODE_OPTIONS": options, "SANDBOX_CLOCK_SECONDS": str(_clocks[function])}
