"""AWS::SageMaker::*, from the local SageMaker."""

from plugin import sagemaker
from plugin.readback.readers import reader, tag_list


def _register(kind: str, unreadable: dict[str, str] | None = None) -> None:
    @reader(f"AWS::SageMaker::{kind}", unreadable)
    def read(arn, props):
        found = sagemaker.call(f"Describe{kind}", {f"{kind}Name": arn.rsplit("/", 1)[-1]})
        # A template's property that the answer lacks was not kept.
        answer = {key: found.get(key) for key in props}
        return {
            **answer,
            "Tags": lambda: tag_list(sagemaker.call("ListTags", {"ResourceArn": found[f"{kind}Arn"]})["Tags"]),
        }


_register("Model")
_register("EndpointConfig")
_register(
    "Endpoint",
    {
        "RetainAllVariantProperties": "said to UpdateEndpoint only",
        "ExcludeRetainedVariantProperties": "said to UpdateEndpoint only",
    },
)
_register("ModelPackageGroup", {"ModelPackageGroupPolicy": "not described"})
