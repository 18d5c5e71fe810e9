"""Templates that CloudFormation refuses before anything is made: references to nothing, circles, snapshots of what has none."""

import graphlib

from plugin.contract import point

_MODULE = "services.cloudformation.engine"
point(_MODULE, "_validate_template_statics", ("template",))
point(_MODULE, "_intrinsic_references", ("value",))
point(_MODULE, "_extract_deps", ("resource_def", "all_resource_names"))

_SNAPSHOTS = {"AWS::DocDB::DBCluster", "AWS::EC2::Volume", "AWS::ElastiCache::CacheCluster",
              "AWS::ElastiCache::ReplicationGroup", "AWS::Neptune::DBCluster", "AWS::RDS::DBCluster",
              "AWS::RDS::DBInstance", "AWS::Redshift::Cluster"}


def check(template: dict) -> None:
    from ministack.services.cloudformation import engine

    resources = {name: made for name, made in (template.get("Resources") or {}).items() if isinstance(made, dict)}
    known = {*resources, *(template.get("Parameters") or {})}
    for block, members in (("Resources", resources), ("Outputs", template.get("Outputs") or {})):
        unknown = sorted(set(_names(engine, block, members)) - known)
        if unknown:
            raise ValueError(f"Template format error: Unresolved resource dependencies [{', '.join(unknown)}] in the "
                             f"{block} block of the template")
    graph = {name: engine._extract_deps(made, set(resources)) for name, made in resources.items()}
    try:
        tuple(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        raise ValueError(f"Circular dependency between resources: [{', '.join(sorted(set(error.args[1])))}]") from error
    for made in resources.values():
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if made.get(policy) == "Snapshot" and made.get("Type") not in _SNAPSHOTS:
                raise ValueError(f"Template error: resource type {made.get('Type')} does not support {policy} Snapshot")


def _names(engine, block: str, members: dict):
    for member in members.values():
        read = (member.get("Properties") or {}) if block == "Resources" else member
        yield from (name for name, _ in engine._intrinsic_references(read) if not name.startswith("AWS::"))
        depends = member.get("DependsOn") or [] if isinstance(member, dict) else []
        yield from [depends] if isinstance(depends, str) else depends


def _validating(validate):
    def validate_template_statics(template):
        validate(template)
        # Extensions of the language make names that only exist once they are expanded.
        if not template.get("Transform"):
            check(template)

    return validate_template_statics


def install() -> None:
    from ministack.services.cloudformation import engine

    engine._validate_template_statics = _validating(engine._validate_template_statics)
