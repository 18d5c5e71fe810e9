"""One Map Run: its child executions, how many run at once, when it has failed too often, and its counts."""

import contextvars
import json
import threading
import time
from dataclasses import dataclass

from plugin import executions
from plugin.contract import point

_MODULE = "services.stepfunctions"
point(_MODULE, "_executions", object)
point(_MODULE, "_map_runs", object)
point(_MODULE, "_add_event", ("execution", "event_type", "details"))
point(_MODULE, "_run_sub_machine", ("states", "start_at", "input_data", "execution", "ctx"))
point(_MODULE, "new_uuid", ())
point(_MODULE, "now_iso", ())

# AWS runs up to 10,000 children at once; here each is a thread.
_MOST_AT_ONCE = 40
_EXPRESS_SECONDS = 300
_SLICE_SECONDS = 0.2
_COUNTS = ("pending", "running", "succeeded", "failed", "timedOut", "aborted", "total", "resultsWritten",
           "failuresNotRedrivable", "pendingRedrive")
_COUNTED = {"PENDING": "pending", "RUNNING": "running", "SUCCEEDED": "succeeded", "FAILED": "failed",
            "TIMED_OUT": "timedOut", "ABORTED": "aborted"}
_EVENTS = {"SUCCEEDED": "ExecutionSucceeded", "FAILED": "ExecutionFailed", "TIMED_OUT": "ExecutionTimedOut",
           "ABORTED": "ExecutionAborted"}


@dataclass
class Limits:
    """None means: not set. With neither tolerance set, one failed item is too many."""

    concurrency: int
    failures: float | None
    failed_percentage: float | None


class MapRun:
    def __init__(self, execution: dict, processor: dict, label: str, limits: Limits, query_language: str):
        from ministack.services import stepfunctions

        self.sfn, self.processor, self.query_language = stepfunctions, processor, query_language
        self.parent, self.parent_task = execution, executions.current()
        self.express = (processor.get("ProcessorConfig") or {}).get("ExecutionType") == "EXPRESS"
        *_, self.region, self.account, _kind, machine = execution["stateMachineArn"].split(":")
        self.name = f"{machine.split('/')[0]}/{label}"
        self.limits = limits
        self.changed = threading.Condition()
        self.children: list[dict] = []
        self.record = {
            "mapRunArn": self._arn("mapRun", f"{self.name}:{stepfunctions.new_uuid()}"),
            "executionArn": execution["executionArn"], "status": "RUNNING", "startDate": stepfunctions.now_iso(),
            "maxConcurrency": limits.concurrency, "toleratedFailurePercentage": limits.failed_percentage or 0,
            "toleratedFailureCount": int(limits.failures or 0), "itemCounts": dict.fromkeys(_COUNTS, 0),
            "executionCounts": dict.fromkeys(_COUNTS, 0), "redriveCount": 0,
            "_stateMachineArn": self._arn("stateMachine", self.name)}
        stepfunctions._map_runs[self.record["mapRunArn"]] = self.record

    def _arn(self, kind: str, name: str) -> str:
        return f"arn:aws:states:{self.region}:{self.account}:{kind}:{name}"

    def run(self, inputs: list[tuple[object, int]]) -> bool:
        """Runs a child for each (input, number of its items); False where more failed than is tolerated."""
        self.children = [self._child(child_input, items) for child_input, items in inputs]
        waiting = list(reversed(self.children))
        with self.changed:
            while waiting or self.record["executionCounts"]["running"]:
                if executions.given_up():
                    self._end("ABORTED")
                    raise executions.GivenUp("the map run was stopped with its execution")
                self._end_stopped_and_overdue()
                if self._exceeded():
                    return False
                if waiting and self.record["executionCounts"]["running"] < self._at_once():
                    self._start(waiting.pop())
                else:
                    self.changed.wait(_SLICE_SECONDS)
        return not self._exceeded()

    def finish(self, status: str) -> None:
        """Ends the run; children that still run are aborted, those that wait stay pending."""
        with self.changed:
            self._end(status)

    def abort_running(self) -> None:
        with self.changed:
            for child in self.children:
                self._close(child, "ABORTED")

    def written(self) -> None:
        for counts in ("itemCounts", "executionCounts"):
            self.record[counts]["resultsWritten"] = self.record[counts]["total"] - self.record[counts]["pending"]

    def _at_once(self) -> int:
        return min(int(self.record["maxConcurrency"]) or _MOST_AT_ONCE, _MOST_AT_ONCE)

    def _exceeded(self) -> bool:
        """Whether more items failed than is tolerated, by UpdateMapRun's thresholds if it was called."""
        counts, record = self.record["itemCounts"], self.record
        failed = counts["failed"] + counts["timedOut"] + counts["aborted"]
        count, percentage = record["toleratedFailureCount"], record["toleratedFailurePercentage"]
        thresholds = []
        if count or self.limits.failures is not None:
            thresholds.append(failed > count)
        if percentage or self.limits.failed_percentage is not None:
            thresholds.append(failed * 100 > percentage * counts["total"])
        return any(thresholds) if thresholds else failed > 0

    def _child(self, child_input, items: int) -> dict:
        name = self.sfn.new_uuid()
        arn = (self._arn("express", f"{self.name}:{name}:{self.sfn.new_uuid()}") if self.express
               else self._arn("execution", f"{self.name}:{name}"))
        child = {"executionArn": arn, "stateMachineArn": self.record["_stateMachineArn"], "name": name, "status": "PENDING",
                 "startDate": None, "stopDate": None, "input": json.dumps(child_input), "inputDetails": {"included": True},
                 "output": None, "outputDetails": {"included": True}, "mapRunArn": self.record["mapRunArn"], "events": [],
                 "testCase": self.parent.get("testCase"), "mockAttempts": {}, "sync": True, "express": self.express}
        child.update(_items=items, _counted="PENDING")
        for counts, by in (("itemCounts", items), ("executionCounts", 1)):
            self.record[counts]["total"] += by
            self.record[counts]["pending"] += by
        return child

    def _move(self, child: dict, status: str, **changes) -> None:
        for counts, by in (("itemCounts", child["_items"]), ("executionCounts", 1)):
            self.record[counts][_COUNTED[child["_counted"]]] -= by
            self.record[counts][_COUNTED[status]] += by
        child.update(status=status, _counted=status, **changes)
        self.changed.notify_all()

    def _start(self, child: dict) -> None:
        self._move(child, "RUNNING", startDate=self.sfn.now_iso())
        child["_since"] = time.monotonic()
        if not self.express:
            # Express children have no record in the API, as on AWS.
            self.sfn._executions[child["executionArn"]] = child
        self.sfn._add_event(child, "ExecutionStarted", {"executionStartedEventDetails": {"input": child["input"]}})
        threading.Thread(target=contextvars.copy_context().run, args=(self._work, child), daemon=True).start()

    def _work(self, child: dict) -> None:
        child_input = json.loads(child["input"])
        context = {"QueryLanguage": self.query_language, "variables": {},
                   "Execution": {"Id": child["executionArn"], "Input": child_input, "Name": child["name"],
                                 "StartTime": child["startDate"]},
                   "StateMachine": {"Id": child["stateMachineArn"], "Name": self.name}}
        with executions.entered(executions.Task(child, {}, context, self.parent_task)):
            try:
                output = self.sfn._run_sub_machine(self.processor.get("States", {}), self.processor.get("StartAt"),
                                                   child_input, child, context)
                ended = ("SUCCEEDED", {"output": json.dumps(output)})
            except executions.GivenUp:
                ended = ("ABORTED", {})
            except self.sfn._ExecutionError as error:
                ended = ("FAILED", {"error": error.error, "cause": error.cause})
            except Exception as error:
                ended = ("FAILED", {"error": "States.Runtime", "cause": str(error)})
        with self.changed:
            self._close(child, ended[0], **ended[1])

    def _close(self, child: dict, status: str, **changes) -> None:
        if child["_counted"] != "RUNNING":
            return
        if child["status"] == "ABORTED":
            # Stopped by its own ARN: the API wrote the record, the counts follow here.
            return self._move(child, "ABORTED")
        self._move(child, status, **{"stopDate": self.sfn.now_iso(), **changes})
        kind = _EVENTS[status]
        details = {name: child[name] for name in ("output", "error", "cause") if child.get(name) is not None}
        self.sfn._add_event(child, kind, {f"{kind[0].lower()}{kind[1:]}EventDetails": details})

    def _end_stopped_and_overdue(self) -> None:
        for child in self.children:
            if child["_counted"] != "RUNNING":
                continue
            if child["status"] == "ABORTED":
                self._close(child, "ABORTED")
            elif self.express and time.monotonic() - child["_since"] > _EXPRESS_SECONDS:
                self._close(child, "TIMED_OUT", error="States.Timeout", cause="An Express child runs 5 minutes at most.")

    def _end(self, status: str) -> None:
        for child in self.children:
            self._close(child, "ABORTED")
        self.record.update(status=status, stopDate=self.sfn.now_iso())
