"""AWS::Events::*, AWS::Scheduler::*."""

import json

from plugin import aws
from plugin.readback.readers import pick, reader, tag_list


@reader("AWS::Events::Rule")
def rule(physical_id, props):
    events = aws.client("events")
    name, bus = physical_id.rsplit("|", 1)[-1], props.get("EventBusName", "default")
    name = name.rsplit("/", 1)[-1]
    found = events.describe_rule(Name=name, EventBusName=bus)
    return {
        **pick(found, "Name", "Description", "EventPattern", "ScheduleExpression", "State", "RoleArn"),
        "EventBusName": bus
        if found.get("EventBusName", "default") == bus.rsplit("/", 1)[-1]
        else found["EventBusName"],
        "Targets": lambda: events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"],
        "Tags": lambda: tag_list(events.list_tags_for_resource(ResourceARN=found["Arn"])["Tags"]),
    }


@reader("AWS::Events::EventBus", {"EventSourceName": "the bus carries its name"})
def bus(name, props):
    events = aws.client("events")
    found = events.describe_event_bus(Name=name)
    return {
        **pick(found, "Name", "Description", "KmsKeyIdentifier", "DeadLetterConfig", "LogConfig", "Policy"),
        "Tags": lambda: tag_list(events.list_tags_for_resource(ResourceARN=found["Arn"])["Tags"]),
    }


@reader("AWS::Events::EventBusPolicy")
def bus_policy(physical_id, props):
    found = aws.client("events").describe_event_bus(Name=props.get("EventBusName", "default"))
    statements = json.loads(found.get("Policy") or '{"Statement": []}')["Statement"]
    statement = next((each for each in statements if each.get("Sid") == props["StatementId"]), None)
    if statement is None:
        return {key: None for key in props}
    return {
        "EventBusName": props.get("EventBusName", "default"),
        "StatementId": statement["Sid"],
        "Statement": statement,
        **pick(statement, "Principal", "Action", "Condition"),
    }


@reader("AWS::Events::Archive")
def archive(name, props):
    found = aws.client("events").describe_archive(ArchiveName=name.rsplit("/", 1)[-1])
    return {
        **pick(found, "ArchiveName", "Description", "EventPattern", "RetentionDays", "KmsKeyIdentifier"),
        "SourceArn": found.get("EventSourceArn"),
    }


@reader("AWS::Events::Connection", {"AuthParameters": "secrets are not answered"})
def connection(name, props):
    found = aws.client("events").describe_connection(Name=name)
    return pick(found, "Name", "Description", "AuthorizationType")


@reader("AWS::Events::ApiDestination")
def api_destination(name, props):
    found = aws.client("events").describe_api_destination(Name=name)
    return pick(
        found,
        "Name",
        "Description",
        "ConnectionArn",
        "HttpMethod",
        "InvocationEndpoint",
        "InvocationRateLimitPerSecond",
    )


@reader("AWS::Scheduler::Schedule")
def schedule(name, props):
    group = {"GroupName": props["GroupName"]} if props.get("GroupName") else {}
    found = aws.client("scheduler").get_schedule(Name=name.rsplit("/", 1)[-1], **group)
    return pick(
        found,
        "Name",
        "Description",
        "FlexibleTimeWindow",
        "GroupName",
        "KmsKeyArn",
        "ScheduleExpression",
        "ScheduleExpressionTimezone",
        "State",
        "Target",
    ) | {key: found[key].isoformat() if key in found else None for key in ("StartDate", "EndDate")}


@reader("AWS::Scheduler::ScheduleGroup")
def schedule_group(name, props):
    scheduler = aws.client("scheduler")
    found = scheduler.get_schedule_group(Name=name)
    return {
        "Name": found["Name"],
        "Tags": lambda: tag_list(scheduler.list_tags_for_resource(ResourceArn=found["Arn"])["Tags"]),
    }
