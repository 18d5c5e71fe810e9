"""What a template wants against what an API answers, whatever the two spell differently."""

import json

# Of what an API answers, only what was asked for is compared: a service adds its defaults.


def differences(wanted, found, path: str = "") -> list[dict]:
    """`{property, wanted, found}` for each leaf that is otherwise; `found` is None where the API answers nothing."""
    wanted, found = _parsed(wanted), _parsed(found)
    if _same(wanted, found):
        return []
    if isinstance(wanted, dict) and isinstance(found, dict):
        return [
            difference
            for key, value in wanted.items()
            for difference in differences(value, found.get(key), f"{path}.{key}" if path else key)
        ]
    if isinstance(wanted, list) and isinstance(found, list):
        return _list_differences(wanted, found, path)
    if isinstance(wanted, dict) and found is None:
        return [
            difference
            for key, value in wanted.items()
            for difference in differences(value, None, f"{path}.{key}" if path else key)
        ]
    return [{"property": path, "wanted": wanted, "found": found}]


def _list_differences(wanted: list, found: list, path: str) -> list[dict]:
    """Lists are sets here: tags, statements, targets and their like come back in any order."""
    left, unmatched = list(found), []
    for item in wanted:
        match = next((other for other in left if not differences(item, other)), None)
        if match is None:
            unmatched.append(item)
        else:
            left.remove(match)
    if len(unmatched) == len(left):
        return [
            difference for item, other in zip(unmatched, left) for difference in differences(item, other, f"{path}[]")
        ]
    made = [{"property": f"{path}[]", "wanted": item, "found": None} for item in unmatched]
    return made + [{"property": f"{path}[]", "wanted": None, "found": item} for item in left]


def _same(wanted, found) -> bool:
    if isinstance(wanted, (dict, list)):
        if found is None:
            return not wanted or all(_same(item, None) for item in _items(wanted))
        # A list of one and the one alone say the same, as in a policy's Action.
        if isinstance(wanted, list) and len(wanted) == 1 and not isinstance(found, (dict, list)):
            return _same(wanted[0], found)
        return False
    if isinstance(found, list) and len(found) == 1:
        return _same(wanted, found[0])
    if isinstance(found, (dict, list)):
        return False
    return _scalar(wanted) == _scalar(found)


def _items(value):
    return value.values() if isinstance(value, dict) else value


def _scalar(value) -> str:
    """Templates write numbers and flags as strings too."""
    if isinstance(value, bool):
        return str(value).lower()
    text = "" if value is None else str(value)
    try:
        return repr(float(text)) if text and text.strip() == text and text[0] in "-.0123456789" else text
    except ValueError:
        return text


def _parsed(value):
    if isinstance(value, str) and value[:1] in "{[" and value[:1]:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
