"""Images to a track probability raster."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from railmap.errors import UsageError
from railmap.pipeline.model import LoadedModel, load_once
from railmap.pipeline.options import ComputeOptions, RasterPath, ReadOptions
from railmap.pipeline.output import check_probability_output, check_space
from railmap.progress import NullReporter, Reporter

if TYPE_CHECKING:
    from railmap.inference import SegmentResult
    from railmap.inference.sliding.store import Keep
    from railmap.raster import NearLines, RasterSource
    from railmap.raster.remote.image import FoundImage

__all__ = ["as_list", "found_images", "open_images", "run_network", "segment_images"]


def segment_images(
    rasters: RasterPath | Sequence[RasterPath],
    output: RasterPath,
    *,
    model: RasterPath | None = None,
    read: ReadOptions | None = None,
    compute: ComputeOptions | None = None,
    overwrite: bool = False,
    resume: bool = True,
    reporter: Reporter | None = None,
) -> SegmentResult:
    """Write the track probability of georeferenced images.

    uint8: 0-254 = probability * 254, 255 = no data; at the model's GSD.

    Parameters
    ----------
    rasters
        One image or several that form one mosaic; as for `vectorize`.
    output
        GeoTIFF to write.
    model
        ONNX model; None takes the one that comes with railmap.
    read
        How the images are read.
    compute
        Where the network runs; `chunk` is not used.
    overwrite
        Replace an output that exists.
    resume
        Continue an interrupted run with the same images, model and output, if there is one.
    reporter
        Receives the progress; can cancel.

    Raises
    ------
    RailmapError
        One of its subclasses: bad input, model, device or output, or `Cancelled`.
    """
    reporter = reporter or NullReporter()
    read, compute = read or ReadOptions(), compute or ComputeOptions()
    paths = as_list(rasters)
    read.check()
    target = check_probability_output(output, overwrite, paths)
    loaded = load_once(model)
    loaded.backend(compute)  # a device that is not there stops the job before its work
    with (
        found_images(paths, read, loaded.package.gsd_m, reporter) as images,
        open_images(images, read, loaded.package.gsd_m) as source,
    ):
        check_space(target, source.grid)
        for note in source.notes:
            reporter.warning(note)
        result = run_network(
            source, loaded, target, paths, compute, overwrite, resume=resume, reporter=reporter
        )
        for hole in source.damaged:
            reporter.warning(f"{hole.uri}: not readable: {hole.reason}; no data there")
        return replace(result, looked_at=source.coverage)


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


def run_network(
    source: RasterSource,
    model: LoadedModel,
    output: Path,
    paths: Sequence[RasterPath],
    compute: ComputeOptions,
    overwrite: bool,
    *,
    resume: bool = True,
    keep: Keep = "nothing",
    reporter: Reporter,
) -> SegmentResult:
    """Run the network over an open raster; see `railmap.inference.segment`.

    Parameters
    ----------
    source
        The raster, at the model's GSD.
    model
        The model.
    output
        GeoTIFF to write.
    paths
        Files of the raster.
    compute
        Device, precision and threads.
    overwrite
        Replace an output that exists.
    resume
        Continue an interrupted run.
    keep
        What stays besides the output; see `railmap.inference.segment`.
    reporter
        Receives the progress; can cancel.
    """
    from railmap.inference import segment

    return segment(
        source,
        model.package,
        output,
        backend=model.backend(compute),
        overwrite=overwrite,
        resume=resume,
        keep=keep,
        inputs=[os.fspath(path) for path in paths],
        reporter=reporter,
    )
