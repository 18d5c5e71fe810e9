"""AWS::ECR::Repository."""

from plugin import aws
from plugin.readback.readers import pascal, reader, tag_list


@reader("AWS::ECR::Repository", {"EmptyOnDelete": "looked at on deletion only"})
def repository(name, props):
    ecr = aws.client("ecr")
    found = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]
    return {
        "RepositoryName": found["repositoryName"],
        "ImageTagMutability": found.get("imageTagMutability"),
        "ImageScanningConfiguration": pascal(found.get("imageScanningConfiguration")),
        "EncryptionConfiguration": pascal(found.get("encryptionConfiguration")),
        "LifecyclePolicy": lambda: {
            "LifecyclePolicyText": ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"]
        },
        "RepositoryPolicyText": lambda: ecr.get_repository_policy(repositoryName=name)["policyText"],
        "Tags": lambda: tag_list(ecr.list_tags_for_resource(resourceArn=found["repositoryArn"])["tags"]),
    }
