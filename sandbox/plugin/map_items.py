"""The items of a Distributed Map: from the state's input, or from S3 by its ItemReader."""

import csv
import gzip
import io
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_plus

from plugin import aws
from plugin.contract import point

point("services.stepfunctions", "_apply_jsonata_template", ("value", "raw_input", "ctx", "result", "error_output"))
point("services.stepfunctions", "_resolve_params_obj", ("template", "data", "ctx"))
point("services.stepfunctions", "_resolve_path_or_ctx", ("path", "data", "ctx"))
point("services.stepfunctions", "_ExecutionError", ("error", "cause"))

_DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
_MAX_FIELD = 8 * 1024 * 1024
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


@dataclass
class Item:
    value: object
    source: str
    key: str | None = None


class Fields:
    """The fields of a Map state, evaluated in its query language."""

    def __init__(self, state: dict, raw_input, effective, context: dict, jsonata: bool):
        from ministack.services import stepfunctions

        self.state, self.raw_input, self.effective, self.context = state, raw_input, effective, context
        self.jsonata, self.sfn = jsonata, stepfunctions

    def evaluate(self, template, context: dict | None = None):
        if self.jsonata:
            return self.sfn._apply_jsonata_template(template, self.raw_input, context or self.context)
        return self.sfn._resolve_params_obj(template, self.effective, context or self.context)

    def path(self, path: str):
        return self.sfn._resolve_path_or_ctx(path, self.effective, self.context)

    def number(self, owner: dict, name: str, default=None):
        """A number given as such, by JSONata, or by the `...Path` of JSONPath."""
        value = self.path(owner[f"{name}Path"]) if f"{name}Path" in owner else self.evaluate(owner.get(name))
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
            raise self.error("States.Runtime", f"{name} must be a number of at least 0, but is {json.dumps(value)}.")
        return value

    def error(self, name: str, cause: str) -> Exception:
        return self.sfn._ExecutionError(name, cause)


def read(fields: Fields) -> list[Item]:
    """All items; States.ItemReaderFailed where the dataset can't be read, States.Runtime where there is no list."""
    reader = fields.state.get("ItemReader")
    if not reader:
        if fields.jsonata:
            found = fields.evaluate(fields.state["Items"]) if "Items" in fields.state else fields.raw_input
        else:
            found = fields.path(fields.state.get("ItemsPath", "$"))
        if not isinstance(found, (list, dict)):
            error = "States.QueryEvaluationError" if fields.jsonata else "States.Runtime"
            raise fields.error(error, f"The items of a Map must be an array or an object, but are {json.dumps(found)[:200]}.")
        return list(_items(found, "STATE_DATA"))
    limit = fields.number(reader.get("ReaderConfig") or {}, "MaxItems")
    try:
        found = _Reader(reader.get("ReaderConfig") or {}, fields).items(reader)
        return list(itertools.islice(found, int(limit) if limit else None))
    except fields.sfn._ExecutionError:
        raise
    except Exception as error:
        raise fields.error("States.ItemReaderFailed", f"{type(error).__name__}: {error}") from error


def _items(found, source: str) -> Iterator[Item]:
    if isinstance(found, dict):
        return (Item({"Key": key, "Value": value}, source, key) for key, value in found.items())
    if not isinstance(found, list):
        raise ValueError(f"expected an array or an object in {source}, found {type(found).__name__}")
    return (Item(value, source) for value in found)


class _Reader:
    def __init__(self, config: dict, fields: Fields):
        self.config, self.fields = config, fields
        self.s3 = aws.task_client("s3")

    def items(self, reader: dict) -> Iterator[Item]:
        arguments = self.fields.evaluate(reader.get("Arguments") or reader.get("Parameters") or {})
        if reader.get("Resource", "").endswith(":s3:listObjectsV2"):
            return self.listing(arguments)
        body = self.load(arguments)
        manifest = self.config.get("ManifestType")
        if manifest == "ATHENA_DATA":
            return self.named(body.decode("utf-8-sig").split())
        if manifest == "S3_INVENTORY" or self.config.get("InputType") == "MANIFEST":
            return self.inventory(json.loads(body))
        return self.parse(body, f"S3://{arguments['Bucket']}/{arguments['Key']}")

    def load(self, arguments: dict) -> bytes:
        body = self.s3.get_object(**arguments)["Body"].read()
        if body.startswith(_ZSTD):
            raise ValueError(f"{arguments['Key']} is compressed by zstd, which the sandbox can't read: use gzip.")
        return gzip.decompress(body) if body.startswith(_GZIP) else body

    def listing(self, arguments: dict) -> Iterator[Item]:
        bucket = arguments["Bucket"]
        for page in self.s3.get_paginator("list_objects_v2").paginate(**arguments):
            for found in page.get("Contents", []):
                if self.config.get("Transformation") != "LOAD_AND_FLATTEN":
                    yield Item({"Etag": found["ETag"], "Key": found["Key"], "LastModified": int(found["LastModified"].timestamp()),
                                "Size": found["Size"], "StorageClass": found.get("StorageClass", "STANDARD")}, f"S3://{bucket}")
                elif found["Size"]:
                    body = self.load({"Bucket": bucket, "Key": found["Key"]})
                    yield from self.parse(body, f"S3://{bucket}/{found['Key']}")

    def named(self, uris: list[str]) -> Iterator[Item]:
        """The data files that an Athena UNLOAD's manifest names, one a line."""
        for uri in uris:
            bucket, _, key = uri.partition("://")[2].partition("/")
            yield from self.parse(self.load({"Bucket": bucket, "Key": key}), f"S3://{bucket}/{key}")

    def inventory(self, manifest: dict) -> Iterator[Item]:
        if manifest.get("fileFormat") != "CSV":
            raise ValueError(f"an inventory in {manifest.get('fileFormat')} can't be read here: make it CSV.")
        bucket = manifest["destinationBucket"].removeprefix("arn:aws:s3:::")
        columns = [column.strip() for column in manifest["fileSchema"].split(",")]
        for file in manifest["files"]:
            body = self.load({"Bucket": bucket, "Key": file["key"]})
            for row in _rows(body, ",", columns):
                yield Item({**row, "Key": unquote_plus(row["Key"])} if "Key" in row else row, f"S3://{bucket}/{file['key']}")

    def parse(self, body: bytes, source: str) -> Iterator[Item]:
        kind = self.config.get("InputType", "JSON")
        if kind == "CSV":
            delimiter = _DELIMITERS[self.config.get("CSVDelimiter", "COMMA")]
            given = self.config.get("CSVHeaderLocation") == "GIVEN"
            return _items(list(_rows(body, delimiter, self.config["CSVHeaders"] if given else None)), source)
        if kind == "JSONL":
            lines = body.decode("utf-8-sig").split("\n")
            return _items([json.loads(line) for line in lines if line.strip()], source)
        if kind == "JSON":
            return _items(_pointed(json.loads(body), self.config.get("ItemsPointer", "")), source)
        raise ValueError(f"InputType {kind} can't be read in the sandbox; CSV, JSON, JSONL and MANIFEST can.")


def _rows(body: bytes, delimiter: str, headers: list[str] | None) -> Iterator[dict]:
    """Rows by header: a field that is missing is empty, one too many is dropped."""
    csv.field_size_limit(_MAX_FIELD)
    rows = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=delimiter)
    headers = headers or next(rows, [])
    return ({name: row[at] if at < len(row) else "" for at, name in enumerate(headers)} for row in rows if row)


def _pointed(document, pointer: str):
    """What a JSON pointer (RFC 6901) names."""
    for part in pointer.split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document
