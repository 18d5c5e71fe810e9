"""Step Functions executions: stop and time-out that reach the work behind a task, retries as documented, metrics."""

import contextvars
import json
import random
import threading
import time

from plugin import executions, faults, metrics
from plugin.contract import point

_MODULE = "services.stepfunctions"
point(_MODULE, "_executions", object)
point(_MODULE, "_state_machines", object)
point(_MODULE, "_task_tokens", object)
point(_MODULE, "_run_execution", ("exec_arn",))
point(_MODULE, "_fail_execution", ("execution", "error", "cause"))
point(_MODULE, "_add_event", ("execution", "event_type", "details"))
point(_MODULE, "_emit_execution_status_event", ("execution",))
point(_MODULE, "_execute_task", ("state_def", "raw_input", "execution", "ctx"))
point(_MODULE, "_execute_wait", ("state_def", "raw_input", "ctx"))
point(_MODULE, "_invoke_resource_with_timeout", ("resource", "input_data", "timeout"))
point(_MODULE, "_invoke_with_callback", ("resource", "input_data", "token", "state_def"))
point(_MODULE, "_call_lambda", ("func_ref", "event"))
point(_MODULE, "_invoke_nested_start_execution_sync", ("resource", "input_data"))
point(_MODULE, "_nested_start_execution_request", ("input_data",))
point(_MODULE, "_start_execution", ("data",))
point(_MODULE, "_stop_execution", ("data",))
point(_MODULE, "_describe_execution", ("data",))
point(_MODULE, "_find_matching_retrier", ("retriers", "error", "retry_counts"))
point(_MODULE, "_scaled_sleep", ("seconds",))
point(_MODULE, "_evaluate_jsonata", ("expression", "raw_input", "ctx", "result", "error_output"))

_SLICE_SECONDS = 0.2
_TIMERS = ("TimeoutSeconds", "HeartbeatSeconds")
_COUNTED = {"RUNNING": "ExecutionsStarted", "SUCCEEDED": "ExecutionsSucceeded", "FAILED": "ExecutionsFailed",
            "ABORTED": "ExecutionsAborted", "TIMED_OUT": "ExecutionsTimedOut"}


def _sfn():
    from ministack.services import stepfunctions

    return stepfunctions


def _now() -> str:
    from ministack.core.responses import now_iso

    return now_iso()


# --- the whole execution -------------------------------------------------------------------------------------------


def _running(run):
    def run_execution(exec_arn):
        sfn = _sfn()
        execution = sfn._executions.get(exec_arn)
        machine = sfn._state_machines.get(execution["stateMachineArn"]) if execution else None
        limit = json.loads(machine["definition"]).get("TimeoutSeconds") if machine else None
        timer = _time_out_after(execution, float(limit)) if limit else None
        with executions.entered(executions.Task(execution, {}, {}, executions.current())):
            try:
                run(exec_arn)
            finally:
                if timer:
                    timer.cancel()

    return run_execution


def _time_out_after(execution: dict, seconds: float) -> threading.Timer:
    context = contextvars.copy_context()
    timer = threading.Timer(seconds, context.run, (_time_out, execution))
    timer.daemon = True
    timer.start()
    return timer


def _time_out(execution: dict) -> None:
    sfn = _sfn()
    if execution["status"] != "RUNNING":
        return
    execution.update(status="TIMED_OUT", stopDate=_now(), error="States.Timeout", cause="")
    sfn._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {"error": "States.Timeout"}})
    sfn._emit_execution_status_event(execution)


def _failing(fail):
    def fail_execution(execution, error, cause):
        """An execution that was stopped or timed out stays so, whatever its last state still does."""
        if execution["status"] == "RUNNING":
            fail(execution, error, cause)

    return fail_execution


def _emitting(emit):
    def emit_status(execution):
        emit(execution)
        dimensions = {"StateMachineArn": execution["stateMachineArn"]}
        name = _COUNTED.get(execution["status"])
        if name:
            metrics.record("AWS/States", name, dimensions, 1)
        if execution["status"] not in ("RUNNING",):
            metrics.record("AWS/States", "ExecutionTime", dimensions, _lasted(execution), "Milliseconds")

    return emit_status


def _lasted(execution: dict) -> float:
    sfn = _sfn()
    start, stop = sfn._iso_to_epoch_ms(execution["startDate"]), sfn._iso_to_epoch_ms(execution["stopDate"])
    return float(stop - start) if start is not None and stop is not None else 0.0


# --- one task ------------------------------------------------------------------------------------------------------


def _executing(execute):
    def execute_task(state_def, raw_input, execution, ctx):
        if execution is None:
            return execute(state_def, raw_input, execution, ctx)
        state = _with_evaluated_timers(state_def, raw_input, ctx)
        with executions.entered(executions.Task(execution, state, ctx, executions.current())):
            return execute(state, raw_input, execution, ctx)

    return execute_task


def _with_evaluated_timers(state: dict, raw_input, ctx) -> dict:
    """TimeoutSeconds and HeartbeatSeconds may be JSONata, or a path."""
    sfn, made = _sfn(), dict(state)
    for name in _TIMERS:
        value = state.get(name)
        if isinstance(value, str) and value.startswith("{%"):
            made[name] = sfn._evaluate_jsonata(value[2:-2].strip(), raw_input, ctx)
        elif f"{name}Path" in state:
            made[name] = sfn._resolve_path_or_ctx(state[f"{name}Path"], raw_input, ctx)
    return made


def _timing_out(invoke):
    def invoke_with_timeout(resource, input_data, timeout):
        sfn, task = _sfn(), executions.current()
        # Each attempt of a retried task has a clock of its own.
        attempt = executions.Task(task.execution, task.state, task.context, task)
        with executions.entered(attempt):
            try:
                return invoke(resource, input_data, timeout)
            except sfn._ExecutionError as error:
                if error.error == "States.Timeout":
                    attempt.timed_out.set()
                raise

    return invoke_with_timeout


def _sleeping(_sleep):
    def sleep(seconds):
        """A wait that ends with its execution; before a retry, for as long as the retrier says."""
        task = executions.current()
        if task and task.retrier:
            retrier, count = task.retrier
            task.retrier = None
            seconds = retry_delay(retrier, count)
        scale = _sfn()._SFN_WAIT_SCALE * (faults.haste(task) if task else 1)
        deadline = time.monotonic() + float(seconds) * scale
        while (left := deadline - time.monotonic()) > 0:
            if executions.given_up():
                raise executions.GivenUp("stopped while waiting")
            time.sleep(min(left, _SLICE_SECONDS))

    return sleep


def retry_delay(retrier: dict, count: int) -> float:
    """Seconds before retry number `count` (from 0): the interval, its back-off, its ceiling, its jitter."""
    delay = float(retrier.get("IntervalSeconds", 1)) * float(retrier.get("BackoffRate", 2.0)) ** count
    delay = min(delay, float(retrier.get("MaxDelaySeconds", delay)))
    return random.uniform(0, delay) if retrier.get("JitterStrategy") == "FULL" else delay


def _finding(find):
    def find_retrier(retriers, error, retry_counts):
        if executions.given_up():
            raise executions.GivenUp("no retry for an execution that was stopped")
        found, index = find(retriers, error, retry_counts)
        task = executions.current()
        if found is not None and task:
            task.retrier = (found, retry_counts.get(index, 0))
        return found, index

    return find_retrier


# --- tasks that wait for another -----------------------------------------------------------------------------------


def _calling_back(invoke):
    def invoke_with_callback(resource, input_data, token, state_def):
        watch = threading.Thread(target=contextvars.copy_context().run, args=(_watch_token, token, state_def), daemon=True)
        watch.start()
        result = invoke(resource, input_data, token, state_def)
        if executions.given_up():
            raise executions.GivenUp("stopped while waiting for its token")
        return result

    return invoke_with_callback


def _watch_token(token: str, state: dict) -> None:
    """Ends the wait for a token whose execution was stopped, or whose heartbeat did not come."""
    sfn, heartbeat, started = _sfn(), state.get("HeartbeatSeconds"), time.time()
    time.sleep(_SLICE_SECONDS)
    while token in sfn._task_tokens:
        info = sfn._task_tokens[token]
        last = info.get("heartbeat") or started
        if executions.given_up():
            _fail_token(token, "States.Timeout", "The execution ended")
        elif heartbeat and isinstance(last, (int, float)) and time.time() - last > float(heartbeat):
            _fail_token(token, "States.HeartbeatTimeout", f"No heartbeat within {heartbeat} seconds")
        time.sleep(_SLICE_SECONDS)


def _fail_token(token: str, error: str, cause: str) -> None:
    info = _sfn()._task_tokens.get(token)
    if info:
        info["error"] = {"Error": error, "Cause": cause}
        info["event"].set()


def _calling(call):
    def call_lambda(func_ref, event):
        """A function that fails to take a task token fails the task: MiniStack would wait for the token for ever."""
        task = executions.current()
        try:
            return call(func_ref, event)
        except _sfn()._ExecutionError as error:
            token = (task.context.get("Task") or {}).get("Token") if task else None
            if token and ".waitForTaskToken" in task.state.get("Resource", ""):
                _fail_token(token, error.error, error.cause)
            raise

    return call_lambda


def _nested_sync(resource, input_data):
    """Starts the child as an execution of its own, with its events and its metrics, and stops it with its parent."""
    sfn = _sfn()
    status, _, body = sfn._start_execution(sfn._nested_start_execution_request(input_data))
    started = json.loads(body)
    if status >= 400:
        raise sfn._ExecutionError(f"StepFunctions.{started.get('__type')}Exception", started.get("message", ""))
    arn = started["executionArn"]
    execution = sfn._executions[arn]
    while execution["status"] == "RUNNING":
        if executions.given_up():
            sfn._stop_execution({"executionArn": arn, "cause": "The parent execution ended"})
            raise executions.GivenUp("the child was stopped with its parent")
        time.sleep(0.05)
    described = _as_output(execution, resource.endswith(".sync:2"))
    if execution["status"] != "SUCCEEDED":
        raise sfn._ExecutionError("States.TaskFailed", json.dumps(described))
    return described


def _as_output(execution: dict, parsed: bool) -> dict:
    def value(text):
        return json.loads(text) if parsed and text else text

    fields = {"ExecutionArn": execution["executionArn"], "Input": value(execution["input"]),
              "InputDetails": {"Included": True}, "Name": execution["name"],
              "StartDate": _sfn()._iso_to_epoch_ms(execution["startDate"]),
              "StateMachineArn": execution["stateMachineArn"], "Status": execution["status"],
              "StopDate": _sfn()._iso_to_epoch_ms(execution["stopDate"])}
    if execution["status"] == "SUCCEEDED":
        return {**fields, "Output": value(execution["output"]), "OutputDetails": {"Included": True}}
    return {**fields, "Error": execution.get("error"), "Cause": execution.get("cause")}


def install() -> None:
    sfn = _sfn()
    for name, wrap in (("_run_execution", _running), ("_fail_execution", _failing),
                       ("_emit_execution_status_event", _emitting), ("_execute_task", _executing),
                       ("_invoke_resource_with_timeout", _timing_out), ("_scaled_sleep", _sleeping),
                       ("_find_matching_retrier", _finding), ("_invoke_with_callback", _calling_back),
                       ("_call_lambda", _calling)):
        setattr(sfn, name, wrap(getattr(sfn, name)))
    sfn._invoke_nested_start_execution_sync = _nested_sync
