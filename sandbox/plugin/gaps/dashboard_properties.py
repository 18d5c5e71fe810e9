"""AWS::CloudWatch::Dashboard: tags, which MiniStack drops; CloudWatch's tag operations for dashboards."""

from plugin import aws, stacks
from plugin.contract import point

point("services.cloudwatch", "_validate_alarm_tag_arn", ("arn", "is_json", "is_cbor"))
point("services.cloudwatch", "_dashboards", object)


def apply(name: str, props: dict, old: dict) -> None:
    client = aws.client("cloudwatch")
    arn = client.get_dashboard(DashboardName=name)["DashboardArn"]
    stacks.apply_tags(
        props, old, lambda tags: client.tag_resource(
            ResourceARN=arn, Tags=[{"Key": key, "Value": value} for key, value in tags.items()]),
        lambda keys: client.untag_resource(ResourceARN=arn, TagKeys=keys))


def _knowing_dashboards(validate):
    def validated(arn, is_json=False, is_cbor=False):
        from ministack.services import cloudwatch

        if ":dashboard/" in arn and arn.rsplit("/", 1)[-1] in cloudwatch._dashboards:
            return None
        return validate(arn, is_json, is_cbor)

    return validated


def install() -> None:
    from ministack.services import cloudwatch

    cloudwatch._validate_alarm_tag_arn = _knowing_dashboards(cloudwatch._validate_alarm_tag_arn)
    stacks.extend("AWS::CloudWatch::Dashboard", apply)
