"""Log groups as targets of EventBridge rules, which MiniStack drops with a line in its own log."""

import json
import time
import uuid

from plugin.contract import point

point("services.eventbridge", "_invoke_target", ("target", "event", "rule", "view"))
point("services.eventbridge", "_pattern_event_view", ("event",))
point("services.eventbridge", "_apply_input_transformer", ("transformer", "rule", "view"))
point("services.cloudwatch_logs", "_log_groups", object)
point("services.cloudwatch_logs", "_create_log_stream", ("data",))
point("services.cloudwatch_logs", "_put_log_events", ("data",))


def _write(group: str, text: str) -> None:
    from ministack.services import cloudwatch_logs, eventbridge

    if group not in cloudwatch_logs._log_groups:
        eventbridge.logger.warning("EventBridge: log group %s not found", group)
        return
    stream = str(uuid.uuid4())
    cloudwatch_logs._create_log_stream({"logGroupName": group, "logStreamName": stream})
    cloudwatch_logs._put_log_events({"logGroupName": group, "logStreamName": stream, "logEvents": [
        {"timestamp": int(time.time() * 1000), "message": text}]})


def _text(target: dict, rule: dict, view) -> str:
    from ministack.services import eventbridge

    if target.get("InputTransformer"):
        return eventbridge._apply_input_transformer(target["InputTransformer"], rule, view)
    return target.get("Input") or json.dumps(view.event_with_detail())


def install() -> None:
    from ministack.services import eventbridge

    invoke = eventbridge._invoke_target

    def invoke_target(target, event, rule, view=None):
        parts = target.get("Arn", "").split(":")
        if parts[2:3] != ["logs"] or len(parts) < 7:
            return invoke(target, event, rule, view)
        return _write(parts[6], _text(target, rule, view or eventbridge._pattern_event_view(event)))

    eventbridge._invoke_target = invoke_target
