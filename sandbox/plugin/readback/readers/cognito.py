"""AWS::Cognito::*."""

from plugin import aws
from plugin.readback.readers import pick, reader


@reader("AWS::Cognito::UserPool", {"EnabledMfas": "answered by GetUserPoolMfaConfig in another form"})
def user_pool(pool_id, props):
    found = aws.client("cognito-idp").describe_user_pool(UserPoolId=pool_id)["UserPool"]
    return {
        **pick(
            found,
            "AccountRecoverySetting",
            "AdminCreateUserConfig",
            "AliasAttributes",
            "AutoVerifiedAttributes",
            "DeletionProtection",
            "DeviceConfiguration",
            "EmailConfiguration",
            "EmailVerificationMessage",
            "EmailVerificationSubject",
            "LambdaConfig",
            "MfaConfiguration",
            "Policies",
            "SmsConfiguration",
            "SmsVerificationMessage",
            "UserAttributeUpdateSettings",
            "UsernameAttributes",
            "UsernameConfiguration",
            "UserPoolAddOns",
            "UserPoolTier",
            "VerificationMessageTemplate",
            "UserPoolTags",
        ),
        "UserPoolName": found.get("Name"),
        "Schema": lambda: [_attribute(each, found) for each in props["Schema"]],
    }


def _attribute(wanted: dict, found: dict) -> dict | None:
    """Of the many attributes that every pool has, those that the template names."""
    names = (wanted.get("Name"), f"custom:{wanted.get('Name')}")
    attribute = next((each for each in found.get("SchemaAttributes", []) if each.get("Name") in names), None)
    return attribute and {**attribute, "Name": wanted.get("Name")}


@reader("AWS::Cognito::UserPoolClient", {"GenerateSecret": "answered as the secret"})
def user_pool_client(client_id, props):
    found = aws.client("cognito-idp").describe_user_pool_client(UserPoolId=props["UserPoolId"], ClientId=client_id)[
        "UserPoolClient"
    ]
    return {**found, **pick(found, *(key for key in props if key not in ("GenerateSecret",)))}


@reader("AWS::Cognito::UserPoolDomain")
def user_pool_domain(domain, props):
    found = aws.client("cognito-idp").describe_user_pool_domain(Domain=props["Domain"])["DomainDescription"]
    return pick(found, "Domain", "UserPoolId", "CustomDomainConfig", "ManagedLoginVersion")


@reader("AWS::Cognito::UserPoolGroup")
def user_pool_group(name, props):
    found = aws.client("cognito-idp").get_group(GroupName=props["GroupName"], UserPoolId=props["UserPoolId"])["Group"]
    return pick(found, "GroupName", "UserPoolId", "Description", "Precedence", "RoleArn")
