"""AWS::EC2 types of a VPC with private subnets: rules of security groups, addresses, NAT gateways, flow logs, ACLs."""

from plugin.api_resources import ApiResource, add, pick

_RULE_NAMES = {"ingress": ("SourceSecurityGroupId", "SourcePrefixListId", "authorize_security_group_ingress",
                           "revoke_security_group_ingress"),
               "egress": ("DestinationSecurityGroupId", "DestinationPrefixListId", "authorize_security_group_egress",
                          "revoke_security_group_egress")}


def _permission(props: dict, direction: str) -> dict:
    """A rule of a template as one of the API's permissions."""
    group, prefix_list, _, _ = _RULE_NAMES[direction]
    described = pick(props, "Description")
    permission = {"IpProtocol": str(props.get("IpProtocol", "-1")),
                  **{key: int(props[key]) for key in ("FromPort", "ToPort") if key in props}}
    peers = {"IpRanges": ("CidrIp", props.get("CidrIp")), "Ipv6Ranges": ("CidrIpv6", props.get("CidrIpv6")),
             "UserIdGroupPairs": ("GroupId", props.get(group)), "PrefixListIds": ("PrefixListId", props.get(prefix_list))}
    return {**permission, **{key: [{name: value, **described}] for key, (name, value) in peers.items() if value}}


def _rule(direction: str) -> ApiResource:
    _, _, authorize, revoke = _RULE_NAMES[direction]

    def arguments(props):
        return {"GroupId": props["GroupId"], "IpPermissions": [_permission(props, direction)]}

    def create(ec2, props):
        rule = getattr(ec2, authorize)(**arguments(props))["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        return rule, {"Id": rule}

    return ApiResource("ec2", create, lambda ec2, _, props: getattr(ec2, revoke)(**arguments(props)))


def _tags(kind: str, props: dict) -> dict:
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": props["Tags"]}]} if props.get("Tags") else {}


def _address(ec2, props):
    made = ec2.allocate_address(Domain=props.get("Domain", "vpc"), **_tags("elastic-ip", props))
    return made["PublicIp"], {"AllocationId": made["AllocationId"], "PublicIp": made["PublicIp"]}


def _release(ec2, address, _):
    for each in ec2.describe_addresses(PublicIps=[address])["Addresses"]:
        ec2.release_address(AllocationId=each["AllocationId"])


def _nat(ec2, props):
    made = ec2.create_nat_gateway(**pick(props, "SubnetId", "AllocationId", "ConnectivityType"),
                                  **_tags("natgateway", props))["NatGateway"]["NatGatewayId"]
    return made, {"NatGatewayId": made}


def _flow_log(ec2, props):
    made = ec2.create_flow_logs(
        ResourceIds=[props["ResourceId"]], **_tags("vpc-flow-log", props),
        **pick(props, "ResourceType", "TrafficType", "LogDestinationType", "LogDestination", "LogGroupName",
               "DeliverLogsPermissionArn", "LogFormat", "MaxAggregationInterval"))["FlowLogIds"][0]
    return made, {"Id": made}


def _acl(ec2, props):
    made = ec2.create_network_acl(VpcId=props["VpcId"], **_tags("network-acl", props))["NetworkAcl"]["NetworkAclId"]
    return made, {"Id": made}


def _acl_entry(ec2, props):
    ports = {"PortRange": {key: int(value) for key, value in props["PortRange"].items()}} if "PortRange" in props else {}
    ec2.create_network_acl_entry(
        NetworkAclId=props["NetworkAclId"], RuleNumber=int(props["RuleNumber"]), Protocol=str(props["Protocol"]),
        RuleAction=props["RuleAction"], Egress=_egress(props), **pick(props, "CidrBlock", "Ipv6CidrBlock"), **ports)
    return f"{props['NetworkAclId']}-{props['RuleNumber']}-{_egress(props)}", {}


def _egress(props: dict) -> bool:
    return str(props.get("Egress", False)).lower() == "true"


def install() -> None:
    add("AWS::EC2::SecurityGroupIngress", _rule("ingress"))
    add("AWS::EC2::SecurityGroupEgress", _rule("egress"))
    add("AWS::EC2::EIP", ApiResource("ec2", _address, _release))
    add("AWS::EC2::NatGateway", ApiResource("ec2", _nat, lambda ec2, id_, _: ec2.delete_nat_gateway(NatGatewayId=id_)))
    add("AWS::EC2::FlowLog", ApiResource("ec2", _flow_log, lambda ec2, id_, _: ec2.delete_flow_logs(FlowLogIds=[id_])))
    add("AWS::EC2::NetworkAcl", ApiResource("ec2", _acl, lambda ec2, id_, _: ec2.delete_network_acl(NetworkAclId=id_)))
    add("AWS::EC2::NetworkAclEntry", ApiResource("ec2", _acl_entry, lambda ec2, _, props: ec2.delete_network_acl_entry(
        NetworkAclId=props["NetworkAclId"], RuleNumber=int(props["RuleNumber"]), Egress=_egress(props))))
