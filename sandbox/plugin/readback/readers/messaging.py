"""AWS::SNS::* and AWS::SQS::*, AWS::Kinesis::Stream."""

from plugin import aws
from plugin.readback.readers import pick, reader, tag_list


@reader("AWS::SNS::Topic")
def topic(arn, props):
    sns = aws.client("sns")
    found = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    return {
        "TopicName": arn.rsplit(":", 1)[-1],
        "FifoTopic": found.get("FifoTopic", "false"),
        **pick(
            found,
            "DisplayName",
            "KmsMasterKeyId",
            "SignatureVersion",
            "TracingConfig",
            "ContentBasedDeduplication",
            "ArchivePolicy",
            "FifoThroughputScope",
        ),
        "Subscription": lambda: [
            pick(each, "Protocol", "Endpoint")
            for each in sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
        ],
        "DataProtectionPolicy": lambda: sns.get_data_protection_policy(ResourceArn=arn).get("DataProtectionPolicy"),
        "Tags": lambda: tag_list(sns.list_tags_for_resource(ResourceArn=arn)["Tags"]),
    }


@reader("AWS::SNS::TopicPolicy")
def topic_policy(physical_id, props):
    sns = aws.client("sns")
    found = [sns.get_topic_attributes(TopicArn=arn)["Attributes"].get("Policy") for arn in props["Topics"]]
    return {"Topics": props["Topics"], "PolicyDocument": found[0]}


@reader("AWS::SNS::Subscription", {"Region": "where the topic is"})
def subscription(arn, props):
    found = aws.client("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    return pick(
        found,
        "TopicArn",
        "Protocol",
        "Endpoint",
        "FilterPolicy",
        "FilterPolicyScope",
        "RawMessageDelivery",
        "RedrivePolicy",
        "DeliveryPolicy",
        "SubscriptionRoleArn",
        "ReplayPolicy",
    )


@reader("AWS::SQS::Queue")
def queue(url, props):
    sqs = aws.client("sqs")
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return {
        "QueueName": url.rsplit("/", 1)[-1],
        "FifoQueue": found.get("FifoQueue", "false"),
        **pick(
            found,
            "ContentBasedDeduplication",
            "DeduplicationScope",
            "DelaySeconds",
            "FifoThroughputLimit",
            "KmsDataKeyReusePeriodSeconds",
            "KmsMasterKeyId",
            "MaximumMessageSize",
            "MessageRetentionPeriod",
            "ReceiveMessageWaitTimeSeconds",
            "RedriveAllowPolicy",
            "RedrivePolicy",
            "SqsManagedSseEnabled",
            "VisibilityTimeout",
        ),
        "Tags": lambda: tag_list(sqs.list_queue_tags(QueueUrl=url).get("Tags")),
    }


@reader("AWS::SQS::QueuePolicy")
def queue_policy(physical_id, props):
    sqs = aws.client("sqs")
    found = [
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {}).get("Policy")
        for url in props["Queues"]
    ]
    return {"Queues": props["Queues"], "PolicyDocument": found[0]}


@reader("AWS::Kinesis::Stream")
def stream(name, props):
    kinesis = aws.client("kinesis")
    found = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    encryption = found.get("EncryptionType", "NONE")
    return {
        "Name": found["StreamName"],
        "RetentionPeriodHours": found.get("RetentionPeriodHours"),
        "ShardCount": found.get("OpenShardCount"),
        "StreamModeDetails": found.get("StreamModeDetails"),
        "StreamEncryption": None
        if encryption == "NONE"
        else {"EncryptionType": encryption, "KeyId": found.get("KeyId")},
        "Tags": lambda: tag_list(kinesis.list_tags_for_stream(StreamName=name)["Tags"]),
    }
