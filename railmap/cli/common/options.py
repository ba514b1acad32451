"""Options that several commands share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from railmap.errors import UsageError
from railmap.pipeline.options import ComputeOptions, LineOptions

__all__ = [
    "COMPUTE",
    "LINES",
    "AoiOption",
    "BandsOption",
    "ChunkOption",
    "CpuOption",
    "CrsOption",
    "DeviceOption",
    "GsdOption",
    "MaxGapOption",
    "MinLengthOption",
    "ModelOption",
    "PrecisionOption",
    "RefineOption",
    "ThreadsOption",
    "ThresholdOption",
    "ToleranceOption",
    "command_line",
    "parse_bands",
]

COMPUTE, LINES = ComputeOptions(), LineOptions()
"""The defaults that the commands show."""

_READ = "How the raster is read"
_RUN = "How it runs"
_LINES = "How the lines are drawn"

BandsOption = Annotated[
    str | None,
    typer.Option(
        "--bands",
        help="Bands to use as red, green, blue, such as 4,1,2 or 1.",
        rich_help_panel=_READ,
    ),
]
AoiOption = Annotated[
    Path | None,
    typer.Option(
        "--aoi",
        help="Vector file whose polygons limit the work; FILE|layername=NAME where it has several.",
        rich_help_panel=_READ,
    ),
]
GsdOption = Annotated[
    float | None,
    typer.Option(
        "--gsd", help="Metres per pixel of a raster that has no transform.", rich_help_panel=_READ
    ),
]
CrsOption = Annotated[
    str | None,
    typer.Option(
        "--crs", help="CRS of a raster that has none, such as EPSG:25832.", rich_help_panel=_READ
    ),
]
ModelOption = Annotated[
    Path | None,
    typer.Option(
        "--model", help="ONNX model; else the one that comes with railmap.", rich_help_panel=_RUN
    ),
]
DeviceOption = Annotated[
    str,
    typer.Option(
        "--device",
        help="auto (a GPU if there is one, else the CPU), cpu, cuda, cuda:N or mps.",
        rich_help_panel=_RUN,
    ),
]
CpuOption = Annotated[
    str,
    typer.Option("--device", help="auto or cpu: this runs on the CPU.", rich_help_panel=_RUN),
]
PrecisionOption = Annotated[
    str,
    typer.Option(
        "--precision",
        help="auto (a lower one where it agrees with fp32), fp32, bf16 or fp16.",
        rich_help_panel=_RUN,
    ),
]
ThreadsOption = Annotated[
    int | None,
    typer.Option("--threads", help="CPU threads; else all.", min=1, rich_help_panel=_RUN),
]
ThresholdOption = Annotated[
    float | None,
    typer.Option(
        "--threshold",
        help="Probability from which a pixel is track; else the model's.",
        min=0.01,
        max=0.99,
        rich_help_panel=_LINES,
    ),
]
MinLengthOption = Annotated[
    float,
    typer.Option(
        "--min-length",
        help="Shortest track that hangs on nothing, metres.",
        min=0.0,
        rich_help_panel=_LINES,
    ),
]
ToleranceOption = Annotated[
    float,
    typer.Option(
        "--tolerance",
        help="Largest distance of the line from the fitted curve, metres.",
        min=0.001,
        rich_help_panel=_LINES,
    ),
]
MaxGapOption = Annotated[
    float,
    typer.Option(
        "--max-gap", help="Widest gap that is bridged, metres.", min=0.0, rich_help_panel=_LINES
    ),
]
RefineOption = Annotated[
    str,
    typer.Option(
        "--refine",
        help="What the centreline fits: auto (rails where they show), probability or rails.",
        rich_help_panel=_LINES,
    ),
]
ChunkOption = Annotated[
    int,
    typer.Option(
        "--chunk",
        help="Side of a tracing chunk, pixels; never changes the result.",
        min=1,
        rich_help_panel=_LINES,
    ),
]


def parse_bands(text: str | None) -> list[int] | None:
    """Read ``"4,1,2"``.

    Raises
    ------
    UsageError
        If these are not one or three band numbers.
    """
    if text is None:
        return None
    try:
        bands = [int(part) for part in text.split(",")]
    except ValueError:
        bands = []
    if len(bands) not in (1, 3) or min(bands, default=0) < 1:
        raise UsageError(f"--bands {text}: give one or three band numbers, such as 1,2,3")
    return bands


def command_line() -> str:
    """Give the command for the run record, without the program's folder."""
    return " ".join(["railmap", *sys.argv[1:]])
