"""AWS::ApiGateway::* (REST APIs)."""

from plugin import aws
from plugin.readback.readers import pascal, pick, reader, tag_list


def _client():
    return aws.client("apigateway")


@reader(
    "AWS::ApiGateway::RestApi",
    {
        "Body": "answered as resources and methods",
        "BodyS3Location": "answered as resources and methods",
        "FailOnWarnings": "looked at on import only",
        "Mode": "looked at on import only",
        "CloneFrom": "the copy tells nothing of it",
    },
)
def rest_api(api_id, props):
    found = pascal({key: value for key, value in _client().get_rest_api(restApiId=api_id).items() if key != "tags"})
    tags = _client().get_rest_api(restApiId=api_id).get("tags")
    return {
        **pick(
            found,
            "ApiKeySourceType",
            "BinaryMediaTypes",
            "Description",
            "DisableExecuteApiEndpoint",
            "EndpointConfiguration",
            "MinimumCompressionSize",
            "Name",
            "Policy",
        ),
        "ApiKeySourceType": found.get("ApiKeySource"),
        "Tags": tag_list(tags),
    }


@reader("AWS::ApiGateway::Resource")
def resource(resource_id, props):
    found = _client().get_resource(restApiId=props["RestApiId"], resourceId=resource_id)
    return {"RestApiId": props["RestApiId"], "ParentId": found.get("parentId"), "PathPart": found.get("pathPart")}


@reader("AWS::ApiGateway::Method")
def method(physical_id, props):
    of = {"restApiId": props["RestApiId"], "resourceId": props["ResourceId"], "httpMethod": props["HttpMethod"]}
    found = _client().get_method(**of)
    responses = [{"StatusCode": code, **_response(each)} for code, each in found.get("methodResponses", {}).items()]
    return {
        "RestApiId": props["RestApiId"],
        "ResourceId": props["ResourceId"],
        "HttpMethod": found["httpMethod"],
        "ApiKeyRequired": found.get("apiKeyRequired"),
        "AuthorizationScopes": found.get("authorizationScopes"),
        "AuthorizationType": found.get("authorizationType"),
        "AuthorizerId": found.get("authorizerId"),
        "OperationName": found.get("operationName"),
        "RequestModels": found.get("requestModels"),
        "RequestParameters": found.get("requestParameters"),
        "RequestValidatorId": found.get("requestValidatorId"),
        "MethodResponses": responses,
        "Integration": _integration(found.get("methodIntegration")),
    }


def _response(found):
    return {"ResponseModels": found.get("responseModels"), "ResponseParameters": found.get("responseParameters")}


def _integration(found):
    if not found:
        return None
    responses = [
        {
            "StatusCode": code,
            "SelectionPattern": each.get("selectionPattern"),
            "ContentHandling": each.get("contentHandling"),
            "ResponseParameters": each.get("responseParameters"),
            "ResponseTemplates": each.get("responseTemplates"),
        }
        for code, each in found.get("integrationResponses", {}).items()
    ]
    return {
        "Type": found.get("type"),
        "IntegrationHttpMethod": found.get("httpMethod"),
        "Uri": found.get("uri"),
        "IntegrationResponses": responses,
        "RequestParameters": found.get("requestParameters"),
        "RequestTemplates": found.get("requestTemplates"),
        **pick(
            pascal({key: value for key, value in found.items() if not key.startswith(("request", "integration"))}),
            "CacheKeyParameters",
            "CacheNamespace",
            "ConnectionId",
            "ConnectionType",
            "ContentHandling",
            "PassthroughBehavior",
            "TimeoutInMillis",
        ),
        "Credentials": found.get("credentials"),
    }


@reader(
    "AWS::ApiGateway::Deployment",
    {"StageDescription": "answered as the stage", "DeploymentCanarySettings": "not answered"},
)
def deployment(deployment_id, props):
    found = _client().get_deployment(restApiId=props["RestApiId"], deploymentId=deployment_id)
    return {
        "RestApiId": props["RestApiId"],
        "Description": found.get("description"),
        "StageName": props.get("StageName"),
    }


@reader("AWS::ApiGateway::Stage")
def stage(name, props):
    found = _client().get_stage(restApiId=props["RestApiId"], stageName=props.get("StageName", name))
    settings = [
        {
            "HttpMethod": path.rsplit("/", 1)[-1],
            "ResourcePath": "/" + path.rsplit("/", 1)[0].replace("~1", "/").strip("/"),
            **pascal(each),
        }
        for path, each in found.get("methodSettings", {}).items()
    ]
    return {
        "RestApiId": props["RestApiId"],
        "DeploymentId": found.get("deploymentId"),
        "StageName": found.get("stageName"),
        "Description": found.get("description"),
        "CacheClusterEnabled": found.get("cacheClusterEnabled"),
        "CacheClusterSize": found.get("cacheClusterSize"),
        "TracingEnabled": found.get("tracingEnabled"),
        "Variables": found.get("variables"),
        "AccessLogSetting": pascal(found.get("accessLogSettings")),
        "MethodSettings": [_setting(each) for each in settings],
        "Tags": tag_list(found.get("tags")),
    }


def _setting(found):
    return {**found, "CacheTtlInSeconds": found.get("CacheTtlInSeconds"), "LoggingLevel": found.get("LoggingLevel")}


@reader("AWS::ApiGateway::Account")
def account(physical_id, props):
    return {"CloudWatchRoleArn": _client().get_account().get("cloudwatchRoleArn")}


@reader("AWS::ApiGateway::UsagePlan")
def usage_plan(plan_id, props):
    found = _client().get_usage_plan(usagePlanId=plan_id)
    stages = [
        {"ApiId": each.get("apiId"), "Stage": each.get("stage"), "Throttle": each.get("throttle")}
        for each in found.get("apiStages", [])
    ]
    return {
        "UsagePlanName": found.get("name"),
        "Description": found.get("description"),
        "ApiStages": stages,
        "Quota": pascal(found.get("quota")),
        "Throttle": pascal(found.get("throttle")),
        "Tags": tag_list(found.get("tags")),
    }


@reader("AWS::ApiGateway::ApiKey", {"GenerateDistinctId": "looked at on creation only"})
def api_key(key_id, props):
    found = _client().get_api_key(apiKey=key_id, includeValue=True)
    return {
        "Name": found.get("name"),
        "Description": found.get("description"),
        "Enabled": found.get("enabled"),
        "CustomerId": found.get("customerId"),
        "Value": found.get("value"),
        "Tags": tag_list(found.get("tags")),
    }
