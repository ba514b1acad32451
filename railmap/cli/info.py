"""`railmap info`: what a raster or a model is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from railmap.cli.session import DebugOption, run_job
from railmap.progress import Reporter

__all__ = ["info_command"]


def info_command(
    file: Annotated[str, typer.Argument(help="Raster, or model (.onnx).")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    debug: DebugOption = False,
) -> None:
    """Say what a raster or a model is, and what railmap would make of it."""

    def job(reporter: Reporter) -> None:
        found: dict[str, Any]
        if Path(file).suffix.lower() in (".onnx", ".pt", ".pth", ".pkl", ".safetensors"):
            from railmap.inference import describe_model

            found = describe_model(Path(file))
        else:
            from railmap.raster import describe

            found = describe(file)
        if as_json:
            typer.echo(json.dumps(found, indent=1, ensure_ascii=False, default=str))
            return
        width = max(len(key) for key in found)
        for key, value in found.items():
            text = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
            typer.echo(f"{key.replace('_', ' '):<{width}}  {text}")

    run_job(job, "none", debug)
