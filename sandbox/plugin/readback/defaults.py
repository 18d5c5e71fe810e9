"""What a property is where the template says nothing: taking such a value out of a template changes nothing."""

_DEFAULTS = {
    "AWS::ApiGatewayV2::Integration": {"ConnectionType": "INTERNET", "TimeoutInMillis": 30000},
    "AWS::ApiGatewayV2::Route": {"AuthorizationType": "NONE"},
    "AWS::CloudWatch::Alarm": {"ActionsEnabled": True, "TreatMissingData": "missing"},
    "AWS::CloudWatch::CompositeAlarm": {"ActionsEnabled": True},
    "AWS::DynamoDB::Table": {"BillingMode": "PROVISIONED", "TableClass": "STANDARD"},
    "AWS::Events::Rule": {"EventBusName": "default", "State": "ENABLED"},
    "AWS::IAM::ManagedPolicy": {"Path": "/"},
    "AWS::IAM::Role": {"MaxSessionDuration": 3600, "Path": "/"},
    "AWS::KMS::Key": {
        "Enabled": True,
        "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "Origin": "AWS_KMS",
        "RotationPeriodInDays": 365,
    },
    "AWS::Lambda::EventSourceMapping": {
        "BatchSize": 100,
        "Enabled": True,
        "MaximumRecordAgeInSeconds": -1,
        "MaximumRetryAttempts": -1,
        "ParallelizationFactor": 1,
    },
    "AWS::Lambda::Function": {
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "MemorySize": 128,
        "PackageType": "Zip",
        "Timeout": 3,
        "TracingConfig": {"Mode": "PassThrough"},
    },
    "AWS::Logs::LogGroup": {"LogGroupClass": "STANDARD"},
    "AWS::S3::Bucket": {
        "AccessControl": "Private",
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
    },
    "AWS::SQS::Queue": {
        "DeduplicationScope": "queue",
        "FifoThroughputLimit": "perQueue",
        "KmsDataKeyReusePeriodSeconds": 300,
        "MessageRetentionPeriod": 345600,
        "SqsManagedSseEnabled": True,
        "VisibilityTimeout": 30,
    },
    "AWS::SSM::Parameter": {"DataType": "text", "Tier": "Standard"},
    "AWS::StepFunctions::StateMachine": {"StateMachineType": "STANDARD"},
}


def is_default(resource_type: str, key: str, value) -> bool:
    return str(value) in ("", "0", "False", "false", "[]", "{}") or _within(
        value, _DEFAULTS.get(resource_type, {}).get(key)
    )


def _within(value, default) -> bool:
    """Whether all that the value says is the default."""
    if isinstance(value, dict) and isinstance(default, dict):
        return all(_within(item, default.get(key)) for key, item in value.items())
    return str(value).lower() == str(default).lower()
