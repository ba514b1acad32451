"""Runs from leg to leg, and which of them make up a piece of trackwork."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely

from railmap.geometry.curves import Array, point_at, project
from railmap.geometry.junctions.find.ridge_legs import Key, aside

__all__ = ["NEW", "RidgePath", "is_beside", "select_paths"]

NEW = 0.6  # metres from all other tracks ...
_NEW_LENGTH = 4.0  # ... over this length: a track of its own
_STEP = 0.5  # of runs, metres
_SHARED, _SHARED_LENGTH = 0.25, 8.0  # metres apart, over this length: one track
_DIAMOND = 12.0  # metres over which two that cross are no further apart than that, at most
_SLIP = 1.0  # metres from the tracks of its diamond that a slip lies off, at most


@dataclass(slots=True)
class RidgePath:
    """A run from leg `a` to leg `b`.

    Parameters
    ----------
    xy
        ``(n, 2)`` every half metre.
    at_a, at_b
        Stations on the legs where it begins and ends.
    value
        Mean probability, 0-1.
    asked
        How many of the legs led to the other; 0 if another edge did.
    """

    a: Key
    b: Key
    xy: Array
    at_a: float
    at_b: float
    value: float
    asked: int = 1


def is_beside(apart: Array) -> bool:
    """Whether a run that keeps these distances (every half metre) is a track of its own."""
    return float((apart > NEW).sum()) * _STEP >= _NEW_LENGTH


def select_paths(ways: list[RidgePath]) -> list[RidgePath]:
    """Fewest ways that explain all: one for each pair of legs, none that others make up."""
    return _needed(_unbraid(_needed(_without_slips(_merged(ways)))))


def _merged(ways: list[RidgePath]) -> list[RidgePath]:
    """One way for each pair of legs."""
    kept: dict[frozenset[Key], RidgePath] = {}
    for way in ways:
        pair = frozenset((way.a, way.b))
        before = kept.get(pair)
        if before is not None:
            way = replace(_both(before, way), asked=way.asked + before.asked)
        kept[pair] = way
    return list(kept.values())


def _without_slips(ways: list[RidgePath]) -> list[RidgePath]:
    """Leave out what leads from one track to the other inside a diamond of two others.

    A slip is no track of its own but a way through the diamond's node (`slips`).
    """
    lines = [shapely.linestrings(way.xy) for way in ways]
    slips = set()
    for i, one in enumerate(ways):
        for j in range(i):
            two = ways[j]
            ends = {one.a, one.b, two.a, two.b}
            if len(ends) < 4 or not shapely.crosses(lines[i], lines[j]):
                continue
            if _STEP * (aside(one.xy, two.xy) < _SHARED).sum() > _DIAMOND:
                continue
            for k, way in enumerate(ways):
                if k in (i, j) or not {way.a, way.b} <= ends:
                    continue
                apart = np.minimum(aside(way.xy, one.xy), aside(way.xy, two.xy))
                if apart[np.isfinite(apart)].max(initial=0.0) < _SLIP:
                    slips.add(k)
    return [way for k, way in enumerate(ways) if k not in slips]


def _needed(ways: list[RidgePath]) -> list[RidgePath]:
    """No way that fewer than both its legs ask for and others explain."""
    kept = {frozenset((way.a, way.b)): way for way in _merged(ways)}
    for way in sorted(kept.values(), key=lambda w: (w.asked, w.value, w.a, w.b)):
        if way.asked > 1:
            break
        others = [w for w in kept.values() if w is not way]
        if not {way.a, way.b} <= {k for w in others for k in (w.a, w.b)}:
            continue
        apart = np.full(len(way.xy), np.inf)
        for other in others:
            apart = np.minimum(apart, aside(way.xy, other.xy))
        if not is_beside(apart):
            del kept[frozenset((way.a, way.b))]
    return sorted(kept.values(), key=lambda w: (w.a, w.b))


def _both(one: RidgePath, two: RidgePath) -> RidgePath:
    """Of two runs between the same legs the better one, or the latter halves of both.

    Runs that met each other begin where their legs seem clean; inside trackwork a leg may be a
    mere skeleton there, which the other run doesn't trust.
    """
    if one.a == two.b:
        beside = np.flatnonzero(aside(one.xy, two.xy) < _SHARED)
        if len(beside) >= 2:
            low, high = int(beside[0]), int(beside[-1]) + 1
            part, share = one.xy[low:high], np.linspace(0.0, 1.0, high - low)[:, None]
            mixed = share * part + (1 - share) * point_at(two.xy, project(part, two.xy)[:, 0])
            there = int(np.argmin(np.hypot(*(two.xy - part[0]).T)))
            xy = np.concatenate([two.xy[:there:-1], mixed, one.xy[high:]])
            return RidgePath(one.a, one.b, xy, two.at_b, one.at_b, 0.5 * (one.value + two.value))
    return two if two.value > one.value else one


def _unbraid(ways: list[RidgePath]) -> list[RidgePath]:
    """Let ways that run together in their midst change partners: two turnouts, toe to toe.

    Over the track between the toes either leg of one side leads to either of the other; three of
    these four ways make two turnouts, the two that don't share a leg would make a crossing.
    """
    done = list(ways)
    pairs = {frozenset((w.a, w.b)) for w in ways}
    for i, one in enumerate(ways):
        for two in ways[:i]:
            gone = all(one is not w for w in done) or all(two is not w for w in done)
            across = {frozenset((k, m)) for k in (one.a, one.b) for m in (two.a, two.b)}
            if gone or {one.a, one.b} & {two.a, two.b} or across & pairs:
                continue
            beside = np.flatnonzero(aside(one.xy, two.xy) < _SHARED)
            if _STEP * len(beside) < _SHARED_LENGTH:
                continue
            swapped = _exchange(one, two, int(beside[len(beside) // 2]))
            new = [w for w in swapped if frozenset((w.a, w.b)) not in pairs]
            pairs |= {frozenset((w.a, w.b)) for w in new}
            less, more = (one, two) if one.asked <= two.asked else (two, one)
            more.asked = max(more.asked, 2)  # without it the new ones don't hang together
            done = [w for w in done if w is not less] + new
    return done


def _exchange(one: RidgePath, two: RidgePath, at: int) -> tuple[RidgePath, RidgePath]:
    """Two ways, each of half of one and half of the other, joined at point `at` of `one`."""
    there = int(np.argmin(np.hypot(*(two.xy - one.xy[at]).T)))
    if _along(one.xy, at) @ _along(two.xy, there) < 0:
        two = RidgePath(two.b, two.a, two.xy[::-1], two.at_b, two.at_a, two.value)
        there = len(two.xy) - 1 - there
    value = 0.5 * (one.value + two.value)
    first = np.concatenate([one.xy[:at], two.xy[there + 1 :]])
    second = np.concatenate([two.xy[:there], one.xy[at + 1 :]])
    return (
        RidgePath(one.a, two.b, first, one.at_a, two.at_b, value),
        RidgePath(two.a, one.b, second, two.at_a, one.at_b, value),
    )


def _along(xy: Array, at: int) -> Array:
    return np.asarray(xy[min(at + 3, len(xy) - 1)] - xy[max(at - 3, 0)])
