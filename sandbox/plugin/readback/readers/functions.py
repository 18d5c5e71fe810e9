"""AWS::Lambda::*."""

import io
import json
import urllib.request
import zipfile

from plugin import aws
from plugin.readback.readers import pick, reader, tag_list


@reader("AWS::Lambda::Function", {"SnapStart": "answered for published versions only"})
def function(name, props):
    client = aws.client("lambda")
    answer = client.get_function(FunctionName=name)
    found = answer["Configuration"]
    image = found.get("ImageConfigResponse", {}).get("ImageConfig")
    return {
        **pick(
            found,
            "FunctionName",
            "Runtime",
            "Handler",
            "Role",
            "Timeout",
            "MemorySize",
            "Description",
            "Architectures",
            "PackageType",
            "Environment",
            "EphemeralStorage",
            "TracingConfig",
            "DeadLetterConfig",
            "LoggingConfig",
            "FileSystemConfigs",
            "VpcConfig",
        ),
        "Code": lambda: _code(props["Code"], answer),
        "ImageConfig": image,
        "KmsKeyArn": found.get("KMSKeyArn"),
        "Layers": [layer["Arn"] for layer in found.get("Layers", [])],
        "ReservedConcurrentExecutions": answer.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
        "RecursiveLoop": lambda: client.get_function_recursion_config(FunctionName=name).get("RecursiveLoop"),
        "RuntimeManagementConfig": lambda: client.get_runtime_management_config(FunctionName=name),
        "CodeSigningConfigArn": lambda: client.get_function_code_signing_config(FunctionName=name).get(
            "CodeSigningConfigArn"
        ),
        "Tags": tag_list(answer.get("Tags")),
    }


def _code(wanted: dict, answer: dict) -> dict:
    """The template's own words where the function's code is what they name."""
    if "ZipFile" in wanted:
        with urllib.request.urlopen(answer["Code"]["Location"], timeout=10) as response:
            archive = zipfile.ZipFile(io.BytesIO(response.read()))
        names = [name for name in archive.namelist() if name.startswith("index.")]
        return {"ZipFile": archive.read(names[0]).decode() if names else None}
    if "S3Bucket" in wanted:
        version = {"VersionId": wanted["S3ObjectVersion"]} if wanted.get("S3ObjectVersion") else {}
        size = aws.client("s3").head_object(Bucket=wanted["S3Bucket"], Key=wanted["S3Key"], **version)["ContentLength"]
        found = answer["Configuration"].get("CodeSize")
        return wanted if size == found else {**wanted, "S3Key": f"{found} bytes of code; the object has {size}"}
    return {"ImageUri": answer["Code"].get("ImageUri")}


@reader("AWS::Lambda::EventSourceMapping")
def event_source_mapping(uuid, props):
    client = aws.client("lambda")
    found = client.get_event_source_mapping(UUID=uuid)
    arn = found.get("FunctionArn", "")
    wanted = props.get("FunctionName", "")
    return {
        **pick(
            found,
            "AmazonManagedKafkaEventSourceConfig",
            "BatchSize",
            "BisectBatchOnFunctionError",
            "DestinationConfig",
            "EventSourceArn",
            "FilterCriteria",
            "FunctionResponseTypes",
            "MaximumBatchingWindowInSeconds",
            "MaximumRecordAgeInSeconds",
            "MaximumRetryAttempts",
            "ParallelizationFactor",
            "Queues",
            "ScalingConfig",
            "StartingPosition",
            "Topics",
            "TumblingWindowInSeconds",
            "ProvisionedPollerConfig",
            "MetricsConfig",
        ),
        "KmsKeyArn": found.get("KMSKeyArn"),
        "Enabled": found.get("State") in ("Enabled", "Enabling", "Creating", "Updating"),
        "FunctionName": _named(wanted, arn),
        "Tags": lambda: tag_list(client.list_tags(Resource=found["EventSourceMappingArn"])["Tags"]),
    }


@reader("AWS::Lambda::EventInvokeConfig")
def event_invoke_config(physical_id, props):
    name, qualifier = props["FunctionName"], props.get("Qualifier")
    found = aws.client("lambda").get_function_event_invoke_config(
        FunctionName=name, **({"Qualifier": qualifier} if qualifier else {})
    )
    return {
        **pick(found, "DestinationConfig", "MaximumEventAgeInSeconds", "MaximumRetryAttempts"),
        "FunctionName": _named(name, found["FunctionArn"].removesuffix(f":{qualifier}")),
        "Qualifier": qualifier,
    }


@reader("AWS::Lambda::Permission")
def permission(physical_id, props):
    qualified = {"Qualifier": props["Qualifier"]} if props.get("Qualifier") else {}
    name = props["FunctionName"]
    policy = json.loads(aws.client("lambda").get_policy(FunctionName=name, **qualified)["Policy"])
    sid = physical_id.rsplit("|", 1)[-1]
    found = next((each for each in policy["Statement"] if each.get("Sid") == sid), None)
    if found is None:
        return {key: None for key in props}
    principal, conditions = found.get("Principal"), _conditions(found)
    if isinstance(principal, dict):
        principal = principal.get("Service", principal.get("AWS"))
    return {
        "Action": found.get("Action"),
        "FunctionName": _named(name, found.get("Resource", "")),
        "Principal": principal,
        "SourceArn": conditions.get("aws:sourcearn"),
        "SourceAccount": conditions.get("aws:sourceaccount"),
        "EventSourceToken": conditions.get("lambda:eventsourcetoken"),
        "FunctionUrlAuthType": conditions.get("lambda:functionurlauthtype"),
        "InvokedViaFunctionUrl": conditions.get("lambda:invokedviafunctionurl"),
        "PrincipalOrgID": conditions.get("aws:principalorgid"),
    }


def _conditions(statement: dict) -> dict:
    return {key.lower(): value for test in statement.get("Condition", {}).values() for key, value in test.items()}


@reader("AWS::Lambda::Alias")
def alias(arn, props):
    found = aws.client("lambda").get_alias(FunctionName=props["FunctionName"], Name=props["Name"])
    return {
        **pick(found, "Name", "Description", "FunctionVersion"),
        "FunctionName": _named(props["FunctionName"], found["AliasArn"].rpartition(":")[0]),
        "RoutingConfig": {
            "AdditionalVersionWeights": [
                {"FunctionVersion": version, "FunctionWeight": weight}
                for version, weight in (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights", {}).items()
            ]
        },
        "ProvisionedConcurrencyConfig": lambda: {
            "ProvisionedConcurrentExecutions": aws.client("lambda").get_provisioned_concurrency_config(
                FunctionName=props["FunctionName"], Qualifier=props["Name"]
            )["RequestedProvisionedConcurrentExecutions"]
        },
    }


@reader("AWS::Lambda::Version")
def version(arn, props):
    found = aws.client("lambda").get_function(FunctionName=arn)["Configuration"]
    return {
        **pick(found, "Description", "CodeSha256"),
        "FunctionName": _named(props["FunctionName"], found["FunctionArn"].rpartition(":")[0]),
    }


@reader("AWS::Lambda::Url")
def url(physical_id, props):
    qualifier = {"Qualifier": props["Qualifier"]} if props.get("Qualifier") else {}
    found = aws.client("lambda").get_function_url_config(FunctionName=props["TargetFunctionArn"], **qualifier)
    return {
        **pick(found, "AuthType", "Cors", "InvokeMode"),
        "TargetFunctionArn": props["TargetFunctionArn"],
        **qualifier,
    }


def _named(wanted: str, arn: str) -> str:
    """A template names a function by its name or by its ARN, whole or in part: its own word where both mean one."""
    return (
        wanted
        if arn.split(":function:")[-1] == wanted.split(":function:")[-1].split(":")[-1]
        or arn.endswith(f":{wanted}")
        or arn == wanted
        or arn.split(":function:")[-1] == wanted.split(":function:")[-1]
        else arn
    )
