"""Service Quotas, which MiniStack has not: a new account's values for SageMaker's instances and Lambda's concurrency."""

import hashlib
import json
import os

from plugin.contract import point

point("core.router", "SERVICE_PATTERNS", dict)
point("app", "SERVICE_HANDLERS", dict)
point("core.iam_actions", "SERVICE_TO_IAM_NAMESPACE", dict)

_USAGES = ("training job", "processing job", "transform job", "endpoint", "spot training job")
# Instances of each type that a fresh account may run at once, by what it runs.
_INSTANCES = {
    "ml.t3.medium": 20, "ml.t3.large": 20, "ml.t3.xlarge": 20, "ml.m5.large": 20, "ml.m5.xlarge": 15,
    "ml.m5.2xlarge": 10, "ml.m5.4xlarge": 5, "ml.c5.large": 20, "ml.c5.xlarge": 15, "ml.c5.2xlarge": 10,
    "ml.m6i.large": 10, "ml.m6i.xlarge": 10, "ml.g4dn.xlarge": 0, "ml.g5.xlarge": 0, "ml.p3.2xlarge": 0,
}


def _quotas(service: str) -> list[dict]:
    if service == "lambda":
        return [_quota("lambda", "AWS Lambda", "Concurrent executions", 1000, "L-B99A9384")]
    if service != "sagemaker":
        return []
    values = {f"{instance} for {usage} usage": value for instance, value in _INSTANCES.items() for usage in _USAGES}
    # The limits that this sandbox was given are those that its SageMaker enforces.
    values.update(json.loads(os.environ.get("SANDBOX_LIMITS") or "{}"))
    return [_quota("sagemaker", "Amazon SageMaker", name, value) for name, value in values.items()]


def _quota(service: str, title: str, name: str, value: float, code: str | None = None) -> dict:
    from ministack.core.responses import get_account_id, get_region

    code = code or f"L-{hashlib.sha256(name.encode()).hexdigest()[:8].upper()}"
    arn = f"arn:aws:servicequotas:{get_region()}:{get_account_id()}:{service}/{code}"
    return {"ServiceCode": service, "ServiceName": title, "QuotaArn": arn, "QuotaCode": code, "QuotaName": name,
            "Value": float(value), "Unit": "None", "Adjustable": True, "GlobalQuota": False}


async def handle_request(method, path, headers, body, query_params):
    action = headers.get("x-amz-target", "").rpartition(".")[2]
    request = json.loads(body or b"{}")
    quotas = _quotas(request.get("ServiceCode", ""))
    if action in ("ListServiceQuotas", "ListAWSDefaultServiceQuotas"):
        return _page(quotas, request)
    if action in ("GetServiceQuota", "GetAWSDefaultServiceQuota"):
        for quota in quotas:
            if quota["QuotaCode"] == request.get("QuotaCode"):
                return _json(200, {"Quota": quota})
        return _json(400, {"__type": "NoSuchResourceException", "Message": "The request failed because the specified "
                           "service quota does not exist."})
    return _json(400, {"__type": "UnknownOperationException", "Message": f"{action} is not in the sandbox."})


def _page(quotas: list[dict], request: dict) -> tuple[int, dict, bytes]:
    start, size = int(request.get("NextToken") or 0), int(request.get("MaxResults") or 100)
    more = {"NextToken": str(start + size)} if start + size < len(quotas) else {}
    return _json(200, {"Quotas": quotas[start:start + size], **more})


def _json(status: int, body: dict) -> tuple[int, dict, bytes]:
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(body).encode()


def install() -> None:
    from ministack import app
    from ministack.core import iam_actions, router

    iam_actions.SERVICE_TO_IAM_NAMESPACE["servicequotas"] = "servicequotas"
    router.SERVICE_PATTERNS["servicequotas"] = {
        "target_prefixes": ["ServiceQuotasV20190624."], "host_patterns": [r"^servicequotas\."]}
    app.SERVICE_HANDLERS["servicequotas"] = handle_request
