"""Lifecycle rules of buckets: CloudFormation's flat form in the form of S3's API."""

from plugin import stacks


def api_rule(rule: dict) -> dict:
    """CloudFormation's flat rule in the API's form."""
    made = {"Status": rule["Status"], "Filter": _filter(rule)}
    if rule.get("Id"):
        made["ID"] = rule["Id"]
    expiration = {}
    if "ExpirationInDays" in rule:
        expiration["Days"] = int(rule["ExpirationInDays"])
    if "ExpirationDate" in rule:
        expiration["Date"] = rule["ExpirationDate"]
    if "ExpiredObjectDeleteMarker" in rule:
        expiration["ExpiredObjectDeleteMarker"] = stacks.flag(rule["ExpiredObjectDeleteMarker"])
    noncurrent = rule.get("NoncurrentVersionExpiration") or (
        {"NoncurrentDays": rule["NoncurrentVersionExpirationInDays"]}
        if "NoncurrentVersionExpirationInDays" in rule else {})
    transitions = [{"StorageClass": t["StorageClass"], "Days": int(t["TransitionInDays"])}
                   for t in rule.get("Transitions", []) if "TransitionInDays" in t]
    older = [{"StorageClass": t["StorageClass"], "NoncurrentDays": int(t["TransitionInDays"]),
              **_numbers(t, "NewerNoncurrentVersions")} for t in rule.get("NoncurrentVersionTransitions", [])]
    abort = rule.get("AbortIncompleteMultipartUpload")
    made.update({key: part for key, part in (
        ("Expiration", expiration),
        ("NoncurrentVersionExpiration", {key: int(days) for key, days in noncurrent.items()}),
        ("Transitions", transitions),
        ("NoncurrentVersionTransitions", older),
        ("AbortIncompleteMultipartUpload", abort and {"DaysAfterInitiation": int(abort["DaysAfterInitiation"])}),
    ) if part})
    return made


def _filter(rule: dict) -> dict:
    tags = [{"Key": t["Key"], "Value": t["Value"]} for t in rule.get("TagFilters", [])]
    prefix, sizes = rule.get("Prefix", ""), _numbers(rule, "ObjectSizeGreaterThan", "ObjectSizeLessThan")
    if not tags and not sizes:
        return {"Prefix": prefix}
    if bool(prefix) + len(tags) + len(sizes) > 1:
        return {"And": {**({"Prefix": prefix} if prefix else {}), **({"Tags": tags} if tags else {}), **sizes}}
    return {"Tag": tags[0]} if tags else sizes


def _numbers(rule: dict, *keys: str) -> dict:
    return {key: int(rule[key]) for key in keys if key in rule}
