"""What topics, buckets, alarms and HTTP APIs deliver needs the receiver's own policy, which MiniStack asks of some only."""

import json

from plugin.contract import point
from plugin.permissions.principals import account_of
from plugin.permissions.services import deliverable

point("services.sqs", "queue_policy_allows", ("queue_arn", "service", "source_arn", "source_account"))
point("services.sns", "topic_policy_allows", ("topic_arn", "service", "source_arn", "source_account"))
point("services.sns", "_deliver_to_lambda",
      ("endpoint", "envelope", "topic_arn", "sub_arn", "msg_id", "raw_message", "message_attributes"))
point("services.s3", "_deliver_event_to_lambda", ("arn", "event_payload", "bucket_region"))
point("services.s3", "_validate_notification_configs",
      ("configs", "bucket_region", "bucket_name", "skip_destination_validation"))
point("services.s3", "_invalid_notification_config", ("message",))
point("services.s3", "_bucket_owner_account", ("name",))
point("services.lambda_svc", "function_policy_for_arn", ("resource_arn",))
point("services.apigateway", "_extract_lambda_ref_from_integration_uri", ("uri",))
point("services.apigateway", "_invoke_lambda_proxy", object)

_BUCKETS = "s3.amazonaws.com"


def _policy_allows(receiver_arn, service, source_arn, source_account):
    """For queues and topics, in place of MiniStack's: refusals are told in the log, and only so in `record` mode."""
    return deliverable(service, receiver_arn, source_arn, source_account)


def _from_topic(deliver):
    def deliver_to_lambda(endpoint, envelope, topic_arn, *rest):
        if deliverable("sns.amazonaws.com", endpoint, topic_arn, account_of(topic_arn)):
            deliver(endpoint, envelope, topic_arn, *rest)

    return deliver_to_lambda


def _from_bucket(deliver):
    def deliver_event(arn, event_payload, bucket_region):
        bucket = event_payload["Records"][0]["s3"]["bucket"]["name"]
        if _bucket_may_call(arn, bucket):
            deliver(arn, event_payload, bucket_region)

    return deliver_event


def _bucket_may_call(arn: str, bucket: str) -> bool:
    from ministack.services import s3

    return deliverable(_BUCKETS, arn, f"arn:aws:s3:::{bucket}", s3._bucket_owner_account(bucket) or "")


def _validating(validate):
    def validate_configs(configs, bucket_region, bucket_name="", skip_destination_validation=False):
        from ministack.services import lambda_svc, s3

        fault = validate(configs, bucket_region, bucket_name, skip_destination_validation)
        if fault or skip_destination_validation or not bucket_name:
            return fault
        unreachable = [each["arn"] for each in configs if each["type"] == "lambda" and not (
            lambda_svc.function_policy_for_arn(each["arn"]) and _bucket_may_call(each["arn"], bucket_name))]
        return s3._invalid_notification_config(
            "Unable to validate the following destination configurations: " + ", ".join(unreachable)
        ) if unreachable else None

    return validate_configs


def _from_api(invoke):
    async def invoke_proxy(integration, api_id, stage, path, method, headers, body, query_params, route_key="$default",
                           *rest, **named):
        from ministack.core.responses import get_account_id, get_region
        from ministack.services import apigateway

        function = apigateway._extract_lambda_ref_from_integration_uri(integration.get("integrationUri", ""))
        account, region = named.get("owner_account_id") or get_account_id(), named.get("owner_region") or get_region()
        # A route's own path with the names of its variables, as the CDK writes permissions for it.
        route = route_key.partition(" ")[2] or "/" + route_key
        source = f"arn:aws:execute-api:{region}:{account}:{api_id}/{stage}/{method}{route}"
        if function.startswith("arn:") and not deliverable("apigateway.amazonaws.com", function, source, account):
            return 500, {"Content-Type": "application/json"}, json.dumps({"message": "Internal Server Error"}).encode()
        return await invoke(integration, api_id, stage, path, method, headers, body, query_params, route_key, *rest, **named)

    return invoke_proxy


def install() -> None:
    from ministack.services import apigateway, s3, sns, sqs

    sqs.queue_policy_allows = _policy_allows
    sns.topic_policy_allows = _policy_allows
    sns._deliver_to_lambda = _from_topic(sns._deliver_to_lambda)
    s3._deliver_event_to_lambda = _from_bucket(s3._deliver_event_to_lambda)
    s3._validate_notification_configs = _validating(s3._validate_notification_configs)
    apigateway._invoke_lambda_proxy = _from_api(apigateway._invoke_lambda_proxy)
