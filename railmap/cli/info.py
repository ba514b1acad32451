"""`railmap info`: what a raster, a map or a model is."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from railmap.cli.common.session import JsonSession, Result
from railmap.cli.common.wording import command_words
from railmap.progress import Reporter

__all__ = ["info_command"]


def info_command(
    file: Annotated[str, typer.Argument(help="Raster, map (.gpkg) or model (.onnx).")],
    session: JsonSession,
) -> None:
    """Describe a raster, a map or a model, and how railmap would use it."""

    def job(reporter: Reporter) -> Result:
        from railmap.pipeline.description import describe_file

        found = describe_file(file, word=command_words)
        return Result(data=found, shown=_lines(found))

    session.run(job)


def _lines(found: dict[str, Any]) -> list[str]:
    shown = {
        key.replace("_m", " (m)") if key.endswith("_m") else key.replace("_", " "): _text(value)
        for key, value in found.items()
        if value not in (None, [], (), {})
    }
    width = max(len(key) for key in shown)
    return [f"{key:<{width}}  {text}" for key, text in shown.items()]


def _text(value: Any) -> str:
    """Return a value for a person; 10 digits are a millimetre in any CRS."""
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    if isinstance(value, dict):
        return "".join(f"\n  {key}: {_text(part)}" for key, part in value.items())
    return f"{value:.10g}" if isinstance(value, float) else str(value)
