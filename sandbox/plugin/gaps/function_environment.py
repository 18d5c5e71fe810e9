"""A Lambda's process as on AWS: nothing of the host's environment, its role's credentials, its errors' types; idle ones end."""

import os
import re
import subprocess
import time
import types

from plugin import faults
from plugin.contract import point

point("core.lambda_runtime", "subprocess", types.ModuleType)
point("core.lambda_runtime", "_workers", dict)
point("core.lambda_runtime", "_lock", object)
point("core.lambda_runtime", "_LOCAL_WORKER_TTL", float)
point("core.lambda_runtime", "_NODEJS_WORKER_SCRIPT", str)
point("core.lambda_runtime", "_PYTHON_WORKER_SCRIPT", str)
point("core.lambda_runtime", "execution_credentials", ("config",))
point("core.lambda_runtime", "kill_workers", ("workers",))
point("services.lambda_svc", "reap_idle_workers", ("ttl",))
point("services.lambda_svc", "_execute_function_warm", ("func", "event", "request_id"))
point("services.sts", "register_session", ("access_key", "session"))
point("app", "AUTH", bool)

# What MiniStack's pool says of a worker that ended before it answered.
_DIED = "Worker process died"
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR")
# How the Node worker tells of an error, and the same with the error's type before its message.
_ERROR = 'error: String(err.message || err), trace: err.stack || ""'
_TYPED = 'error: "\\u0001" + (err.name || "Error") + "\\u0001" + String(err.message || err), trace: err.stack || ""'
_THROWN = 'status: "error", error: e.message, trace: e.stack'
_RAISED = '"status": "error", "error": str(e), "trace"'
_RAISED_TYPED = '"status": "error", "error": "\\x01" + type(e).__name__ + "\\x01" + str(e), "trace"'
_THROWN_TYPED = 'status: "error", error: "\\u0001" + (e.name || "Error") + "\\u0001" + e.message, trace: e.stack'


class _Subprocess(types.SimpleNamespace):
    """The subprocess module as MiniStack's worker pool sees it."""


def _environment(given: dict) -> dict:
    """Of MiniStack's own settings a function sees none; AWS_* and those that the function itself sets stay."""
    env = {key: value for key, value in given.items()
           if key in _KEPT or key.startswith("AWS_") or key not in os.environ or os.environ[key] != value}
    env.pop("AWS_DEFAULT_REGION", None)
    name = env.get("AWS_LAMBDA_FUNCTION_NAME", "")
    modules = os.environ.get("SANDBOX_NODE_MODULES")
    if modules:
        # AWS's Node.js runtimes bring the SDK, which CDK's own handlers rely on.
        env["NODE_PATH"] = os.pathsep.join(filter(None, (env.get("NODE_PATH"), modules)))
    return {**env, "TZ": "UTC", "HOME": env.get("TMPDIR", "/tmp"), "AWS_DEFAULT_REGION": env.get("AWS_REGION", ""),
            "AWS_LAMBDA_LOG_GROUP_NAME": env.get("AWS_LAMBDA_LOG_GROUP_NAME", f"/aws/lambda/{name}"),
            **faults.clock_environment(name, env)}


def _popen(command, *, env, **options):
    program = os.environ["SANDBOX_NODE"] if command[0] == "node" else command[0]
    return subprocess.Popen([program, *command[1:]], env=_environment(env), **options)


def _reap(ttl: float | None = None) -> int:
    """MiniStack keeps the first worker of each function for ever; with dozens of functions that is gigabytes."""
    from ministack.core import lambda_runtime

    limit = lambda_runtime._LOCAL_WORKER_TTL if ttl is None else ttl
    now, idle = time.time(), []
    with lambda_runtime._lock:
        for key, workers in list(lambda_runtime._workers.items()):
            kept = [worker for worker in workers if worker.in_use or now - worker.last_used < limit]
            idle.extend(worker for worker in workers if worker not in kept)
            if kept:
                lambda_runtime._workers[key] = kept
            else:
                del lambda_runtime._workers[key]
    lambda_runtime.kill_workers(idle)
    return len(idle)


def _with_role(credentials):
    def execution_credentials(config):
        """A session of the function's role, so that callees see who called, whether or not policies are enforced."""
        from ministack import app

        enforced, app.AUTH = app.AUTH, True
        try:
            return credentials(config)
        finally:
            app.AUTH = enforced

    return execution_credentials


_TYPE = re.compile("^\x01([^\x01]*)\x01", re.DOTALL)


def _with_error_type(execute):
    def execute_function_warm(func, event, request_id):
        result = execute(func, event, request_id)
        body = result.get("body")
        if result.get("error") and isinstance(body, dict):
            message = body.get("errorMessage") or ""
            if message == _DIED:
                result["body"] = {"errorType": "Runtime.ExitError",
                                  "errorMessage": f"RequestId: {request_id} Error: Runtime exited without providing a reason"}
            typed = _TYPE.match(message)
            if typed:
                trace = [line for line in result.get("log", "").splitlines() if line.startswith("    at ")]
                result["body"] = {"errorType": typed.group(1), "errorMessage": message[typed.end():],
                                  "trace": [f"{typed.group(1)}: {message[typed.end():]}", *trace]}
        return result

    return execute_function_warm


def install() -> None:
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    lambda_runtime.subprocess = _Subprocess(Popen=_popen, PIPE=subprocess.PIPE,
                                            TimeoutExpired=subprocess.TimeoutExpired)
    script = lambda_runtime._NODEJS_WORKER_SCRIPT
    lambda_runtime._PYTHON_WORKER_SCRIPT = lambda_runtime._PYTHON_WORKER_SCRIPT.replace(_RAISED, _RAISED_TYPED)
    lambda_runtime._NODEJS_WORKER_SCRIPT = script.replace(_ERROR, _TYPED).replace(_THROWN, _THROWN_TYPED)
    lambda_runtime.reap_idle_workers = lambda_svc.reap_idle_workers = _reap
    lambda_runtime.execution_credentials = _with_role(lambda_runtime.execution_credentials)
    lambda_svc._execute_function_warm = _with_error_type(lambda_svc._execute_function_warm)
