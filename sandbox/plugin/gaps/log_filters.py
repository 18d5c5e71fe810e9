"""FilterLogEvents by a prefix of stream names, which MiniStack ignores, and in pages: it has no more than 10,000 events."""

import bisect
import heapq
import itertools

from plugin.contract import point

point("services.cloudwatch_logs", "_filter_log_events", ("data",))
point("services.cloudwatch_logs", "_resolve_log_group_name", ("data",))
point("services.cloudwatch_logs", "_compile_filter_pattern", ("raw",))
point("services.cloudwatch_logs", "_stream_event_range", ("events", "stream_name", "start", "end"))
point("services.cloudwatch_logs", "_event_timestamp", ("event",))
point("services.cloudwatch_logs", "_log_groups", object)

_PAGE = 10_000
_TOKEN = "after-"


def _streams(streams: dict, data: dict) -> dict:
    names, prefix = data.get("logStreamNames"), data.get("logStreamNamePrefix")
    if names:
        return {name: streams[name] for name in names if name in streams}
    return {name: stream for name, stream in streams.items() if not prefix or name.startswith(prefix)}


def _ranges(logs, streams: dict, data: dict):
    start, end = data.get("startTime"), data.get("endTime")
    for name, stream in streams.items():
        events = stream["events"]
        low = bisect.bisect_left(events, start, key=logs._event_timestamp) if start is not None else 0
        high = bisect.bisect_right(events, end, key=logs._event_timestamp) if end is not None else len(events)
        yield logs._stream_event_range(events, name, low, high)


def install() -> None:
    from ministack.services import cloudwatch_logs as logs

    search = logs._filter_log_events

    def search_in_pages(data):
        group = logs._resolve_log_group_name(data)
        token = data.get("nextToken") or f"{_TOKEN}0"
        if group not in logs._log_groups:
            return search(data)
        if not token.removeprefix(_TOKEN).isdigit():
            return logs.error_response_json("InvalidParameterException", "The specified nextToken is invalid.", 400)
        skipped, limit = int(token.removeprefix(_TOKEN)), min(data.get("limit") or _PAGE, _PAGE)
        fits = logs._compile_filter_pattern(data.get("filterPattern", ""))
        merged = heapq.merge(
            *_ranges(logs, _streams(logs._log_groups[group]["streams"], data), data),
            key=lambda entry: (entry[0]["timestamp"], entry[0].get("ingestionTime", 0)),
        )
        found, scanned = [], skipped
        for event, name in itertools.islice(merged, skipped, None):
            if len(found) == limit:
                return logs.json_response({"events": found, "searchedLogStreams": [], "nextToken": f"{_TOKEN}{scanned}"})
            scanned += 1
            if fits(event.get("message", "")):
                found.append({**event, "logStreamName": name})
        return logs.json_response({"events": found, "searchedLogStreams": []})

    logs._filter_log_events = search_in_pages
