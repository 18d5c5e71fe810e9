"""AWS::SecretsManager::*."""

import json

from plugin import aws
from plugin.readback.readers import pick, reader, tag_list


@reader("AWS::SecretsManager::Secret")
def secret(arn, props):
    client = aws.client("secretsmanager")
    found = client.describe_secret(SecretId=arn)

    def value():
        return client.get_secret_value(SecretId=arn).get("SecretString", "")

    return {
        **pick(found, "Name", "Description", "KmsKeyId"),
        "SecretString": value,
        "GenerateSecretString": lambda: _generated(props["GenerateSecretString"], value()),
        "Tags": tag_list(found.get("Tags")),
    }


def _generated(wanted: dict, value: str) -> dict:
    """A generated value tells by its form whether the template's wishes were heard."""
    made = dict(wanted)
    if "GenerateStringKey" in wanted:
        try:
            fields = json.loads(value)
        except ValueError:
            return {key: None for key in wanted}
        template = json.loads(wanted.get("SecretStringTemplate", "{}"))
        if any(fields.get(key) != item for key, item in template.items()):
            made["SecretStringTemplate"] = None
        value = fields.get(wanted["GenerateStringKey"])
        if value is None:
            return {**made, "GenerateStringKey": None}
    if "PasswordLength" in wanted and len(value) != int(wanted["PasswordLength"]):
        made["PasswordLength"] = len(value)
    if set(wanted.get("ExcludeCharacters", "")) & set(value):
        made["ExcludeCharacters"] = None
    return made
