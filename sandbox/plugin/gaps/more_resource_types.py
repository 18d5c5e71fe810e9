"""Resource types whose API MiniStack has and CloudFormation's engine there has not: versions, aliases, archives."""

import json

from plugin import aws, stacks


def _without(props: dict, *names: str) -> dict:
    return {key: value for key, value in props.items() if key not in names}


def _create_version(logical_id, props, stack_name):
    given = {"stateMachineArn": props["StateMachineArn"], "description": props.get("Description", "")}
    if props.get("StateMachineRevisionId"):
        given["revisionId"] = props["StateMachineRevisionId"]
    arn = aws.client("stepfunctions").publish_state_machine_version(**given)["stateMachineVersionArn"]
    return arn, {"Arn": arn}


def _update_version(physical_id, old, new, stack_name):
    """Every property replaces it."""
    return (physical_id, {"Arn": physical_id}) if old == new else _create_version("", new, stack_name)


def _delete_version(physical_id, props):
    aws.client("stepfunctions").delete_state_machine_version(stateMachineVersionArn=physical_id)


def _routing(props: dict) -> list[dict]:
    preferred = props.get("DeploymentPreference")
    if preferred:
        # A gradual shift of traffic is made at once.
        return [{"stateMachineVersionArn": preferred["StateMachineVersionArn"], "weight": 100}]
    return [{"stateMachineVersionArn": route["StateMachineVersionArn"], "weight": int(route["Weight"])}
            for route in props["RoutingConfiguration"]]


def _create_alias(logical_id, props, stack_name):
    name = props.get("Name") or stacks.physical_name(stack_name, logical_id, 80)
    arn = aws.client("stepfunctions").create_state_machine_alias(
        name=name, description=props.get("Description", ""), routingConfiguration=_routing(props))["stateMachineAliasArn"]
    return arn, {"Arn": arn}


def _update_alias(physical_id, old, new, stack_name):
    if old.get("Name") != new.get("Name"):
        return _create_alias("", new, stack_name)
    aws.client("stepfunctions").update_state_machine_alias(
        stateMachineAliasArn=physical_id, description=new.get("Description", ""), routingConfiguration=_routing(new))
    return physical_id, {"Arn": physical_id}


def _delete_alias(physical_id, props):
    aws.client("stepfunctions").delete_state_machine_alias(stateMachineAliasArn=physical_id)


def _archive(props: dict) -> dict:
    given = _without(props, "ArchiveName", "SourceArn")
    if isinstance(given.get("EventPattern"), dict):
        given["EventPattern"] = json.dumps(given["EventPattern"])
    if "RetentionDays" in given:
        given["RetentionDays"] = int(given["RetentionDays"])
    return given


def _create_archive(logical_id, props, stack_name):
    name = props.get("ArchiveName") or stacks.physical_name(stack_name, logical_id, 48)
    made = aws.client("events").create_archive(ArchiveName=name, EventSourceArn=props["SourceArn"], **_archive(props))
    return name, {"ArchiveName": name, "Arn": made["ArchiveArn"]}


def _update_archive(physical_id, old, new, stack_name, logical_id):
    if (old.get("ArchiveName"), old.get("SourceArn")) != (new.get("ArchiveName"), new.get("SourceArn")):
        return _create_archive(logical_id, new, stack_name)
    made = aws.client("events").update_archive(ArchiveName=physical_id, **_archive(new))
    return physical_id, {"ArchiveName": physical_id, "Arn": made["ArchiveArn"]}


def _delete_archive(physical_id, props):
    aws.client("events").delete_archive(ArchiveName=physical_id)


def install() -> None:
    stacks.add("AWS::StepFunctions::StateMachineVersion",
               {"create": _create_version, "update": _update_version, "delete": _delete_version})
    stacks.add("AWS::StepFunctions::StateMachineAlias",
               {"create": _create_alias, "update": _update_alias, "delete": _delete_alias})
    stacks.add("AWS::Events::Archive", {"create": _create_archive, "update": _update_archive, "delete": _delete_archive,
                                        "update_with_logical_id": True})
