"""AWS::S3::Bucket and its policy."""

from plugin import aws
from plugin.readback.readers import reader, tag_list

_ABSENT = (
    "NoSuch",
    "ServerSideEncryptionConfigurationNotFoundError",
    "ObjectLockConfigurationNotFoundError",
    "OwnershipControlsNotFoundError",
    "ReplicationConfigurationNotFoundError",
)


@reader("AWS::S3::Bucket")
def bucket(name, props):
    s3 = aws.client("s3")

    def ask(operation, *path):
        from botocore.exceptions import ClientError

        try:
            answer = getattr(s3, operation)(Bucket=name)
        except ClientError as error:
            if error.response["Error"]["Code"].startswith(_ABSENT):
                return None
            raise
        for key in path:
            answer = (answer or {}).get(key)
        return answer

    def lock():
        return ask("get_object_lock_configuration", "ObjectLockConfiguration")

    s3.head_bucket(Bucket=name)
    return {
        "BucketName": name,
        "AccessControl": lambda: _canned(s3.get_bucket_acl(Bucket=name), props["AccessControl"]),
        "AccelerateConfiguration": lambda: {"AccelerationStatus": ask("get_bucket_accelerate_configuration", "Status")},
        "BucketEncryption": lambda: _encryption(ask("get_bucket_encryption", "ServerSideEncryptionConfiguration")),
        "CorsConfiguration": lambda: _cors(ask("get_bucket_cors", "CORSRules")),
        "LifecycleConfiguration": lambda: {
            "Rules": [_lifecycle(rule) for rule in ask("get_bucket_lifecycle_configuration", "Rules") or []]
        },
        "LoggingConfiguration": lambda: _logging(ask("get_bucket_logging", "LoggingEnabled"), props, name),
        "NotificationConfiguration": lambda: _notifications(ask("get_bucket_notification_configuration")),
        "ObjectLockConfiguration": lock,
        "ObjectLockEnabled": lambda: bool(lock()),
        "OwnershipControls": lambda: ask("get_bucket_ownership_controls", "OwnershipControls"),
        "PublicAccessBlockConfiguration": lambda: ask("get_public_access_block", "PublicAccessBlockConfiguration"),
        "Tags": lambda: tag_list(ask("get_bucket_tagging", "TagSet")),
        "VersioningConfiguration": lambda: {"Status": ask("get_bucket_versioning", "Status")},
        "WebsiteConfiguration": lambda: _website(ask("get_bucket_website")),
    }


_GROUPS = {"LogDelivery": "s3/LogDelivery", "AllUsers": "global/AllUsers", "Authenticated": "global/AuthenticatedUsers"}
# The canned list -> what it grants beside the owner's full control.
_CANNED = {
    "Private": set(),
    "PublicRead": {("AllUsers", "READ")},
    "PublicReadWrite": {("AllUsers", "READ"), ("AllUsers", "WRITE")},
    "AuthenticatedRead": {("Authenticated", "READ")},
    "LogDeliveryWrite": {("LogDelivery", "WRITE"), ("LogDelivery", "READ_ACP")},
}


def _canned(found, wanted):
    granted = {
        (name, grant["Permission"])
        for grant in found["Grants"]
        for name, uri in _GROUPS.items()
        if grant["Grantee"].get("URI", "").endswith(uri)
    }
    # The bucket owner is the writer of these: nothing tells them from Private.
    alike = {"BucketOwnerRead": "Private", "BucketOwnerFullControl": "Private", "AwsExecRead": "Private"}
    return wanted if _CANNED[alike.get(wanted, wanted)] == granted else sorted(map(str, granted))


def _encryption(found):
    rules = (found or {}).get("Rules", [])
    return {
        "ServerSideEncryptionConfiguration": [
            {
                "BucketKeyEnabled": rule.get("BucketKeyEnabled"),
                "ServerSideEncryptionByDefault": rule.get("ApplyServerSideEncryptionByDefault"),
            }
            for rule in rules
        ]
    }


def _cors(rules):
    return {
        "CorsRules": [
            {
                **rule,
                "Id": rule.get("ID"),
                "MaxAge": rule.get("MaxAgeSeconds"),
                "ExposedHeaders": rule.get("ExposeHeaders"),
            }
            for rule in rules or []
        ]
    }


def _lifecycle(rule):
    expiration, older = rule.get("Expiration", {}), rule.get("NoncurrentVersionExpiration")
    filters = rule.get("Filter", {})
    both = filters.get("And", {})
    tags = both.get("Tags") or ([filters["Tag"]] if "Tag" in filters else [])
    return {
        "Id": rule.get("ID"),
        "Status": rule.get("Status"),
        "Prefix": filters.get("Prefix", both.get("Prefix", rule.get("Prefix"))),
        "TagFilters": tags,
        "ExpirationInDays": expiration.get("Days"),
        "ExpirationDate": expiration.get("Date"),
        **{key: filters.get(key, both.get(key)) for key in ("ObjectSizeGreaterThan", "ObjectSizeLessThan")},
        "ExpiredObjectDeleteMarker": expiration.get("ExpiredObjectDeleteMarker"),
        "NoncurrentVersionExpiration": older,
        "NoncurrentVersionExpirationInDays": (older or {}).get("NoncurrentDays"),
        "AbortIncompleteMultipartUpload": rule.get("AbortIncompleteMultipartUpload"),
        "Transitions": [
            {"StorageClass": each.get("StorageClass"), "TransitionInDays": each.get("Days")}
            for each in rule.get("Transitions", [])
        ],
        "NoncurrentVersionTransitions": [
            {
                "StorageClass": each.get("StorageClass"),
                "TransitionInDays": each.get("NoncurrentDays"),
                "NewerNoncurrentVersions": each.get("NewerNoncurrentVersions"),
            }
            for each in rule.get("NoncurrentVersionTransitions", [])
        ],
    }


def _logging(found, props, name):
    if not found:
        return None
    wanted = props.get("LoggingConfiguration", {})
    target = {"DestinationBucketName": found.get("TargetBucket"), "LogFilePrefix": found.get("TargetPrefix")}
    # Without a destination a bucket logs into itself.
    if "DestinationBucketName" not in wanted and found.get("TargetBucket") != name:
        target["DestinationBucketName"] = None
    return target


_NOTIFIED = (
    ("LambdaConfigurations", "LambdaFunctionConfigurations", "Function", "LambdaFunctionArn"),
    ("QueueConfigurations", "QueueConfigurations", "Queue", "QueueArn"),
    ("TopicConfigurations", "TopicConfigurations", "Topic", "TopicArn"),
)


def _notifications(found):
    made = {"EventBridgeConfiguration": {"EventBridgeEnabled": "EventBridgeConfiguration" in (found or {})}}
    for kind, api, target, arn in _NOTIFIED:
        made[kind] = [
            {"Event": event, target: each.get(arn), "Filter": _notification_filter(each.get("Filter"))}
            for each in (found or {}).get(api, [])
            for event in each.get("Events", [])
        ]
    return made


def _notification_filter(found):
    rules = ((found or {}).get("Key") or {}).get("FilterRules", [])
    return {"S3Key": {"Rules": [{"Name": rule["Name"].lower(), "Value": rule["Value"]} for rule in rules]}}


def _website(found):
    if not found:
        return None
    return {
        "IndexDocument": found.get("IndexDocument", {}).get("Suffix"),
        "ErrorDocument": found.get("ErrorDocument", {}).get("Key"),
        "RedirectAllRequestsTo": found.get("RedirectAllRequestsTo"),
        "RoutingRules": [
            {"RedirectRule": rule.get("Redirect"), "RoutingRuleCondition": rule.get("Condition")}
            for rule in found.get("RoutingRules", [])
        ],
    }


@reader("AWS::S3::BucketPolicy")
def bucket_policy(physical_id, props):
    return {
        "Bucket": props["Bucket"],
        "PolicyDocument": aws.client("s3").get_bucket_policy(Bucket=props["Bucket"])["Policy"],
    }
