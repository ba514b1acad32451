"""Option groups that several commands share, and the single options that they consist of."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from railmap.errors import UsageError
from railmap.files.web import hide_secrets
from railmap.pipeline.options import (
    ClusterOptions,
    ComputeOptions,
    LineOptions,
    ReadOptions,
    SourceOptions,
)

__all__ = [
    "ComputeGroup",
    "CpuGroup",
    "DeviceOption",
    "GeoreferenceGroup",
    "LineGroup",
    "ModelOption",
    "ReadGroup",
    "RefinedLineGroup",
    "ThreadsOption",
    "ThresholdOption",
    "command_line",
]

_COMPUTE, _LINES, _READ_OPTIONS = ComputeOptions(), LineOptions(), ReadOptions()
_READ = "How the raster is read"
_SOURCE = "Map services and catalogues"
_RUN = "How it runs"
_CLUSTER = "On many machines"
_DRAW = "How the lines are drawn"

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
        help="auto (a GPU if there is one, else the CPU), cpu, cuda, cuda:N or mps; the track "
        "network also takes several as cuda:0,cuda:1.",
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
        help="Minimum probability of a track pixel; else that of the model.",
        min=0.01,
        max=0.99,
        rich_help_panel=_DRAW,
    ),
]


@dataclass(frozen=True)
class GeoreferenceGroup:
    """Position of a raster that does not state it.

    Parameters
    ----------
    gsd
        Metres per pixel.
    crs
        CRS, such as ``EPSG:25832``.
    """

    gsd: Annotated[
        float | None,
        typer.Option(
            "--gsd",
            help="Metres per pixel of a raster without transform, or at which a map service is "
            "read.",
            min=0.0001,
            rich_help_panel=_READ,
        ),
    ] = None
    crs: Annotated[
        str | None,
        typer.Option(
            "--crs",
            help="CRS of the raster, such as EPSG:25832, also instead of its own.",
            rich_help_panel=_READ,
        ),
    ] = None


@dataclass(frozen=True)
class ReadGroup(GeoreferenceGroup):
    """How images are read.

    Parameters
    ----------
    bands
        Numbers separated by commas.
    aoi
        Vector file of polygons.
    near, near_distance
        Vector file of lines, and the distance from them.
    licence, attribution, zoom, tile_cache, asset
        See `railmap.SourceOptions`.
    """

    bands: Annotated[
        str | None,
        typer.Option(
            "--bands",
            help="Bands to use as red, green and blue, such as 4,1,2, or one band.",
            rich_help_panel=_READ,
        ),
    ] = None
    aoi: Annotated[
        Path | None,
        typer.Option(
            "--aoi",
            help="Vector file whose polygons limit the work; FILE|layername=NAME where it has "
            "several layers.",
            rich_help_panel=_READ,
        ),
    ] = None
    near: Annotated[
        Path | None,
        typer.Option(
            "--near",
            help="Vector file of lines, such as the railways of OpenStreetMap: only what is near "
            "them is looked at; FILE|layername=NAME as for --aoi, with which the intersection is "
            "taken.",
            rich_help_panel=_READ,
        ),
    ] = None
    near_distance: Annotated[
        float,
        typer.Option(
            "--near-distance",
            help="Distance from these lines in metres. 50 m hold a line drawn some 10 m off and "
            "eight parallel tracks on each side.",
            min=0.001,
            rich_help_panel=_READ,
        ),
    ] = _READ_OPTIONS.near_distance
    licence: Annotated[
        str | None,
        typer.Option(
            "--licence",
            help="Licence or permission under which you may map from the images, with its address; "
            "map services are not read without. The map and all exports state it.",
            rich_help_panel=_SOURCE,
        ),
    ] = None
    attribution: Annotated[
        str | None,
        typer.Option(
            "--attribution",
            help="Who must be named as their source; else the host of a service.",
            rich_help_panel=_SOURCE,
        ),
    ] = None
    zoom: Annotated[
        int | None,
        typer.Option(
            "--zoom",
            help="Level of XYZ or WMTS tiles; else the coarsest that is fine enough for the model.",
            min=0,
            max=30,
            rich_help_panel=_SOURCE,
        ),
    ] = None
    tile_cache: Annotated[
        bool,
        typer.Option(
            help="Keep tiles for 30 days in the user's cache folder.", rich_help_panel=_SOURCE
        ),
    ] = True
    asset: Annotated[
        str | None,
        typer.Option(
            "--asset",
            help="Asset of STAC items that have several images.",
            rich_help_panel=_SOURCE,
        ),
    ] = None

    def options(self) -> ReadOptions:
        """Return the options of the pipeline.

        Raises
        ------
        UsageError
            If `bands` is not a list of one or three band numbers.
        """
        return ReadOptions(
            _bands(self.bands),
            aoi=self.aoi,
            near=self.near,
            near_distance=self.near_distance,
            gsd=self.gsd,
            crs=self.crs,
            source=SourceOptions(
                zoom=self.zoom,
                licence=self.licence,
                attribution=self.attribution,
                tile_cache=self.tile_cache,
                asset=self.asset,
            ),
        )


@dataclass(frozen=True)
class ComputeGroup:
    """Model, device, precision, threads and batch, and a cluster.

    Parameters
    ----------
    model, device, precision, threads, batch
        See `railmap.ComputeOptions`.
    scheduler, workers, scratch
        See `railmap.ClusterOptions`.
    """

    model: ModelOption = None
    device: DeviceOption = _COMPUTE.device
    precision: Annotated[
        str,
        typer.Option(
            "--precision",
            help="auto (a lower one where it agrees with fp32), fp32, bf16 or fp16.",
            rich_help_panel=_RUN,
        ),
    ] = _COMPUTE.precision
    threads: ThreadsOption = None
    batch: Annotated[
        int | None,
        typer.Option(
            "--batch",
            help="Tiles at a time; else 16 on CUDA, 4 on MPS. Halved where a GPU has too little "
            "memory.",
            min=1,
            rich_help_panel=_RUN,
        ),
    ] = None

    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            help="Address of a Dask scheduler whose workers run the network, such as "
            "tcp://10.0.0.1:8786. --threads is then that of each worker.",
            rich_help_panel=_CLUSTER,
        ),
    ] = None
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            help="Worker processes to start on this computer instead; they share --threads.",
            min=1,
            rich_help_panel=_CLUSTER,
        ),
    ] = None
    scratch: Annotated[
        str | None,
        typer.Option(
            "--scratch",
            help="Folder, or URL of object storage, that this computer and all workers share. "
            "Finished windows stay in it until the job succeeds; the same command goes on there.",
            rich_help_panel=_CLUSTER,
        ),
    ] = None

    def options(self, chunk: int = _COMPUTE.chunk) -> ComputeOptions:
        """Return the options of the pipeline."""
        given = (self.scheduler, self.workers, self.scratch)
        return ComputeOptions(
            self.device,
            self.precision,
            self.threads,
            self.batch,
            chunk,
            ClusterOptions(*given) if any(given) else None,
        )


@dataclass(frozen=True)
class CpuGroup:
    """Threads of work that runs on the CPU only.

    Parameters
    ----------
    threads, device
        See `railmap.ComputeOptions`.
    """

    threads: ThreadsOption = None
    device: Annotated[
        str,
        typer.Option("--device", help="auto or cpu: this runs on the CPU.", rich_help_panel=_RUN),
    ] = "auto"


@dataclass(frozen=True)
class LineGroup:
    """How probability becomes lines.

    Parameters
    ----------
    threshold, min_length, tolerance, max_gap, min_confidence, open_radius, close_radius, kernel
        See `railmap.LineOptions`.
    chunk
        See `railmap.ComputeOptions`.
    """

    threshold: ThresholdOption = None
    min_length: Annotated[
        float,
        typer.Option(
            "--min-length",
            help="Minimum length of an isolated track, metres.",
            min=0.0,
            rich_help_panel=_DRAW,
        ),
    ] = _LINES.min_length
    tolerance: Annotated[
        float,
        typer.Option(
            "--tolerance",
            help="Maximum distance of the line from the fitted curve, metres.",
            min=0.001,
            rich_help_panel=_DRAW,
        ),
    ] = _LINES.tolerance
    max_gap: Annotated[
        float,
        typer.Option(
            "--max-gap",
            help="Widest gap that is bridged, metres; next to a parallel track up to four times "
            "as wide.",
            min=0.0,
            rich_help_panel=_DRAW,
        ),
    ] = _LINES.max_gap
    min_confidence: Annotated[
        float,
        typer.Option(
            "--min-confidence",
            help="Least probability that a piece of line is track, for models that give it: lower "
            "finds more, higher errs less.",
            min=0.0,
            max=1.0,
            rich_help_panel=_DRAW,
        ),
    ] = _LINES.min_confidence
    open_radius: Annotated[
        float,
        typer.Option(
            "--open",
            help="Radius of the opening, metres: removes what is narrower than twice the radius. "
            "Acts on the mask; with a network that gives ridges, such as the shipped ones, on the "
            "mask of its ridges.",
            min=0.0,
            rich_help_panel=_DRAW,
        ),
    ] = _LINES.open_radius
    close_radius: Annotated[
        float,
        typer.Option(
            "--close",
            help="Radius of the closing after it, metres: fills gaps and holes narrower than "
            "twice the radius.",
            min=0.0,
            rich_help_panel=_DRAW,
        ),
    ] = _LINES.close_radius
    kernel: Annotated[
        str,
        typer.Option(
            "--kernel",
            help="Shape of opening and closing: square or disc (the same in all directions).",
            rich_help_panel=_DRAW,
        ),
    ] = _LINES.kernel
    chunk: Annotated[
        int,
        typer.Option(
            "--chunk",
            help="Side of a tracing chunk, pixels; it does not change the result.",
            min=1,
            rich_help_panel=_DRAW,
        ),
    ] = _COMPUTE.chunk

    def options(self) -> LineOptions:
        """Return the options of the pipeline."""
        return LineOptions(
            threshold=self.threshold,
            min_length=self.min_length,
            tolerance=self.tolerance,
            max_gap=self.max_gap,
            min_confidence=self.min_confidence,
            open_radius=self.open_radius,
            close_radius=self.close_radius,
            kernel=self.kernel,
        )


@dataclass(frozen=True)
class RefinedLineGroup(LineGroup):
    """How probability and the image become lines.

    Parameters
    ----------
    refine
        See `railmap.LineOptions`.
    """

    refine: Annotated[
        str,
        typer.Option(
            "--refine",
            help="What the centreline is fitted to: auto (rails where they are visible), "
            "probability or rails.",
            rich_help_panel=_DRAW,
        ),
    ] = _LINES.refine

    def options(self) -> LineOptions:
        """Return the options of the pipeline."""
        return replace(LineGroup.options(self), refine=self.refine)


def _bands(text: str | None) -> list[int] | None:
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
    """Return the command for the run record, without the program's folder and without keys."""
    return " ".join(["railmap", *map(hide_secrets, sys.argv[1:])])
