"""Topics' and event buses' keys, dead letters and policies, what subscriptions are; AWS::Events::EventBusPolicy."""

import json

from plugin import aws, stacks
from plugin.contract import point

point("services.eventbridge", "_event_bus_policies", object)
point("services.sns", "_find_subscription", ("topic_arn", "sub_arn"))
point("services.sns", "_topics", object)

# Attribute -> what it is where the template says nothing.
_TOPIC = {"KmsMasterKeyId": "", "SignatureVersion": "1", "TracingConfig": "PassThrough"}
_BUS = {"KmsKeyIdentifier": "", "DeadLetterConfig": {}, "LogConfig": {}}


def apply_topic(arn: str, props: dict, old: dict) -> None:
    if not old:
        _limit_to_owner(arn)
    for key, value in _changed(_TOPIC, props, old).items():
        aws.client("sns").set_topic_attributes(TopicArn=arn, AttributeName=key, AttributeValue=str(value))


def _limit_to_owner(arn: str) -> None:
    """A topic's first policy lets in who acts for its own account; MiniStack's CloudFormation lets everybody in."""
    from ministack.services import sns

    attributes = sns._topics[arn]["attributes"]
    policy = json.loads(attributes["Policy"])
    for statement in policy["Statement"]:
        statement["Condition"] = {"StringEquals": {"AWS:SourceOwner": attributes["Owner"]}}
    attributes["Policy"] = json.dumps(policy)


def apply_subscription(arn: str, props: dict, old: dict) -> None:
    """GetSubscriptionAttributes answers what stands in these attributes, and MiniStack fills them for Subscribe only."""
    from ministack.services import sns

    found = sns._find_subscription(props["TopicArn"], arn)
    if found is None:
        raise ValueError(f"The topic {props['TopicArn']} of a subscription does not exist.")
    own = {"SubscriptionArn": arn, "TopicArn": found["topic_arn"], "Protocol": found["protocol"],
           "Endpoint": found["endpoint"], "Owner": found["owner"]}
    found["attributes"].update({key: value for key, value in own.items() if key not in found["attributes"]})


def apply_bus(name: str, props: dict, old: dict) -> None:
    changed = _changed(_BUS, props, old)
    if changed:
        aws.client("events").update_event_bus(Name=name, **changed)


def _changed(defaults: dict, props: dict, old: dict) -> dict:
    return {key: props.get(key) or default for key, default in defaults.items() if props.get(key) != old.get(key)}


def _put_statement(physical_id: str, props: dict) -> None:
    """PutPermission knows only a principal and an action; the type's Statement can say anything, so it is stored whole."""
    from ministack.services import eventbridge

    bus, sid = props.get("EventBusName", "default"), props["StatementId"]
    policy = eventbridge._event_bus_policies.get(bus) or {"Version": "2012-10-17", "Statement": []}
    statement = props.get("Statement") or {
        "Effect": "Allow", "Principal": props.get("Principal"), "Action": props.get("Action")}
    statement = json.loads(statement) if isinstance(statement, str) else statement
    others = [each for each in policy["Statement"] if each.get("Sid") != sid]
    eventbridge._event_bus_policies[bus] = {**policy, "Statement": [*others, {**statement, "Sid": sid}]}


def _create_policy(logical_id, props, stack_name):
    physical_id = f"{props.get('EventBusName', 'default')}|{props['StatementId']}"
    _put_statement(physical_id, props)
    return physical_id, {}


def _update_policy(physical_id, old, new, stack_name):
    created = _create_policy("", new, stack_name)
    if created[0] != physical_id:
        _delete_policy(physical_id, old)
    return created


def _delete_policy(physical_id, props):
    bus, _, sid = physical_id.rpartition("|")
    aws.client("events").remove_permission(EventBusName=bus, StatementId=sid)


def install() -> None:
    stacks.extend("AWS::SNS::Topic", apply_topic)
    stacks.extend("AWS::SNS::Subscription", apply_subscription)
    stacks.extend("AWS::Events::EventBus", apply_bus)
    stacks.add("AWS::Events::EventBusPolicy",
               {"create": _create_policy, "update": _update_policy, "delete": _delete_policy})
