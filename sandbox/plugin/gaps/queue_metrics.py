"""AWS/SQS metrics of what lies in queues, which dead-letter alarms read; MiniStack has none."""

import logging
import threading
import time

from plugin import metrics
from plugin.contract import point

point("services.sqs", "_queues", object)
point("services.sqs", "_queues_lock", object)
point("core.responses", "_request_account_id", object)
point("core.responses", "_request_region", object)

_EVERY_SECONDS = 2
# AWS goes on for six hours after a queue was last used; a quarter of one shows an alarm that all is well again.
_QUIET_SECONDS = 900
_log = logging.getLogger("sandbox.queues")


def _measure_all(last_used: dict[tuple, float]) -> None:
    from ministack.core import responses
    from ministack.services import sqs

    for (account, region, url), queue in list(sqs._queues._data.items()):
        with sqs._queues_lock:
            messages = [(m["visible_at"], m["receive_count"], m["sent_at"]) for m in queue["messages"]]
        now = time.time()
        if messages:
            last_used[account, region, url] = now
        if now - last_used.get((account, region, url), 0) > _QUIET_SECONDS:
            continue
        account_token, region_token = responses._request_account_id.set(account), responses._request_region.set(region)
        try:
            _measure(url.rsplit("/", 1)[-1], messages, now)
        finally:
            responses._request_account_id.reset(account_token)
            responses._request_region.reset(region_token)


def _measure(queue: str, messages: list[tuple[float, int, float]], now: float) -> None:
    visible = sum(at <= now for at, _, _ in messages)
    delayed = sum(at > now and not received for at, received, _ in messages)
    oldest = max((now - sent for _, _, sent in messages), default=0.0)
    for name, value, unit in (("ApproximateNumberOfMessagesVisible", visible, "Count"),
                              ("ApproximateNumberOfMessagesDelayed", delayed, "Count"),
                              ("ApproximateNumberOfMessagesNotVisible", len(messages) - visible - delayed, "Count"),
                              ("ApproximateAgeOfOldestMessage", int(oldest), "Seconds")):
        metrics.gauge("AWS/SQS", name, {"QueueName": queue}, value, unit)


def _run() -> None:
    last_used: dict[tuple, float] = {}
    while True:
        time.sleep(_EVERY_SECONDS)
        try:
            _measure_all(last_used)
        except Exception:
            _log.exception("the queues could not be measured")


def install() -> None:
    threading.Thread(target=_run, daemon=True, name="queue-metrics").start()
