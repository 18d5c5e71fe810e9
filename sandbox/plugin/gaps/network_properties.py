"""AWS::EC2::VPC: attributes that templates ask for; VPC endpoints: security groups and private DNS in their description."""

from plugin import aws, stacks
from plugin.contract import point

point("services.ec2", "_vpce_fields_xml", ("ep", "tag"))


def vpc_attributes(vpc_id: str, props: dict, old: dict) -> dict:
    found = aws.client("ec2").describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]
    return {
        "CidrBlock": found["CidrBlock"],
        "CidrBlockAssociations": [each["AssociationId"] for each in found.get("CidrBlockAssociationSet", [])],
        "Ipv6CidrBlocks": [],
    }


def _with_what_it_holds(describe):
    def described(ep, tag="item"):
        groups = "".join(f"<item><groupId>{group}</groupId></item>" for group in ep.get("SecurityGroupIds") or [])
        private = stacks.flag(ep.get("PrivateDnsEnabled") or False)
        return describe(ep, tag).removesuffix(f"</{tag}>") + (
            f"<groupSet>{groups}</groupSet><privateDnsEnabled>{str(private).lower()}</privateDnsEnabled></{tag}>"
        )

    return described


def install() -> None:
    from ministack.services import ec2

    ec2._vpce_fields_xml = _with_what_it_holds(ec2._vpce_fields_xml)
    stacks.extend("AWS::EC2::VPC", vpc_attributes)
