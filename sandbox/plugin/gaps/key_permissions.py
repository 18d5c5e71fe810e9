"""A customer's key behind a bucket, table, queue or topic: who reads or writes there needs the key as well, as on AWS."""

from plugin.contract import point

point("core.iam_evaluator", "enforce",
      ("access_key_id", "iam_action", "service", "region", "resource_arn", "service_context"))
point("services.s3", "_bucket_default_sse_headers", ("bucket_name",))
point("services.dynamodb", "_tables", object)
point("services.sqs", "_queue_by_arn", ("arn",))
point("services.sns", "_topics", object)
point("services.kms", "_resolve_key", ("key_id_or_arn",))

_DECRYPT = ("kms:Decrypt",)
_BOTH = ("kms:GenerateDataKey", "kms:Decrypt")
# What S3, SQS, SNS and DynamoDB ask of the key in the caller's name.
_USES = {
    "s3:GetObject": _DECRYPT, "s3:GetObjectVersion": _DECRYPT, "s3:PutObject": ("kms:GenerateDataKey",),
    "sqs:SendMessage": _BOTH, "sqs:ReceiveMessage": _DECRYPT, "sns:Publish": _BOTH,
    **{f"dynamodb:{name}": _DECRYPT for name in (
        "GetItem", "BatchGetItem", "Query", "Scan", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem",
        "ConditionCheckItem", "GetRecords")},
}


def _enforcing(enforce):
    def enforced(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
        denied = enforce(access_key_id, iam_action, service, region, resource_arn, service_context)
        uses = _USES.get(iam_action)
        key = _key_behind(resource_arn) if uses and denied is None else None
        if key is None:
            return denied
        via = {"kms:viaservice": f"{iam_action.partition(':')[0]}.{region}.amazonaws.com"}
        for use in uses:
            denied = enforce(access_key_id, use, "kms", region, key, via)
            if denied:
                return denied
        return None

    return enforced


def _key_behind(arn: str) -> str | None:
    """ARN of the customer's key that encrypts the resource; None for keys of AWS's own."""
    from ministack.services import kms

    service = arn.split(":")[2] if arn.startswith("arn:") else ""
    find = _FINDERS.get(service)
    key_id = find(arn) if find else None
    key = kms._resolve_key(key_id) if key_id else None
    return key["Arn"] if key and key.get("KeyManager", "CUSTOMER") == "CUSTOMER" else None


def _bucket_key(arn: str) -> str | None:
    from ministack.services import s3

    bucket = arn.split(":", 5)[5].partition("/")[0]
    return s3._bucket_default_sse_headers(bucket).get("x-amz-server-side-encryption-aws-kms-key-id")


def _table_key(arn: str) -> str | None:
    from ministack.services import dynamodb

    table = dynamodb._tables.get(arn.split(":", 5)[5].split("/")[1]) if "/" in arn else None
    return ((table or {}).get("SSEDescription") or {}).get("KMSMasterKeyArn")


def _queue_key(arn: str) -> str | None:
    from ministack.services import sqs

    return ((sqs._queue_by_arn(arn) or {}).get("attributes") or {}).get("KmsMasterKeyId")


def _topic_key(arn: str) -> str | None:
    from ministack.services import sns

    return ((sns._topics.get(arn) or {}).get("attributes") or {}).get("KmsMasterKeyId")


_FINDERS = {"s3": _bucket_key, "dynamodb": _table_key, "sqs": _queue_key, "sns": _topic_key}


def install() -> None:
    from ministack.core import iam_evaluator

    iam_evaluator.enforce = _enforcing(iam_evaluator.enforce)
