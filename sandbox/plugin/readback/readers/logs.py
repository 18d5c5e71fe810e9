"""AWS::Logs::*."""

from plugin import aws
from plugin.readback.readers import pascal, pick, reader, tag_list


@reader("AWS::Logs::LogGroup")
def log_group(name, props):
    logs = aws.client("logs")
    found = next(
        (
            each
            for each in logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
            if each["logGroupName"] == name
        ),
        {},
    )
    return {
        **pick(
            pascal(found), "LogGroupName", "RetentionInDays", "KmsKeyId", "LogGroupClass", "DeletionProtectionEnabled"
        ),
        "DataProtectionPolicy": lambda: logs.get_data_protection_policy(logGroupIdentifier=name).get("policyDocument"),
        "FieldIndexPolicies": lambda: [
            each.get("policyDocument")
            for each in logs.describe_index_policies(logGroupIdentifiers=[name])["indexPolicies"]
        ],
        "Tags": lambda: tag_list(logs.list_tags_for_resource(resourceArn=found["arn"].removesuffix(":*"))["tags"]),
    }


@reader("AWS::Logs::LogStream")
def log_stream(name, props):
    streams = aws.client("logs").describe_log_streams(logGroupName=props["LogGroupName"], logStreamNamePrefix=name)
    found = any(each["logStreamName"] == name for each in streams["logStreams"])
    return {"LogGroupName": props["LogGroupName"], "LogStreamName": name if found else None}


@reader("AWS::Logs::MetricFilter")
def metric_filter(name, props):
    filters = aws.client("logs").describe_metric_filters(logGroupName=props["LogGroupName"], filterNamePrefix=name)
    found = next((each for each in filters["metricFilters"] if each["filterName"] == name), {})
    return {
        "FilterName": found.get("filterName"),
        "FilterPattern": found.get("filterPattern"),
        "LogGroupName": found.get("logGroupName"),
        "ApplyOnTransformedLogs": found.get("applyOnTransformedLogs"),
        "MetricTransformations": [_transformation(each) for each in found.get("metricTransformations", [])],
    }


def _transformation(found):
    dimensions = [{"Key": key, "Value": value} for key, value in found.get("dimensions", {}).items()]
    return {**pascal({key: value for key, value in found.items() if key != "dimensions"}), "Dimensions": dimensions}


@reader("AWS::Logs::SubscriptionFilter")
def subscription_filter(name, props):
    filters = aws.client("logs").describe_subscription_filters(logGroupName=props["LogGroupName"])[
        "subscriptionFilters"
    ]
    found = next((each for each in filters if each["filterName"] == props.get("FilterName", name)), {})
    return pick(
        pascal(found), "FilterName", "FilterPattern", "LogGroupName", "DestinationArn", "RoleArn", "Distribution"
    )


@reader("AWS::Logs::ResourcePolicy")
def resource_policy(name, props):
    policies = aws.client("logs").describe_resource_policies()["resourcePolicies"]
    return pick(
        pascal(next((each for each in policies if each["policyName"] == name), {})), "PolicyName", "PolicyDocument"
    )
