"""Ref of a secret in CloudFormation is its ARN, as on AWS: CDK's `secretArn` is that Ref, in policies as in environments."""

from plugin.contract import point

point("services.cloudformation.provisioners", "_RESOURCE_HANDLERS", dict)
point("services.secretsmanager", "_secrets", object)


def _name(physical_id: str) -> str:
    """MiniStack's own handlers know a secret by its name."""
    from ministack.services import secretsmanager

    by_arn = (name for name, secret in secretsmanager._secrets.items() if secret["ARN"] == physical_id)
    return next(by_arn, physical_id)


def install() -> None:
    from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

    handlers = _RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    create, update, delete = handlers["create"], handlers["update"], handlers["delete"]

    def with_arn(made):
        return made[1]["Arn"], made[1]

    handlers["create"] = lambda *arguments: with_arn(create(*arguments))
    handlers["update"] = lambda physical_id, *arguments: with_arn(update(_name(physical_id), *arguments))
    handlers["delete"] = lambda physical_id, props: delete(_name(physical_id), props)
