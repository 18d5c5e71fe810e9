"""AWS::StepFunctions::Activity, which MiniStack's API has and its CloudFormation has not."""

from plugin.api_resources import ApiResource, add


def _activity(sfn, props):
    arn = sfn.create_activity(name=props["Name"])["activityArn"]
    return arn, {"Arn": arn, "Name": props["Name"]}


def install() -> None:
    add("AWS::StepFunctions::Activity", ApiResource(
        "stepfunctions", _activity, lambda sfn, arn, _: sfn.delete_activity(activityArn=arn), name="Name", max_len=80))
