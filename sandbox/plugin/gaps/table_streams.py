"""DynamoDB streams to Lambda as documented: partial batch responses, bisecting, a bound on retries, on-failure records."""

import time

from plugin.contract import point
from plugin.gaps import function_metrics

_MODULE = "services.lambda_svc"
point(_MODULE, "_poll_dynamodb_streams", ())
point(_MODULE, "_iter_all_esms", ())
point(_MODULE, "_dynamodb_stream_table_from_arn_spec", ("spec",))
point(_MODULE, "_dynamodb_stream_positions", object)
point(_MODULE, "_esm_backoff_until", object)
point(_MODULE, "_apply_filter_criteria", ("records", "esm"))
point(_MODULE, "_execute_function", ("func", "event"))
point(_MODULE, "_get_func_record_for_qualifier", ("name", "qualifier"))
point(_MODULE, "_send_ddb_stream_failure_record", ("esm", "func_rec", "batch", "stream_arn", "result", "condition"))

_BACKOFF_SECONDS = 1.0


class _Retry:
    """What is left of a batch that failed: where it starts, how much of it is tried at once, how often it was."""

    def __init__(self, position: int, size: int, end: int):
        self.position = position
        self.size = size
        self.end = end
        self.attempts = 0


_retries: dict[str, _Retry] = {}


def poll() -> bool:
    """One pass over all mappings; whether any of them moved on."""
    from ministack.core import responses
    from ministack.services import lambda_svc

    moved = False
    for account, region, mapping in lambda_svc._iter_all_esms():
        account_token, region_token = responses._request_account_id.set(account), responses._request_region.set(region)
        try:
            moved = _poll_mapping(mapping) or moved
        finally:
            responses._request_account_id.reset(account_token)
            responses._request_region.reset(region_token)
    return moved


def _table_of(mapping: dict) -> str | None:
    from ministack.core.arn import ArnParseError, parse_arn
    from ministack.services import dynamodb, lambda_svc

    try:
        spec = parse_arn(mapping.get("EventSourceArn", ""))
    except ArnParseError:
        return None
    stream = lambda_svc._dynamodb_stream_table_from_arn_spec(spec) if spec.service == "dynamodb" else None
    table = dynamodb._tables.get(stream[0]) if stream else None
    if not table or table.get("LatestStreamArn") != mapping["EventSourceArn"]:
        return None
    return stream[0]


def _poll_mapping(mapping: dict) -> bool:
    from ministack.services import dynamodb, lambda_svc

    key = mapping["UUID"]
    table = _table_of(mapping) if mapping.get("Enabled", True) else None
    if table is None or lambda_svc._esm_backoff_until.get(key, 0) > time.time():
        return False
    function = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))[0]
    if function is None:
        return False
    position = _position(mapping, table)
    retry = _retries.get(key)
    if retry and retry.position != position:
        retry = _retries.pop(key, None) and None
    size = retry.size if retry else int(mapping.get("BatchSize", 100))
    batch = dynamodb.stream_records_since(table, position, size)
    if not batch:
        return False
    kept = [record for record in batch if lambda_svc._apply_filter_criteria([record], mapping)]
    if not kept:
        _advance(mapping, position + len(batch))
        return True
    return _deliver(mapping, function, batch, kept, position)


def _position(mapping: dict, table: str) -> int:
    from ministack.services import dynamodb, lambda_svc

    positions, key = lambda_svc._dynamodb_stream_positions, mapping["UUID"]
    with lambda_svc._dynamodb_stream_positions_lock:
        horizon = dynamodb.stream_start_position(table)
        if key not in positions:
            latest = mapping.get("StartingPosition", "LATEST") != "TRIM_HORIZON"
            positions[key] = dynamodb.stream_end_position(table) if latest else horizon
        positions[key] = max(positions[key], horizon)
        return positions[key]


def _advance(mapping: dict, position: int) -> None:
    from ministack.services import lambda_svc

    retry = _retries.get(mapping["UUID"])
    with lambda_svc._dynamodb_stream_positions_lock:
        lambda_svc._dynamodb_stream_positions[mapping["UUID"]] = position
    if retry and position < retry.end:
        # The first half went through; the other half of the batch is tried as it is.
        retry.position, retry.size, retry.attempts = position, retry.end - position, 0
    else:
        _retries.pop(mapping["UUID"], None)


def _deliver(mapping: dict, function: dict, batch: list, kept: list, position: int) -> bool:
    from ministack.services import lambda_svc

    created = float(kept[-1]["dynamodb"].get("ApproximateCreationDateTime", time.time()))
    function_metrics.record(mapping["FunctionName"], IteratorAge=max(0.0, time.time() - created) * 1000)
    result = lambda_svc._execute_function(function, {"Records": kept})
    if result.get("throttle"):
        lambda_svc._esm_backoff_until[mapping["UUID"]] = time.time() + _BACKOFF_SECONDS
        return False
    failed = _first_failure(mapping, batch, kept, result)
    if failed is None:
        mapping["LastProcessingResult"] = f"OK - {len(kept)} records"
        _advance(mapping, position + len(batch))
        return True
    mapping["LastProcessingResult"] = "PROBLEM: Function call failed"
    return _retry_or_give_up(mapping, function, batch, position, failed, result)


def _first_failure(mapping: dict, batch: list, kept: list, result: dict) -> int | None:
    """Index in the batch of the first record that was not processed; None where all were."""
    if result.get("error"):
        return 0
    body = result.get("body")
    if "ReportBatchItemFailures" not in (mapping.get("FunctionResponseTypes") or []) or not isinstance(body, dict):
        return None
    failures = body.get("batchItemFailures") or []
    if not failures:
        return None
    index = {record["dynamodb"]["SequenceNumber"]: at for at, record in enumerate(batch)}
    named = [failure.get("itemIdentifier") if isinstance(failure, dict) else None for failure in failures]
    # An identifier that is not of this batch makes the whole batch failed, as on AWS.
    return min(index[name] for name in named) if all(name in index for name in named) else 0


def _retry_or_give_up(mapping, function, batch, position, failed, result) -> bool:
    from ministack.services import lambda_svc

    key, start, end = mapping["UUID"], position + failed, position + len(batch)
    retry = _retries.setdefault(key, _Retry(position, len(batch), end))
    if failed:
        with lambda_svc._dynamodb_stream_positions_lock:
            lambda_svc._dynamodb_stream_positions[key] = start
        retry.position, retry.size = start, end - start
    retry.attempts += 1
    left = batch[failed:]
    condition = _exhausted(mapping, retry, left)
    if mapping.get("BisectBatchOnFunctionError") and not failed and len(left) > 1:
        retry.size, retry.attempts = (len(left) + 1) // 2, 0
    elif condition:
        lambda_svc._send_ddb_stream_failure_record(mapping, function, left, mapping["EventSourceArn"], result, condition)
        _advance(mapping, end)
        return True
    lambda_svc._esm_backoff_until[key] = time.time() + _BACKOFF_SECONDS
    return False


def _exhausted(mapping: dict, retry: _Retry, records: list) -> str | None:
    limit, age = mapping.get("MaximumRetryAttempts"), mapping.get("MaximumRecordAgeInSeconds")
    if limit is not None and int(limit) >= 0 and retry.attempts > int(limit):
        return "RetryAttemptsExhausted"
    oldest = min(float(record["dynamodb"].get("ApproximateCreationDateTime", time.time())) for record in records)
    if age and int(age) > 0 and time.time() - oldest > int(age):
        return "MaximumRecordAgeExceeded"
    return None


def install() -> None:
    from ministack.services import lambda_svc

    lambda_svc._poll_dynamodb_streams = poll
