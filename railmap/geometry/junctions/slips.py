"""Slips: curved tracks inside a diamond crossing that connect its two tracks (ridge solver)."""

from __future__ import annotations

import numpy as np

from railmap.geometry.constants import MIN_RADIUS
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

_STEEPEST, _FLATTEST = np.radians(20.0), np.radians(2.5)  # angles of diamonds that have slips
_TANGENTS = 4.0 * 1.12 ** np.arange(21)  # tangent lengths that are tried, 4 to 39 m
_OFFSETS = np.arange(0.0, 1.3, 0.05)  # distances from a track at which its band is measured ...
_FROM, _TO = 8.0, 40.0  # ... between these distances from the crossing, metres
_SEPARATE = 0.08  # distance from the crossing tracks from which a slip is compared, metres
_MIN_LOSS = 0.03  # smaller falls of the crossing tracks' band give no evidence
_REGAINED = 0.6  # share of that fall that the ridge of a slip regains
_OUTSIDE = 0.7  # distance outside the slip at which its band has fallen ...
_FALLEN = 0.5  # ... by this share of the fall next to a single track


def find_slips(
    probability: ProbabilityField, one: Array, two: Array, at: Array, tracks: list[Array]
) -> list[tuple[int, int]]:
    """Find the slips of a diamond crossing by ridges that its two tracks do not account for.

    A slip curves from one track to the other on the outside of the crossing. A few decimetres from
    both tracks, the probability is that next to a single track, unless a slip has its ridge there.

    Parameters
    ----------
    probability
        Track probability (tent).
    one, two
        ``(n, 2)`` and ``(m, 2)`` the tracks that cross, metres.
    at
        ``(2,)`` the crossing, metres.
    tracks
        All tracks of the cluster, including `one` and `two`.

    Returns
    -------
    list of (int, int)
        For each slip (none, one or two) the end of `one` and the end of `two` that it connects (0
        start, 1 end).
    """
    stations = [float(project(at[None], xy)[0, 0]) for xy in (one, two)]
    along = float(_tangent(one, stations[0]) @ _tangent(two, stations[1]))
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


def _tangent(xy: Array, station: float) -> Array:
    """Unit tangent at a station."""
    s, t = arc_length(xy), tangents(xy)
    tangent = np.array([np.interp(station, s, t[:, i]) for i in (0, 1)])
    return np.asarray(tangent / np.hypot(*tangent))


def _leg(xy: Array, station: float, end: int) -> Array:
    """Part of a track from the crossing outwards to one of its ends."""
    return cut(xy, station, np.inf) if end else cut(xy, 0.0, station)[::-1]


def _band(
    probability: ProbabilityField, pair: tuple[Array, Array], stations: list[float]
) -> Array | None:
    """Probability at `_OFFSETS` from a single track, measured on the side without the other."""
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
            places = xy[:, None] + _OFFSETS[:, None] * normal[:, None]
            profiles.append(probability.values(places.reshape(-1, 2)).reshape(len(s), -1))
    if not profiles:
        return None
    table = np.concatenate(profiles)
    if np.isnan(table).all(axis=0).any():
        return None
    return np.minimum.accumulate(np.nanmedian(table, axis=0))


def _side(xy: Array, normal: Array, other: Array) -> Array:
    """1 where a normal points towards another point, else -1; ``(n,)``."""
    return np.where(((other - xy) * normal).sum(axis=1) > 0, 1.0, -1.0)


def _has_slip(
    probability: ProbabilityField,
    from_leg: Array,
    to_leg: Array,
    angle: float,
    tracks: list[Array],
    band: Array,
) -> bool:
    """Whether a curve between two legs (both outward from the crossing) has a ridge of its own."""
    room = min(length_of(from_leg), length_of(to_leg))
    best = 0.0
    for tangent in _TANGENTS:
        if tangent > room or tangent / np.tan(angle / 2) < MIN_RADIUS:
            continue
        start, end = (point_at(leg, tangent) for leg in (from_leg, to_leg))
        (ux, uy), (vx, vy) = (_tangent(leg, tangent) for leg in (from_leg, to_leg))
        curve = connect(start, float(np.arctan2(-uy, -ux)), end, float(np.arctan2(vy, vx)), 0.25)
        apart = np.min([np.abs(project(curve, xy)[:, 1]) for xy in tracks], axis=0)
        separate = apart > _SEPARATE
        if separate.sum() < 8:
            continue
        expected = np.interp(apart[separate], _OFFSETS, band)
        loss = float((band[0] - expected).mean())
        seen = probability.values(curve[separate])
        if loss < _MIN_LOSS or np.isnan(seen).any():
            continue
        regained = float((seen - expected).mean()) / loss
        if regained <= max(best, _REGAINED):
            continue
        normal = left_normals(curve)[separate]
        normal *= -_side(curve[separate], normal, from_leg[:1])[:, None]
        beyond = probability.values(curve[separate] + _OUTSIDE * normal)
        fall = band[0] - float(np.interp(_OUTSIDE, _OFFSETS, band))
        if np.nanmean(seen - beyond) >= _FALLEN * fall:
            best = regained
    return best > 0.0
