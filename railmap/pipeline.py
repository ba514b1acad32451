"""The whole main job: rasters to a map, and a probability raster to a map."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from railmap import __version__
from railmap.errors import OutputError, UsageError
from railmap.output import check_output
from railmap.progress import NullReporter, Reporter

if TYPE_CHECKING:
    from railmap.geometry import TrackNetwork
    from railmap.mapping import QaIssue, SourceImage
    from railmap.raster import DamagedWindow, Grid, ImageInfo
    from railmap.tracing.types import TraceParameters

__all__ = ["LineOptions", "MapResult", "trace_probability", "vectorize"]

RasterPath = str | os.PathLike[str]

# The rails can be told apart up to this GSD; they are not sought in anything finer than needed.
_RAIL_GSD = 0.12
_FINEST_RAIL_GSD = 0.02

# Of a tent's ridges, against the threshold: faint ones are traced, and kept where they hang
# together with sure ones; the band that the centreline is fitted in ends where it is clear.
_FAINT, _SURE, _EDGE = 0.10, 0.15, 0.10


@dataclass(frozen=True, slots=True)
class LineOptions:
    """How probability becomes lines; lengths in metres, areas in square metres.

    Parameters
    ----------
    threshold
        Probability from which a pixel is track; None takes the model's own (0.5 for a mask).
    ridge_length, ridge_aside, ridge_contrast
        For networks whose probability has its ridge on the centreline: length of the straight
        piece that must be surer than its neighbours, how far aside these lie, and by how much.
    sure_contrast, sure_length
        Connected tracks are kept if over this length they exceed their neighbours by this much.
    open_radius, close_radius
        Half side of the square of the opening and the closing.
    min_area, max_hole
        Smallest blob kept, largest hole filled.
    max_width
        Wider blobs become `track_area`.
    min_length
        Shortest link that hangs on nothing.
    tolerance
        Largest distance of the drawn line from the fitted curve.
    max_gap
        Widest gap that is bridged.
    refine
        ``auto``, ``probability`` or ``rails``: what the centreline is fitted to.
    """

    threshold: float | None = None
    ridge_length: float = 6.0
    ridge_aside: float = 1.9
    ridge_contrast: float = 0.2
    sure_contrast: float = 0.35
    sure_length: float = 4.0
    open_radius: float = 0.3
    close_radius: float = 0.4
    min_area: float = 6.0
    max_hole: float = 2.0
    max_width: float = 12.0
    min_length: float = 5.0
    tolerance: float = 0.02
    max_gap: float = 30.0
    refine: str = "auto"


@dataclass(frozen=True, slots=True)
class MapResult:
    """What was made.

    Parameters
    ----------
    path
        The GeoPackage.
    links, nodes
        Their numbers.
    length_m
        Total length of the links.
    crs
        CRS of the map.
    gsd
        GSD that the tracks were found at, metres.
    seconds
        Wall time of the whole job.
    probability
        The probability raster, if it was kept.
    warnings
        What the user should know.
    """

    path: Path
    links: int
    nodes: int
    length_m: float
    crs: str
    gsd: float
    seconds: float
    probability: Path | None
    warnings: tuple[str, ...]

    def summary(self) -> str:
        """One line for a person."""
        return (
            f"{self.path}: {self.links} links, {self.length_m / 1000:.3f} km of track, "
            f"{self.nodes} nodes, {self.crs}, {self.seconds:.1f} s"
        )


def _as_list(rasters: RasterPath | Sequence[RasterPath]) -> list[RasterPath]:
    paths = [rasters] if isinstance(rasters, (str, os.PathLike)) else list(rasters)
    if not paths:
        raise UsageError("no raster given")
    return paths


def _trace_parameters(options: LineOptions, threshold: float, gsd: float) -> TraceParameters:
    from railmap.tracing.types import TraceParameters

    def pixels(metres: float) -> int:
        return round(metres / gsd)

    return TraceParameters(
        threshold=threshold,
        open_radius=pixels(options.open_radius),
        close_radius=pixels(options.close_radius),
        min_area=round(options.min_area / gsd**2),
        max_hole=round(options.max_hole / gsd**2),
        max_width=max(8, pixels(options.max_width)),
    )


def _ridges(source: Any, options: LineOptions, threshold: float, contrast: float) -> Any:
    from railmap.tracing.ridges import ridge_reader

    grid: Grid = source.grid
    return ridge_reader(
        source.read,
        grid.width,
        grid.height,
        length=options.ridge_length / grid.gsd,
        aside=options.ridge_aside / grid.gsd,
        threshold=min(max(threshold, 0.02), 0.98),
        contrast=contrast,
    )


def _network(
    source: Any,
    options: LineOptions,
    threshold: float,
    image: Any,
    reporter: Reporter,
    threads: int | None,
    chunk: int,
) -> TrackNetwork:
    """Probability to a network in metres."""
    from railmap.geometry import GeometryOptions, build_network
    from railmap.tracing import prune_spurs, trace
    from railmap.tracing.strength import keep_strong

    grid: Grid = source.grid
    read, level, sure = source.read, threshold, None
    if source.profile == "tent":
        read = _ridges(source, options, threshold - _FAINT, options.ridge_contrast)
        sure = _ridges(source, options, threshold + _SURE, options.sure_contrast)
        level = 0.5
        threshold += _EDGE
    pixels = trace(
        read,
        grid.width,
        grid.height,
        _trace_parameters(options, level, grid.gsd),
        chunk=chunk,
        threads=threads,
        reporter=reporter,
    )
    pixels = prune_spurs(pixels, read=read)
    if sure is not None:
        pixels = keep_strong(pixels, sure, options.sure_length / grid.gsd)
    geometry = GeometryOptions(
        tolerance=options.tolerance,
        min_length=options.min_length,
        max_gap=options.max_gap,
        refine=options.refine,
        threshold=min(max(threshold, 0.02), 0.98),
    )
    return build_network(
        pixels, grid.transform, source.read, options=geometry, image=image, reporter=reporter
    )


def _source_images(images: Sequence[ImageInfo]) -> list[SourceImage]:
    from railmap.mapping import SourceImage

    return [
        SourceImage(
            uri=str(image.uri),
            footprint=image.footprint,
            gsd_m=image.gsd_m,
            crs=_crs_name(image.crs),
            acquired_at=image.acquired_at,
        )
        for image in images
    ]


def _crs_name(crs: Any) -> str:
    code = crs.to_epsg() if crs is not None else None
    return f"EPSG:{code}" if code else str(crs.to_wkt() if crs is not None else "")


def _issues(damaged: Sequence[DamagedWindow]) -> list[QaIssue]:
    import shapely

    from railmap.mapping import QaIssue

    return [
        QaIssue(
            rule="damaged_raster",
            severity="error",
            message=f"{hole.uri}: not readable here: {hole.reason}",
            geometry=shapely.box(*hole.bounds),
        )
        for hole in damaged
    ]


def _finish(
    network: TrackNetwork,
    output: Path,
    grid: Grid,
    started: float,
    reporter: Reporter,
    write: Callable[[float], TrackNetwork],
    probability: Path | None,
) -> MapResult:
    import numpy as np

    reporter.stage("write map", 1)
    reporter.check()  # the last chance: from here on the map appears whole
    network = write(time.monotonic() - started)  # with what a person edited
    length = sum(float(np.hypot(*np.diff(link.xy, axis=0).T).sum()) for link in network.links)
    if not network.links:
        reporter.warning("no track was found; the map is empty")
    return MapResult(
        path=output,
        links=len(network.links),
        nodes=len(network.nodes),
        length_m=length,
        crs=_crs_name(grid.crs),
        gsd=grid.gsd,
        seconds=time.monotonic() - started,
        probability=probability,
        warnings=tuple(getattr(reporter, "warnings", ())),
    )


def _check_options(options: LineOptions, gsd: float | None) -> None:
    """Refuse, before hours of work, what would be refused after them."""
    if options.refine not in ("auto", "probability", "rails"):
        raise UsageError(f"--refine is auto, probability or rails, not {options.refine!r}")
    if gsd is not None and not gsd > 0:
        raise UsageError(f"--gsd is metres per pixel and above 0, not {gsd:g}")


def _check_map_output(output: RasterPath, overwrite: bool, inputs: Sequence[RasterPath]) -> Path:
    target = check_output(output, overwrite=overwrite, inputs=inputs)
    if target.suffix.lower() != ".gpkg":
        raise OutputError(f"{target}: a map is a GeoPackage; name it with .gpkg")
    return target


def vectorize(
    rasters: RasterPath | Sequence[RasterPath],
    output: RasterPath,
    *,
    model: RasterPath | None = None,
    device: str = "auto",
    precision: str = "auto",
    threads: int | None = None,
    bands: Sequence[int] | None = None,
    aoi: RasterPath | None = None,
    gsd: float | None = None,
    crs: str | None = None,
    options: LineOptions | None = None,
    probability: RasterPath | None = None,
    overwrite: bool = False,
    chunk: int = 2048,
    command: str | None = None,
    reporter: Reporter | None = None,
) -> MapResult:
    """Extract every track's centreline from georeferenced images into a GeoPackage.

    Parameters
    ----------
    rasters
        One image or several that make one mosaic; whatever GDAL opens.
    output
        GeoPackage to write, in the image's CRS if that is in metres, else in UTM.
    model
        ONNX model; None takes the one that comes with railmap.
    device
        ``auto``, ``cpu``, ``cuda`` or ``mps``.
    precision
        ``auto``, ``fp32`` or ``bf16``.
    threads
        CPU threads; None takes all.
    bands
        1-based bands to use as red, green, blue.
    aoi
        Polygons outside which nothing is looked at.
    gsd, crs
        What to assume where the raster doesn't say.
    options
        Rules of the lines.
    probability
        Keep the probability raster here.
    overwrite
        Replace outputs that exist. Of a map, what a person did stays: edited links, reviewed
        nodes, lines, posts, events, attributes and accepted issues.
    chunk
        Side of a tracing chunk in pixels; changes speed and memory, never the result.
    command
        The command line for the run record.
    reporter
        Told the progress; can cancel.

    Raises
    ------
    RailmapError
        One of its subclasses: bad input, model, device or output, or `Cancelled`.
    """
    started, moment = time.monotonic(), datetime.now(UTC)
    reporter = reporter or NullReporter()
    options = options or LineOptions()
    paths = _as_list(rasters)
    _check_options(options, gsd)
    target = _check_map_output(output, overwrite, paths)
    if probability is not None and Path(probability).resolve() == target.resolve():
        raise OutputError(f"{target}: is the map and the probability; name two files")
    kept = (
        check_output(probability, overwrite=overwrite, inputs=[*paths, target])
        if probability is not None
        else None
    )
    from railmap.inference import load_model, segment
    from railmap.mapping import RunRecord, write_map
    from railmap.mapping.edits import read_edits
    from railmap.raster import open_probability, open_raster

    read_edits(target)  # what can't be kept is told before the work
    package = load_model(model)
    threshold = package.threshold if options.threshold is None else options.threshold
    # A name that a killed run's successor finds again: it goes on where that one was.
    folder = target.with_name(f".{target.name}.work")
    folder.mkdir(exist_ok=True)
    try:
        with open_raster(
            paths,
            gsd=package.gsd_m,
            bands=bands,
            aoi=Path(aoi) if aoi is not None else None,
            assume_gsd=gsd,
            assume_crs=crs,
        ) as source:
            found = kept if kept is not None else folder / "probability.tif"
            segment(
                source,
                package,
                found,
                device=device,
                threads=threads,
                precision=precision,  # type: ignore[arg-type]
                overwrite=overwrite or kept is None,
                reporter=reporter,
                inputs=[os.fspath(path) for path in paths],
            )
            rails = options.refine != "probability" and source.source_gsd <= _RAIL_GSD
            fine = (
                open_raster(
                    paths,
                    gsd=max(source.source_gsd, _FINEST_RAIL_GSD),
                    bands=bands,
                    assume_gsd=gsd,
                    assume_crs=crs,
                )
                if rails
                else None
            )
            try:
                with open_probability(found) as traced:
                    network = _network(traced, options, threshold, fine, reporter, threads, chunk)
            finally:
                if fine is not None:
                    fine.close()
            for hole in source.damaged:
                reporter.warning(f"{hole.uri}: not readable: {hole.reason}; the map marks the hole")
            run = RunRecord(
                version=__version__,
                command=command or "railmap.vectorize",
                parameters={
                    "inputs": [str(p) for p in paths],
                    "gsd_m": package.gsd_m,
                    "source_gsd_m": source.source_gsd,
                    "threshold": threshold,
                    "stretch": source.stretch,
                    "lines": {name: getattr(options, name) for name in LineOptions.__slots__},
                    "bands": list(bands) if bands else None,
                    "aoi": str(aoi) if aoi is not None else None,
                },
                started_at=moment,
                model=package.name,
                model_sha256=package.sha256,
                warnings=tuple(getattr(reporter, "warnings", ())),
            )

            def write(seconds: float) -> TrackNetwork:
                from dataclasses import replace

                return write_map(
                    target,
                    network,
                    source.grid.crs,
                    images=_source_images(source.images),
                    run=replace(run, seconds=round(seconds, 3)),
                    qa=_issues(source.damaged),
                    overwrite=overwrite,
                    edits=read_edits(target, source.grid.crs),
                    reporter=reporter,
                )

            return _finish(network, target, source.grid, started, reporter, write, kept)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def trace_probability(
    raster: RasterPath,
    output: RasterPath,
    *,
    gsd: float | None = None,
    crs: str | None = None,
    options: LineOptions | None = None,
    overwrite: bool = False,
    threads: int | None = None,
    chunk: int = 2048,
    command: str | None = None,
    reporter: Reporter | None = None,
) -> MapResult:
    """Trace a probability or mask raster by whoever made it into a GeoPackage of centrelines.

    Parameters are those of `vectorize`.

    Raises
    ------
    RailmapError
        One of its subclasses: bad input or output, or `Cancelled`.
    """
    started, moment = time.monotonic(), datetime.now(UTC)
    reporter = reporter or NullReporter()
    options = options or LineOptions()
    target = _check_map_output(output, overwrite, [raster])
    import shapely

    from railmap.mapping import RunRecord, SourceImage, write_map
    from railmap.mapping.edits import read_edits
    from railmap.raster import open_probability

    read_edits(target)  # what can't be kept is told before the work
    with open_probability(raster, assume_gsd=gsd, assume_crs=crs) as source:
        threshold = source.threshold if options.threshold is None else options.threshold
        network = _network(source, options, threshold, None, reporter, threads, chunk)
        grid: Grid = source.grid
        west, north = grid.transform.c, grid.transform.f
        footprint = shapely.box(
            west, north - grid.height * grid.gsd, west + grid.width * grid.gsd, north
        )
        image = SourceImage(str(raster), footprint, grid.gsd, _crs_name(grid.crs))
        run = RunRecord(
            version=__version__,
            command=command or "railmap.trace_probability",
            parameters={
                "inputs": [str(raster)],
                "gsd_m": grid.gsd,
                "scale": source.scale,
                "threshold": threshold,
                "lines": {name: getattr(options, name) for name in LineOptions.__slots__},
            },
            started_at=moment,
            warnings=tuple(getattr(reporter, "warnings", ())),
        )

        def write(seconds: float) -> TrackNetwork:
            from dataclasses import replace

            return write_map(
                target,
                network,
                grid.crs,
                images=[image],
                run=replace(run, seconds=round(seconds, 3)),
                overwrite=overwrite,
                edits=read_edits(target, grid.crs),
                reporter=reporter,
            )

        return _finish(network, target, grid, started, reporter, write, None)
