"""AWS::SSM::Parameter."""

from plugin import aws
from plugin.readback.readers import pick, reader, tag_map


@reader("AWS::SSM::Parameter")
def parameter(name, props):
    ssm = aws.client("ssm")

    def described(key):
        named = {"Key": "Name", "Option": "Equals", "Values": [name]}
        return lambda: next(iter(ssm.describe_parameters(ParameterFilters=[named])["Parameters"]), {}).get(key)

    return {
        **pick(ssm.get_parameter(Name=name)["Parameter"], "Name", "Type", "Value", "DataType"),
        **{key: described(key) for key in ("Description", "AllowedPattern", "Tier", "Policies")},
        "Tags": lambda: tag_map(ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]),
    }
