"""AWS::IAM types for people and outside identity, users of Cognito, and secrets' policies and rotation."""

import json

from plugin.api_resources import ApiResource, add, pick


def _access_key(iam, props):
    key = iam.create_access_key(UserName=props["UserName"])["AccessKey"]
    _status(iam, key["AccessKeyId"], props)
    return key["AccessKeyId"], {"SecretAccessKey": key["SecretAccessKey"]}


def _status(iam, key_id, props) -> dict:
    if props.get("Status"):
        iam.update_access_key(UserName=props["UserName"], AccessKeyId=key_id, Status=props["Status"])
    return {}


def _group(iam, props):
    name = props["GroupName"]
    group = iam.create_group(GroupName=name, **pick(props, "Path"))["Group"]
    for arn in props.get("ManagedPolicyArns", []):
        iam.attach_group_policy(GroupName=name, PolicyArn=arn)
    for policy in props.get("Policies", []):
        iam.put_group_policy(GroupName=name, PolicyName=policy["PolicyName"],
                             PolicyDocument=json.dumps(policy["PolicyDocument"]))
    return name, {"Arn": group["Arn"]}


def _delete_group(iam, name, _):
    group = iam.get_group(GroupName=name)
    for user in group["Users"]:
        iam.remove_user_from_group(GroupName=name, UserName=user["UserName"])
    for policy in iam.list_attached_group_policies(GroupName=name)["AttachedPolicies"]:
        iam.detach_group_policy(GroupName=name, PolicyArn=policy["PolicyArn"])
    for policy in iam.list_group_policies(GroupName=name)["PolicyNames"]:
        iam.delete_group_policy(GroupName=name, PolicyName=policy)
    iam.delete_group(GroupName=name)


def _members(iam, props):
    for user in props["Users"]:
        iam.add_user_to_group(GroupName=props["GroupName"], UserName=user)
    return f"{props['GroupName']}-{'-'.join(props['Users'])}"[:128], {}


def _remove_members(iam, _, props):
    for user in props["Users"]:
        iam.remove_user_from_group(GroupName=props["GroupName"], UserName=user)


def _oidc(iam, props):
    arn = iam.create_open_id_connect_provider(
        Url=props["Url"], ThumbprintList=props.get("ThumbprintList", []),
        ClientIDList=props.get("ClientIdList", []))["OpenIDConnectProviderArn"]
    return arn, {"Arn": arn}


def _pool_user(cognito, props):
    name = props["Username"]
    cognito.admin_create_user(**pick(props, "UserPoolId", "UserAttributes", "ClientMetadata", "DesiredDeliveryMediums",
                                     "MessageAction", "ForceAliasCreation", "ValidationData"), Username=name)
    return name, {}


def _pool_membership(cognito, props):
    cognito.admin_add_user_to_group(**pick(props, "UserPoolId", "Username", "GroupName"))
    return f"{props['UserPoolId']}-{props['GroupName']}-{props['Username']}", {}


def _secret_policy(secrets, props):
    secrets.put_resource_policy(SecretId=props["SecretId"], ResourcePolicy=json.dumps(props["ResourcePolicy"]))
    return props["SecretId"], {"Id": props["SecretId"]}


def _rotation(secrets, props):
    # RotateImmediatelyOnUpdate is true unless a template says otherwise; here nothing is rotated before its time.
    rules = {"RotationRules": props["RotationRules"]} if props.get("RotationRules") else {}
    secrets.rotate_secret(SecretId=props["SecretId"], RotateImmediately=False, **pick(props, "RotationLambdaARN"), **rules)
    return props["SecretId"], {"Id": props["SecretId"]}


def install() -> None:
    add("AWS::IAM::AccessKey", ApiResource(
        "iam", _access_key, lambda iam, id_, props: iam.delete_access_key(UserName=props["UserName"], AccessKeyId=id_),
        update=_status, fixed=("UserName", "Serial")))
    add("AWS::IAM::Group", ApiResource("iam", _group, _delete_group, name="GroupName", max_len=128))
    add("AWS::IAM::UserToGroupAddition", ApiResource("iam", _members, _remove_members))
    add("AWS::IAM::OIDCProvider", ApiResource("iam", _oidc, lambda iam, arn, _: iam.delete_open_id_connect_provider(
        OpenIDConnectProviderArn=arn)))
    add("AWS::Cognito::UserPoolUser", ApiResource(
        "cognito-idp", _pool_user, lambda cognito, name, props: cognito.admin_delete_user(
            UserPoolId=props["UserPoolId"], Username=name), name="Username", max_len=128))
    add("AWS::Cognito::UserPoolUserToGroupAttachment", ApiResource(
        "cognito-idp", _pool_membership, lambda cognito, _, props: cognito.admin_remove_user_from_group(
            **pick(props, "UserPoolId", "Username", "GroupName"))))
    add("AWS::SecretsManager::ResourcePolicy", ApiResource(
        "secretsmanager", _secret_policy, lambda secrets, id_, _: secrets.delete_resource_policy(SecretId=id_),
        update=lambda secrets, _, props: _secret_policy(secrets, props)[1], fixed=("SecretId",)))
    add("AWS::SecretsManager::RotationSchedule", ApiResource(
        "secretsmanager", _rotation, lambda secrets, id_, _: secrets.cancel_rotate_secret(SecretId=id_),
        update=lambda secrets, _, props: _rotation(secrets, props)[1], fixed=("SecretId",)))
