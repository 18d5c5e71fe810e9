"""One resource: what its service's API answers, against what the template wants."""

from plugin.readback.compare import differences
from plugin.readback.defaults import is_default
from plugin.readback.readers import READERS, UNREADABLE
from plugin.readback.tracked import plain

# A custom resource's properties go to its provider, which alone knows what they mean; the others are nobody's settings.
_NOT_READ = ("Custom::", "AWS::CloudFormation::", "AWS::CDK::")


def is_read(resource_type: str) -> bool:
    return not resource_type.startswith(_NOT_READ)


def check(resource_type: str, physical_id: str, props: dict) -> dict:
    """
    `differences`: what is otherwise; `uncovered`: properties that no reader looks at; `unreadable`: properties that no API
    tells, with the reason.
    """
    props = plain(props)
    read = READERS.get(resource_type)
    if read is None:
        return {"differences": [], "uncovered": sorted(props), "unreadable": {}}
    unreadable = {key: why for key, why in UNREADABLE[resource_type].items() if key in props}
    try:
        answer = read(physical_id, props)
    except Exception as error:  # whatever a service says instead of an answer is what was found
        return {"differences": [_unanswered("", physical_id, error)], "uncovered": [], "unreadable": unreadable}
    covered = sorted(key for key in props if key in answer and key not in unreadable)
    return {
        "differences": [each for key in covered for each in _differences(key, props[key], answer[key])],
        "uncovered": sorted(props.keys() - answer.keys() - unreadable.keys()),
        "unreadable": unreadable,
    }


def kept(resource_type: str, physical_id: str, props: dict, old: dict) -> list[dict]:
    """Properties that an update took out of the template, and that the resource still has as they were."""
    gone = {
        key: plain(value)
        for key, value in old.items()
        if key not in props and not is_default(resource_type, key, value)
    }
    read = READERS.get(resource_type)
    if not gone or read is None:
        return []
    try:
        answer = read(physical_id, {**gone, **plain(props)})
    except Exception:  # `check` tells of a resource that does not answer
        return []
    return [
        {"property": key, "wanted": None, "found": value}
        for key, value in sorted(gone.items())
        if key in answer and key not in UNREADABLE[resource_type] and _still(key, value, answer[key])
    ]


def _still(key: str, value, answer) -> bool:
    value = _without_aws_tags(value) if key.endswith("Tags") else value
    try:
        return bool(value) and not differences(value, answer() if callable(answer) else answer, key)
    except Exception:  # gone as it should be
        return False


def _differences(key: str, wanted, answer) -> list[dict]:
    wanted = _without_aws_tags(wanted) if key.endswith("Tags") else wanted
    try:
        return differences(wanted, answer() if callable(answer) else answer, key)
    except Exception as error:  # as above
        return [_unanswered(key, wanted, error)]


def _unanswered(key: str, wanted, error: Exception) -> dict:
    return {"property": key, "wanted": wanted, "found": f"{type(error).__name__}: {error}"}


def _without_aws_tags(tags):
    """CloudFormation's own tags are no one's wish."""
    if isinstance(tags, dict):
        return {key: value for key, value in tags.items() if not key.startswith("aws:")}
    return [tag for tag in tags if not str(tag.get("Key", "")).startswith("aws:")] if isinstance(tags, list) else tags


def named(difference: dict) -> str:
    """A difference in words for a person."""
    if difference["property"] == "":
        return str(difference["found"])
    if difference["found"] is None:
        return difference["property"]
    return f"{difference['property']} (is {_short(difference['found'])}, not {_short(difference['wanted'])})"


def _short(value) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
