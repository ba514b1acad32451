"""Where the centreline is, from the probability's profile across the track."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from railmap.geometry.curves import Array, left_normals, resample, robust_smooth, smooth
from railmap.geometry.evidence.field import FOUND, NO_DATA_SIDE, OFF_TRACK, ProbabilityField

__all__ = [
    "CrossSections",
    "Scale",
    "accuracy",
    "cross_sections",
    "is_single",
    "recentre",
    "typical_width",
]

Mask = NDArray[np.bool_]

# parts of a centreline's sigma, see `accuracy`
_OWN, _UNSURE = 1.4, 1.4
_BETWEEN = 0.1  # loss of a ridge's height per metre of pixel


@dataclass(frozen=True, slots=True)
class Scale:
    """Lengths that belong to one raster, in metres.

    Parameters
    ----------
    gsd
        Ground sampling distance.
    width
        Width of the band of a single track.
    step
        Distance between the points that curves are worked on with.
    wavelength
        Cut-off of the smoothing.
    tent
        Whether the probability has a ridge (a tent) and no plateau.
    """

    gsd: float
    width: float
    step: float
    wavelength: float
    tent: bool

    @classmethod
    def from_width(cls, gsd: float, width: float, tent: bool = False) -> Scale:
        """The lengths that fit a sampling distance and a band width."""
        return cls(gsd, width, max(0.25, gsd), float(np.clip(150.0 * gsd, 12.0, 30.0)), tent)


@dataclass(frozen=True, slots=True)
class CrossSections:
    """The band across a curve at each of its points: edge distances and what they say."""

    distance: Array
    status: NDArray[np.uint8]

    @property
    def width(self) -> Array:
        """Band width, NaN where an edge is missing."""
        return np.asarray(self.distance.sum(axis=1) + np.where(self.found.all(1), 0.0, np.nan))

    @property
    def found(self) -> Mask:
        """``(n, 2)``: the edge was found on the left, on the right."""
        return np.asarray(self.status == FOUND)

    @property
    def on_track(self) -> Mask:
        """``(n,)``: the point itself lies in the band."""
        return np.asarray(
            (self.status != OFF_TRACK).all(axis=1) & ~np.isnan(self.distance).all(1)
            | self.found.any(axis=1)
        )


def cross_sections(field: ProbabilityField, xy: Array, reach: float) -> CrossSections:
    """Edges of the band to both sides of a curve."""
    return CrossSections(*field.band_edges(xy, reach))


def is_single(sections: CrossSections, scale: Scale, width: float) -> Mask:
    """Where the band is that of a single track, or one side lies outside the data."""
    slack = 0.12 * width + scale.gsd
    single = np.abs(sections.width - width) <= slack
    side = sections.found.any(axis=1) & (sections.status == NO_DATA_SIDE).any(axis=1)
    return np.asarray(single | side)


def typical_width(field: ProbabilityField, curves: list[Array], guess: float) -> float | None:
    """Most frequent band width over all curves, metres; None if too little is to be seen."""
    widths = [cross_sections(field, xy[:800], 2.0 * guess).width for xy in curves]
    w = np.concatenate([*widths, np.zeros(0)])
    w = w[np.isfinite(w) & (w > 2 * field.gsd)]
    if len(w) < 20:
        return None
    # the fused stretches are wider, so take the mode: the middle of the shortest half
    w = np.sort(w)
    half = max(len(w) // 2, 2)
    i = int(np.argmin(w[half - 1 :] - w[: len(w) - half + 1]))
    return float(np.median(w[i : i + half]))


def _offset(
    sections: CrossSections, scale: Scale, width: float, blocked: Mask | None
) -> tuple[Array, Array]:
    """Distance to the left from the curve to the track's centre, and its weight."""
    n = len(sections.distance)
    slack = 0.15 * width + 1.5 * scale.gsd
    usable = sections.found if blocked is None else sections.found & ~blocked
    both = usable.all(axis=1) & (np.abs(sections.width - width) <= slack)
    # one edge alone tells the place only if it is known why the other is not there
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
    """Move a curve onto the middle of the band that it lies in.

    Parameters
    ----------
    field, scale
        The probability and its lengths.
    xy
        ``(n, 2)`` first guess, inside the band.
    width
        Band width of this track, metres.
    blocked
        ``(n, 2)`` where another track hides the left or right edge; `xy` must then be at even
        steps already (``resample(xy, scale.step)``).
    rounds
        How often to measure.
    fixed
        Whether the start and the end must stay where they are.
    faint
        Weight of the first guess where nothing can be measured.

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
        sections = cross_sections(field, curve, 1.6 * width)
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
                fit_weight[at] = 1e4
        # where nothing was measured the curve so far leads, faintly
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


def accuracy(
    sections: CrossSections, good: Mask, probability: Array, scale: Scale
) -> tuple[float, float]:
    """One sigma of a centreline across the track, and the part of it that is noise, metres.

    Three parts: what no averaging takes away (a twelfth of a pixel); how far the band's middle,
    averaged over 6 m, lies off the line; and how unsure the network is: a tent of length L that
    is unsure of its place by e has lost about e / L of its height. The factors were fitted on
    rendered scenes of the shipped network (docs/accuracy.md).

    Parameters
    ----------
    sections
        The band across the line, at steps of `scale.step`.
    good
        ``(n,)`` where the band is whole.
    probability
        ``(n,)`` 0-1 on the line, NaN without data.
    scale
        Lengths of the raster.
    """
    floor = float(np.hypot(0.08 * scale.gsd, 0.006))
    known = np.isfinite(probability)
    # the ridge of a tent lies between pixels, which costs it some height
    lost = 1.0 - float(probability[known].mean()) - _BETWEEN * scale.gsd if known.any() else 1.0
    unsure = _UNSURE * max(lost, 0.0)
    if good.sum() < 8:
        # nothing but a skeleton: it runs where it likes within the middle of the band
        return float(np.hypot(0.1 * scale.width, unsure)), 0.5 * scale.gsd
    offset = np.where(good, (sections.distance[:, 0] - sections.distance[:, 1]) / 2, 0.0)
    window = np.ones(max(round(6.0 / scale.step), 1))
    mean = _running(offset, window) / np.maximum(_running(good.astype(float), window), 1.0)
    own = float(np.sqrt(np.median(mean[good] ** 2)))
    if good.mean() <= 0.3:
        own = max(own, 0.1 * scale.width)
    noise = float(np.hypot(floor, own))
    return float(np.sqrt(floor**2 + (_OWN * own) ** 2 + unsure**2)), noise


def _running(values: Array, window: Array) -> Array:
    """Sums over a window that follows along, as long as `values`."""
    return np.convolve(values, window, "full")[len(window) // 2 :][: len(values)]
