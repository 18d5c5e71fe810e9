"""A queue as event source: refused where its messages would come back while the function still works on them."""

from plugin.contract import point

point("services.lambda_svc", "_create_esm", ("data",))
point("services.lambda_svc", "_get_func_record_for_ref", ("function_ref",))
point("services.cloudformation.provisioners", "_RESOURCE_HANDLERS", dict)

_TYPE = "AWS::Lambda::EventSourceMapping"


def _fault(data: dict) -> str | None:
    from ministack.services import lambda_svc, sqs

    source = data.get("EventSourceArn") or ""
    queue = sqs._queue_by_arn(source) if ":sqs:" in source else None
    config = lambda_svc._get_func_record_for_ref(data.get("FunctionName") or "")[1] if queue else None
    if not config:
        return None
    hidden, timeout = int(queue["attributes"].get("VisibilityTimeout", 30)), int(config.get("Timeout", 3))
    if hidden >= timeout:
        return None
    return f"Queue visibility timeout: {hidden} seconds is less than Function timeout: {timeout} seconds"


def _creating(create):
    def create_esm(data):
        from ministack.core.responses import error_response_json

        fault = _fault(data)
        return error_response_json("InvalidParameterValueException", fault, 400) if fault else create(data)

    return create_esm


def _provisioning(create):
    def create_resource(logical_id, props, stack_name):
        fault = _fault(props)
        if fault:
            raise ValueError(fault)
        return create(logical_id, props, stack_name)

    return create_resource


def install() -> None:
    from ministack.services import lambda_svc
    from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

    lambda_svc._create_esm = _creating(lambda_svc._create_esm)
    _RESOURCE_HANDLERS[_TYPE]["create"] = _provisioning(_RESOURCE_HANDLERS[_TYPE]["create"])
