"""Tracks that no leg leads to: crossovers, and legs that the picture's edge cuts short."""

from __future__ import annotations

import numpy as np

from railmap.geometry.curves import Array, directions, resample
from railmap.geometry.field import ProbabilityField
from railmap.geometry.follow import State, aim, on_ridge
from railmap.geometry.graph import WorkGraph
from railmap.geometry.rolling import CLEAN, Ground, Rolled, aside, roll
from railmap.geometry.ways import NEW, is_beside

__all__ = ["add_track", "find_seeds", "roll_both_ways"]

_SPACING = 24  # metres between seeds on a strand
_BESIDE, _LEVEL = 1.5, 0.75  # metres beside a strand, and probability against its own
_SURE = 0.93  # of the other tracks' probability: what a track that no leg leads to must have
_APART = 1.2  # metres from other tracks where a strand of its own begins
_STEP = 0.5
_FAR = 5.0


def find_seeds(graph: WorkGraph, probability: ProbabilityField, bare: list[int]) -> list[State]:
    """Where to look: on strands without clean ends, and beside strands where there is track.

    A leg or a crossover passes 1.5 m beside the track that it leaves; the next track, 3.5 m away
    or more, leaves hardly any probability there.
    """
    seeds = []
    for number in sorted(graph.strands):
        xy = resample(graph.strands[number].xy, 1.0)
        if len(xy) < 5:
            continue
        way = directions(xy)
        heading = np.arctan2(way[:, 1], way[:, 0])
        if number in bare:
            for i in range(min(len(xy) // 2, _SPACING // 2), len(xy), _SPACING):
                seeds.append(aim(probability, xy[i], float(heading[i])))
        normal = np.stack([-way[:, 1], way[:, 0]], 1)
        least = np.maximum(_LEVEL * np.nan_to_num(probability.values(xy)), 0.1)
        for side in (-_BESIDE, _BESIDE):
            value = np.nan_to_num(probability.values(xy + side * normal))
            edge = np.diff(np.concatenate([[0], (value >= least).astype(int), [0]]))
            for a, b in zip(np.flatnonzero(edge == 1), np.flatnonzero(edge == -1), strict=True):
                k = int(a) + int(np.argmax(value[a:b]))
                seeds.append(aim(probability, xy[k] + side * normal[k], float(heading[k])))
    return seeds


def roll_both_ways(
    graph: WorkGraph,
    probability: ProbabilityField,
    ground: Ground,
    state: State,
    known: list[Array],
) -> tuple[Rolled, Rolled] | None:
    """Roll from a seed to both sides; None unless that is a new, sure track that joins others.

    `known` are curves that are found already.
    """
    x, y, heading, kappa = state
    here = np.array([[x, y]])
    if ground.nearest(here, NEW)[0][0] < NEW or any(aside(here, k)[0] < NEW for k in known):
        return None
    line = here + np.arange(-4.0, 4.1, _STEP)[:, None] * [np.cos(heading), np.sin(heading)]
    if not on_ridge(probability, line, _STEP).any():
        return None
    level = float(probability.values(here)[0])
    ahead, behind = (
        roll(probability, ground, (x, y, heading + turn, sign * kappa), -1, level)
        for turn, sign in ((0.0, 1.0), (np.pi, -1.0))
    )
    joined = [side for side in (ahead, behind) if side.strand >= 0]
    if not joined:
        return None
    xy = np.concatenate([ahead.xy[::-1], behind.xy])
    apart = ground.nearest(xy, _FAR)[0]
    for line in known:
        apart = np.minimum(apart, aside(xy, line))
    value = np.concatenate([ahead.value, behind.value])
    least = min(
        float(np.nanmedian(probability.values(graph.strands[side.strand].xy))) for side in joined
    )
    return (ahead, behind) if is_beside(apart) and value.mean() >= _SURE * least else None


def add_track(
    graph: WorkGraph,
    probability: ProbabilityField,
    ground: Ground,
    loose: Array,
    earlier: list[Array],
) -> int | None:
    """Add a strand for a run whose first point is its free end; returns its number.

    It is the longest part that keeps clear of others and of `earlier` ones, which the ground
    doesn't show if they have no clean leg. What is too short is no strand.
    """
    clear = ground.nearest(loose, _APART)[0] >= _APART
    for line in earlier:
        clear &= aside(loose, line) >= _APART
    edge = np.diff(np.concatenate([[0], clear.astype(int), [0]]))
    first, last = np.flatnonzero(edge == 1), np.flatnonzero(edge == -1)
    if not len(first):
        return None
    longest = int(np.argmax(last - first))
    part = loose[first[longest] : last[longest]]
    if len(part) * _STEP < 2 * CLEAN:
        return None
    start, end = graph.add_vertex(part[0]), graph.add_vertex(part[-1])
    graph.vertices[end].inner = True
    if first[longest] > 0:
        graph.vertices[start].inner = True
    else:
        out = part[0] - part[4]
        ahead = part[0] + out / np.hypot(*out) * np.arange(0.0, 3.0, 0.25)[:, None]
        graph.vertices[start].at_edge = bool(np.isnan(probability.values(ahead)).any())
    return graph.add_strand(resample(part, 0.25), start, end)
