"""Track probability to a network of centrelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from railmap.pipeline.options import CHUNK
from railmap.progress import NullReporter, Reporter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from railmap.geometry import TrackNetwork
    from railmap.geometry.evidence.strip import Image
    from railmap.pipeline.options import LineOptions
    from railmap.raster import Grid
    from railmap.tracing.ridges import ReadProbability
    from railmap.tracing.types import TraceParameters

__all__ = ["TrackProbability", "lines_from_probability"]

# Offsets from the threshold for networks with a tent-shaped probability. Faint ridges are traced,
# and kept if they are connected to clear ones. The band to which the centreline is fitted ends
# where the probability is clearly track.
_FAINT, _SURE, _EDGE = 0.10, 0.15, 0.10


class TrackProbability(Protocol):
    """Input of `lines_from_probability`, such as a `ProbabilitySource`."""

    profile: str
    """"tent" where the probability falls evenly from the centreline outwards, else "mask"."""

    @property
    def grid(self) -> Grid: ...  # noqa: D102

    def read(self, row: int, col: int, height: int, width: int) -> NDArray[np.uint8]: ...  # noqa: D102


def lines_from_probability(
    source: TrackProbability,
    threshold: float,
    lines: LineOptions,
    *,
    image: Image | None = None,
    threads: int | None = None,
    chunk: int = CHUNK,
    reporter: Reporter | None = None,
) -> TrackNetwork:
    """Trace track probability and draw the centrelines.

    Parameters
    ----------
    source
        uint8 probability, 0-254 = p * 254 and 255 = no data, on a grid in metres.
    threshold
        Probability from which a pixel is track, 0-1; `lines.threshold` is not used.
    lines
        How the lines are drawn.
    image
        The image from which the probability was computed, if its rails are to be fitted.
    threads
        CPU threads; None takes all.
    chunk
        Side of a tracing chunk in pixels; changes speed and memory, never the result.
    reporter
        Receives the progress; can cancel.

    Returns
    -------
    TrackNetwork
        Coordinates in the CRS of the grid, metres.

    Raises
    ------
    Cancelled
        If the reporter was cancelled.
    """
    from railmap.geometry import GeometryOptions, build_network
    from railmap.tracing import prune_spurs, trace
    from railmap.tracing.strength import keep_strong

    reporter = reporter or NullReporter()
    grid = source.grid
    read: ReadProbability = source.read
    cut, edge, clear = threshold, threshold, None
    if source.profile == "tent":
        read = _ridges(source, lines, threshold - _FAINT, lines.ridge_contrast)
        clear = _ridges(source, lines, threshold + _SURE, lines.sure_contrast)
        cut, edge = 0.5, threshold + _EDGE
    pixels = trace(
        read,
        grid.width,
        grid.height,
        _trace_parameters(lines, cut, grid.gsd),
        chunk=chunk,
        threads=threads,
        reporter=reporter,
    )
    pixels = prune_spurs(pixels, read=read)
    if clear is not None:
        pixels = keep_strong(pixels, clear, lines.sure_length / grid.gsd)
    geometry = GeometryOptions(
        tolerance=lines.tolerance,
        min_length=lines.min_length,
        max_gap=lines.max_gap,
        refine=lines.refine,
        threshold=_within_limits(edge),
    )
    return build_network(
        pixels, grid.transform, source.read, options=geometry, image=image, reporter=reporter
    )


def _ridges(
    source: TrackProbability, lines: LineOptions, threshold: float, contrast: float
) -> ReadProbability:
    from railmap.tracing.ridges import ridge_reader

    grid = source.grid
    return ridge_reader(
        source.read,
        grid.width,
        grid.height,
        length=lines.ridge_length / grid.gsd,
        aside=lines.ridge_aside / grid.gsd,
        threshold=_within_limits(threshold),
        contrast=contrast,
    )


def _within_limits(threshold: float) -> float:
    return min(max(threshold, 0.02), 0.98)


def _trace_parameters(lines: LineOptions, cut: float, gsd: float) -> TraceParameters:
    from railmap.tracing.types import TraceParameters

    def pixels(metres: float) -> int:
        return round(metres / gsd)

    return TraceParameters(
        threshold=cut,
        open_radius=pixels(lines.open_radius),
        close_radius=pixels(lines.close_radius),
        min_area=round(lines.min_area / gsd**2),
        max_hole=round(lines.max_hole / gsd**2),
        max_width=max(8, pixels(lines.max_width)),
    )
