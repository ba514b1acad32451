"""`railmap info`: what a raster, a map or a model is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from railmap.cli.common.session import DebugOption, run_job
from railmap.cli.common.wording import command_words
from railmap.progress import Reporter

__all__ = ["info_command"]


def info_command(
    file: Annotated[str, typer.Argument(help="Raster, map (.gpkg) or model (.onnx).")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    debug: DebugOption = False,
) -> None:
    """Say what a raster, a map or a model is, and what railmap would make of it."""

    def job(reporter: Reporter) -> None:
        from railmap.mapping.store.describe import describe_map, is_map

        found: dict[str, Any]
        if Path(file).suffix.lower() in (".onnx", ".pt", ".pth", ".pkl", ".safetensors"):
            from railmap.models.package import describe_model

            found = describe_model(Path(file))
        elif is_map(Path(file)):
            found = describe_map(Path(file))
        else:
            from railmap.raster import describe

            found = describe(file, word=command_words)
        if as_json:
            typer.echo(json.dumps(found, indent=1, ensure_ascii=False, default=str))
            return
        told = {
            key.replace("_m", " (m)") if key.endswith("_m") else key.replace("_", " "): _text(value)
            for key, value in found.items()
            if value not in (None, [], (), {})
        }
        width = max(len(key) for key in told)
        for key, text in told.items():
            typer.echo(f"{key:<{width}}  {text}")

    run_job(job, "none", debug)


def _text(value: Any) -> str:
    """Return a value for a person: 10 digits are a millimetre in any CRS, and no more is meant."""
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    if isinstance(value, dict):
        return "".join(f"\n  {key}: {_text(part)}" for key, part in value.items())
    return f"{value:.10g}" if isinstance(value, float) else str(value)
