"""A custom resource whose function dies fails at once: MiniStack waits for its answer for an hour, as AWS does."""

import json
import time

from plugin.contract import point

point("services.cloudformation.custom_resource", "_pending", dict)
point("services.cloudformation.custom_resource", "deliver_response", ("token", "response"))
point("services.lambda_svc", "_execute_function_with_config_scope", ("func", "event"))

_TRIES = 3
_PAUSE_SECONDS = 1


def _executing(execute):
    def execute_in_scope(func, event):
        from ministack.services.cloudformation import custom_resource

        url = event.get("ResponseURL") if isinstance(event, dict) else None
        token = url.rsplit("/", 1)[-1] if isinstance(url, str) else None
        if token not in custom_resource._pending:
            return execute(func, event)
        for attempt in range(_TRIES):
            # An asynchronous invocation is tried again, so a custom resource's is too.
            if attempt:
                time.sleep(_PAUSE_SECONDS)
            result = execute(func, event)
            entry = custom_resource._pending.get(token)
            if not result.get("error") or entry is None or entry["event"].is_set():
                return result
        custom_resource.deliver_response(token, {"Status": "FAILED", "Reason": _reason(result)})
        return result

    return execute_in_scope


def _reason(result: dict) -> str:
    body = result.get("body")
    told = f"{body.get('errorType', 'Error')}: {body.get('errorMessage', '')}" if isinstance(body, dict) else json.dumps(body)
    return f"The function of this custom resource failed {_TRIES} times and did not answer: {told}"[:1024]


def install() -> None:
    from ministack.services import lambda_svc

    lambda_svc._execute_function_with_config_scope = _executing(lambda_svc._execute_function_with_config_scope)
