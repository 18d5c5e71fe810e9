"""AWS::IAM::*."""

from plugin import aws
from plugin.readback.readers import pick, reader, tag_list

_PAGE = {"PaginationConfig": {"PageSize": 1000}}
# Property -> how the entity's inline policy is asked for, and how it is named there.
_ENTITIES = {"Roles": ("role", "RoleName"), "Users": ("user", "UserName"), "Groups": ("group", "GroupName")}


@reader("AWS::IAM::Role")
def role(name, props):
    iam = aws.client("iam")
    found = iam.get_role(RoleName=name)["Role"]
    return {
        **_entity(iam, "role", name, found, props),
        **pick(found, "RoleName", "Path", "Description", "MaxSessionDuration", "AssumeRolePolicyDocument"),
    }


@reader("AWS::IAM::User", {"LoginProfile": "a password is never answered"})
def user(name, props):
    iam = aws.client("iam")
    found = iam.get_user(UserName=name)["User"]
    return {
        **_entity(iam, "user", name, found, props),
        **pick(found, "UserName", "Path"),
        "Groups": lambda: [each["GroupName"] for each in iam.list_groups_for_user(UserName=name)["Groups"]],
    }


@reader("AWS::IAM::Group")
def group(name, props):
    iam = aws.client("iam")
    return {**_entity(iam, "group", name, iam.get_group(GroupName=name)["Group"], props), "GroupName": name}


def _entity(iam, kind, name, found, props):
    named = {f"{kind.capitalize()}Name": name}
    return {
        "ManagedPolicyArns": lambda: [
            each["PolicyArn"] for each in getattr(iam, f"list_attached_{kind}_policies")(**named)["AttachedPolicies"]
        ],
        "PermissionsBoundary": (found.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
        "Policies": lambda: [
            {"PolicyName": each["PolicyName"], "PolicyDocument": _inline(iam, kind, name, each["PolicyName"])}
            for each in props["Policies"]
        ],
        "Tags": tag_list(found.get("Tags")),
    }


def _inline(iam, kind, name, policy):
    from botocore.exceptions import ClientError

    try:
        return getattr(iam, f"get_{kind}_policy")(**{f"{kind.capitalize()}Name": name, "PolicyName": policy})[
            "PolicyDocument"
        ]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchEntity":
            return None
        raise


@reader("AWS::IAM::Policy")
def policy(physical_id, props):
    iam, name = aws.client("iam"), props["PolicyName"]
    holders, documents = {}, []
    for key, (kind, _) in _ENTITIES.items():
        asked = [(entity, _inline(iam, kind, entity, name)) for entity in props.get(key, [])]
        holders[key] = [entity for entity, document in asked if document is not None]
        documents += [document for _, document in asked if document is not None]
    alike = documents and all(document == documents[0] for document in documents)
    return {
        **holders,
        "PolicyName": name if documents else None,
        "PolicyDocument": documents[0] if alike else documents,
    }


@reader("AWS::IAM::ManagedPolicy")
def managed_policy(arn, props):
    iam = aws.client("iam")
    found = iam.get_policy(PolicyArn=arn)["Policy"]
    return {
        "ManagedPolicyName": found["PolicyName"],
        **pick(found, "Path", "Description"),
        "PolicyDocument": lambda: iam.get_policy_version(PolicyArn=arn, VersionId=found["DefaultVersionId"])[
            "PolicyVersion"
        ]["Document"],
        **{
            key: lambda key=key, name=name: [
                each[name] for each in iam.list_entities_for_policy(PolicyArn=arn)[f"Policy{key}"]
            ]
            for key, (_, name) in _ENTITIES.items()
        },
    }


@reader("AWS::IAM::InstanceProfile")
def instance_profile(name, props):
    found = aws.client("iam").get_instance_profile(InstanceProfileName=name.rsplit("/", 1)[-1])["InstanceProfile"]
    return {**pick(found, "InstanceProfileName", "Path"), "Roles": [each["RoleName"] for each in found["Roles"]]}
