"""AWS::IAM::Role and User: the permissions boundary, which MiniStack drops."""

from plugin import aws, stacks


def _apply(kind: str):
    name_of = f"{kind.capitalize()}Name"

    def apply(name: str, props: dict, old: dict) -> None:
        boundary, iam = props.get("PermissionsBoundary"), aws.client("iam")
        if boundary == old.get("PermissionsBoundary"):
            return
        if boundary:
            getattr(iam, f"put_{kind}_permissions_boundary")(**{name_of: name, "PermissionsBoundary": boundary})
        else:
            getattr(iam, f"delete_{kind}_permissions_boundary")(**{name_of: name})

    return apply


def install() -> None:
    stacks.extend("AWS::IAM::Role", _apply("role"))
    stacks.extend("AWS::IAM::User", _apply("user"))
