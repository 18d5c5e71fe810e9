"""
One reader a resource type: physical id and wanted properties -> the properties as the service's API answers them, in
CloudFormation's spelling. A value that costs a call of its own may be a function: it is called where the template has
the property. A property that is not in the answer is one that the reader does not cover.
"""

import importlib
from collections.abc import Callable

Reader = Callable[[str, dict], dict]

READERS: dict[str, Reader] = {}
# Type -> property -> why no API tells it.
UNREADABLE: dict[str, dict[str, str]] = {}
_MODULES = (
    "apigateway",
    "apigatewayv2",
    "cloudwatch",
    "cognito",
    "dynamodb",
    "ec2",
    "ecr",
    "events",
    "functions",
    "iam",
    "kms",
    "logs",
    "messaging",
    "s3",
    "sagemaker",
    "secrets",
    "ssm",
    "states",
)


def reader(resource_type: str, unreadable: dict[str, str] | None = None) -> Callable[[Reader], Reader]:
    def register(read: Reader) -> Reader:
        READERS[resource_type] = read
        UNREADABLE[resource_type] = unreadable or {}
        return read

    return register


def load() -> None:
    for name in _MODULES:
        importlib.import_module(f"plugin.readback.readers.{name}")


def tag_list(tags) -> list[dict]:
    """`[{Key, Value}]` from any spelling, without the tags that AWS itself sets."""
    if isinstance(tags, dict):
        pairs = tags.items()
    else:
        pairs = [
            (tag.get("Key", tag.get("key", tag.get("TagKey"))), tag.get("Value", tag.get("value", tag.get("TagValue"))))
            for tag in tags or []
        ]
    return [{"Key": key, "Value": value} for key, value in pairs if not key.startswith("aws:")]


def tag_map(tags) -> dict:
    return {tag["Key"]: tag["Value"] for tag in tag_list(tags)}


def pascal(value):
    """An answer that is spelled likeThis, in CloudFormation's spelling."""
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: pascal(item) for key, item in value.items()}
    return [pascal(item) for item in value] if isinstance(value, list) else value


def pick(answer: dict, *names: str) -> dict:
    """The properties that the answer spells as the template does."""
    return {name: answer.get(name) for name in names}
