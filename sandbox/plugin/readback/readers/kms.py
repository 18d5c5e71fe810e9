"""AWS::KMS::Key and Alias."""

from plugin import aws
from plugin.readback.readers import pick, reader, tag_list


@reader(
    "AWS::KMS::Key",
    {
        "PendingWindowInDays": "said to ScheduleKeyDeletion only",
        "BypassPolicyLockoutSafetyCheck": "said to PutKeyPolicy only",
    },
)
def key(key_id, props):
    kms = aws.client("kms")
    found = kms.describe_key(KeyId=key_id)["KeyMetadata"]

    def rotation(name):
        return lambda: kms.get_key_rotation_status(KeyId=key_id).get(name)

    return {
        **pick(found, "Description", "Enabled", "KeySpec", "KeyUsage", "MultiRegion", "Origin"),
        "EnableKeyRotation": rotation("KeyRotationEnabled"),
        "RotationPeriodInDays": rotation("RotationPeriodInDays"),
        "KeyPolicy": lambda: kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"],
        "Tags": lambda: tag_list(kms.list_resource_tags(KeyId=key_id)["Tags"]),
    }


@reader("AWS::KMS::Alias")
def alias(name, props):
    pages = aws.client("kms").get_paginator("list_aliases").paginate()
    found = next((each for page in pages for each in page["Aliases"] if each["AliasName"] == name), {})
    target = found.get("TargetKeyId")
    wanted = props.get("TargetKeyId", "")
    return {
        "AliasName": found.get("AliasName"),
        "TargetKeyId": wanted if target and wanted.rsplit("/", 1)[-1] == target else target,
    }
