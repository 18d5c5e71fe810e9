"""Lambda layers as on AWS: under /opt, programs executable, Python at /var/lang. CDK's BucketDeployment needs all three."""

import functools
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

from plugin.contract import point

point("core.lambda_runtime", "subprocess", object)

_LAYERS = "_LAMBDA_LAYERS_DIRS"
_PROGRAM = b"#!/var/lang/bin/python"
_SOURCES = (".py", ".js", ".mjs", ".cjs", ".sh")
# Inside fresh user and mount namespaces: /opt shows the layers over the host's entries, for this function alone.
_MOUNT = """
set -e
layers=$1; scratch=$2; shift 2
mount -t tmpfs tmpfs "$scratch"
for entry in "$layers"/* "$layers"/.[!.]* /opt/* /opt/.[!.]*; do
  [ -e "$entry" ] || continue
  copy="$scratch/${entry##*/}"
  if [ -e "$copy" ]; then continue; fi
  if [ -d "$entry" ]; then mkdir "$copy"; else : > "$copy"; fi
  mount --rbind "$entry" "$copy"
done
mount --rbind "$scratch" /opt
exec "$@"
"""
_NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]


@functools.cache
def _can_mount() -> bool:
    if not os.path.isdir("/opt"):
        return False
    try:
        return subprocess.run([*_NAMESPACE, "true"], capture_output=True, timeout=5).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _prepared(command: list[str], env: dict, cwd: str) -> list[str]:
    """The command that finds the layers at /opt; `env` is completed on the way."""
    folders = [Path(folder) for folder in env[_LAYERS].split(os.pathsep)]
    for folder in folders:
        _restore_programs(folder)
    merged = _merged(folders)
    env["PATH"] = os.pathsep.join([str(Path(shutil.which(command[0]) or command[0]).parent), env.get("PATH", "")])
    if not _can_mount():
        env["PATH"] = os.pathsep.join([str(merged / "bin"), env["PATH"]])
        _rewrite_paths(Path(cwd), merged)
        return command
    env["PATH"] = os.pathsep.join(["/opt/bin", env["PATH"]])
    scratch = merged.with_name("opt")
    scratch.mkdir(exist_ok=True)
    program = os.environ["SANDBOX_NODE"] if command[0] == "node" else command[0]
    return [*_NAMESPACE, "/bin/sh", "-c", _MOUNT, "sh", str(merged), str(scratch), program, *command[1:]]


def _restore_programs(folder: Path) -> None:
    """Python's zipfile forgets which files are programs; and no host has an interpreter where AWS has it."""
    with zipfile.ZipFile(folder.with_name(f"{folder.name}.zip")) as archive:
        programs = [entry.filename for entry in archive.infolist() if not entry.is_dir() and entry.external_attr >> 16 & 0o111]
    for name in programs:
        path = folder / name
        path.chmod(path.stat().st_mode | 0o111)
        content = path.read_bytes() if path.stat().st_size < 1_000_000 else b""
        if content.startswith(_PROGRAM):
            line, _, rest = content.partition(b"\n")
            name = line.split()[0].rpartition(b"/")[2]
            path.write_bytes(b"#!/usr/bin/env " + name + b"\n" + rest)


def _merged(folders: list[Path]) -> Path:
    """Later layers lie over earlier ones."""
    if len(folders) == 1:
        return folders[0]
    merged = folders[0].with_name("layers")
    for folder in folders:
        shutil.copytree(folder, merged, dirs_exist_ok=True, symlinks=True, copy_function=_link)
    return merged


def _link(source: str, target: str) -> None:
    Path(target).unlink(missing_ok=True)
    os.link(source, target)


def _rewrite_paths(code: Path, layers: Path) -> None:
    """Where nothing can be mounted, the function's own sources name the layers' folder instead of /opt."""
    for source in code.iterdir():
        if source.suffix in _SOURCES and source.is_file():
            text = source.read_text(errors="surrogateescape")
            for entry in layers.iterdir():
                text = text.replace(f"/opt/{entry.name}", str(entry))
            source.write_text(text, errors="surrogateescape")


def install() -> None:
    from ministack.core import lambda_runtime

    start = lambda_runtime.subprocess.Popen

    def popen(command, *, env, cwd=None, **options):
        if env.get(_LAYERS) and cwd:
            command = _prepared(command, env, cwd)
        return start(command, env=env, cwd=cwd, **options)

    lambda_runtime.subprocess.Popen = popen
