"""What a state machine's role must be allowed for each kind of task, from the task's resource and its input."""

import json

from plugin import executions, permissions
from plugin.contract import point
from plugin.permissions.decisions import Check
from plugin.permissions.principals import NotAssumable, Session, assume

point("services.stepfunctions", "_state_machines", object)
point("services.stepfunctions", "_ExecutionError", ("error", "cause"))

SERVICE = "states.amazonaws.com"
_PREFIX = "arn:aws:states:::"
# The rules by which Step Functions hears of the end of what it waits for, as CreateStateMachine demands them.
_MANAGED_RULES = {
    "sagemaker:createTrainingJob.sync": "StepFunctionsGetEventsForSageMakerTrainingJobsRule",
    "sagemaker:createTransformJob.sync": "StepFunctionsGetEventsForSageMakerTransformJobsRule",
    "sagemaker:createProcessingJob.sync": "StepFunctionsGetEventsForSageMakerProcessingJobsRule",
    "states:startExecution.sync": "StepFunctionsGetEventsForStepFunctionsExecutionRule",
}
_RULE_ACTIONS = ("events:PutTargets", "events:PutRule", "events:DescribeRule")


# Whose tokens were given out, also those that nobody waits for any more: a late answer is late, not forbidden.
_machine_of_token: dict[str, str] = {}
_TOKENS = 10_000


def note_token(token: str) -> None:
    task = executions.current()
    if task:
        _machine_of_token[token] = task.execution["stateMachineArn"]
        while len(_machine_of_token) > _TOKENS:
            del _machine_of_token[next(iter(_machine_of_token))]


def machine_of_token(token: str) -> str | None:
    return _machine_of_token.get(token)


def task_session() -> Session | None:
    """The session of the role whose task runs now; None outside of tasks and where IAM is off."""
    from ministack.services import stepfunctions

    task = executions.current()
    # A child of a Distributed Map names its label after its machine, whose role it has.
    machine = stepfunctions._state_machines.get(task.execution["stateMachineArn"].split("/")[0]) if task else None
    if machine is None or permissions.MODE == "off":
        return None
    try:
        return assume(machine["roleArn"], SERVICE, machine["name"], machine["stateMachineArn"])
    except NotAssumable as error:
        raise stepfunctions._ExecutionError("States.Permissions", str(error)) from error


def task_checks(resource: str, data) -> tuple[str, list[Check]]:
    """Name of the service in errors, and the checks; none for what is checked where it arrives (SageMaker, aws-sdk)."""
    given = data if isinstance(data, dict) else {}
    if ":lambda:" in resource and not resource.startswith(_PREFIX):
        return "Lambda", [Check("lambda:InvokeFunction", resource)]
    name = resource.removeprefix(_PREFIX).partition(".")[0]
    if name == "lambda:invoke":
        return "Lambda", [Check("lambda:InvokeFunction", _function_arn(given))]
    if name == "states:startExecution":
        return "StepFunctions", [Check("states:StartExecution", given.get("StateMachineArn", "*"))]
    if name == "sns:publish":
        return "SNS", [Check("sns:Publish", given.get("TopicArn") or given.get("TargetArn") or "*")]
    if name == "sqs:sendMessage":
        return "SQS", [Check("sqs:SendMessage", _queue_arn(given.get("QueueUrl", "")))]
    if name == "events:putEvents":
        buses = {entry.get("EventBusName") or "default" for entry in given.get("Entries") or []}
        return "EventBridge", [Check("events:PutEvents", arn_of("events", f"event-bus/{bus}", bus)) for bus in sorted(buses)]
    if name.startswith("dynamodb:"):
        action = name.partition(":")[2]
        table = given.get("TableName", "")
        return "DynamoDB", [Check(f"dynamodb:{action[0].upper()}{action[1:]}", arn_of("dynamodb", f"table/{table}", table))]
    return "", []


def child_checks(execution_arn: str) -> list[Check]:
    """What `.sync` does with the execution that it started."""
    return [Check("states:DescribeExecution", execution_arn)]


def definition_checks(definition: str) -> list[Check]:
    """What CreateStateMachine tries as the role: the managed rules of the tasks that wait for their work."""
    rules = sorted({rule for resource in _resources(json.loads(definition))
                    for task, rule in _MANAGED_RULES.items() if resource.startswith(_PREFIX + task)})
    return [Check(action, arn_of("events", f"rule/{rule}")) for rule in rules for action in _RULE_ACTIONS]


def _resources(node):
    if isinstance(node, dict):
        if isinstance(node.get("Resource"), str):
            yield node["Resource"]
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from _resources(item)


def arn_of(service: str, resource: str, given: str = "") -> str:
    from ministack.core.responses import get_account_id, get_region

    return given if given.startswith("arn:") else f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"


def _function_arn(given: dict) -> str:
    name, qualifier = str(given.get("FunctionName", "")), given.get("Qualifier")
    arn = arn_of("lambda", f"function:{name}", name)
    return f"{arn}:{qualifier}" if qualifier else arn


def _queue_arn(url: str) -> str:
    return arn_of("sqs", url.rstrip("/").rsplit("/", 1)[-1])
