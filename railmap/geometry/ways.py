"""Runs from leg to leg, and which of them make up a piece of trackwork."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from railmap.geometry.curves import Array
from railmap.geometry.rolling import Key, aside

__all__ = ["NEW", "Way", "choose", "is_beside"]

NEW = 0.6  # metres from all other tracks ...
_NEW_LENGTH = 4.0  # ... over this length: a track of its own
_STEP = 0.5  # of runs, metres
_SHARED, _SHARED_LENGTH = 0.25, 8.0  # metres apart, over this length: one track


@dataclass(slots=True)
class Way:
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
        How many of the legs led to the other; 0 if another strand did.
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


def choose(ways: list[Way]) -> list[Way]:
    """Fewest ways that explain all: one for each pair of legs, none that others make up."""
    return _needed(_unbraid(_needed(ways)))


def _needed(ways: list[Way]) -> list[Way]:
    """One way for each pair of legs; none that fewer than both ask for and others explain."""
    kept: dict[frozenset[Key], Way] = {}
    for way in ways:
        pair = frozenset((way.a, way.b))
        before = kept.get(pair)
        if before is None:
            kept[pair] = way
            continue
        better = way if way.value > before.value else before
        kept[pair] = replace(better, asked=way.asked + before.asked)
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


def _unbraid(ways: list[Way]) -> list[Way]:
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
            done = [w for w in done if w is not one] + new
    return done


def _exchange(one: Way, two: Way, at: int) -> tuple[Way, Way]:
    """Two ways, each of half of one and half of the other, joined at point `at` of `one`."""
    there = int(np.argmin(np.hypot(*(two.xy - one.xy[at]).T)))
    if _along(one.xy, at) @ _along(two.xy, there) < 0:
        two = Way(two.b, two.a, two.xy[::-1], two.at_b, two.at_a, two.value)
        there = len(two.xy) - 1 - there
    value = 0.5 * (one.value + two.value)
    first = np.concatenate([one.xy[:at], two.xy[there + 1 :]])
    second = np.concatenate([two.xy[:there], one.xy[at + 1 :]])
    return (
        Way(one.a, two.b, first, one.at_a, two.at_b, value),
        Way(two.a, one.b, second, two.at_a, one.at_b, value),
    )


def _along(xy: Array, at: int) -> Array:
    return np.asarray(xy[min(at + 3, len(xy) - 1)] - xy[max(at - 3, 0)])
