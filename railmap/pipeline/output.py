"""The end of the main job: the map is written, and told what it holds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from railmap.errors import OutputError, UsageError
from railmap.files.output import check_output
from railmap.pipeline.provenance import crs_name
from railmap.pipeline.types import MapResult, RasterPath
from railmap.progress import Reporter

if TYPE_CHECKING:
    from railmap.geometry import TrackNetwork
    from railmap.mapping import QaIssue, RunRecord, SourceImage
    from railmap.raster import Grid

__all__ = ["check_map_output", "check_probability_output", "write_result"]


def check_map_output(output: RasterPath, overwrite: bool, inputs: Sequence[RasterPath]) -> Path:
    """Refuse, before the work, what a map can't be written to."""
    target = check_output(output, overwrite=overwrite, inputs=inputs)
    if target.suffix.lower() != ".gpkg":
        raise OutputError(f"{target}: a map is a GeoPackage; name it with .gpkg")
    return target


def check_probability_output(
    output: RasterPath, overwrite: bool, inputs: Sequence[RasterPath]
) -> Path:
    """Refuse, before the work, what the probability can't be written to."""
    if Path(output).suffix.lower() not in (".tif", ".tiff"):
        raise UsageError(f"{output}: the probability is a GeoTIFF; name it *.tif")
    return check_output(output, overwrite=overwrite, inputs=inputs)


def write_result(
    target: Path,
    network: TrackNetwork,
    grid: Grid,
    run: RunRecord,
    *,
    images: Sequence[SourceImage],
    qa: Sequence[QaIssue] = (),
    overwrite: bool,
    probability: Path | None = None,
    started: float,
    reporter: Reporter,
) -> MapResult:
    """Write the map, with what a person edited in the one that it replaces.

    Parameters
    ----------
    grid
        The working grid that the tracks were found on; its CRS is the map's.
    probability
        The probability raster, if it was kept.
    started
        `time.monotonic` at the start of the job.
    """
    import numpy as np

    from railmap.mapping import write_map
    from railmap.mapping.remap.edits import read_edits

    reporter.stage("write map", 1)
    reporter.check()  # the last chance: from here on the map appears whole
    seconds = time.monotonic() - started
    network = write_map(
        target,
        network,
        grid.crs,
        images=images,
        run=replace(run, seconds=round(seconds, 3)),
        qa=qa,
        overwrite=overwrite,
        edits=read_edits(target, grid.crs),
        reporter=reporter,
    )
    length = sum(float(np.hypot(*np.diff(link.xy, axis=0).T).sum()) for link in network.links)
    if not network.links:
        reporter.warning("no track was found; the map is empty")
    return MapResult(
        path=target,
        links=len(network.links),
        nodes=len(network.nodes),
        length_m=length,
        crs=crs_name(grid.crs),
        gsd=grid.gsd,
        seconds=time.monotonic() - started,
        probability=probability,
        warnings=tuple(getattr(reporter, "warnings", ())),
    )
