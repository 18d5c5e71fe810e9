"""ECR answers for the repositories in which AWS publishes SageMaker's images, so that a tag can be pinned by its digest."""

import asyncio
import http.client
import json
import os

from plugin.contract import point

point("app", "SERVICE_HANDLERS", dict)
point("services.ecr", "_repositories", object)

_ACTIONS = ("BatchGetImage", "DescribeImages")
_MEDIA_TYPE = "application/vnd.docker.distribution.manifest.v2+json"


def _images() -> list[dict]:
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ["GATEWAY_PORT"]), timeout=10)
    try:
        connection.request("GET", "/_sandbox/images")
        return json.loads(connection.getresponse().read())["images"]
    finally:
        connection.close()


def _matching(request: dict, images: list[dict]) -> tuple[list[dict], list[dict]]:
    """Images of the repository that the request names, and the image ids that none of them has."""
    name = request.get("repositoryName", "")
    held = [image for image in images if image["repository"] == name]
    wanted = request.get("imageIds")
    if not wanted:
        return held, []
    found, missing = [], []
    for each in wanted:
        hits = [image for image in held if each.get("imageTag", image["tag"]) == image["tag"]
                and each.get("imageDigest", image["digest"]) == image["digest"]]
        found.extend(hits)
        if not hits:
            missing.append(each)
    return found, missing


def _answer(action: str, request: dict, found: list[dict], missing: list[dict]) -> tuple[int, dict, bytes]:
    registry, repository = request.get("registryId", ""), request["repositoryName"]
    common = {"registryId": registry, "repositoryName": repository}
    if action == "DescribeImages":
        if missing:
            return _error("ImageNotFoundException", f"The image with imageId {missing[0]} does not exist within the "
                          f"repository with name '{repository}' in the registry with id '{registry}'")
        details = [{**common, "imageDigest": image["digest"], "imageTags": [image["tag"]]} for image in found]
        return _json(200, {"imageDetails": details})
    manifest = json.dumps({"schemaVersion": 2, "mediaType": _MEDIA_TYPE, "layers": []})
    images = [{**common, "imageId": {"imageDigest": image["digest"], "imageTag": image["tag"]},
               "imageManifest": manifest, "imageManifestMediaType": _MEDIA_TYPE} for image in found]
    failures = [{"imageId": each, "failureCode": "ImageNotFound", "failureReason": "Requested image not found"}
                for each in missing]
    return _json(200, {"images": images, "failures": failures})


def _json(status: int, body: dict) -> tuple[int, dict, bytes]:
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(body).encode()


def _error(code: str, message: str) -> tuple[int, dict, bytes]:
    return _json(400, {"__type": code, "message": message})


def _answering(handle):
    async def handle_request(method, path, headers, body, query_params):
        from ministack.services import ecr

        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if action in _ACTIONS:
            request = json.loads(body or b"{}")
            if request.get("repositoryName") not in ecr._repositories:
                images = await asyncio.to_thread(_images)
                if any(image["repository"] == request.get("repositoryName") for image in images):
                    return _answer(action, request, *_matching(request, images))
        return await handle(method, path, headers, body, query_params)

    return handle_request


def install() -> None:
    from ministack import app

    app.SERVICE_HANDLERS["ecr"] = _answering(app.SERVICE_HANDLERS["ecr"])
