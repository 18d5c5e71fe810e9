"""Endpoints by boto3: traffic, deployments, pipelines, multi-model, serverless, streams, queues, shadows, capture."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import EventStreamError
from harness import (BUCKET, INFERENCE, ROLE, SKLEARN, archive, client, config, container, endpoint, eventually, in_service, invoke,
                     model, refused, runtime, s3, sm, variant)


def _variants(name):
    return {found["VariantName"]: found for found in sm.describe_endpoint(EndpointName=name)["ProductionVariants"]}


def case_weights_and_what_an_update_retains():
    config("weights", model("weights-a"), model("weights-b"))
    endpoint("weights", "weights")
    desired = [{"VariantName": "v0", "DesiredWeight": 0}, {"VariantName": "v1", "DesiredInstanceCount": 2}]
    sm.update_endpoint_weights_and_capacities(EndpointName="weights", DesiredWeightsAndCapacities=desired)
    assert sm.describe_endpoint(EndpointName="weights")["EndpointStatus"] == "Updating"
    in_service("weights")
    assert {invoke("weights", "x") for _ in range(10)} == {"weights-b:x"}
    assert invoke("weights", "x", TargetVariant="v0") == "weights-a:x"
    refused("ValidationError", invoke, "weights", "x", TargetVariant="v9")
    refused("ValidationException", sm.update_endpoint_weights_and_capacities, EndpointName="weights",
            DesiredWeightsAndCapacities=[{"VariantName": "v9", "DesiredWeight": 1}])
    config("weights-two", "weights-a", "weights-b")
    for excluded, weight in ([], 0), (["DesiredWeight"], 1):
        sm.update_endpoint(
            EndpointName="weights", EndpointConfigName="weights-two", RetainAllVariantProperties=True,
            ExcludeRetainedVariantProperties=[{"VariantPropertyType": name} for name in excluded])
        pending = sm.describe_endpoint(EndpointName="weights").get("PendingDeploymentSummary")
        assert pending is None or pending["EndpointConfigName"] == "weights-two"
        in_service("weights")
        found = _variants("weights")
        assert (found["v0"]["CurrentWeight"], found["v1"]["CurrentInstanceCount"]) == (weight, 2), found
    assert "PendingDeploymentSummary" not in sm.describe_endpoint(EndpointName="weights")
    sm.delete_endpoint(EndpointName="weights")


def case_updates_lose_no_request():
    slow = INFERENCE.replace("return f", "time.sleep(0.05); return f")
    for name in ("under-load-a", "under-load-b"):
        url = archive(f"models/{name}.tar.gz", {"code/inference.py": f"NAME = {name!r}\n{slow}"})
        config(name, model(name, PrimaryContainer={"Image": SKLEARN, "ModelDataUrl": url}))
    endpoint("under-load", "under-load-a")
    updating = threading.Event()

    def call():
        seen = set()
        while not updating.is_set():
            seen.add(invoke("under-load", "x"))
        return seen

    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(call) for _ in range(4)]
        try:
            for name in ("under-load-b", "under-load-a"):
                sm.update_endpoint(EndpointName="under-load", EndpointConfigName=name)
                in_service("under-load")
        finally:
            updating.set()
        assert set().union(*(made.result() for made in calls)) == {"under-load-a:x", "under-load-b:x"}
    sm.delete_endpoint(EndpointName="under-load")


def _policy(kind, seconds=1, alarms=(), **size):
    routing = {"Type": kind, "WaitIntervalInSeconds": seconds, **size}
    rollback = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in alarms]}} if alarms else {}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}, **rollback}


def _answers_while_updating(name):
    seen = set()
    while sm.describe_endpoint(EndpointName=name)["EndpointStatus"] != "InService":
        seen.add(invoke(name, "x"))
    return seen


def case_deployments_shift_traffic_and_roll_back_on_an_alarm():
    half = {"Type": "CAPACITY_PERCENT", "Value": 50}
    config("canary-a", model("canary-a"))
    config("canary-b", model("canary-b"))
    endpoint("canary", "canary-a")
    refused("ValidationException", sm.update_endpoint, EndpointName="canary", EndpointConfigName="canary-b",
            DeploymentConfig=_policy("CANARY", CanarySize={"Type": "CAPACITY_PERCENT", "Value": 80}))
    refused("ValidationException", sm.update_endpoint, EndpointName="canary", EndpointConfigName="canary-b",
            DeploymentConfig=_policy("LINEAR"))
    sm.update_endpoint(EndpointName="canary", EndpointConfigName="canary-b",
                       DeploymentConfig=_policy("CANARY", CanarySize=half))
    assert _answers_while_updating("canary") == {"canary-a:x", "canary-b:x"}
    assert invoke("canary", "x") == "canary-b:x"
    cloudwatch = client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="canary", Namespace="cases", MetricName="errors", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold")
    cloudwatch.put_metric_data(Namespace="cases", MetricData=[{"MetricName": "errors", "Value": 5}])
    eventually(lambda: cloudwatch.describe_alarms(AlarmNames=["canary"])["MetricAlarms"][0]["StateValue"] == "ALARM")
    sm.update_endpoint(EndpointName="canary", EndpointConfigName="canary-a",
                       DeploymentConfig=_policy("LINEAR", LinearStepSize=half, alarms=["canary"]))
    in_service("canary")
    found = sm.describe_endpoint(EndpointName="canary")
    assert found["EndpointConfigName"] == "canary-b" and "alarm canary is in state ALARM" in found["FailureReason"]
    assert found["LastDeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"] == "LINEAR"
    sm.delete_endpoint(EndpointName="canary")


def case_pipelines_and_containers_called_by_name():
    containers = [container("first", ContainerHostname="one"), container("second", ContainerHostname="two")]
    sm.create_model(ModelName="serial", ExecutionRoleArn=ROLE, Containers=containers)
    sm.create_model(ModelName="direct", ExecutionRoleArn=ROLE, Containers=containers,
                    InferenceExecutionConfig={"Mode": "Direct"})
    endpoint("serial", config("serial", "serial"))
    endpoint("direct", config("direct", "direct"))
    assert invoke("serial", "x") == "second:first:x"
    assert "from one with message" in str(refused("ModelError", invoke, "serial", "raise"))
    assert invoke("direct", "x", TargetContainerHostname="two") == "second:x"
    refused("ValidationError", invoke, "direct", "x")
    refused("ValidationError", invoke, "serial", "x", TargetContainerHostname="two")
    for name in ("serial", "direct"):
        sm.delete_endpoint(EndpointName=name)


def case_multi_model_containers_load_what_is_asked_for():
    for name in ("a", "b"):
        archive(f"multi/{name}.tar.gz", {"code/inference.py": f"NAME = {name!r}\ndef model_fn(folder):\n    return NAME\n"
                                         "def transform_fn(model, body, kind, accept):\n    return model + body, kind\n"})
    model("multi", PrimaryContainer={"Image": SKLEARN, "ModelDataUrl": f"s3://{BUCKET}/multi/", "Mode": "MultiModel"})
    endpoint("multi", config("multi", "multi"))
    assert [invoke("multi", "x", TargetModel=f"{name}.tar.gz") for name in "aba"] == ["ax", "bx", "ax"]
    assert "Failed to download" in str(refused("ValidationError", invoke, "multi", "x", TargetModel="none.tar.gz"))
    refused("ValidationError", invoke, "multi", "x")
    sm.delete_endpoint(EndpointName="multi")


def case_invocations_carry_headers_errors_and_limits():
    serverless = {"VariantName": "v0", "ModelName": model("plain"),
                  "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 2}}
    endpoint("plain", config("plain", ProductionVariants=[serverless]))
    answer = runtime.invoke_endpoint(EndpointName="plain", Body="x", ContentType="text/csv", Accept="text/csv",
                                     CustomAttributes="trace=1", InferenceId="id-1")
    assert (answer["InvokedProductionVariant"], answer["ContentType"]) == ("v0", "text/csv")
    assert _variants("plain")["v0"]["CurrentServerlessConfig"]["MaxConcurrency"] == 2
    error = refused("ModelError", invoke, "plain", "raise").response
    assert (error["OriginalStatusCode"], error["OriginalMessage"]) == (500, "RuntimeError: boom")
    assert error["LogStreamArn"].endswith("log-group:/aws/sagemaker/Endpoints/plain")
    assert "less than or equal to 4194304" in str(refused("ValidationError", invoke, "plain", b"x" * (4 * 2**20 + 1)))
    assert "less than or equal to 6291456" in str(refused("ValidationError", invoke, "plain", b"x" * (6 * 2**20 + 1)))
    refused("ValidationError", invoke, "plain", "x", TargetModel="a.tar.gz")
    refused("ValidationError", invoke, "plain", "x", InferenceId="x" * 65)
    refused("ValidationError", invoke, "none", "x")
    sm.delete_endpoint(EndpointName="plain")


def case_answers_in_parts():
    endpoint("stream", config("stream", model("stream")))
    stream = lambda body: runtime.invoke_endpoint_with_response_stream(
        EndpointName="stream", Body=body, ContentType="text/csv")
    answer = stream("stream")
    parts = [event["PayloadPart"]["Bytes"] for event in answer["Body"]]
    assert b"".join(parts) == b"part0;part1;part2;", parts
    assert (answer["ContentType"], answer["InvokedProductionVariant"]) == ("text/plain", "v0")
    assert refused("ModelError", stream, "raise").response["OriginalStatusCode"] == 500
    try:
        for _ in stream("break")["Body"]:
            pass
        raise AssertionError("the stream did not break")
    except EventStreamError as error:
        assert "ModelStreamError" in str(error)
    sm.delete_endpoint(EndpointName="stream")


def case_asynchronous_invocations_end_in_s3_and_are_told():
    queues, topics = client("sqs"), client("sns")
    topic = topics.create_topic(Name="inference")["TopicArn"]
    queue = queues.create_queue(QueueName="inference")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
                 "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    queues.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    topics.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    output = {"S3OutputPath": f"s3://{BUCKET}/async/out", "S3FailurePath": f"s3://{BUCKET}/async/failed",
              "NotificationConfig": {"SuccessTopic": topic, "ErrorTopic": topic}}
    endpoint("queued", config("queued", model("queued"), AsyncInferenceConfig={"OutputConfig": output}))
    s3.put_object(Bucket=BUCKET, Key="async/in", Body=b"x")
    good = runtime.invoke_endpoint_async(EndpointName="queued", ContentType="text/csv", InferenceId="one",
                                         InputLocation=f"s3://{BUCKET}/async/in")
    bad = runtime.invoke_endpoint_async(EndpointName="queued", ContentType="text/csv", Body=b"raise")
    assert good["InferenceId"] == "one" and good["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert _text_of(good["OutputLocation"]) == "queued:x"
    assert _text_of(bad["FailureLocation"]) == "RuntimeError: boom"
    told = {}

    def look():
        for message in queues.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            note = json.loads(json.loads(message["Body"])["Message"])
            told[note["invocationStatus"]] = note
        return len(told) == 2

    eventually(look)
    assert told["Completed"]["responseParameters"]["outputLocation"] == good["OutputLocation"]
    refused("ValidationError", runtime.invoke_endpoint_async, EndpointName="queued", ContentType="text/csv")
    refused("ValidationError", invoke, "queued", "x")
    sm.delete_endpoint(EndpointName="queued")


def _keys(prefix):
    return [found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])]


def _text_of(uri):
    key = uri.removeprefix(f"s3://{BUCKET}/")
    eventually(lambda: _keys(key))
    return s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()


def case_shadows_see_the_traffic_and_answer_nobody():
    capture = {"EnableCapture": True, "InitialSamplingPercentage": 100, "DestinationS3Uri": f"s3://{BUCKET}/shadow",
               "CaptureOptions": [{"CaptureMode": "InputAndOutput"}],
               "CaptureContentTypeHeader": {"JsonContentTypes": ["application/json"]}}
    config("shadow", model("shadow-a"), ShadowProductionVariants=[variant("shadow", model("shadow-b"))],
           DataCaptureConfig=capture)
    endpoint("shadow", "shadow")
    assert invoke("shadow", "{}", ContentType="application/json") == "shadow-a:{}"
    found = sm.describe_endpoint(EndpointName="shadow")
    assert found["ShadowProductionVariants"][0]["VariantName"] == "shadow"
    assert found["DataCaptureConfig"]["CaptureStatus"] == "Started"
    [key] = eventually(lambda: _keys("shadow/shadow/shadow/"))
    record = json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())["captureData"]
    assert record["endpointInput"]["encoding"] == "JSON" and record["endpointOutput"]["encoding"] == "BASE64"
    sm.delete_endpoint(EndpointName="shadow")


CASES = [case for name, case in list(globals().items()) if name.startswith("case_")]
