"""Cross-sections of the track band: width, centre and accuracy of the centreline (both solvers)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from railmap.geometry.constants import FIXED_WEIGHT, SECTION_REACH
from railmap.geometry.curves import Array, left_normals, resample, robust_smooth, smooth
from railmap.geometry.evidence.field import FOUND, NO_DATA_SIDE, OFF_TRACK, ProbabilityField

__all__ = [
    "CrossSections",
    "Scale",
    "accuracy",
    "cross_sections",
    "gap_sigma",
    "is_single",
    "recentre",
    "single_band",
    "typical_width",
]

Mask = NDArray[np.bool_]

# factors of the parts of a centreline's sigma, see `accuracy`
_MEASURED, _UNSURE = 1.4, 1.4
_PIXEL_LOSS = 0.1  # loss of a ridge's height per metre of GSD
_GAP_SIGMA, _GAP_SIGMA_PER_METRE = 0.1, 0.012  # of a bridged gap, metres


@dataclass(frozen=True, slots=True)
class Scale:
    """Lengths of one probability raster, in metres, and its profile.

    Parameters
    ----------
    gsd
        Ground sampling distance.
    width
        Width of the band of a single track.
    step
        Spacing of the points of curves while they are processed.
    wavelength
        Cut-off wavelength of the smoothing.
    tent
        Whether the probability is a tent, with its ridge on the centreline (ridge solver), and
        not a mask (mask solver).
    """

    gsd: float
    width: float
    step: float
    wavelength: float
    tent: bool

    @classmethod
    def from_width(cls, gsd: float, width: float, tent: bool = False) -> Scale:
        """Derive step and wavelength from the GSD.

        Parameters
        ----------
        gsd, width
            Metres.
        tent
            Whether the probability is a tent.

        Returns
        -------
        Scale
            Step of at least 0.25 m, wavelength of 12 to 30 m.
        """
        return cls(gsd, width, max(0.25, gsd), float(np.clip(150.0 * gsd, 12.0, 30.0)), tent)


@dataclass(frozen=True, slots=True)
class CrossSections:
    """Distances from the points of a curve to the edges of the band.

    Parameters
    ----------
    distance
        ``(n, 2)`` metres to the left and the right edge; NaN without an edge.
    status
        ``(n, 2)`` uint8, see `ProbabilityField.band_edges`.
    """

    distance: Array
    status: NDArray[np.uint8]

    @property
    def width(self) -> Array:
        """``(n,)`` band width in metres, NaN where an edge is missing."""
        return np.asarray(self.distance.sum(axis=1) + np.where(self.found.all(1), 0.0, np.nan))

    @property
    def found(self) -> Mask:
        """``(n, 2)`` whether the edge was found on the left and on the right."""
        return np.asarray(self.status == FOUND)

    @property
    def on_track(self) -> Mask:
        """``(n,)`` whether the point itself is in the band."""
        return np.asarray(
            (self.status != OFF_TRACK).all(axis=1) & ~np.isnan(self.distance).all(1)
            | self.found.any(axis=1)
        )


def cross_sections(field: ProbabilityField, xy: Array, reach: float) -> CrossSections:
    """Measure the band across a curve.

    Parameters
    ----------
    field
        Track probability.
    xy
        ``(n, 2)`` points of the curve, metres.
    reach
        Largest distance searched to each side, metres.

    Returns
    -------
    CrossSections
        Edges of the band at the ``n`` points.
    """
    return CrossSections(*field.band_edges(xy, reach))


def is_single(sections: CrossSections, scale: Scale, width: float) -> Mask:
    """Where the band is that of a single track, or one of its sides has no data.

    Parameters
    ----------
    sections
        Cross-sections at ``n`` points.
    scale
        Lengths of the raster.
    width
        Band width of a single track, metres.

    Returns
    -------
    ndarray
        ``(n,)`` bool.
    """
    slack = 0.12 * width + scale.gsd
    single = np.abs(sections.width - width) <= slack
    side = sections.found.any(axis=1) & (sections.status == NO_DATA_SIDE).any(axis=1)
    return np.asarray(single | side)


def typical_width(field: ProbabilityField, curves: list[Array], guess: float) -> float | None:
    """Most frequent band width over all curves.

    Parameters
    ----------
    field
        Track probability.
    curves
        ``(n, 2)`` points of each, metres.
    guess
        Approximate width, metres.

    Returns
    -------
    float or None
        Metres; None if fewer than 20 cross-sections have both edges.
    """
    widths = [cross_sections(field, xy[:800], 2.0 * guess).width for xy in curves]
    w = np.concatenate([*widths, np.zeros(0)])
    w = w[np.isfinite(w) & (w > 2 * field.gsd)]
    if len(w) < 20:
        return None
    # fused bands are wider, so take the mode: the middle of the shortest half
    w = np.sort(w)
    half = max(len(w) // 2, 2)
    i = int(np.argmin(w[half - 1 :] - w[: len(w) - half + 1]))
    return float(np.median(w[i : i + half]))


def _offset(
    sections: CrossSections, scale: Scale, width: float, blocked: Mask | None
) -> tuple[Array, Array]:
    """Distance from the curve to the band's centre (+ left), and its weight, each ``(n,)``."""
    n = len(sections.distance)
    slack = 0.15 * width + 1.5 * scale.gsd
    usable = sections.found if blocked is None else sections.found & ~blocked
    both = usable.all(axis=1) & (np.abs(sections.width - width) <= slack)
    # a single edge locates the centre only if it is known why the other is missing
    hidden = sections.status == NO_DATA_SIDE
    if blocked is not None:
        hidden = hidden | blocked
    left_only = usable[:, 0] & hidden[:, 1]
    right_only = usable[:, 1] & hidden[:, 0]
    offset, weight = np.zeros(n), np.zeros(n)
    left, right = sections.distance[:, 0], sections.distance[:, 1]
    for mask, value, w in (
        (both, (left - right) / 2, 1.0),
        (left_only, left - width / 2, 0.5),
        (right_only, width / 2 - right, 0.5),
    ):
        offset[mask] = value[mask]
        weight[mask] = w
    return offset, weight


def recentre(
    field: ProbabilityField,
    xy: Array,
    scale: Scale,
    width: float,
    blocked: Mask | None = None,
    rounds: int = 3,
    fixed: tuple[bool, bool] = (False, False),
    faint: float = 0.02,
) -> tuple[Array, Array, Array]:
    """Move a curve onto the centre of its band.

    Parameters
    ----------
    field
        Track probability.
    xy
        ``(n, 2)`` initial curve inside the band, metres.
    scale
        Lengths of the raster.
    width
        Band width of this track, metres.
    blocked
        ``(n, 2)`` where another track hides the left or right edge; `xy` must then be at even
        steps already (``resample(xy, scale.step)``).
    rounds
        Number of measurements.
    fixed
        Whether the start and the end keep their position.
    faint
        Weight of the current curve where nothing can be measured.

    Returns
    -------
    xy
        ``(n, 2)`` smoothed curve.
    weight
        ``(n,)`` weight of the measurement at each point, 0 where there was none.
    residual
        ``(n,)`` distance of the measured points from the curve, NaN where there was none.
    """
    if blocked is None:
        xy = resample(xy, scale.step)
    if len(xy) < 5:
        return xy, np.ones(len(xy)), np.full(len(xy), np.nan)
    curve = smooth(xy, np.ones(len(xy)), scale.step, max(3.0, 0.5 * scale.wavelength))
    weight = np.zeros(len(xy))
    residual = np.full(len(xy), np.nan)
    for _ in range(rounds):
        sections = cross_sections(field, curve, SECTION_REACH * width)
        offset, weight = _offset(sections, scale, width, blocked)
        limit = 0.6 * width
        weight = np.where(np.abs(offset) > limit, 0.0, weight)
        if (weight > 0).sum() < max(5, 0.1 * len(weight)):
            return curve, np.zeros(len(curve)), residual
        target = curve + offset[:, None] * left_normals(curve)
        fit_weight = weight.copy()
        for at, hold in ((0, fixed[0]), (-1, fixed[1])):
            if hold:
                target[at] = xy[at]
                fit_weight[at] = FIXED_WEIGHT
        # where nothing was measured, the current curve counts with a small weight
        blank = fit_weight == 0
        target[blank] = curve[blank]
        fit_weight[blank] = faint
        new, used = robust_smooth(target, fit_weight, scale.step, scale.wavelength, 0.2 * scale.gsd)
        for at, hold in ((0, fixed[0]), (-1, fixed[1])):
            if hold:
                new[at] = xy[at]
        residual = np.where(weight > 0, np.hypot(*(target - new).T), np.nan)
        weight = np.where(blank, 0.0, np.minimum(used, 1.0))
        curve = new
    return curve, weight, residual


def single_band(field: ProbabilityField, xy: Array, scale: Scale) -> tuple[CrossSections, Mask]:
    """Cross-sections of a line, and where they show the whole band of a single track.

    Parameters
    ----------
    field
        The probability.
    xy
        ``(n, 2)`` points, grid metres.
    scale
        Lengths of the raster.

    Returns
    -------
    sections : CrossSections
        One for each point.
    good : ndarray
        ``(n,)`` bool.
    """
    sections = cross_sections(field, xy, SECTION_REACH * scale.width)
    return sections, is_single(sections, scale, scale.width) & sections.found.all(axis=1)


def accuracy(
    sections: CrossSections, good: Mask, probability: Array, scale: Scale
) -> tuple[float, float]:
    """Standard deviation of a centreline across the track.

    It has three parts: a floor of a twelfth of a pixel; the distance of the band's centre,
    averaged over 6 m, from the line; and the uncertainty of the network: a tent of length L whose
    position is uncertain by e loses about e / L of its height. The factors were fitted on
    rendered crops with the shipped network (docs/accuracy.md).

    Parameters
    ----------
    sections
        Cross-sections of the line, at steps of `scale.step`.
    good
        ``(n,)`` where the band is that of a single track.
    probability
        ``(n,)`` 0-1 on the line, NaN without data.
    scale
        Lengths of the raster.

    Returns
    -------
    sigma
        Standard deviation, metres.
    noise
        The part of it by which the points scatter about a smooth line, metres.
    """
    floor = float(np.hypot(0.08 * scale.gsd, 0.006))
    known = np.isfinite(probability)
    # the ridge of a tent is between pixel centres, where interpolation lowers it
    lost = 1.0 - float(probability[known].mean()) - _PIXEL_LOSS * scale.gsd if known.any() else 1.0
    unsure = _UNSURE * max(lost, 0.0)
    if good.sum() < 8:
        # only a skeleton: its position within the middle of the band is arbitrary
        return float(np.hypot(0.1 * scale.width, unsure)), 0.5 * scale.gsd
    offset = np.where(good, (sections.distance[:, 0] - sections.distance[:, 1]) / 2, 0.0)
    window = np.ones(max(round(6.0 / scale.step), 1))
    mean = _running(offset, window) / np.maximum(_running(good.astype(float), window), 1.0)
    measured = float(np.sqrt(np.median(mean[good] ** 2)))
    if good.mean() <= 0.3:
        measured = max(measured, 0.1 * scale.width)
    noise = float(np.hypot(floor, measured))
    return float(np.sqrt(floor**2 + (_MEASURED * measured) ** 2 + unsure**2)), noise


def gap_sigma(gap: float) -> float:
    """Standard deviation across the track of a line that bridges a gap, metres.

    Parameters
    ----------
    gap
        Length of the gap, metres.

    Returns
    -------
    float
        Metres.
    """
    return _GAP_SIGMA + _GAP_SIGMA_PER_METRE * gap


def _running(values: Array, window: Array) -> Array:
    """Moving sums over a window, as many as `values`."""
    return np.convolve(values, window, "full")[len(window) // 2 :][: len(values)]
