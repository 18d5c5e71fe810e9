"""What CloudFormation does by name: refuses one that is taken, keeps a bucket that is not empty, names parameters."""

import uuid

from plugin import aws, stacks
from plugin.contract import point

point("services.cloudformation.provisioners", "_RESOURCE_HANDLERS", dict)

# Type -> the property with the name, and the call that finds what has it. A log group is left out: functions make theirs.
_LOOKUPS = {
    "AWS::SQS::Queue": ("QueueName", lambda name: aws.client("sqs").get_queue_url(QueueName=name)),
    "AWS::SNS::Topic": ("TopicName", lambda name: aws.client("sns").get_topic_attributes(TopicArn=_arn("sns", name))),
    "AWS::Lambda::Function": ("FunctionName", lambda name: aws.client("lambda").get_function(FunctionName=name)),
    "AWS::IAM::Role": ("RoleName", lambda name: aws.client("iam").get_role(RoleName=name)),
    "AWS::DynamoDB::Table": ("TableName", lambda name: aws.client("dynamodb").describe_table(TableName=name)),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", lambda name: aws.client("stepfunctions").describe_state_machine(
        stateMachineArn=_arn("states", f"stateMachine:{name}"))),
    "AWS::SecretsManager::Secret": ("Name", lambda name: aws.client("secretsmanager").describe_secret(SecretId=name)),
    "AWS::ECR::Repository": ("RepositoryName", lambda name: aws.client("ecr").describe_repositories(repositoryNames=[name])),
}


def _arn(service: str, resource: str) -> str:
    from ministack.core.responses import get_account_id, get_region

    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"


def _is_taken(look_up, name: str) -> bool:
    from botocore.exceptions import ClientError

    try:
        look_up(name)
    except ClientError:
        return False
    return True


def _creating(resource_type: str, create):
    named_by, look_up = _LOOKUPS[resource_type]

    def create_resource(logical_id, props, stack_name):
        name = props.get(named_by)
        if name and _is_taken(look_up, name):
            raise ValueError(f"Resource of type '{resource_type}' with identifier '{name}' already exists.")
        return create(logical_id, props, stack_name)

    return create_resource


def _deleting_bucket(delete):
    def delete_bucket(physical_id, props):
        s3 = aws.client("s3")
        try:
            left = s3.list_objects_v2(Bucket=physical_id, MaxKeys=1).get("Contents")
            versions = s3.list_object_versions(Bucket=physical_id, MaxKeys=1)
        except s3.exceptions.ClientError:
            return delete(physical_id, props)
        if left or versions.get("Versions") or versions.get("DeleteMarkers"):
            raise ValueError("The bucket you tried to delete is not empty. You must delete all versions in the bucket. "
                             f"(Service: S3, Status Code: 409, Bucket: {physical_id})")
        return delete(physical_id, props)

    return delete_bucket


def _naming_parameter(create):
    def create_parameter(logical_id, props, stack_name):
        name = props.get("Name") or f"CFN-{logical_id}-{uuid.uuid4().hex[:12]}"
        return create(logical_id, {**props, "Name": name}, stack_name)

    return create_parameter


def install() -> None:
    from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

    for resource_type in _LOOKUPS:
        handlers = _RESOURCE_HANDLERS[resource_type]
        handlers["create"] = _creating(resource_type, handlers["create"])
        stacks.run_on_worker(resource_type)
    bucket, parameter = _RESOURCE_HANDLERS["AWS::S3::Bucket"], _RESOURCE_HANDLERS["AWS::SSM::Parameter"]
    bucket["delete"] = _deleting_bucket(bucket["delete"])
    stacks.run_on_worker("AWS::S3::Bucket")
    parameter["create"] = _naming_parameter(parameter["create"])
