"""Prints, as JSON, the lines of a requirements file that this Python does not satisfy."""

import importlib.metadata
import json
import sys

try:
    from packaging.requirements import InvalidRequirement, Requirement
except ImportError:
    from pip._vendor.packaging.requirements import InvalidRequirement, Requirement


def satisfied(line: str) -> bool:
    try:
        requirement = Requirement(line)
    except InvalidRequirement:
        return False
    if requirement.marker is not None and not requirement.marker.evaluate():
        return True
    if requirement.url or requirement.extras:
        return False
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return requirement.specifier.contains(version, prereleases=True)


def is_option(line: str) -> bool:
    """Options tell pip where to look; alone they ask for nothing, except for nested files."""
    return line.startswith("-") and not line.startswith(("-r", "--requirement", "-e", "--editable"))


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read().replace("\\\n", " ")
    lines = (line.split(" #")[0].strip() for line in text.splitlines())
    wanted = [line for line in lines if line and not line.startswith("#") and not is_option(line)]
    print(json.dumps([line for line in wanted if not satisfied(line.split(" --hash")[0])]))


if __name__ == "__main__":
    main()
