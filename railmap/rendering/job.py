"""Render an image of a railway and its truth into files."""

from __future__ import annotations

import math
import os
from pathlib import Path

from pyogrio.errors import DataSourceError
from rasterio.errors import RasterioError

from railmap.errors import Option, OutputError, UsageError
from railmap.files.inputs import is_same_file
from railmap.files.output import check_output
from railmap.progress import NullReporter, Reporter
from railmap.rendering.elevation import write_elevation
from railmap.rendering.plan.relief import Relief
from railmap.rendering.scene import Scene, render_scene
from railmap.rendering.truth import CRS, ORIGIN, write_scene

__all__ = ["KINDS", "render_files"]

KINDS = ("plain", "double", "multiple", "junction", "yard", "diamond", "none")
"""Track plans to choose from; ``none`` renders an image without railway."""
_GSD = 0.008, 0.4
_SIDE = 64, 20_000


def render_files(
    output: str | os.PathLike[str],
    truth: str | os.PathLike[str] | None = None,
    dem: str | os.PathLike[str] | None = None,
    *,
    seed: int = 0,
    gsd: float = 0.1,
    width: int = 2000,
    height: int = 2000,
    kind: str | None = None,
    bridge: bool = False,
    overwrite: bool = False,
    reporter: Reporter | None = None,
) -> Scene:
    """Render an image that resembles drone imagery; the same seed gives the same pixels.

    Parameters
    ----------
    output
        GeoTIFF to write, RGB uint8 in EPSG:32632.
    truth
        GeoPackage for the centrelines, switches, crossings and buffer stops.
    dem
        GeoTIFF for the heights of the ground; `truth` then has those of the tracks.
    seed
        Seed of the track plan, the surroundings and the camera.
    gsd
        Ground sampling distance, 0.008 to 0.4 m per pixel.
    width, height
        Size, 64 to 20000 pixels.
    kind
        One of `KINDS`; None chooses one at random.
    bridge
        Lead the tracks over a valley, which `dem` has in their place; the image stays the same.
    overwrite
        Replace outputs that exist.
    reporter
        Receives the progress; can cancel.

    Returns
    -------
    Scene
        The image, the mask of its data and the track plan.

    Raises
    ------
    UsageError
        If an option is out of range, or an output has another suffix.
    OutputError
        If an output exists or cannot be written.
    """
    reporter = reporter or NullReporter()
    image = Path(output)
    vector = None if truth is None else Path(truth)
    ground = None if dem is None else Path(dem)
    _check_options(gsd, width, height, kind)
    if bridge and (ground is None or kind == "none"):
        raise UsageError(
            Option("bridge"), " is one of tracks in an elevation model; give ", Option("dem"),
            " and a kind with tracks",
        )  # fmt: skip
    _check_outputs(image, vector, ground, overwrite)
    megapixels = width * height / 1e6
    reporter.stage("render", megapixels, "MP")
    scene = render_scene(
        seed,
        gsd=gsd,
        width=width,
        height=height,
        kind=None if kind == "none" else kind,
        tracks=kind != "none",
    )
    reporter.advance(megapixels)
    half = gsd * math.hypot(width, height) / 2
    relief = None if ground is None else Relief.random(seed, scene.plan, half, bridge)
    try:
        write_scene(scene, image, vector, relief=relief, overwrite=overwrite)
        if ground is not None and relief is not None:
            write_elevation(
                scene, relief, ground, seed=seed, crs=CRS, origin=ORIGIN, overwrite=overwrite
            )
    except (RasterioError, DataSourceError) as error:
        raise OutputError(f"{image}: cannot be written; check the free disk space") from error
    return scene


def _check_options(gsd: float, width: int, height: int, kind: str | None) -> None:
    if not _GSD[0] <= gsd <= _GSD[1]:
        raise UsageError(Option("gsd", gsd), f" is outside {_GSD[0]} to {_GSD[1]} m per pixel")
    if not all(_SIDE[0] <= side <= _SIDE[1] for side in (width, height)):
        raise UsageError(
            Option("width"), " and ", Option("height"), f" must be {_SIDE[0]} to {_SIDE[1]} pixels"
        )
    if kind is not None and kind not in KINDS:
        raise UsageError(Option("kind", kind), f" is not one of {', '.join(KINDS)}")


def _check_outputs(image: Path, truth: Path | None, dem: Path | None, overwrite: bool) -> None:
    if truth is not None and is_same_file(image, truth):
        raise OutputError(f"{truth}: the image and the truth must be different files")
    if dem is not None and is_same_file(image, dem):
        raise OutputError(f"{dem}: the image and the elevation model must be different files")
    raster = (".tif", ".tiff")
    for path, suffixes in ((image, raster), (truth, (".gpkg",)), (dem, raster)):
        if path is None:
            continue
        if path.suffix.lower() not in suffixes:
            raise UsageError(f"{path}: name it *{suffixes[0]}")
        check_output(path, overwrite=overwrite)
