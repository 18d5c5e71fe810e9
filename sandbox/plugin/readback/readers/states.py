"""AWS::StepFunctions::*."""

import json

from plugin import aws
from plugin.readback.readers import pascal, reader, tag_list


@reader("AWS::StepFunctions::StateMachine", {"DefinitionS3Location": "answered as the definition itself"})
def state_machine(arn, props):
    states = aws.client("stepfunctions")
    found = states.describe_state_machine(stateMachineArn=arn)
    definition = json.loads(found["definition"])
    return {
        **{key: _definition(props, key, definition) for key in ("DefinitionString", "Definition") if key in props},
        # They stand in the definition, which is compared with them.
        "DefinitionSubstitutions": props.get("DefinitionSubstitutions"),
        "RoleArn": found["roleArn"],
        "StateMachineName": found["name"],
        "StateMachineType": found["type"],
        "LoggingConfiguration": pascal(found.get("loggingConfiguration")),
        "TracingConfiguration": pascal(found.get("tracingConfiguration")),
        "EncryptionConfiguration": pascal(found.get("encryptionConfiguration")),
        "Tags": lambda: tag_list(states.list_tags_for_resource(resourceArn=arn)["tags"]),
    }


@reader("AWS::StepFunctions::Activity")
def activity(arn, props):
    states = aws.client("stepfunctions")
    found = states.describe_activity(activityArn=arn)
    return {
        "Name": found["name"],
        "EncryptionConfiguration": pascal(found.get("encryptionConfiguration")),
        "Tags": lambda: tag_list(states.list_tags_for_resource(resourceArn=arn)["tags"]),
    }


def _definition(props: dict, key: str, found):
    """The template's own words where they come to what was found, once its substitutions are in them."""
    text = props[key] if isinstance(props[key], str) else json.dumps(props[key])
    for name, value in (props.get("DefinitionSubstitutions") or {}).items():
        text = text.replace(f"${{{name}}}", str(value))
    return props[key] if json.loads(text) == found else found
