"""AWS::S3::Bucket: encryption, tags, object lock, lifecycle, logging and ownership, which MiniStack drops."""

from plugin import aws, stacks


def apply(name: str, props: dict, old: dict) -> None:
    for key, put in _PUT.items():
        if props.get(key) and props[key] != old.get(key):
            put(aws.client("s3"), name, props[key])
    if props.get("ObjectLockEnabled") and props.get("ObjectLockConfiguration") != old.get("ObjectLockConfiguration"):
        _object_lock(aws.client("s3"), name, props.get("ObjectLockConfiguration"))


def _encryption(s3, name, value):
    rules = []
    for rule in value["ServerSideEncryptionConfiguration"]:
        default = rule.get("ServerSideEncryptionByDefault", {"SSEAlgorithm": "AES256"})
        if default["SSEAlgorithm"] == "aws:kms" and "KMSMasterKeyID" not in default:
            # The key that AWS manages for S3 is not there in MiniStack.
            default = {"SSEAlgorithm": "AES256"}
        rules.append({"ApplyServerSideEncryptionByDefault": default,
                      "BucketKeyEnabled": _flag(rule.get("BucketKeyEnabled", False))})
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})


def _tags(s3, name, value):
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": t["Key"], "Value": t["Value"]} for t in value]})


def _object_lock(s3, name, value):
    retention = ((value or {}).get("Rule") or {}).get("DefaultRetention")
    rule = {}
    if retention:
        rule = {"Rule": {"DefaultRetention": {**retention, **{
            unit: int(retention[unit]) for unit in ("Days", "Years") if unit in retention}}}}
    s3.put_object_lock_configuration(
        Bucket=name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", **rule})


def _logging(s3, name, value):
    s3.put_bucket_logging(Bucket=name, BucketLoggingStatus={"LoggingEnabled": {
        "TargetBucket": value.get("DestinationBucketName", name), "TargetPrefix": value.get("LogFilePrefix", "")}})


def _ownership(s3, name, value):
    s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=value)


def _lifecycle(s3, name, value):
    rules = [_lifecycle_rule(rule) for rule in value["Rules"]]
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})


def _lifecycle_rule(rule: dict) -> dict:
    """CloudFormation's flat rule in the API's form."""
    made = {"Status": rule["Status"], "Filter": _filter(rule)}
    if rule.get("Id"):
        made["ID"] = rule["Id"]
    expiration = {}
    if "ExpirationInDays" in rule:
        expiration["Days"] = int(rule["ExpirationInDays"])
    if "ExpirationDate" in rule:
        expiration["Date"] = rule["ExpirationDate"]
    if "ExpiredObjectDeleteMarker" in rule:
        expiration["ExpiredObjectDeleteMarker"] = _flag(rule["ExpiredObjectDeleteMarker"])
    noncurrent = rule.get("NoncurrentVersionExpiration") or (
        {"NoncurrentDays": rule["NoncurrentVersionExpirationInDays"]}
        if "NoncurrentVersionExpirationInDays" in rule else {})
    transitions = [{"StorageClass": t["StorageClass"], "Days": int(t["TransitionInDays"])}
                   for t in rule.get("Transitions", []) if "TransitionInDays" in t]
    older = [{"StorageClass": t["StorageClass"], "NoncurrentDays": int(t["TransitionInDays"])}
             for t in rule.get("NoncurrentVersionTransitions", [])]
    abort = rule.get("AbortIncompleteMultipartUpload")
    made.update({key: part for key, part in (
        ("Expiration", expiration),
        ("NoncurrentVersionExpiration", {key: int(days) for key, days in noncurrent.items()}),
        ("Transitions", transitions),
        ("NoncurrentVersionTransitions", older),
        ("AbortIncompleteMultipartUpload", abort and {"DaysAfterInitiation": int(abort["DaysAfterInitiation"])}),
    ) if part})
    return made


def _filter(rule: dict) -> dict:
    tags = [{"Key": t["Key"], "Value": t["Value"]} for t in rule.get("TagFilters", [])]
    prefix = rule.get("Prefix", "")
    if not tags:
        return {"Prefix": prefix}
    return {"And": {"Prefix": prefix, "Tags": tags}} if prefix or len(tags) > 1 else {"Tag": tags[0]}


def _flag(value) -> bool:
    return str(value).lower() == "true"


_PUT = {"BucketEncryption": _encryption, "Tags": _tags, "LoggingConfiguration": _logging,
        "OwnershipControls": _ownership, "LifecycleConfiguration": _lifecycle}


def install() -> None:
    stacks.extend("AWS::S3::Bucket", apply)
