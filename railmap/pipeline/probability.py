"""The second half of the main job: a probability or mask raster to a map."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from railmap.pipeline.lines import lines_from_probability
from railmap.pipeline.output import check_map_output, write_result
from railmap.pipeline.provenance import image_of_grid, run_record
from railmap.pipeline.types import LineOptions, MapResult, RasterPath
from railmap.progress import NullReporter, Reporter

__all__ = ["trace_probability"]


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
    target = check_map_output(output, overwrite, [raster])
    from railmap.mapping.remap.edits import read_edits
    from railmap.raster import open_probability

    read_edits(target)  # what can't be kept is told before the work
    with open_probability(raster, assume_gsd=gsd, assume_crs=crs) as source:
        threshold = source.threshold if options.threshold is None else options.threshold
        network = lines_from_probability(
            source, threshold, options, threads=threads, chunk=chunk, reporter=reporter
        )
        parameters = {
            "inputs": [str(raster)],
            "gsd_m": source.grid.gsd,
            "scale": source.scale,
            "threshold": threshold,
        }
        command = command or "railmap.trace_probability"
        return write_result(
            target,
            network,
            source.grid,
            run_record(command, parameters, options, moment, reporter),
            images=[image_of_grid(str(raster), source.grid)],
            overwrite=overwrite,
            started=started,
            reporter=reporter,
        )
