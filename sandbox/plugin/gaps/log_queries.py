"""Saved queries of CloudWatch Logs, which MiniStack has not: PutQueryDefinition and its type in CloudFormation."""

import uuid

from plugin import kept
from plugin.api_resources import ApiResource, add, lowered, pick
from plugin.contract import point

point("services.cloudwatch_logs", "handle_request", ("method", "path", "headers", "body", "query_params"))

_definitions = kept.Table("query-definitions")


def _put(request: dict) -> dict:
    id_ = request.get("queryDefinitionId") or str(uuid.uuid4())
    if request.get("queryDefinitionId") and id_ not in _definitions.all():
        raise kept.Refused("ResourceNotFoundException", "The specified query definition does not exist.")
    _definitions.put(id_, {"queryDefinitionId": id_, "lastModified": kept.now_ms(), "logGroupNames": [],
                           **pick(request, "name", "queryString", "logGroupNames", "queryLanguage")})
    return {"queryDefinitionId": id_}


def _describe(request: dict) -> dict:
    prefix = request.get("queryDefinitionNamePrefix", "")
    found = [each for each in _definitions.all().values() if each["name"].startswith(prefix)]
    return {"queryDefinitions": sorted(found, key=lambda each: each["name"])}


def _delete(request: dict) -> dict:
    if not _definitions.remove(request["queryDefinitionId"]):
        raise kept.Refused("ResourceNotFoundException", "The specified query definition does not exist.")
    return {"success": True}


_ACTIONS = {"PutQueryDefinition": _put, "DescribeQueryDefinitions": _describe, "DeleteQueryDefinition": _delete}


def _create(logs, props):
    id_ = logs.put_query_definition(**lowered(pick(props, "Name", "QueryString", "LogGroupNames")))["queryDefinitionId"]
    return id_, {"QueryDefinitionId": id_}


def _update(logs, id_, props):
    logs.put_query_definition(queryDefinitionId=id_, **lowered(pick(props, "Name", "QueryString", "LogGroupNames")))
    return {"QueryDefinitionId": id_}


def install() -> None:
    from ministack import app

    rest = app.SERVICE_HANDLERS["logs"]
    app.SERVICE_HANDLERS["logs"] = kept.handler("Logs_20140328", _ACTIONS, rest)
    add("AWS::Logs::QueryDefinition", ApiResource(
        "logs", _create, lambda logs, id_, _: logs.delete_query_definition(queryDefinitionId=id_), update=_update))
