"""AWS::Lambda::Function: dead letters, reserved concurrency, the key of its environment, its network; tags of mappings."""

from plugin import aws, stacks

_CONFIGURATION = {"DeadLetterConfig": "DeadLetterConfig", "KmsKeyArn": "KMSKeyArn"}
_VPC = ("SubnetIds", "SecurityGroupIds")


def apply(name: str, props: dict, old: dict) -> None:
    client = aws.client("lambda")
    changed = {api: props[key] for key, api in _CONFIGURATION.items() if props.get(key) and props[key] != old.get(key)}
    if props.get("VpcConfig") and props["VpcConfig"] != old.get("VpcConfig"):
        changed["VpcConfig"] = {key: props["VpcConfig"].get(key, []) for key in _VPC}
    if changed:
        client.update_function_configuration(FunctionName=name, **changed)
    reserved, before = props.get("ReservedConcurrentExecutions"), old.get("ReservedConcurrentExecutions")
    if reserved is not None and reserved != before:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=int(reserved))
    elif reserved is None and before is not None:
        client.delete_function_concurrency(FunctionName=name)


def apply_mapping(uuid: str, props: dict, old: dict) -> None:
    client = aws.client("lambda")
    arn = client.get_event_source_mapping(UUID=uuid)["EventSourceMappingArn"]
    stacks.apply_tags(
        props, old, lambda tags: client.tag_resource(Resource=arn, Tags=tags),
        lambda keys: client.untag_resource(Resource=arn, TagKeys=keys))


def install() -> None:
    stacks.extend("AWS::Lambda::Function", apply)
    stacks.extend("AWS::Lambda::EventSourceMapping", apply_mapping)
