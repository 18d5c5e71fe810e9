"""DynamoDB tables: time to live, point-in-time recovery, class, encryption and policy, which MiniStack drops; deletion protection."""

import json

from plugin import aws, stacks

_TYPES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")


def apply(name: str, props: dict, old: dict) -> None:
    dynamodb = aws.client("dynamodb")
    ttl, before = props.get("TimeToLiveSpecification"), old.get("TimeToLiveSpecification")
    if ttl != before:
        wanted = ttl or {**before, "Enabled": False}
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification={
            "AttributeName": wanted["AttributeName"], "Enabled": stacks.flag(wanted.get("Enabled", True))})
    recovery = _local(props, "PointInTimeRecoverySpecification") or {}
    if recovery != (_local(old, "PointInTimeRecoverySpecification") or {}):
        dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={
            "PointInTimeRecoveryEnabled": stacks.flag(recovery.get("PointInTimeRecoveryEnabled", False))})
    table_class = _local(props, "TableClass")
    if table_class != _local(old, "TableClass"):
        dynamodb.update_table(TableName=name, TableClass=table_class or "STANDARD")
    encryption = _encryption(props)
    if encryption != _encryption(old):
        dynamodb.update_table(TableName=name, SSESpecification=encryption or {"Enabled": False})
    policy = (_local(props, "ResourcePolicy") or {}).get("PolicyDocument")
    if policy != (_local(old, "ResourcePolicy") or {}).get("PolicyDocument"):
        _set_policy(dynamodb, name, policy)


def _set_policy(dynamodb, name: str, policy: dict | None) -> None:
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    if policy:
        dynamodb.put_resource_policy(ResourceArn=arn, Policy=json.dumps(policy))
    else:
        dynamodb.delete_resource_policy(ResourceArn=arn)


def _local(props: dict, key: str):
    """A global table gives per-replica settings in its replica of this region."""
    from ministack.core.responses import get_region

    if key in props:
        return props[key]
    replicas = [replica for replica in props.get("Replicas", []) if replica.get("Region") == get_region()]
    return replicas[0].get(key) if replicas else None


def _encryption(props: dict) -> dict:
    given = props.get("SSESpecification") or {}
    key = given.get("KMSMasterKeyId") or (_local(props, "SSESpecification") or {}).get("KMSMasterKeyId")
    if not stacks.flag(given.get("SSEEnabled", False)):
        return {}
    return {"Enabled": True, "SSEType": given.get("SSEType", "KMS"), **({"KMSMasterKeyId": key} if key else {})}


def _refusing_protected(delete):
    def refusing(physical_id, props, *rest):
        from ministack.services import dynamodb

        table = dynamodb._tables.get(physical_id)
        if table and table.get("DeletionProtectionEnabled"):
            raise ValueError(f"Resource cannot be deleted as it is currently protected against deletion. "
                             f"Disable deletion protection first. (Table: {physical_id})")
        return delete(physical_id, props, *rest)

    return refusing


def install() -> None:
    from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

    for resource_type in _TYPES:
        stacks.extend(resource_type, apply)
        handlers = _RESOURCE_HANDLERS[resource_type]
        handlers["delete"] = _refusing_protected(handlers["delete"])
