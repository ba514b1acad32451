"""Slips: the curved tracks inside a diamond that lead from one of its tracks to the other."""

from __future__ import annotations

import numpy as np

from railmap.geometry.curves import (
    Array,
    arc_length,
    connect,
    cut,
    left_normals,
    length_of,
    point_at,
    project,
    tangents,
)
from railmap.geometry.evidence.field import ProbabilityField

__all__ = ["find_slips"]

_STEEPEST, _FLATTEST = np.radians(20.0), np.radians(2.5)  # of diamonds that have slips
_TANGENTS = 4.0 * 1.12 ** np.arange(21)  # metres from the middle to where a slip leaves: to 39
_MIN_RADIUS = 80.0
_ASIDE = np.arange(0.0, 1.3, 0.05)  # metres beside a track: where the band is measured ...
_FROM, _TO = 8.0, 40.0  # ... between these distances from the crossing
_OWN = 0.08  # metres from the straight tracks from where on a slip is told from them
_LEAST_LOSS = 0.03  # of the ridge's height beside the straight tracks: less is no evidence
_REGAINED = 0.6  # share of that loss that a slip makes up for
_OUTSIDE = 0.7  # metres past the slip, where its band has fallen off ...
_FALLEN = 0.5  # ... by this share of what it does beside a single track


def find_slips(
    probability: ProbabilityField, one: Array, two: Array, at: Array, tracks: list[Array]
) -> list[tuple[int, int]]:
    """Find the slips of a diamond by the ridges that its straight tracks don't explain.

    A slip bends from one track into the other on the outside of their crossing. There, a few
    decimetres from the middle, two straight tracks would leave as much probability as one track
    does that far beside it; a slip has a ridge of full height.

    Parameters
    ----------
    probability
        Of a tent: a mask has no ridges.
    one, two
        ``(n, 2)`` the tracks that cross, metres.
    at
        ``(2,)`` where they cross.
    tracks
        All tracks that were found there, `one` and `two` among them.

    Returns
    -------
    list of (int, int)
        End of `one` (0 start, 1 end) and end of `two` that a slip leads to; none to two.
    """
    stations = [float(project(at[None], xy)[0, 0]) for xy in (one, two)]
    along = float(_way(one, stations[0]) @ _way(two, stations[1]))
    angle = float(np.arccos(min(abs(along), 1.0)))
    if not _FLATTEST < angle < _STEEPEST:
        return []
    band = _band(probability, (one, two), stations)
    if band is None:
        return []
    found = []
    for a, b in ((0, 1), (1, 0)) if along > 0 else ((0, 0), (1, 1)):
        legs = _leg(one, stations[0], a), _leg(two, stations[1], b)
        if _has_slip(probability, *legs, angle, tracks, band):
            found.append((a, b))
    return found


def _way(xy: Array, station: float) -> Array:
    """Unit tangent there."""
    s, t = arc_length(xy), tangents(xy)
    way = np.array([np.interp(station, s, t[:, i]) for i in (0, 1)])
    return np.asarray(way / np.hypot(*way))


def _leg(xy: Array, station: float, end: int) -> Array:
    """The track from the crossing out to one of its ends."""
    return cut(xy, station, np.inf) if end else cut(xy, 0.0, station)[::-1]


def _band(
    probability: ProbabilityField, pair: tuple[Array, Array], stations: list[float]
) -> Array | None:
    """Probability at distances `_ASIDE` from a single track: on the far side of the other one."""
    profiles = []
    for mine, other, station in zip(pair, pair[::-1], stations, strict=True):
        for end in (0, 1):
            leg = _leg(mine, station, end)
            s = np.arange(_FROM, min(_TO, length_of(leg)), 0.5)
            if len(s) < 4:
                continue
            xy = point_at(leg, s)
            normal = left_normals(xy)
            normal *= -_side(xy, normal, point_at(other, project(xy, other)[:, 0]))[:, None]
            places = xy[:, None] + _ASIDE[:, None] * normal[:, None]
            profiles.append(probability.values(places.reshape(-1, 2)).reshape(len(s), -1))
    if not profiles:
        return None
    table = np.concatenate(profiles)
    if np.isnan(table).all(axis=0).any():
        return None
    return np.minimum.accumulate(np.nanmedian(table, axis=0))


def _side(xy: Array, normal: Array, other: Array) -> Array:
    """1 where the normals point towards other points, else -1; ``(n,)``."""
    return np.where(((other - xy) * normal).sum(axis=1) > 0, 1.0, -1.0)


def _has_slip(
    probability: ProbabilityField,
    from_leg: Array,
    to_leg: Array,
    angle: float,
    tracks: list[Array],
    band: Array,
) -> bool:
    """Whether a curve from leg to leg (both outward from the crossing) lies on its own ridge."""
    room = min(length_of(from_leg), length_of(to_leg))
    best = 0.0
    for tangent in _TANGENTS:
        if tangent > room or tangent / np.tan(angle / 2) < _MIN_RADIUS:
            continue
        ends = [point_at(leg, tangent) for leg in (from_leg, to_leg)]
        ways = [_way(leg, tangent) for leg in (from_leg, to_leg)]
        headings = np.arctan2(-ways[0][1], -ways[0][0]), np.arctan2(ways[1][1], ways[1][0])
        curve = connect(ends[0], float(headings[0]), ends[1], float(headings[1]), 0.25)
        apart = np.min([np.abs(project(curve, xy)[:, 1]) for xy in tracks], axis=0)
        own = apart > _OWN
        if own.sum() < 8:
            continue
        expected = np.interp(apart[own], _ASIDE, band)
        loss = float((band[0] - expected).mean())
        seen = probability.values(curve[own])
        if loss < _LEAST_LOSS or np.isnan(seen).any():
            continue
        regained = float((seen - expected).mean()) / loss
        if regained <= max(best, _REGAINED):
            continue
        normal = left_normals(curve)[own]
        normal *= -_side(curve[own], normal, from_leg[:1])[:, None]
        beyond = probability.values(curve[own] + _OUTSIDE * normal)
        fall = band[0] - float(np.interp(_OUTSIDE, _ASIDE, band))
        if np.nanmean(seen - beyond) >= _FALLEN * fall:
            best = regained
    return best > 0.0
