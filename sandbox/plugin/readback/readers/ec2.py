"""AWS::EC2::*: networks."""

from plugin import aws
from plugin.readback.readers import pick, reader, tag_list


def _one(operation: str, key: str, argument: str, identifier: str) -> dict:
    return next(iter(getattr(aws.client("ec2"), operation)(**{argument: [identifier]})[key]), {})


@reader("AWS::EC2::VPC", {"Ipv4NetmaskLength": "answered as the block", "Ipv4IpamPoolId": "answered as the block"})
def vpc(vpc_id, props):
    found = _one("describe_vpcs", "Vpcs", "VpcIds", vpc_id)

    def attribute(name):
        answer = aws.client("ec2").describe_vpc_attribute(VpcId=vpc_id, Attribute=name)
        return answer[name[0].upper() + name[1:]]["Value"]

    return {
        **pick(found, "CidrBlock", "InstanceTenancy"),
        "Tags": tag_list(found.get("Tags")),
        "EnableDnsHostnames": lambda: attribute("enableDnsHostnames"),
        "EnableDnsSupport": lambda: attribute("enableDnsSupport"),
    }


@reader("AWS::EC2::Subnet")
def subnet(subnet_id, props):
    found = _one("describe_subnets", "Subnets", "SubnetIds", subnet_id)
    return {
        **pick(
            found,
            "AssignIpv6AddressOnCreation",
            "AvailabilityZone",
            "AvailabilityZoneId",
            "CidrBlock",
            "EnableDns64",
            "Ipv6Native",
            "MapPublicIpOnLaunch",
            "PrivateDnsNameOptionsOnLaunch",
            "VpcId",
        ),
        "Tags": tag_list(found.get("Tags")),
    }


@reader("AWS::EC2::RouteTable")
def route_table(table_id, props):
    found = _one("describe_route_tables", "RouteTables", "RouteTableIds", table_id)
    return {**pick(found, "VpcId"), "Tags": tag_list(found.get("Tags"))}


@reader("AWS::EC2::Route")
def route(physical_id, props):
    table = _one("describe_route_tables", "RouteTables", "RouteTableIds", props["RouteTableId"])
    keys = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
    found = next(
        (each for each in table.get("Routes", []) if any(key in props and each.get(key) == props[key] for key in keys)),
        {},
    )
    return {
        "RouteTableId": props["RouteTableId"],
        **pick(
            found,
            *keys,
            "CarrierGatewayId",
            "EgressOnlyInternetGatewayId",
            "GatewayId",
            "InstanceId",
            "LocalGatewayId",
            "NatGatewayId",
            "NetworkInterfaceId",
            "TransitGatewayId",
            "VpcPeeringConnectionId",
        ),
    }


@reader("AWS::EC2::SubnetRouteTableAssociation")
def route_table_association(association_id, props):
    table = _one("describe_route_tables", "RouteTables", "RouteTableIds", props["RouteTableId"])
    return pick(
        next((each for each in table.get("Associations", []) if each.get("SubnetId") == props["SubnetId"]), {}),
        "RouteTableId",
        "SubnetId",
    )


@reader("AWS::EC2::InternetGateway")
def internet_gateway(gateway_id, props):
    return {
        "Tags": tag_list(
            _one("describe_internet_gateways", "InternetGateways", "InternetGatewayIds", gateway_id).get("Tags")
        )
    }


@reader("AWS::EC2::VPCGatewayAttachment")
def gateway_attachment(physical_id, props):
    found = _one("describe_internet_gateways", "InternetGateways", "InternetGatewayIds", props["InternetGatewayId"])
    vpcs = [each.get("VpcId") for each in found.get("Attachments", [])]
    return {"InternetGatewayId": found.get("InternetGatewayId"), "VpcId": vpcs}


@reader("AWS::EC2::NatGateway")
def nat_gateway(gateway_id, props):
    found = _one("describe_nat_gateways", "NatGateways", "NatGatewayIds", gateway_id)
    address = next(iter(found.get("NatGatewayAddresses", [])), {})
    return {
        **pick(found, "ConnectivityType", "SubnetId"),
        "AllocationId": address.get("AllocationId"),
        "PrivateIpAddress": address.get("PrivateIp"),
        "Tags": tag_list(found.get("Tags")),
    }


@reader("AWS::EC2::EIP")
def elastic_ip(physical_id, props):
    addresses = aws.client("ec2").describe_addresses()["Addresses"]
    found = next((each for each in addresses if physical_id in (each.get("PublicIp"), each.get("AllocationId"))), {})
    return {
        **pick(found, "Domain", "InstanceId", "NetworkBorderGroup", "PublicIpv4Pool"),
        "Tags": tag_list(found.get("Tags")),
    }


@reader("AWS::EC2::SecurityGroup")
def security_group(group_id, props):
    found = _one("describe_security_groups", "SecurityGroups", "GroupIds", group_id)
    return {
        **pick(found, "GroupName", "VpcId"),
        "GroupDescription": found.get("Description"),
        "SecurityGroupEgress": lambda: _declared(found.get("IpPermissionsEgress"), props["SecurityGroupEgress"]),
        "SecurityGroupIngress": lambda: _declared(found.get("IpPermissions"), props["SecurityGroupIngress"]),
        "Tags": tag_list(found.get("Tags")),
    }


def _declared(permissions, wanted: list) -> list:
    """Rules that the template's own list names: others come from rules with a resource of their own."""
    from plugin.readback.compare import differences

    rules = _rules(permissions)
    return [next((rule for rule in rules if not differences(each, rule)), {}) for each in wanted]


def _rules(permissions) -> list[dict]:
    made = []
    for each in permissions or []:
        base = pick(each, "IpProtocol", "FromPort", "ToPort")
        made += [{**base, **pick(item, "CidrIp", "Description")} for item in each.get("IpRanges", [])]
        made += [{**base, **pick(item, "CidrIpv6", "Description")} for item in each.get("Ipv6Ranges", [])]
        made += [
            {
                **base,
                "SourceSecurityGroupId": item.get("GroupId"),
                "DestinationSecurityGroupId": item.get("GroupId"),
                "Description": item.get("Description"),
            }
            for item in each.get("UserIdGroupPairs", [])
        ]
        made += [
            {
                **base,
                "SourcePrefixListId": item.get("PrefixListId"),
                "DestinationPrefixListId": item.get("PrefixListId"),
                "Description": item.get("Description"),
            }
            for item in each.get("PrefixListIds", [])
        ]
    return made


def _rule(direction: str, key: str) -> None:
    @reader(f"AWS::EC2::SecurityGroup{direction}")
    def read(physical_id, props):
        group = _one("describe_security_groups", "SecurityGroups", "GroupIds", props["GroupId"])
        wanted = {name: value for name, value in props.items() if name != "GroupId"}
        return {
            **{name: None for name in wanted},
            "GroupId": props["GroupId"],
            **_declared(group.get(key), [wanted])[0],
        }


_rule("Ingress", "IpPermissions")
_rule("Egress", "IpPermissionsEgress")


@reader("AWS::EC2::VPCEndpoint")
def vpc_endpoint(endpoint_id, props):
    found = _one("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointIds", endpoint_id)
    return {
        **pick(
            found,
            "DnsOptions",
            "IpAddressType",
            "PolicyDocument",
            "PrivateDnsEnabled",
            "RouteTableIds",
            "ServiceName",
            "SubnetIds",
            "VpcEndpointType",
            "VpcId",
        ),
        "SecurityGroupIds": [each["GroupId"] for each in found.get("Groups", [])],
        "Tags": tag_list(found.get("Tags")),
    }


@reader("AWS::EC2::FlowLog")
def flow_log(log_id, props):
    found = _one("describe_flow_logs", "FlowLogs", "FlowLogIds", log_id)
    return {
        **pick(
            found,
            "DeliverCrossAccountRole",
            "LogDestination",
            "LogDestinationType",
            "LogFormat",
            "LogGroupName",
            "MaxAggregationInterval",
            "ResourceId",
            "TrafficType",
        ),
        "DeliverLogsPermissionArn": found.get("DeliverLogsPermissionArn"),
        "ResourceType": props.get("ResourceType"),
        "Tags": tag_list(found.get("Tags")),
    }
