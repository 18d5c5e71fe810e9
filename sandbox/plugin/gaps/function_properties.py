"""AWS::Lambda::Function: dead letters, reserved concurrency, the key of its environment and its network."""

from plugin import aws, stacks

# Property -> its name in the API, and what it is where the template says nothing.
_CONFIGURATION = {"DeadLetterConfig": ("DeadLetterConfig", {"TargetArn": ""}), "KmsKeyArn": ("KMSKeyArn", "")}
_VPC = ("SubnetIds", "SecurityGroupIds")


def apply(name: str, props: dict, old: dict) -> None:
    client = aws.client("lambda")
    changed = {api: props.get(key) or default for key, (api, default) in _CONFIGURATION.items()
               if props.get(key) != old.get(key)}
    if props.get("VpcConfig") != old.get("VpcConfig"):
        changed["VpcConfig"] = {key: (props.get("VpcConfig") or {}).get(key, []) for key in _VPC}
    if changed:
        client.update_function_configuration(FunctionName=name, **changed)
    reserved, before = props.get("ReservedConcurrentExecutions"), old.get("ReservedConcurrentExecutions")
    if reserved is not None and reserved != before:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=int(reserved))
    elif reserved is None and before is not None:
        client.delete_function_concurrency(FunctionName=name)


def install() -> None:
    stacks.extend("AWS::Lambda::Function", apply)
