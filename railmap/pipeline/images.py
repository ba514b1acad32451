"""The main job: georeferenced images to a map."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

from railmap.errors import OutputError, UsageError
from railmap.files.vector import vector_file
from railmap.pipeline.lines import lines_from_probability
from railmap.pipeline.output import (
    check_map_output,
    check_probability_output,
    write_result,
)
from railmap.pipeline.provenance import hole_issues, run_record, source_images
from railmap.pipeline.types import LineOptions, MapResult, RasterPath
from railmap.progress import NullReporter, Reporter

__all__ = ["vectorize"]

# The rails can be told apart up to this GSD; they are not sought in anything finer than needed.
_RAIL_GSD = 0.12
_FINEST_RAIL_GSD = 0.02


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
    read = [*paths, *(vector_file(path) for path in (aoi, model) if path is not None)]
    target = check_map_output(output, overwrite, read)
    if probability is not None and Path(probability).resolve() == target.resolve():
        raise OutputError(f"{target}: is the map and the probability; name two files")
    kept = (
        check_probability_output(probability, overwrite, [*read, target])
        if probability is not None
        else None
    )
    from railmap.inference import segment
    from railmap.mapping.remap.edits import read_edits
    from railmap.models.package import load_model
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
                else nullcontext()
            )
            with fine as image, open_probability(found) as traced:
                network = lines_from_probability(
                    traced,
                    threshold,
                    options,
                    image=image,
                    threads=threads,
                    chunk=chunk,
                    reporter=reporter,
                )
            for hole in source.damaged:
                reporter.warning(f"{hole.uri}: not readable: {hole.reason}; the map marks the hole")
            parameters = {
                "inputs": [str(p) for p in paths],
                "gsd_m": package.gsd_m,
                "source_gsd_m": source.source_gsd,
                "threshold": threshold,
                "stretch": source.stretch,
                "bands": list(bands) if bands else None,
                "aoi": str(aoi) if aoi is not None else None,
            }
            command = command or "railmap.vectorize"
            return write_result(
                target,
                network,
                source.grid,
                run_record(command, parameters, options, moment, reporter, package),
                images=source_images(source.images),
                qa=hole_issues(source.damaged),
                overwrite=overwrite,
                probability=kept,
                started=started,
                reporter=reporter,
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_list(rasters: RasterPath | Sequence[RasterPath]) -> list[RasterPath]:
    paths = [rasters] if isinstance(rasters, (str, os.PathLike)) else list(rasters)
    if not paths:
        raise UsageError("no raster given")
    return paths


def _check_options(options: LineOptions, gsd: float | None) -> None:
    """Refuse, before hours of work, what would be refused after them."""
    if options.refine not in ("auto", "probability", "rails"):
        raise UsageError(f"--refine is auto, probability or rails, not {options.refine!r}")
    if gsd is not None and not gsd > 0:
        raise UsageError(f"--gsd is metres per pixel and above 0, not {gsd:g}")
