"""AWS::S3::Bucket: properties that MiniStack drops: encryption, tags, object lock, lifecycle, logging, ownership and others."""

import re

from plugin import aws, stacks
from plugin.bucket_lifecycle import api_rule
from plugin.contract import point

point("services.s3", "_resolve_sse_write_headers", ("headers", "bucket_name"))


def apply(name: str, props: dict, old: dict) -> None:
    for key, (put, remove) in _APPLY.items():
        if key in props and props[key] != old.get(key, _DEFAULT.get(key)):
            put(aws.client("s3"), name, props[key])
        elif key in old and key not in props and old[key] != _DEFAULT.get(key):
            remove(aws.client("s3"), name)
    if props.get("ObjectLockEnabled") and props.get("ObjectLockConfiguration") != old.get("ObjectLockConfiguration"):
        _object_lock(aws.client("s3"), name, props.get("ObjectLockConfiguration"))


def _encryption(s3, name, value):
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": rule.get("ServerSideEncryptionByDefault", {"SSEAlgorithm": "AES256"}),
            "BucketKeyEnabled": stacks.flag(rule.get("BucketKeyEnabled", False)),
        }
        for rule in value["ServerSideEncryptionConfiguration"]
    ]
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})


def _tags(s3, name, value):
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": t["Key"], "Value": t["Value"]} for t in value]})


def _object_lock(s3, name, value):
    retention = ((value or {}).get("Rule") or {}).get("DefaultRetention")
    rule = {}
    if retention:
        rule = {
            "Rule": {
                "DefaultRetention": {
                    **retention,
                    **{unit: int(retention[unit]) for unit in ("Days", "Years") if unit in retention},
                }
            }
        }
    s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", **rule})


def _logging(s3, name, value):
    s3.put_bucket_logging(
        Bucket=name,
        BucketLoggingStatus={
            "LoggingEnabled": {
                "TargetBucket": value.get("DestinationBucketName", name),
                "TargetPrefix": value.get("LogFilePrefix", ""),
            }
        },
    )


def _acceleration(s3, name, value):
    s3.put_bucket_accelerate_configuration(Bucket=name, AccelerateConfiguration={"Status": value["AccelerationStatus"]})


def _acl(s3, name, value):
    s3.put_bucket_acl(Bucket=name, ACL=re.sub(r"(?<=[a-z])(?=[A-Z])", "-", value).lower())


def _lifecycle(s3, name, value):
    s3.put_bucket_lifecycle_configuration(
        Bucket=name, LifecycleConfiguration={"Rules": [api_rule(rule) for rule in value["Rules"]]}
    )


# Property -> how it is set, how it is taken back. An access control list comes after the ownership that permits it.
_APPLY = {
    "VersioningConfiguration": (
        lambda s3, name, value: s3.put_bucket_versioning(
            Bucket=name, VersioningConfiguration={"Status": value["Status"]}
        ),
        lambda s3, name: s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"}),
    ),
    "BucketEncryption": (_encryption, lambda s3, name: s3.delete_bucket_encryption(Bucket=name)),
    "Tags": (_tags, lambda s3, name: s3.delete_bucket_tagging(Bucket=name)),
    "LoggingConfiguration": (_logging, lambda s3, name: s3.put_bucket_logging(Bucket=name, BucketLoggingStatus={})),
    "OwnershipControls": (
        lambda s3, name, value: s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=value),
        lambda s3, name: s3.delete_bucket_ownership_controls(Bucket=name),
    ),
    "LifecycleConfiguration": (_lifecycle, lambda s3, name: s3.delete_bucket_lifecycle(Bucket=name)),
    "AccelerateConfiguration": (
        _acceleration,
        lambda s3, name: _acceleration(s3, name, {"AccelerationStatus": "Suspended"}),
    ),
    "AccessControl": (_acl, lambda s3, name: _acl(s3, name, "Private")),
}


# A new bucket's, which may not be set where the owner of the bucket owns all objects.
_DEFAULT = {"AccessControl": "Private"}


def _naming_the_managed_key(resolve):
    """MiniStack refuses a write encrypted by a key that it does not name; on AWS that is the key that AWS manages for S3."""

    def resolved(headers, bucket_name):
        from ministack.core.responses import get_account_id, get_region

        key = "x-amz-server-side-encryption-aws-kms-key-id"
        if headers.get("x-amz-server-side-encryption") == "aws:kms" and not headers.get(key):
            headers = {**headers, key: f"arn:aws:kms:{get_region()}:{get_account_id()}:alias/aws/s3"}
        return resolve(headers, bucket_name)

    return resolved


def install() -> None:
    from ministack.services import s3

    s3._resolve_sse_write_headers = _naming_the_managed_key(s3._resolve_sse_write_headers)
    stacks.extend("AWS::S3::Bucket", apply)
