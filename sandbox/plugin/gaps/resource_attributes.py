"""What Fn::GetAtt answers on AWS and MiniStack leaves out of a resource's attributes, where CDK's constructs ask for it."""

from collections.abc import Callable

from plugin import aws
from plugin.contract import point

point("services.cloudformation.provisioners", "_RESOURCE_HANDLERS", dict)


def _vpc(vpc_id: str, props: dict) -> dict:
    vpc = aws.client("ec2").describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]
    return {"CidrBlock": vpc["CidrBlock"],
            "CidrBlockAssociations": [each["AssociationId"] for each in vpc.get("CidrBlockAssociationSet", [])],
            "Ipv6CidrBlocks": [each["Ipv6CidrBlock"] for each in vpc.get("Ipv6CidrBlockAssociationSet", [])]}


_MORE: dict[str, Callable[[str, dict], dict]] = {"AWS::EC2::VPC": _vpc}


def _complete(handlers: dict, verb: str, more: Callable[[str, dict], dict], position: int) -> None:
    original = handlers[verb]

    def completed(*arguments):
        physical_id, attributes = original(*arguments)
        return physical_id, {**more(physical_id, arguments[position]), **attributes}

    handlers[verb] = completed


def install() -> None:
    from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

    from plugin import stacks

    for resource_type, more in _MORE.items():
        handlers = _RESOURCE_HANDLERS[resource_type]
        _complete(handlers, "create", more, 1)
        if "update" in handlers:
            _complete(handlers, "update", more, 2)
        stacks.run_on_worker(resource_type)
