"""StartMessageMoveTask, ListMessageMoveTasks and CancelMessageMoveTask, by which dead letters go back to their queue."""

import contextvars
import json
import threading
import time
import uuid

from plugin.contract import point

_MODULE = "services.sqs"
point(_MODULE, "_HANDLERS", dict)
point(_MODULE, "_Err", type)
point(_MODULE, "_queues", object)
point(_MODULE, "_queue_by_arn", ("arn",))
point(_MODULE, "_ensure_msg_fields", ("m",))

_LISTED = 10
_KEPT = 100
_NOT_THERE = "The resource that you specified for the {} parameter doesn't exist."
_tasks: list[dict] = []


def _fault(code: str, message: str):
    from ministack.services import sqs

    return sqs._Err(code, message)


def _start(data: dict, _url: str) -> dict:
    source, target = data.get("SourceArn", ""), data.get("DestinationArn")
    for arn in (source, *([target] if target else [])):
        if _queue(arn) is None:
            raise _fault("ResourceNotFoundException", _NOT_THERE.format("SourceArn" if arn == source else "DestinationArn"))
    if not _feeds(source):
        raise _fault("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
    if any(task["SourceArn"] == source and task["Status"] == "RUNNING" for task in _tasks):
        raise _fault("InvalidParameterValue", "There is already a task running. Only one active task is "
                     "allowed for a source queue arn at a given time.")
    task = {"TaskHandle": str(uuid.uuid4()), "Status": "RUNNING", "SourceArn": source, "DestinationArn": target,
            "MaxNumberOfMessagesPerSecond": data.get("MaxNumberOfMessagesPerSecond"),
            "ApproximateNumberOfMessagesMoved": 0,
            "ApproximateNumberOfMessagesToMove": len(_queue(source)["messages"]),
            "StartedTimestamp": int(time.time() * 1000)}
    _tasks.append(task)
    del _tasks[:-_KEPT]
    threading.Thread(target=contextvars.copy_context().run, args=(_move_all, task), daemon=True).start()
    return {"TaskHandle": task["TaskHandle"]}


def _move_all(task: dict) -> None:
    queue = _queue(task["SourceArn"])
    for message in [each for each in queue["messages"] if each["visible_at"] <= time.time()]:
        if task["Status"] != "RUNNING":
            return
        arn = task["DestinationArn"] or (message.get("sys") or {}).get("DeadLetterQueueSourceArn")
        target = _queue(arn) if arn else None
        if target is None:
            task.update(Status="FAILED", FailureReason="CouldNotDetermineMessageSource")
            return
        _move(message, queue, target)
        task["ApproximateNumberOfMessagesMoved"] += 1
        if task["MaxNumberOfMessagesPerSecond"]:
            time.sleep(1 / task["MaxNumberOfMessagesPerSecond"])
    task["Status"] = "COMPLETED"


def _move(message: dict, source: dict, target: dict) -> None:
    """What is moved counts as a new message: with an identity and an age of its own, never received."""
    from ministack.services import sqs

    now = time.time()
    system = {key: value for key, value in (message.get("sys") or {}).items() if key != "DeadLetterQueueSourceArn"}
    moved = {**message, "id": str(uuid.uuid4()), "receipt_handle": None, "receive_count": 0, "sent_at": now,
             "enqueued_at": now, "visible_at": now, "sys": {**system, "SentTimestamp": str(int(now * 1000))}}
    sqs._ensure_msg_fields(moved)
    target["messages"].append(moved)
    source["messages"].remove(message)


def _list(data: dict, _url: str) -> dict:
    source = data.get("SourceArn", "")
    if _queue(source) is None:
        raise _fault("ResourceNotFoundException", _NOT_THERE.format("SourceArn"))
    found = [task for task in reversed(_tasks) if task["SourceArn"] == source][:min(int(data.get("MaxResults") or 1), _LISTED)]
    return {"Results": [_shown(task) for task in found]}


def _shown(task: dict) -> dict:
    """Only a task that runs has a handle."""
    return {key: value for key, value in task.items()
            if value is not None and (key != "TaskHandle" or task["Status"] == "RUNNING")}


def _cancel(data: dict, _url: str) -> dict:
    task = next((each for each in _tasks if each["TaskHandle"] == data.get("TaskHandle")), None)
    if task is None or task["Status"] != "RUNNING":
        raise _fault("ResourceNotFoundException", "Task does not exist.")
    task["Status"] = "CANCELLED"
    return {"ApproximateNumberOfMessagesMoved": task["ApproximateNumberOfMessagesMoved"]}


def _queue(arn: str) -> dict | None:
    from ministack.services import sqs

    return sqs._queue_by_arn(arn)


def _feeds(arn: str) -> bool:
    """Whether a queue's dead letters go there."""
    from ministack.services import sqs

    policies = [json.loads(queue["attributes"].get("RedrivePolicy") or "{}") for queue in sqs._queues.values()]
    return any(policy.get("deadLetterTargetArn") == arn for policy in policies)


def install() -> None:
    from ministack.services import sqs

    sqs._HANDLERS.update({"StartMessageMoveTask": _start, "ListMessageMoveTasks": _list, "CancelMessageMoveTask": _cancel})
