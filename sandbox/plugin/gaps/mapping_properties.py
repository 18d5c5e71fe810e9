"""AWS::Lambda::EventSourceMapping: tags and other properties that MiniStack drops, and those that an update takes out."""

from plugin import aws, stacks
from plugin.contract import point

point("services.lambda_svc", "_esms", object)

# What UpdateEventSourceMapping does not take back to its default: None is not answered at all.
_REMOVED = {"BisectBatchOnFunctionError": False, "DestinationConfig": None, "FilterCriteria": None,
            "FunctionResponseTypes": [], "MaximumBatchingWindowInSeconds": 0, "MaximumRecordAgeInSeconds": -1,
            "MaximumRetryAttempts": -1, "ParallelizationFactor": 1, "ScalingConfig": None}
# What neither creating nor updating stores, in the API's spelling.
_DROPPED = {"KmsKeyArn": "KMSKeyArn", "MetricsConfig": "MetricsConfig", "ProvisionedPollerConfig": "ProvisionedPollerConfig",
            "Queues": "Queues", "Topics": "Topics", "SourceAccessConfigurations": "SourceAccessConfigurations",
            "TumblingWindowInSeconds": "TumblingWindowInSeconds"}


def apply(uuid: str, props: dict, old: dict) -> None:
    from ministack.services import lambda_svc

    mapping = lambda_svc._esms[uuid]
    for key, default in _REMOVED.items():
        if key in old and key not in props:
            _store(mapping, key, default)
    if "BatchSize" in old and "BatchSize" not in props:
        mapping["BatchSize"] = 10 if ":sqs:" in props.get("EventSourceArn", "") else 100
    for key, api in _DROPPED.items():
        if props.get(key) != old.get(key):
            _store(mapping, api, props.get(key))
    client = aws.client("lambda")
    arn = client.get_event_source_mapping(UUID=uuid)["EventSourceMappingArn"]
    stacks.apply_tags(props, old, lambda tags: client.tag_resource(Resource=arn, Tags=tags),
                      lambda keys: client.untag_resource(Resource=arn, TagKeys=keys))


def _store(mapping: dict, key: str, value) -> None:
    if value is None:
        mapping.pop(key, None)
    else:
        mapping[key] = int(value) if key.endswith("Seconds") else value


def install() -> None:
    stacks.extend("AWS::Lambda::EventSourceMapping", apply)
