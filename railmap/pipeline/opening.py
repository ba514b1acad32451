"""Find and open the images of a job."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from railmap.errors import UsageError
from railmap.pipeline.options import RasterPath, ReadOptions
from railmap.progress import Reporter

if TYPE_CHECKING:
    from railmap.raster import NearLines, RasterSource
    from railmap.raster.remote.image import FoundImage

__all__ = ["as_list", "found_images", "open_images"]


def as_list(rasters: RasterPath | Sequence[RasterPath]) -> list[RasterPath]:
    """Return one raster or several as a list.

    Raises
    ------
    UsageError
        If it is empty.
    """
    paths = [rasters] if isinstance(rasters, (str, os.PathLike)) else list(rasters)
    if not paths:
        raise UsageError("no raster given")
    return paths


@contextmanager
def found_images(
    paths: Sequence[RasterPath], read: ReadOptions, gsd: float, reporter: Reporter
) -> Iterator[list[FoundImage]]:
    """Yield the images of files, map services and catalogues.

    Parameters
    ----------
    paths
        What the user named.
    read
        How they are read.
    gsd
        GSD of the model, metres per pixel.
    reporter
        Receives the level of a service and the number of images of a catalogue.

    Raises
    ------
    RailmapError
        See `find_images`.
    """
    from railmap.raster.remote.area import Area
    from railmap.raster.remote.find import find_images

    area = Area(Path(read.aoi) if read.aoi is not None else None, _near(read))
    with find_images(paths, area, read.gsd or gsd, read.source, reporter) as images:
        yield images


def _near(read: ReadOptions) -> NearLines | None:
    from railmap.raster import NearLines

    return NearLines(read.near, read.near_distance) if read.near is not None else None


def open_images(
    images: Sequence[RasterPath | FoundImage], read: ReadOptions, gsd: float
) -> RasterSource:
    """Open images as one mosaic.

    Parameters
    ----------
    images
        From `found_images`, or files.
    read
        How they are read.
    gsd
        GSD of the mosaic, metres per pixel.

    Raises
    ------
    RailmapError
        See `open_raster`.
    """
    from railmap.raster import open_raster

    return open_raster(
        images,
        gsd=gsd,
        bands=read.bands,
        aoi=Path(read.aoi) if read.aoi is not None else None,
        near=_near(read),
        assume_gsd=read.gsd,
        assume_crs=read.crs,
    )
