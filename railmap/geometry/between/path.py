"""The track between two points: the least-cost path through the evidence, led onto the track."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from railmap.errors import InputError
from railmap.geometry.between.corridor import CELL, Corridor, probability_score, rail_score
from railmap.geometry.constants import END_FIT, SLEEPER_LENGTH
from railmap.geometry.curves import (
    Array,
    arc_length,
    cut,
    extend,
    fit_end,
    left_normals,
    project,
    resample,
    smooth,
)
from railmap.geometry.evidence.band import Scale, recentre
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.output import simplify
from railmap.geometry.turnouts.follow_rails import least_bends
from railmap.geometry.turnouts.rail_strip import (
    STEP,
    RailImage,
    RailStrip,
    own_gauge,
    pair_strength,
)

__all__ = ["FARTHEST", "NEAREST", "FoundTrack", "find_between"]

NEAREST, FARTHEST = 3.0, 600.0
"""Least and largest distance of the two points, metres."""

_CLICK = 1.2  # largest distance of a point from its track, metres
_OFF = 0.4  # what a metre of that costs, in units of the score
_BLANK = 0.04  # score of a cell without evidence: a metre of it costs as 25 m of clear track
_BESIDE = 0.8  # weight of the rails where there is a probability: edges of beds look like rails
_SHOWN = 0.25  # least probability that is evidence
_LEAST = 0.6  # least share of the track with evidence
_EASE = 12.0  # wavelength of the line, metres
_ROUGH = 8.0  # wavelength of the path through the cells, metres
_PAST = 15.0  # metres by which the line is led onto the track past the two points
_REACH = (0.9, 0.4)  # largest moves onto the rails, metres; after a probability only the second
_OWN = 0.2  # rails this near to the line are its own, metres
_VISIBLE = 1.0  # least strength of the weaker rail, in units of the noise
_TOLERANCE = 0.02  # largest distance of the drawn line from the curve, metres
_UNSEEN = "no track is seen between the two points; click nearer, or draw it by hand"


@dataclass(frozen=True, slots=True)
class FoundTrack:
    """A track between two points.

    Parameters
    ----------
    xy
        ``(n, 2)`` centreline, metres from the upper left corner of the grid, y upwards.
    unseen_m
        Length without evidence, which the line bridges, metres.
    """

    xy: Array
    unseen_m: float


def find_between(
    start: Array,
    end: Array,
    *,
    field: ProbabilityField | None = None,
    tent: bool = False,
    rails: RailImage | None = None,
) -> FoundTrack:
    """Find the track between two points.

    The path of least cost through the evidence is moved onto the middle of the band of the
    probability and then onto its rails, where these are seen; elsewhere it is smooth.

    Parameters
    ----------
    start, end
        ``(2,)`` points within 1.2 m of the track, metres from the upper left corner of the grid.
    field
        Track probability, if there is one.
    tent
        Whether that is a tent and not a mask.
    rails
        The image, if it shows single rails; its transform is that of the same grid.

    Returns
    -------
    FoundTrack
        From the point of the track nearest to `start` to that nearest to `end`.

    Raises
    ------
    InputError
        If the points are too near to each other or too far apart, or no track is seen there.

    Examples
    --------
    >>> found = find_between(start, end, field=field, rails=RailImage(image, transform))
    ... # doctest: +SKIP
    """
    corridor = Corridor(start, end)
    if not NEAREST <= corridor.length <= FARTHEST:
        raise InputError(
            f"the two points are {corridor.length:.3g} m apart; they may be from {NEAREST:g} to"
            f" {FARTHEST:g} m apart"
        )
    score = np.zeros(corridor.shape)
    if field is not None:
        score = np.maximum(score, probability_score(field, corridor))
    if rails is not None:
        seen = rail_score(rails, corridor)
        score = np.maximum(score, seen if field is None else _BESIDE * seen)
    path = _cheapest(score, [_nearest_track(score, corridor, xy) for xy in (start, end)])
    line = _smoothed(corridor.place(*path.astype(np.float64).T), CELL, _ROUGH)
    line = _past_ends(line)
    if field is not None:
        scale = Scale.from_width(field.gsd, SLEEPER_LENGTH, tent)
        line = recentre(field, line, scale, scale.width)[0]
    if rails is not None:
        for reach in _REACH[field is not None :]:
            line = _onto_rails(line, rails, reach)
    first, last = project(np.stack([start, end]), line)[:, 0]
    if last - first < 0.5 * NEAREST:
        raise InputError(_UNSEEN)
    line = resample(line, STEP)
    station = arc_length(line)
    inside = (station >= first) & (station <= last)
    seen = _seen(line, field, rails)[inside]
    if seen.mean() < _LEAST:
        raise InputError(_UNSEEN)
    xy = simplify(cut(line, first, last), _TOLERANCE)
    return FoundTrack(xy, float((~seen).mean() * (last - first)))


def _seen(
    line: Array, field: ProbabilityField | None, rails: RailImage | None
) -> NDArray[np.bool_]:
    """Whether probability or rails show track at the points of a line, ``(n,)``."""
    seen = np.zeros(len(line), bool)
    if field is not None:
        seen |= field.values(line) >= _SHOWN
    strip = None if rails is None else rails.read(line)
    if strip is not None:
        strength = _rails_along(strip, _OWN)[1]
        at = project(line, strip.points)[:, 0]
        seen |= np.interp(at, arc_length(strip.points), strength) >= _VISIBLE
    return seen


def _nearest_track(score: Array, corridor: Corridor, xy: Array) -> tuple[int, int]:
    """Find the cell with the best evidence near a point."""
    row, col = corridor.cell(xy)
    rows, cols = np.indices(score.shape)
    away = np.hypot(rows - row, cols - col) * CELL
    value = np.where(away <= _CLICK, score - _OFF * away, -np.inf)
    best = np.unravel_index(int(np.argmax(value)), score.shape)
    return int(best[0]), int(best[1])


def _cheapest(score: Array, ends: list[tuple[int, int]]) -> NDArray[np.int64]:
    from skimage.graph import route_through_array

    # the third power keeps the path on the ridge, and so out of the valley between two tracks
    cost = 1.0 / (_BLANK + score**3)
    start, end = ends
    path, _ = route_through_array(cost, start, end, fully_connected=True, geometric=True)
    found = np.array(path, np.int64)
    if len(found) < 2:
        raise InputError("the two points are at the same place of the track")
    return found


def _smoothed(xy: Array, step: float, wavelength: float) -> Array:
    curve = resample(xy, step)
    return smooth(curve, np.ones(len(curve)), step, wavelength)


def _past_ends(xy: Array) -> Array:
    """Continue a line at both ends, so that its ends are led onto the track as its middle is."""
    parts = [xy]
    for at in (0, -1):
        whole = xy if at == 0 else xy[::-1]
        point, heading, _ = fit_end(whole, 2 * END_FIT, curved=False)
        more = extend(point, heading, 0.0, _PAST, STEP)
        parts.insert(0 if at == 0 else len(parts), more[::-1] if at == 0 else more)
    return resample(np.concatenate(parts), STEP)


def _onto_rails(xy: Array, rails: RailImage, reach: float) -> Array:
    """Move a line onto the middle of its rails where the image shows them."""
    strip = rails.read(xy)
    if strip is None:
        return xy
    offset, strength = _rails_along(strip, reach)
    seen = strength >= _VISIBLE
    if not seen.any():
        return xy
    weight = np.where(seen, np.minimum(strength, 3.0), 0.02)
    offset = np.where(seen, offset, 0.0)
    station = arc_length(strip.points)
    by = smooth(offset[:, None], weight, STEP, _EASE)[:, 0]
    line = resample(xy, STEP)
    s = arc_length(line)
    first = project(strip.points[:1], line)[0, 0]
    moved = line + np.interp(s - first, station, by)[:, None] * left_normals(line)
    return _smoothed(moved, STEP, _EASE)


def _rails_along(strip: RailStrip, reach: float) -> tuple[Array, Array]:
    """Distance of the rails to the left of a line, and their strength, each ``(n,)``."""
    gauge = own_gauge([strip])
    pairs = (pair_strength(strip, sign, gauge, reach) for sign in (1, -1))
    found = (least_bends(pair, strip.du) for pair in pairs)
    offset, strength, _ = max(found, key=lambda one: float(one[1].mean()))
    return offset, strength
