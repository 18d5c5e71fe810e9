"""MiniStack knows no SageMaker: calls from inside it (Step Functions' aws-sdk tasks, event targets) go to the local one."""

import asyncio

from plugin import sagemaker
from plugin.contract import point

point("core.router", "SERVICE_PATTERNS", dict)
point("app", "SERVICE_HANDLERS", dict)
point("core.iam_actions", "SERVICE_TO_IAM_NAMESPACE", dict)
point("services.stepfunctions", "_AWS_SDK_SERVICE_MAP", dict)
point("services.stepfunctions", "_AWS_SDK_ERROR_PREFIX", dict)

_FORWARDED = ("content-type", "authorization")


async def handle_request(method, path, headers, body, query_params):
    action = headers.get("x-amz-target", "").partition(".")[2]
    raw = body.encode() if isinstance(body, str) else body
    kept = {name: headers[name] for name in _FORWARDED if name in headers}
    status, answer_headers, answer = await asyncio.to_thread(sagemaker.request, action, raw, kept)
    return status, {"Content-Type": answer_headers.get("content-type", "application/x-amz-json-1.1")}, answer


def install() -> None:
    from ministack import app
    from ministack.core import iam_actions, router
    from ministack.services import stepfunctions

    iam_actions.SERVICE_TO_IAM_NAMESPACE["sagemaker"] = "sagemaker"
    router.SERVICE_PATTERNS["sagemaker"] = {
        "target_prefixes": ["SageMaker."], "host_patterns": [r"^(api|runtime)\.sagemaker\."]}
    app.SERVICE_HANDLERS["sagemaker"] = handle_request
    stepfunctions._AWS_SDK_SERVICE_MAP["sagemaker"] = {"target_prefix": "SageMaker", "protocol": "json"}
    stepfunctions._AWS_SDK_ERROR_PREFIX["sagemaker"] = "SageMaker"
