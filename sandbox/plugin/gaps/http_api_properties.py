"""HTTP APIs: origins that may call, throttling of routes: MiniStack stores them in a spelling that it cannot read."""

from plugin import aws, stacks


def apply_api(api_id: str, props: dict, old: dict) -> None:
    cors = props.get("CorsConfiguration")
    if cors and cors != old.get("CorsConfiguration"):
        given = {key: int(value) if key == "MaxAge" else stacks.flag(value) if key == "AllowCredentials" else value
                 for key, value in cors.items()}
        aws.client("apigatewayv2").update_api(ApiId=api_id, CorsConfiguration=given)


def apply(name: str, props: dict, old: dict) -> None:
    changed = {key: props.get(key) or {} for key in ("DefaultRouteSettings", "RouteSettings") if props.get(key) != old.get(key)}
    if changed:
        aws.client("apigatewayv2").update_stage(ApiId=props["ApiId"], StageName=name, **_typed(changed))


def _typed(value):
    """A template's numbers and flags may be strings."""
    if isinstance(value, dict):
        return {key: _number(key, item) if not isinstance(item, dict) else _typed(item) for key, item in value.items()}
    return value


def _number(key: str, value):
    if key == "ThrottlingBurstLimit":
        return int(value)
    if key == "ThrottlingRateLimit":
        return float(value)
    return stacks.flag(value) if key.endswith("Enabled") else value


def install() -> None:
    stacks.extend("AWS::ApiGatewayV2::Api", apply_api)
    stacks.extend("AWS::ApiGatewayV2::Stage", apply)
