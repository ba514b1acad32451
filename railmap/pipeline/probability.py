"""Probability or mask raster to map."""

from __future__ import annotations

from railmap.pipeline.doubtful import doubtful_issues
from railmap.pipeline.kernels.compilation import compilation
from railmap.pipeline.lines import lines_from_probability
from railmap.pipeline.loose_ends import loose_end_issues
from railmap.pipeline.options import CHUNK, LineOptions, RasterPath
from railmap.pipeline.output import NOTHING_SEEN, MapJob, check_map_output
from railmap.pipeline.provenance import image_of_grid, run_record
from railmap.pipeline.types import MapResult
from railmap.progress import NullReporter, Reporter

__all__ = ["trace_probability"]


def trace_probability(
    raster: RasterPath,
    output: RasterPath,
    *,
    gsd: float | None = None,
    crs: str | None = None,
    levels: float | tuple[float, float] | None = None,
    lines: LineOptions | None = None,
    overwrite: bool = False,
    threads: int | None = None,
    chunk: int = CHUNK,
    command: str | None = None,
    reporter: Reporter | None = None,
) -> MapResult:
    """Trace a probability or mask raster from any source into a GeoPackage of centrelines.

    Parameters
    ----------
    raster
        Probability (0-1 or 0-255) or mask; any format of `raster_drivers`.
    output
        GeoPackage to write, in the raster's CRS if that is in metres, else in UTM.
    gsd, crs
        See `ReadOptions`.
    levels
        The value of certain track (1, 100, 255, ...), or the values of no track and of certain
        track, if the raster's metadata and values do not tell them.
    lines
        How the lines are drawn.
    overwrite
        Replace a map that exists; edits in it are kept, see `vectorize`.
    threads, chunk
        See `ComputeOptions`.
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
        One of its subclasses: bad input or output, or `Cancelled`.
    """
    reporter = reporter or NullReporter()
    lines = lines or LineOptions()
    lines.check()
    target = check_map_output(output, overwrite, [raster])
    job = MapJob.start(target, overwrite, command or "railmap.trace_probability", reporter)
    from railmap.raster import open_probability

    with (
        compilation() as kernels,
        open_probability(raster, assume_gsd=gsd, assume_crs=crs, levels=levels) as source,
    ):
        for note in source.notes:
            reporter.warning(note)
        kernels.start()
        kernels.wait(reporter)
        threshold = source.threshold if lines.threshold is None else lines.threshold
        network = lines_from_probability(
            source, threshold, lines, threads=threads, chunk=chunk, reporter=reporter
        )
        parameters = {
            "inputs": [str(raster)],
            "gsd_m": source.grid.gsd,
            "scale": source.scale,
            "threshold": threshold,
        }
        return job.write(
            network,
            source.grid,
            run_record(job.command, parameters, lines, job.started_at, reporter),
            images=[image_of_grid(str(raster), source.grid)],
            qa=[*doubtful_issues(network), *loose_end_issues(network)],
            looked_at=f"values read as {source.scale}, track from {threshold:g} of that"
            if network.links or source.has_data()
            else NOTHING_SEEN,
        )
