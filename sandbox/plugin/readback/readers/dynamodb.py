"""AWS::DynamoDB::Table and GlobalTable."""

from plugin import aws
from plugin.readback.readers import pick, reader, tag_list

_INDEX = ("IndexName", "KeySchema", "Projection")
_CAPACITY = ("ReadCapacityUnits", "WriteCapacityUnits")


@reader("AWS::DynamoDB::Table")
def table(name, props):
    dynamodb = aws.client("dynamodb")
    found = dynamodb.describe_table(TableName=name)["Table"]
    return {
        **_shared(dynamodb, name, found),
        **pick(found, "TableName", "KeySchema", "AttributeDefinitions", "DeletionProtectionEnabled"),
        "ProvisionedThroughput": pick(found.get("ProvisionedThroughput", {}), *_CAPACITY),
        "OnDemandThroughput": found.get("OnDemandThroughput"),
        "TableClass": (found.get("TableClassSummary") or {}).get("TableClass"),
        "PointInTimeRecoverySpecification": lambda: _recovery(
            dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        ),
        "ContributorInsightsSpecification": lambda: {
            "Enabled": dynamodb.describe_contributor_insights(TableName=name)
            .get("ContributorInsightsStatus", "")
            .startswith("ENABL")
        },
        "KinesisStreamSpecification": lambda: next(
            (
                {"StreamArn": each["StreamArn"]}
                for each in dynamodb.describe_kinesis_streaming_destination(TableName=name).get(
                    "KinesisDataStreamDestinations", []
                )
            ),
            None,
        ),
        "ResourcePolicy": lambda: {
            "PolicyDocument": dynamodb.get_resource_policy(ResourceArn=found["TableArn"]).get("Policy")
        },
        "Tags": lambda: tag_list(dynamodb.list_tags_of_resource(ResourceArn=found["TableArn"])["Tags"]),
    }


@reader("AWS::DynamoDB::GlobalTable")
def global_table(name, props):
    dynamodb = aws.client("dynamodb")
    found = dynamodb.describe_table(TableName=name)["Table"]
    return {
        **_shared(dynamodb, name, found),
        **pick(found, "TableName", "KeySchema", "AttributeDefinitions"),
        "Replicas": lambda: [_replica(dynamodb, name, found, each) for each in props.get("Replicas", [])],
    }


def _replica(dynamodb, name, found, wanted):
    """What stands in this region's table; replicas elsewhere are not there."""
    if wanted.get("Region") != dynamodb.meta.region_name:
        return {}
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    return {
        "Region": wanted["Region"],
        **pick(found, "DeletionProtectionEnabled"),
        "PointInTimeRecoverySpecification": _recovery(backups),
        "SSESpecification": {"KMSMasterKeyId": (found.get("SSEDescription") or {}).get("KMSMasterKeyArn")},
        "TableClass": (found.get("TableClassSummary") or {}).get("TableClass"),
        "ContributorInsightsSpecification": {
            "Enabled": dynamodb.describe_contributor_insights(TableName=name)
            .get("ContributorInsightsStatus", "")
            .startswith("ENABL")
        },
        "Tags": tag_list(dynamodb.list_tags_of_resource(ResourceArn=found["TableArn"])["Tags"]),
    }


def _shared(dynamodb, name, found):
    encryption, stream = found.get("SSEDescription") or {}, found.get("StreamSpecification") or {}
    return {
        "BillingMode": (found.get("BillingModeSummary") or {}).get("BillingMode", "PROVISIONED"),
        "GlobalSecondaryIndexes": [_index(each) for each in found.get("GlobalSecondaryIndexes", [])],
        "LocalSecondaryIndexes": [pick(each, *_INDEX) for each in found.get("LocalSecondaryIndexes", [])],
        "SSESpecification": {
            "SSEEnabled": encryption.get("Status") == "ENABLED",
            "SSEType": encryption.get("SSEType"),
            "KMSMasterKeyId": encryption.get("KMSMasterKeyArn"),
        },
        "StreamSpecification": {
            "StreamViewType": stream.get("StreamViewType") if stream.get("StreamEnabled") else None
        },
        "TimeToLiveSpecification": lambda: _time_to_live(
            dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        ),
    }


def _index(found):
    return {
        **pick(found, *_INDEX, "OnDemandThroughput"),
        "ProvisionedThroughput": pick(found.get("ProvisionedThroughput", {}), *_CAPACITY),
    }


def _recovery(found):
    recovery = found.get("PointInTimeRecoveryDescription", {})
    return {
        "PointInTimeRecoveryEnabled": recovery.get("PointInTimeRecoveryStatus") == "ENABLED",
        "RecoveryPeriodInDays": recovery.get("RecoveryPeriodInDays"),
    }


def _time_to_live(found):
    return {"AttributeName": found.get("AttributeName"), "Enabled": found.get("TimeToLiveStatus") == "ENABLED"}
