"""AWS::Events types beside buses and rules: connections and destinations outside of AWS."""

from plugin.api_resources import ApiResource, add, pick

_CONNECTION = ("Name", "Description", "AuthorizationType", "AuthParameters")
_DESTINATION = ("Name", "Description", "ConnectionArn", "HttpMethod", "InvocationEndpoint", "InvocationRateLimitPerSecond")


def _connection(events, props):
    made = events.create_connection(**pick(props, *_CONNECTION))
    secret = events.describe_connection(Name=props["Name"]).get("SecretArn", "")
    return props["Name"], {"Arn": made["ConnectionArn"], "SecretArn": secret}


def _destination(events, props):
    made = events.create_api_destination(**pick(props, *_DESTINATION))
    return props["Name"], {"Arn": made["ApiDestinationArn"]}


def install() -> None:
    add("AWS::Events::Connection", ApiResource(
        "events", _connection, lambda events, name, _: events.delete_connection(Name=name), name="Name"))
    add("AWS::Events::ApiDestination", ApiResource(
        "events", _destination, lambda events, name, _: events.delete_api_destination(Name=name), name="Name"))
