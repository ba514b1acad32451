"""Ridge solver: select the traced paths between legs that make up the trackwork."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely

from railmap.geometry.constants import SAME_TRACK, SAME_TRACK_LENGTH, TRACE_STEP
from railmap.geometry.curves import Array, distance_from, point_at, project
from railmap.geometry.junctions.find.ridge_legs import EdgeEnd

__all__ = ["SEPARATE", "RidgePath", "is_separate", "select_paths"]

SEPARATE = 0.6
"""Least distance of a track of its own from all other tracks, metres."""

_SEPARATE_LENGTH = 4.0  # length over which it keeps that distance, metres
_DIAMOND = 12.0  # largest length over which two tracks that cross count as one, metres
_SLIP = 1.0  # largest distance of a slip from the tracks of its diamond, metres


@dataclass(slots=True)
class RidgePath:
    """A traced path between two legs.

    Parameters
    ----------
    a, b
        The legs.
    xy
        ``(n, 2)`` from leg `a` to leg `b`, every half metre, metres.
    at_a, at_b
        Stations on the legs where it begins and ends, metres.
    value
        Mean probability, 0-1.
    traces
        Number of legs whose trace ended at the other leg; 0 for a trace from a starting point
        between them.
    """

    a: EdgeEnd
    b: EdgeEnd
    xy: Array
    at_a: float
    at_b: float
    value: float
    traces: int = 1

    @property
    def pair(self) -> frozenset[EdgeEnd]:
        """Both legs."""
        return frozenset((self.a, self.b))


def is_separate(distance: Array) -> bool:
    """Whether a trace is a track of its own.

    Parameters
    ----------
    distance
        ``(n,)`` distance from all other tracks, every half metre, metres.

    Returns
    -------
    bool
        True if it is more than 0.6 m away over at least 4 m.
    """
    return float((distance > SEPARATE).sum()) * TRACE_STEP >= _SEPARATE_LENGTH


def select_paths(paths: list[RidgePath]) -> list[RidgePath]:
    """Select the fewest paths that cover all tracks: one for each pair of legs, no redundant one.

    Parameters
    ----------
    paths
        Traced paths, in the order in which they were found.

    Returns
    -------
    list of RidgePath
        Sorted by their legs.
    """
    return _without_redundant(
        _swap_at_shared_track(_without_redundant(_without_slips(_merged(paths))))
    )


def _merged(paths: list[RidgePath]) -> list[RidgePath]:
    """One path for each pair of legs."""
    kept: dict[frozenset[EdgeEnd], RidgePath] = {}
    for path in paths:
        before = kept.get(path.pair)
        if before is not None:
            path = replace(_combined(before, path), traces=path.traces + before.traces)
        kept[path.pair] = path
    return list(kept.values())


def _without_slips(paths: list[RidgePath]) -> list[RidgePath]:
    """Remove paths that connect the two tracks of a diamond crossing inside it.

    A slip is not an edge but a connection at the node of the crossing (`slips`).
    """
    lines = [shapely.linestrings(path.xy) for path in paths]
    slips = set()
    for i, one in enumerate(paths):
        for j in range(i):
            two = paths[j]
            ends = one.pair | two.pair
            if len(ends) < 4 or not shapely.crosses(lines[i], lines[j]):
                continue
            if TRACE_STEP * (distance_from(one.xy, two.xy) < SAME_TRACK).sum() > _DIAMOND:
                continue
            for k, path in enumerate(paths):
                if k in (i, j) or not path.pair <= ends:
                    continue
                apart = np.minimum(distance_from(path.xy, one.xy), distance_from(path.xy, two.xy))
                if apart[np.isfinite(apart)].max(initial=0.0) < _SLIP:
                    slips.add(k)
    return [path for k, path in enumerate(paths) if k not in slips]


def _without_redundant(paths: list[RidgePath]) -> list[RidgePath]:
    """Remove paths that fewer than two traces found and whose track other paths cover."""
    kept = {path.pair: path for path in _merged(paths)}
    for path in sorted(kept.values(), key=lambda w: (w.traces, w.value, w.a, w.b)):
        if path.traces > 1:
            break
        others = [w for w in kept.values() if w is not path]
        if not path.pair <= {k for w in others for k in (w.a, w.b)}:
            continue
        apart = np.full(len(path.xy), np.inf)
        for other in others:
            apart = np.minimum(apart, distance_from(path.xy, other.xy))
        if not is_separate(apart):
            del kept[path.pair]
    return sorted(kept.values(), key=lambda w: (w.a, w.b))


def _combined(one: RidgePath, two: RidgePath) -> RidgePath:
    """Of two traces between the same legs the better one, or the second halves of both.

    A trace starts where its leg seems to be a single ridge. Inside trackwork this may be only a
    skeleton, so where two traces met, the second half of each is the more reliable.
    """
    if one.a == two.b:
        near = np.flatnonzero(distance_from(one.xy, two.xy) < SAME_TRACK)
        if len(near) >= 2:
            low, high = int(near[0]), int(near[-1]) + 1
            part, share = one.xy[low:high], np.linspace(0.0, 1.0, high - low)[:, None]
            mixed = share * part + (1 - share) * point_at(two.xy, project(part, two.xy)[:, 0])
            nearest = int(np.argmin(np.hypot(*(two.xy - part[0]).T)))
            xy = np.concatenate([two.xy[:nearest:-1], mixed, one.xy[high:]])
            return RidgePath(one.a, one.b, xy, two.at_b, one.at_b, 0.5 * (one.value + two.value))
    return two if two.value > one.value else one


def _swap_at_shared_track(paths: list[RidgePath]) -> list[RidgePath]:
    """Exchange the ends of paths that share track in their middle: two turnouts, toe to toe.

    Over the track between the toes, each leg of one side connects to each of the other. Three of
    these four paths make two turnouts; the two without a common leg would make a crossing.
    """
    done = list(paths)
    pairs = {path.pair for path in paths}
    for i, one in enumerate(paths):
        for two in paths[:i]:
            gone = all(one is not w for w in done) or all(two is not w for w in done)
            across = {frozenset((k, m)) for k in (one.a, one.b) for m in (two.a, two.b)}
            if gone or one.pair & two.pair or across & pairs:
                continue
            near = np.flatnonzero(distance_from(one.xy, two.xy) < SAME_TRACK)
            if TRACE_STEP * len(near) < SAME_TRACK_LENGTH:
                continue
            swapped = _swap(one, two, int(near[len(near) // 2]))
            new = [w for w in swapped if w.pair not in pairs]
            pairs |= {w.pair for w in new}
            less, more = (one, two) if one.traces <= two.traces else (two, one)
            more.traces = max(more.traces, 2)  # it connects the new paths, so it must stay
            done = [w for w in done if w is not less] + new
    return done


def _swap(one: RidgePath, two: RidgePath, at: int) -> tuple[RidgePath, RidgePath]:
    """Two paths from the halves of two others, exchanged at point `at` of the first."""
    nearest = int(np.argmin(np.hypot(*(two.xy - one.xy[at]).T)))
    if _direction(one.xy, at) @ _direction(two.xy, nearest) < 0:
        two = RidgePath(two.b, two.a, two.xy[::-1], two.at_b, two.at_a, two.value)
        nearest = len(two.xy) - 1 - nearest
    value = 0.5 * (one.value + two.value)
    first = np.concatenate([one.xy[:at], two.xy[nearest + 1 :]])
    second = np.concatenate([two.xy[:nearest], one.xy[at + 1 :]])
    return (
        RidgePath(one.a, two.b, first, one.at_a, two.at_b, value),
        RidgePath(two.a, one.b, second, two.at_a, one.at_b, value),
    )


def _direction(xy: Array, at: int) -> Array:
    """Vector along a curve at one of its points, of any length."""
    return np.asarray(xy[min(at + 3, len(xy) - 1)] - xy[max(at - 3, 0)])
