"""What a Distributed Map gives back: its children's outputs, or files in S3 and where they are."""

import json

from plugin import aws

_FILE_OF = {"SUCCEEDED": "SUCCEEDED", "FAILED": "FAILED", "TIMED_OUT": "FAILED", "ABORTED": "FAILED", "PENDING": "PENDING"}


class ResultWriterError(Exception):
    """The results could not be written to S3; the message says why."""


def result(children: list[dict], config: dict):
    """The state's result without an export. A failed child is told with its metadata, whatever the transformation."""
    shown = _transformed(children, config.get("Transformation", "COMPACT"))
    return _lines(shown) if config.get("OutputType") == "JSONL" else shown


def write(map_run_arn: str, children: list[dict], arguments: dict, config: dict) -> dict:
    """Writes SUCCEEDED, FAILED and PENDING files and the manifest that names them; answers where the manifest is."""
    bucket, prefix = arguments["Bucket"], arguments.get("Prefix", "")
    folder = f"{prefix.rstrip('/')}/{map_run_arn.rsplit(':', 1)[1]}".lstrip("/")
    jsonl = config.get("OutputType") == "JSONL"
    files: dict[str, list] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
    try:
        for name, listed in files.items():
            chosen = [child for child in children if _FILE_OF[child["status"]] == name]
            if not chosen:
                continue
            shown = _transformed(chosen, config.get("Transformation", "NONE"))
            body = (_lines(shown) if jsonl else json.dumps(shown)).encode()
            key = f"{folder}/{name}_0.{'jsonl' if jsonl else 'json'}"
            _put(bucket, key, body)
            listed.append({"Key": key, "Size": len(body)})
        key = f"{folder}/manifest.json"
        manifest = {"DestinationBucket": bucket, "MapRunArn": map_run_arn, "ResultFiles": files}
        _put(bucket, key, json.dumps(manifest).encode())
    except Exception as error:
        raise ResultWriterError(f"{type(error).__name__}: {error}") from error
    return {"MapRunArn": map_run_arn, "ResultWriterDetails": {"Bucket": bucket, "Key": key}}


def _put(bucket: str, key: str, body: bytes) -> None:
    aws.task_client("s3").put_object(Bucket=bucket, Key=key, Body=body)


def _lines(values: list) -> str:
    return "\n".join(json.dumps(value) for value in values)


def _transformed(children: list[dict], transformation: str) -> list:
    shown = []
    for child in children:
        if transformation == "NONE" or child["status"] != "SUCCEEDED":
            shown.append(_described(child))
            continue
        output = json.loads(child["output"])
        shown.extend(output if transformation == "FLATTEN" and isinstance(output, list) else [output])
    return shown


def _described(child: dict) -> dict:
    status = child["status"]
    redrivable = "REDRIVABLE" if status != "SUCCEEDED" and not child.get("express") else "NOT_REDRIVABLE"
    made = {"ExecutionArn": child["executionArn"], "Input": child["input"], "InputDetails": {"Included": True},
            "Name": child["name"], "RedriveCount": 0, "RedriveStatus": redrivable, "StartDate": child["startDate"],
            "StateMachineArn": child["stateMachineArn"], "Status": status, "StopDate": child["stopDate"]}
    if redrivable == "NOT_REDRIVABLE":
        made["RedriveStatusReason"] = f"Execution is {status} and cannot be redriven"
    if status == "SUCCEEDED":
        made.update(Output=child["output"], OutputDetails={"Included": True})
    if child.get("error"):
        made.update(Error=child["error"], Cause=child.get("cause") or "")
    return {name: value for name, value in made.items() if value is not None}
