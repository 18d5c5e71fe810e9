"""AWS::StepFunctions::StateMachine: logging in the API's spelling and tracing, which MiniStack stores wrongly or drops."""

from plugin import stacks
from plugin.contract import point

point("services.stepfunctions", "_state_machines", object)

_DEFAULTS = {"LoggingConfiguration": {"Level": "OFF", "IncludeExecutionData": False},
             "TracingConfiguration": {"Enabled": False}}


def apply(arn: str, props: dict, old: dict) -> None:
    from ministack.services import stepfunctions

    machine = stepfunctions._state_machines[arn]
    for key, default in _DEFAULTS.items():
        if key in props or key in old:
            machine[_spelled(key)] = _lower(props.get(key, default))


def _lower(value):
    if isinstance(value, dict):
        return {_spelled(key): stacks.flag(item) if key in ("IncludeExecutionData", "Enabled") else _lower(item)
                for key, item in value.items()}
    return [_lower(item) for item in value] if isinstance(value, list) else value


def _spelled(key: str) -> str:
    return key[0].lower() + key[1:]


def install() -> None:
    stacks.extend("AWS::StepFunctions::StateMachine", apply)
