"""AWS::ApiGatewayV2::*."""

from plugin import aws
from plugin.readback.readers import pick, reader

_FLAGS = "only on AWS's side of the import"


def _client():
    return aws.client("apigatewayv2")


@reader("AWS::ApiGatewayV2::Api", {"Body": "answered as routes and integrations", "FailOnWarnings": _FLAGS})
def api(api_id, props):
    found = _client().get_api(ApiId=api_id)
    return pick(
        found,
        "ApiKeySelectionExpression",
        "CorsConfiguration",
        "Description",
        "DisableExecuteApiEndpoint",
        "DisableSchemaValidation",
        "IpAddressType",
        "Name",
        "ProtocolType",
        "RouteSelectionExpression",
        "Tags",
        "Version",
    )


@reader("AWS::ApiGatewayV2::Stage")
def stage(name, props):
    found = _client().get_stage(ApiId=props["ApiId"], StageName=props["StageName"])
    return {
        "ApiId": props["ApiId"],
        **pick(
            found,
            "AccessLogSettings",
            "AutoDeploy",
            "ClientCertificateId",
            "DefaultRouteSettings",
            "DeploymentId",
            "Description",
            "RouteSettings",
            "StageName",
            "StageVariables",
            "Tags",
        ),
    }


@reader("AWS::ApiGatewayV2::Route")
def route(route_id, props):
    found = _client().get_route(ApiId=props["ApiId"], RouteId=route_id.rsplit("|", 1)[-1].rsplit("/", 1)[-1])
    return {
        "ApiId": props["ApiId"],
        **pick(
            found,
            "ApiKeyRequired",
            "AuthorizationScopes",
            "AuthorizationType",
            "AuthorizerId",
            "OperationName",
            "RequestModels",
            "RequestParameters",
            "RouteKey",
            "Target",
        ),
    }


@reader("AWS::ApiGatewayV2::Integration")
def integration(integration_id, props):
    found = _client().get_integration(
        ApiId=props["ApiId"], IntegrationId=integration_id.rsplit("|", 1)[-1].rsplit("/", 1)[-1]
    )
    return {
        "ApiId": props["ApiId"],
        **pick(
            found,
            "ConnectionId",
            "ConnectionType",
            "ContentHandlingStrategy",
            "CredentialsArn",
            "Description",
            "IntegrationMethod",
            "IntegrationSubtype",
            "IntegrationType",
            "IntegrationUri",
            "PassthroughBehavior",
            "PayloadFormatVersion",
            "RequestParameters",
            "RequestTemplates",
            "ResponseParameters",
            "TimeoutInMillis",
            "TlsConfig",
        ),
    }


@reader("AWS::ApiGatewayV2::Authorizer")
def authorizer(authorizer_id, props):
    found = _client().get_authorizer(
        ApiId=props["ApiId"], AuthorizerId=authorizer_id.rsplit("|", 1)[-1].rsplit("/", 1)[-1]
    )
    return {
        "ApiId": props["ApiId"],
        **pick(
            found,
            "AuthorizerCredentialsArn",
            "AuthorizerPayloadFormatVersion",
            "AuthorizerResultTtlInSeconds",
            "AuthorizerType",
            "AuthorizerUri",
            "EnableSimpleResponses",
            "IdentitySource",
            "IdentityValidationExpression",
            "JwtConfiguration",
            "Name",
        ),
    }
