"""`railmap doctor`: versions, devices, and the speed of this machine."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from railmap.cli.common.options import DeviceOption, ModelOption
from railmap.cli.common.session import JsonSession, Result
from railmap.progress import Reporter

__all__ = ["doctor_command"]


def doctor_command(
    context: typer.Context,
    session: JsonSession,
    model: ModelOption = None,
    device: DeviceOption = "auto",
    speed: Annotated[bool, typer.Option(help="Measure the speed of the network.")] = True,
) -> None:
    """Show versions, devices, the backend that will be used and its speed on this machine."""

    def job(reporter: Reporter) -> Result:
        from railmap.pipeline.description import describe_environment

        found = describe_environment(model, device=device, speed=speed)
        commands = _commands(context.find_root().command)
        return Result(data={**found, "commands": commands}, shown=_lines(found))

    session.run(job)


def _commands(command: Any, path: str = "") -> list[str]:
    """Return the names of all commands below a group, such as "line add"."""
    inner = getattr(command, "commands", None)
    if inner is None:
        return [path.strip()]
    return sorted(n for word, one in inner.items() for n in _commands(one, f"{path} {word}"))


def _lines(found: dict[str, Any]) -> list[str]:
    lines = [
        f"railmap {found['version']}, Python {found['python']}, {found['system']}, "
        f"{found['cpus']} CPUs"
    ]
    for title, key in (("needed", "packages"), ("extras", "optional_packages")):
        versions = (f"{name} {version or 'not installed'}" for name, version in found[key].items())
        lines.append(f"{title}: " + ", ".join(versions))
    lines.append(f"GDAL {found['gdal']}")
    model = found["model"]
    lines.append(f"model: {model['name']} {model['version']}, {model['gsd_m']:g} m per pixel")
    if found["speed"] is not None:
        lines.append(", ".join(f"{key} {value}" for key, value in found["speed"].items()))
    return lines
