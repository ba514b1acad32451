"""Track probability to a network of centrelines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from railmap.pipeline.options import CHUNK
from railmap.progress import NullReporter, Reporter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from railmap.geometry import TrackNetwork
    from railmap.geometry.evidence.strip import Image
    from railmap.geometry.judge.model import PieceModel
    from railmap.geometry.junctions.standard_turnouts import TurnoutTable
    from railmap.geometry.options import Profile
    from railmap.pipeline.options import LineOptions
    from railmap.raster import Grid
    from railmap.tracing.types import ReadProbability, TraceParameters

__all__ = ["TrackLevels", "TrackProbability", "lines_from_probability"]

# offsets of the levels of a tent from its threshold
_FAINT, _SURE, _BAND_EDGE = -0.10, 0.15, 0.10
_RIDGE = 0.5  # `ridge_reader` marks ridges with this value and more


@dataclass(frozen=True, slots=True)
class TrackLevels:
    """Probability levels (0-1) of all steps from the raster to the lines.

    They are decided here once, from the profile and the threshold; the steps only use them.

    Parameters
    ----------
    profile
        ``mask`` or ``tent``.
    trace
        Level at which the raster (mask) or its ridges (tent) are traced.
    band_edge
        Level at the edge of the band in which the geometry fits the centreline.
    faint_ridge, sure_ridge
        Tent only: ridges are traced from the lower level, and kept where they are connected to
        ridges of the higher level.
    """

    profile: Profile
    trace: float
    band_edge: float
    faint_ridge: float | None = None
    sure_ridge: float | None = None

    @classmethod
    def of(cls, profile: str, threshold: float) -> TrackLevels:
        """Derive the levels from a threshold.

        Parameters
        ----------
        profile
            ``mask`` or ``tent``.
        threshold
            Probability from which a pixel is track, 0-1.

        Returns
        -------
        TrackLevels
            Levels between 0.02 and 0.98, except `trace` of a mask.

        Examples
        --------
        >>> TrackLevels.of("mask", 0.5)
        TrackLevels(profile='mask', trace=0.5, band_edge=0.5, faint_ridge=None, sure_ridge=None)
        >>> TrackLevels.of("tent", 0.5).band_edge
        0.6
        """
        if profile != "tent":
            return cls("mask", threshold, _clip(threshold))
        return cls(
            "tent",
            _RIDGE,
            _clip(threshold + _BAND_EDGE),
            _clip(threshold + _FAINT),
            _clip(threshold + _SURE),
        )


class TrackProbability(Protocol):
    """Input of `lines_from_probability`, such as a `ProbabilitySource`."""

    profile: str
    """"tent" where the probability falls evenly from the centreline outwards, else "mask"."""
    piece_model: str | None
    """JSON of the model's `PieceModel`, if it has one."""
    source_gsd: float | None
    """GSD of the image that the probability was computed from, metres, if it is known."""

    @property
    def grid(self) -> Grid: ...  # noqa: D102

    def read(self, row: int, col: int, height: int, width: int) -> NDArray[np.uint8]: ...  # noqa: D102


def lines_from_probability(
    source: TrackProbability,
    threshold: float,
    lines: LineOptions,
    *,
    image: Image | None = None,
    piece_model: PieceModel | None = None,
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
    piece_model
        Gives every piece of track its confidence; None takes that of `source`, if it has one.
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
    from railmap.geometry.judge.model import PieceModel
    from railmap.tracing import prune_spurs, trace
    from railmap.tracing.hysteresis import keep_connected_to_sure

    reporter = reporter or NullReporter()
    if piece_model is None and source.piece_model is not None:
        piece_model = PieceModel.from_json(source.piece_model)
    grid = source.grid
    lines = lines.within(min(grid.width, grid.height) * grid.gsd)
    read: ReadProbability = source.read
    levels = TrackLevels.of(source.profile, threshold)
    if levels.faint_ridge is not None:
        read = _ridges(source, lines, levels.faint_ridge, lines.ridge_contrast)
    pixels = trace(
        read,
        grid.width,
        grid.height,
        _trace_parameters(lines, levels.trace, grid.gsd),
        chunk=chunk,
        threads=threads,
        reporter=reporter,
    )
    pixels = prune_spurs(pixels, read=read)
    if levels.sure_ridge is not None:
        clear = _ridges(source, lines, levels.sure_ridge, lines.sure_contrast)
        pixels = keep_connected_to_sure(pixels, clear, lines.sure_length / grid.gsd)
    geometry = GeometryOptions(
        tolerance=lines.tolerance,
        min_length=lines.min_length,
        max_gap=lines.max_gap,
        refine=lines.refine,
        threshold=levels.band_edge,
        profile=levels.profile,
        piece_model=piece_model,
        min_confidence=lines.min_confidence,
        source_gsd=source.source_gsd,
        turnouts=_turnouts(grid),
    )
    return build_network(
        pixels, grid.transform, source.read, options=geometry, image=image, reporter=reporter
    )


def _turnouts(grid: Grid) -> TurnoutTable:
    """Catalogue of turnouts in use where the raster lies."""
    from pyproj import CRS, Transformer
    from pyproj.exceptions import ProjError

    from railmap.geometry.junctions.standard_turnouts import turnout_table

    to_crs = grid.transform
    x, y = to_crs.c + 0.5 * grid.width * to_crs.a, to_crs.f + 0.5 * grid.height * to_crs.e
    try:
        crs = CRS.from_user_input(grid.crs)
        lon, lat = Transformer.from_crs(crs, "OGC:CRS84", always_xy=True).transform(x, y)
    except ProjError:  # a local CRS has no place on the Earth
        return "uic"
    return turnout_table(lon, lat)


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
        threshold=threshold,
        contrast=contrast,
    )


def _clip(level: float) -> float:
    return min(max(level, 0.02), 0.98)


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
        kernel=lines.kernel,
    )
