"""What the boto3 cases share: clients whose every parsed answer is held to its shape, and models made of one script."""

import datetime
import io
import os
import tarfile
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
ROLE = "arn:aws:iam::000000000000:role/jobs"
BUCKET = os.environ["CASE_BUCKET"]
# Operations that were answered, over all cases.
CALLED = set()

INFERENCE = """
import json, time
def model_fn(folder):
    return NAME
def parts(count):
    for index in range(count):
        yield f"part{index};"
def transform_fn(model, body, kind, accept):
    if body == "raise":
        raise RuntimeError("boom")
    if body == "stream":
        return parts(3), "text/plain"
    if body == "break":
        return (1 / index if index < 1 else "first;" for index in (1, 0)), "text/plain"
    return f"{model}:{body}", "text/csv"
"""
TRAIN = """
import os, time
print("auc=0.75", flush=True)
time.sleep(float(os.environ.get("SM_HP_SLEEP", "0")))
if os.environ.get("SM_HP_FAIL"):
    raise SystemExit("broken")
"""

_PYTHON_TYPES = {
    "string": str, "character": str, "integer": int, "long": int, "float": (int, float), "double": (int, float),
    "boolean": bool, "timestamp": datetime.datetime,
}


def client(service, endpoint=None):
    made = boto3.client(
        service, endpoint_url=endpoint or os.environ["CASE_ENDPOINT"], region_name="us-east-1",
        aws_access_key_id="test", aws_secret_access_key="test", config=Config(retries={"max_attempts": 1}))
    made.meta.events.register(f"after-call.{made.meta.service_model.service_id.hyphenize()}", _held_to_shape)
    return made


def _held_to_shape(http_response, parsed, model, **_):
    if http_response.status_code >= 300:
        return
    CALLED.add(model.name)
    if model.output_shape is not None:
        _check(parsed, model.output_shape, model.name)


def _check(value, shape, path):
    """Asserts that botocore's parser made of an answer what its shape says: required members, enums, types."""
    if getattr(shape, "serialization", {}).get("eventstream"):
        return  # Its events are read by the case: to look at them here would be to take them.
    if shape.type_name == "structure":
        for name in shape.required_members:
            assert value.get(name) is not None, f"{path}.{name} is missing"
        for name, member in shape.members.items():
            if name in value:
                _check(value[name], member, f"{path}.{name}")
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            _check(item, shape.member, f"{path}[{index}]")
    elif shape.type_name == "map":
        for key, item in value.items():
            _check(item, shape.value, f"{path}.{key}")
    elif shape.type_name in _PYTHON_TYPES:
        assert isinstance(value, _PYTHON_TYPES[shape.type_name]), f"{path}: {value!r} is no {shape.type_name}"
        allowed = getattr(shape, "enum", None)
        assert not allowed or value in allowed, f"{path}: {value!r} is none of {allowed}"


sm, runtime, s3 = client("sagemaker"), client("sagemaker-runtime"), client("s3")


def archive(key, files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    s3.put_object(Bucket=BUCKET, Key=key, Body=buffer.getvalue())
    return f"s3://{BUCKET}/{key}"


def container(name, **extra):
    url = archive(f"models/{name}.tar.gz", {"code/inference.py": f"NAME = {name!r}\n{INFERENCE}"})
    return {"Image": SKLEARN, "ModelDataUrl": url, **extra}


def model(name, **extra):
    sm.create_model(ModelName=name, ExecutionRoleArn=ROLE, **{"PrimaryContainer": container(name), **extra})
    return name


def variant(name, model_name, **extra):
    return {"VariantName": name, "ModelName": model_name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1, **extra}


def config(name, *models, **extra):
    variants = [variant(f"v{index}", model_name) for index, model_name in enumerate(models)]
    sm.create_endpoint_config(EndpointConfigName=name, **{"ProductionVariants": variants, **extra})
    return name


def endpoint(name, config_name, **extra):
    sm.create_endpoint(EndpointName=name, EndpointConfigName=config_name, **extra)
    in_service(name)
    return name


def in_service(name):
    sm.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})


def invoke(name, body, **extra):
    answer = runtime.invoke_endpoint(EndpointName=name, Body=body, **{"ContentType": "text/csv", **extra})
    return answer["Body"].read().decode()


def training(name, sleep=0, **extra):
    hyperparameters = {
        "sagemaker_program": "train.py", "sleep": str(sleep),
        "sagemaker_submit_directory": archive(f"code/{name}.tar.gz", {"train.py": TRAIN}),
        **extra.pop("HyperParameters", {})}
    sm.create_training_job(**{
        "TrainingJobName": name, "RoleArn": ROLE, "HyperParameters": hyperparameters,
        "AlgorithmSpecification": {
            "TrainingImage": XGBOOST, "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "auc", "Regex": "auc=([0-9.]+)"}]},
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 300}, **extra})
    return name


def ended(kind, name):
    waiter = sm.get_waiter(f"{kind}_job_completed_or_stopped")
    waiter.wait(**{f"{kind.capitalize()}JobName": name}, WaiterConfig={"Delay": 0.1, "MaxAttempts": 600})


def refused(code, call, *args, **kwargs):
    """The error that a call is answered with, which must have the code."""
    try:
        call(*args, **kwargs)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return error
    raise AssertionError(f"{call} was not refused with {code}")


def eventually(look, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("the condition never held")
