"""Match two sets of lines by samples along them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["Ruler", "Samples", "Stretch", "mutual", "overlay", "stretches"]

# Tolerance where tracks diverge and both legs are equally near.
_TIE_M = 0.1


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples along lines with their match in the other set; flat arrays of one length.

    Parameters
    ----------
    line
        Index of the line, ascending.
    m
        Metres along it, from 0 to its length.
    xy
        ``(n, 2)``, metres.
    other
        Index of the matched line of the other set, -1 for none.
    distance
        Distance to it, metres; NaN for none.
    """

    line: NDArray[np.int64]
    m: NDArray[np.float64]
    xy: NDArray[np.float64]
    other: NDArray[np.int64]
    distance: NDArray[np.float64]

    def shares(self, count: int, other_count: int) -> dict[tuple[int, int], float]:
        """Return the share of each line's samples that a line of the other set matches."""
        matched = self.other >= 0
        pairs = self.line[matched] * other_count + self.other[matched]
        values, times = np.unique(pairs, return_counts=True)
        totals = np.bincount(self.line, minlength=count)
        return {
            (int(value // other_count), int(value % other_count)): float(
                times[index] / totals[value // other_count]
            )
            for index, value in enumerate(values)
        }


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive samples `first` to `last` (inclusive) of one line."""

    line: int
    first: int
    last: int


def overlay(
    lines: NDArray[np.object_],
    others: NDArray[np.object_],
    *,
    reach_m: float,
    step_m: float = 2.0,
    turn_deg: float = 20.0,
) -> Samples:
    """Match samples along `lines` with the nearest of `others` that is parallel there.

    Parameters
    ----------
    lines, others
        2D lines, metres, in one CRS; their direction has no effect.
    reach_m
        Maximum lateral distance of a match, metres.
    step_m
        Spacing of the samples, metres.
    turn_deg
        Maximum angle between a line and its match, degrees.
    """
    if not len(lines):
        none, empty = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Samples(none, empty, np.zeros((0, 2)), none, empty)
    owner, m, xy, heading = _sample(Ruler(lines), step_m)
    if not len(others):
        none = np.full(len(m), -1, dtype=np.int64)
        return Samples(owner, m, xy, none, np.full(len(m), np.nan))
    tree = shapely.STRtree(others)
    points = shapely.points(xy)
    left, right = tree.query(points, predicate="dwithin", distance=reach_m)
    found = others[right]
    along = shapely.line_locate_point(found, points[left])
    distance = shapely.distance(found, points[left])
    turn = heading[left] - Ruler(others).heading(right, along)
    turn = np.abs((turn + 90.0) % 180.0 - 90.0)
    sound = turn <= turn_deg
    left, right, distance = left[sound], right[sound], distance[sound]
    order = np.lexsort((right, distance, left))
    left, right, distance = left[order], right[order], distance[order]
    first = np.concatenate([[True], left[1:] != left[:-1]]) if len(left) else np.zeros(0, bool)
    other = np.full(len(m), -1, dtype=np.int64)
    far = np.full(len(m), np.nan)
    other[left[first]] = right[first]
    far[left[first]] = distance[first]
    return Samples(owner, m, xy, other, far)


def mutual(samples: Samples, lines: NDArray[np.object_], others: NDArray[np.object_]) -> Samples:
    """Drop matches with one of `others` to which another of `lines` is nearer.

    Otherwise both tracks of a double track would match the single track of the other map.

    Parameters
    ----------
    samples
        Result of `overlay` for `lines` and `others`.
    lines, others
        The lines.
    """
    # Matches within the tolerance cannot be dropped.
    rows = np.flatnonzero((samples.other >= 0) & (samples.distance > _TIE_M))
    if not len(rows):
        return samples
    found = others[samples.other[rows]]
    along = shapely.line_locate_point(found, shapely.points(samples.xy[rows]))
    positions = shapely.points(Ruler(others).positions(samples.other[rows], along))
    (_, _), nearest = shapely.STRtree(lines).query_nearest(
        positions, all_matches=False, return_distance=True
    )
    lost = rows[samples.distance[rows] > nearest + _TIE_M]
    other, distance = samples.other.copy(), samples.distance.copy()
    other[lost], distance[lost] = -1, np.nan
    return replace(samples, other=other, distance=distance)


def stretches(samples: Samples, chosen: NDArray[np.bool_], shortest_m: float) -> list[Stretch]:
    """Return stretches of consecutive chosen samples.

    Parameters
    ----------
    samples
        Samples along lines.
    chosen
        ``(n,)`` which samples to take.
    shortest_m
        Minimum length of a stretch, metres.
    """
    if not chosen.any():
        return []
    edge = np.diff(samples.line) != 0
    start = chosen & np.concatenate([[True], ~chosen[:-1] | edge])
    stop = chosen & np.concatenate([~chosen[1:] | edge, [True]])
    out = []
    for first, last in zip(np.flatnonzero(start), np.flatnonzero(stop), strict=True):
        if samples.m[last] - samples.m[first] >= shortest_m:
            out.append(Stretch(int(samples.line[first]), int(first), int(last)))
    return out


class Ruler:
    """Interpolate positions along many lines at once, faster than GEOS.

    Parameters
    ----------
    lines
        ``(lines,)`` 2D lines, metres.
    """

    def __init__(self, lines: NDArray[np.object_]) -> None:
        self._xy = shapely.get_coordinates(lines)
        first = np.r_[0, np.cumsum(shapely.get_num_coordinates(lines))].astype(np.int64)
        step = np.zeros(len(self._xy))
        step[1:] = np.hypot(*np.diff(self._xy, axis=0).T)
        step[first[1:-1]] = 1.0  # between two lines
        # Cumulative length over all lines.
        self._scale = np.cumsum(step)
        self._from, self._to = self._scale[first[:-1]], self._scale[first[1:] - 1]

    @property
    def length(self) -> NDArray[np.float64]:
        """``(lines,)`` metres."""
        return np.asarray(self._to - self._from)

    def positions(self, line: NDArray[np.int64], m: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return ``(n, 2)`` x/y at `m` metres along lines, clipped to their ends."""
        at = np.clip(self._from[line] + m, self._from[line], self._to[line])
        return np.column_stack([np.interp(at, self._scale, self._xy[:, i]) for i in (0, 1)])

    def heading(self, line: NDArray[np.int64], m: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the direction of lines at M, degrees, over 0.5 m to either side."""
        dx, dy = (self.positions(line, m + 0.5) - self.positions(line, m - 0.5)).T
        return np.asarray(np.degrees(np.arctan2(dy, dx)))


def _sample(
    ruler: Ruler, step_m: float
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    length = ruler.length
    counts = np.maximum(np.ceil(length / step_m).astype(np.int64), 1) + 1
    owner = np.repeat(np.arange(len(length)), counts)
    rank = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    m = length[owner] * rank / (counts[owner] - 1)
    return owner, m, ruler.positions(owner, m), ruler.heading(owner, m)
