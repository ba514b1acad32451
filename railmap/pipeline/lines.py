"""Track probability to a network of centrelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from railmap.progress import NullReporter, Reporter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from railmap.geometry import TrackNetwork
    from railmap.geometry.evidence.strip import Image
    from railmap.pipeline.types import LineOptions
    from railmap.raster import Grid
    from railmap.tracing.ridges import ReadProbability
    from railmap.tracing.types import TraceParameters

__all__ = ["TrackProbability", "lines_from_probability"]

# Of a tent's ridges, against the threshold: faint ones are traced, and kept where they hang
# together with sure ones; the band that the centreline is fitted in ends where it is clear.
_FAINT, _SURE, _EDGE = 0.10, 0.15, 0.10


class TrackProbability(Protocol):
    """What lines are made from; a `ProbabilitySource` is one."""

    profile: str
    """"tent" where the probability falls evenly from the centreline outwards, else "mask"."""

    @property
    def grid(self) -> Grid: ...  # noqa: D102

    def read(self, row: int, col: int, height: int, width: int) -> NDArray[np.uint8]: ...  # noqa: D102


def lines_from_probability(
    source: TrackProbability,
    threshold: float,
    options: LineOptions,
    *,
    image: Image | None = None,
    threads: int | None = None,
    chunk: int = 2048,
    reporter: Reporter | None = None,
) -> TrackNetwork:
    """Trace track probability and draw its centrelines.

    Parameters
    ----------
    source
        uint8 probability, 0-254 = p * 254 and 255 = no data, on a grid in metres.
    threshold
        Probability from which a pixel is track, 0-1; that of `options` is not looked at.
    options
        Rules of the lines.
    image
        The picture that the probability was made from, if its rails are to be fitted.
    threads
        CPU threads; None takes all.
    chunk
        Side of a tracing chunk in pixels; changes speed and memory, never the result.
    reporter
        Told the progress; can cancel.

    Returns
    -------
    TrackNetwork
        Coordinates in the CRS of the grid, metres.

    Raises
    ------
    Cancelled
        If the reporter was told to stop.
    """
    from railmap.geometry import GeometryOptions, build_network
    from railmap.tracing import prune_spurs, trace
    from railmap.tracing.strength import keep_strong

    reporter = reporter or NullReporter()
    grid = source.grid
    read: ReadProbability = source.read
    level, sure = threshold, None
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
        threshold=_possible(threshold),
    )
    return build_network(
        pixels, grid.transform, source.read, options=geometry, image=image, reporter=reporter
    )


def _ridges(
    source: TrackProbability, options: LineOptions, threshold: float, contrast: float
) -> ReadProbability:
    from railmap.tracing.ridges import ridge_reader

    grid = source.grid
    return ridge_reader(
        source.read,
        grid.width,
        grid.height,
        length=options.ridge_length / grid.gsd,
        aside=options.ridge_aside / grid.gsd,
        threshold=_possible(threshold),
        contrast=contrast,
    )


def _possible(threshold: float) -> float:
    return min(max(threshold, 0.02), 0.98)


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
