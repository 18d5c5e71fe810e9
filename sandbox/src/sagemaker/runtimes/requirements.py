"""Tells which lines of a requirements file this Python does not satisfy.

    requirements.py FILE                  prints those lines as JSON
    requirements.py --stand-ins FOLDER    writes, into a virtual environment's packages, what makes pip take the
                                          distributions in STAND_INS for those that they stand for
"""

import importlib.metadata
import json
import sys
from pathlib import Path

try:
    from packaging.requirements import InvalidRequirement, Requirement
except ImportError:
    from pip._vendor.packaging.requirements import InvalidRequirement, Requirement

# The sandbox has the build without GPU support, whose distribution has another name and the same module.
STAND_INS = {"xgboost": "xgboost-cpu"}


def version_of(name: str) -> str | None:
    for candidate in (name, STAND_INS.get(name.lower())):
        try:
            return importlib.metadata.version(candidate) if candidate else None
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def satisfied(line: str) -> bool:
    try:
        requirement = Requirement(line)
    except InvalidRequirement:
        return False
    if requirement.marker is not None and not requirement.marker.evaluate():
        return True
    if requirement.url or requirement.extras:
        return False
    version = version_of(requirement.name)
    return version is not None and requirement.specifier.contains(version, prereleases=True)


def is_option(line: str) -> bool:
    """Options tell pip where to look; alone they ask for nothing, except for nested files."""
    return line.startswith("-") and not line.startswith(("-r", "--requirement", "-e", "--editable"))


def write_stand_ins(packages: Path) -> None:
    for name, stand_in in STAND_INS.items():
        version = version_of(stand_in)
        if version is None:
            continue
        info = packages / f"{name}-{version}.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "INSTALLER").write_text("sandbox\n")
        # pip removes what RECORD lists when another version is asked for.
        files = ("METADATA", "INSTALLER", "RECORD")
        (info / "RECORD").write_text("".join(f"{info.name}/{file},,\n" for file in files))


def main() -> None:
    if sys.argv[1] == "--stand-ins":
        write_stand_ins(Path(sys.argv[2]))
        return
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read().replace("\\\n", " ")
    lines = (line.split(" #")[0].strip() for line in text.splitlines())
    wanted = [line for line in lines if line and not line.startswith("#") and not is_option(line)]
    print(json.dumps([line for line in wanted if not satisfied(line.split(" --hash")[0])]))


if __name__ == "__main__":
    main()
