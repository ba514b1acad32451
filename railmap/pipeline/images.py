"""Georeferenced images to map."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from railmap.errors import OutputError
from railmap.files.lock import locked
from railmap.files.vector import vector_file
from railmap.files.web import hide_secrets
from railmap.pipeline.cluster.check import check_cluster
from railmap.pipeline.doubtful import doubtful_issues
from railmap.pipeline.kernels.compilation import compilation
from railmap.pipeline.lines import lines_from_probability
from railmap.pipeline.loose_ends import loose_end_issues
from railmap.pipeline.model import LoadedModel, load_once
from railmap.pipeline.new_heights import NewHeights
from railmap.pipeline.opening import as_list, found_images, open_images
from railmap.pipeline.options import ComputeOptions, LineOptions, RasterPath, ReadOptions
from railmap.pipeline.output import (
    NOTHING_SEEN,
    MapJob,
    check_map_output,
    check_probability_output,
    check_space,
)
from railmap.pipeline.prefetch import imported_meanwhile
from railmap.pipeline.provenance import hole_issues, run_record, source_images
from railmap.pipeline.segmentation import run_network
from railmap.pipeline.types import MapResult
from railmap.progress import NullReporter, Reporter

if TYPE_CHECKING:
    from railmap.geometry import TrackNetwork
    from railmap.geometry.vertical.options import HeightOptions
    from railmap.models.tracks import TrackModel
    from railmap.raster import RasterSource
    from railmap.raster.remote.image import FoundImage

__all__ = ["vectorize"]

# The image is not read finer than needed to show single rails.
_FINEST_RAIL_GSD = 0.02
# What the lines and the map import, in steps of less than half a second.
_LINES_AND_MAP = (
    "scipy.ndimage",
    "scipy.optimize",
    "scipy.spatial",
    "railmap.geometry",
    "railmap.tracing",
    "railmap.mapping.remap.writer",
)


def vectorize(
    rasters: RasterPath | Sequence[RasterPath],
    output: RasterPath,
    *,
    model: RasterPath | LoadedModel | None = None,
    read: ReadOptions | None = None,
    compute: ComputeOptions | None = None,
    lines: LineOptions | None = None,
    probability: RasterPath | None = None,
    dem: RasterPath | None = None,
    heights: HeightOptions | None = None,
    overwrite: bool = False,
    command: str | None = None,
    reporter: Reporter | None = None,
) -> MapResult:
    """Extract the centreline of every track from georeferenced images into a GeoPackage.

    Parameters
    ----------
    rasters
        One image or several that form one mosaic: files and URLs of any format of
        `raster_drivers`, the addresses of map services (XYZ, WMTS, WMS; see `parse_service`),
        ``stac+URL`` or ``stac+FILE`` of STAC items and searches.
    output
        GeoPackage to write, in the images' CRS if that is in metres, else in UTM.
    model
        ONNX model, or one that is loaded; None takes the one that comes with railmap.
    read
        How the images are read: bands, area of interest, GSD, CRS.
    compute
        Device, precision, threads and chunk size; a cluster that runs the network.
    lines
        How the lines are drawn.
    probability
        Keep the probability raster here (GeoTIFF).
    dem
        Elevation model: give the tracks heights, as `drape_map` does.
    heights
        How heights are taken from `dem`.
    overwrite
        Replace outputs that exist. A person's edits of a map are kept: edited links, reviewed
        nodes, lines, posts, events, attributes and accepted issues.
    command
        Command line for the run record.
    reporter
        Receives the progress; can cancel.

    Returns
    -------
    MapResult
        The map that was written.

    Raises
    ------
    RailmapError
        One of its subclasses: bad input, model, device or output, or `Cancelled`.
    """
    reporter = reporter or NullReporter()
    read, compute = read or ReadOptions(), compute or ComputeOptions()
    lines = lines or LineOptions()
    paths = as_list(rasters)
    lines.check()
    read.check()
    files = [path for path in (read.aoi, read.near, model, dem) if path is not None]
    inputs = [*paths, *(vector_file(path) for path in files if not isinstance(path, LoadedModel))]
    target = check_map_output(output, overwrite, inputs)
    kept = _check_kept_probability(probability, target, overwrite, inputs)
    job = MapJob.start(target, overwrite, command or "railmap.vectorize", reporter)
    new_heights = NewHeights.of(dem, heights)
    compute = replace(compute, cluster=check_cluster(compute.cluster, paths, target))
    loaded = load_once(model)
    package = loaded.package
    threshold = package.threshold if lines.threshold is None else lines.threshold
    with (
        compilation() as kernels,
        _work_folder(target) as folder,
        found_images(paths, read, package.gsd_m, reporter) as images,
        open_images(images, read, package.gsd_m) as source,
        _complete_until_the_end(kept or folder / "probability.tif") as found,
    ):
        check_space(target, source.grid)
        if new_heights is not None:
            new_heights.check(source.grid, reporter)
        for note in source.notes:
            reporter.warning(note)
        kernels.start_first()
        with imported_meanwhile(*_LINES_AND_MAP, then=kernels.start):
            if compute.cluster is None:
                loaded.backend(compute)  # a device that is not there stops the job here
            run_network(
                source, loaded, found, paths, compute, overwrite or kept is None,
                images=images, read=read, keep="record", reporter=reporter,
            )  # fmt: skip
        kernels.wait(reporter)
        with _rail_image(images, read, lines, source.source_gsd) as image:
            network, seen = _trace(found, threshold, lines, image, compute, reporter)
        for hole in source.damaged:
            reporter.warning(f"{hole.uri}: not readable: {hole.reason}; the map marks the hole")
        parameters = _parameters(paths, read, package, threshold, source)
        if dem is not None:
            parameters["dem"] = str(dem)
        return job.write(
            network,
            source.grid,
            run_record(job.command, parameters, lines, job.started_at, reporter, package),
            images=source_images(source),
            qa=[
                *hole_issues(source.damaged),
                *doubtful_issues(network),
                *loose_end_issues(network),
            ],
            probability=kept,
            looked_at=_looked_at(threshold, lines, source) if seen else NOTHING_SEEN,
            heights=new_heights,
            coverage=source.coverage,
        )


def _looked_at(threshold: float, lines: LineOptions, source: RasterSource) -> str:
    """Return what was assumed and not seen, for the message that no track was found."""
    parts = [f"track from a probability of {threshold:g}, pieces from {lines.min_length:g} m"]
    if lines.min_confidence:
        parts.append(f"confidence from {lines.min_confidence:g}")
    if (coverage := source.coverage) is not None:
        parts.append(coverage.summary())
    if source.damaged:
        parts.append("parts of the images were not readable")
    return ", ".join(parts)


def _check_kept_probability(
    probability: RasterPath | None, target: Path, overwrite: bool, inputs: Sequence[RasterPath]
) -> Path | None:
    if probability is None:
        return None
    if Path(probability).resolve() == target.resolve():
        raise OutputError(f"{target}: the map and the probability must be different files")
    return check_probability_output(probability, overwrite, [*inputs, target])


@contextmanager
def _work_folder(target: Path) -> Iterator[Path]:
    # A fixed name, so that the next run after a killed one finds its journal and resumes.
    folder = target.with_name(f".{target.name}.work")
    with locked(folder):
        folder.mkdir(exist_ok=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _complete_until_the_end(probability: Path) -> Iterator[Path]:
    """Yield a probability; a job killed in the block finds it complete when it runs again."""
    from railmap.inference.sliding.store import forget_run

    try:
        yield probability
    finally:
        forget_run(probability)


def _trace(
    probability: Path,
    threshold: float,
    lines: LineOptions,
    image: RasterSource | None,
    compute: ComputeOptions,
    reporter: Reporter,
) -> tuple[TrackNetwork, bool]:
    """Return the tracks, and whether any pixel was looked at."""
    from railmap.raster import open_probability

    with open_probability(probability) as source:
        network = lines_from_probability(
            source,
            threshold,
            lines,
            image=image,
            threads=compute.threads,
            chunk=compute.chunk,
            reporter=reporter,
        )
        return network, bool(network.links) or source.has_data()


def _rail_image(
    images: Sequence[FoundImage], read: ReadOptions, lines: LineOptions, source_gsd: float
) -> AbstractContextManager[RasterSource | None]:
    """Open the images at the GSD for finding rails; None where they are too coarse for that."""
    from railmap.geometry.turnouts.rail_strip import TURNOUT_GSD

    if lines.refine == "probability" or source_gsd > TURNOUT_GSD:
        return nullcontext()
    return open_images(
        images, replace(read, aoi=None, near=None), max(source_gsd, _FINEST_RAIL_GSD)
    )


def _parameters(
    paths: Sequence[RasterPath],
    read: ReadOptions,
    package: TrackModel,
    threshold: float,
    source: RasterSource,
) -> dict[str, Any]:
    """Return the parameters for the run record."""
    return {
        "inputs": [hide_secrets(str(path)) for path in paths],
        "gsd_m": package.gsd_m,
        "source_gsd_m": source.source_gsd,
        "threshold": threshold,
        "stretch": source.stretch,
        "bands": list(read.bands) if read.bands else None,
        "aoi": str(read.aoi) if read.aoi is not None else None,
        "near": str(read.near) if read.near is not None else None,
        "near_distance_m": read.near_distance if read.near is not None else None,
        "zoom": read.source.zoom,
        "asset": read.source.asset,
        "looked_at": coverage.share if (coverage := source.coverage) is not None else None,
    }
