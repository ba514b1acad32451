"""Which of two tracks that part goes on as it came."""

from __future__ import annotations

import numpy as np

from railmap.geometry.curves import arc_length, cut, length_of, project, resample
from railmap.geometry.junctions.find.mask_paths import CandidatePath
from railmap.geometry.junctions.find.ridge_legs import aside

__all__ = ["rank"]

_TOGETHER, _PARTED = 0.1, 0.4  # metres between paths that are one still, that have parted
_BEFORE, _AFTER = 23.0, 25.0  # metres before the toe and past the parting that tell which bends
_LONGEST_ARC = 50.0  # from toe to parting, metres
_SAMPLE, _ONE_TRACK, _STEM = 1.0, 0.25, 8.0  # metres: steps, apart, and over which length


def rank(paths: list[CandidatePath]) -> list[int]:
    """Order paths so that where two part, the one that goes on as it came precedes the other.

    What leads from one to the other of two that run together in their midst only (turnouts toe
    to toe) precedes one of these, so that what lies between the toes is drawn once.
    """
    lost = np.zeros(len(paths))
    legs = [{path.a, path.b} for path in paths]
    stems = []
    for i, one in enumerate(paths):
        for j in range(i):
            links = [k for k in range(len(paths)) if legs[k] & legs[i] and legs[k] & legs[j]]
            if not legs[i] & legs[j] and links and _run_together(one, paths[j]):
                stems.append((i, j, links))
            for leg in legs[i] & legs[j]:
                mine, its = (_bending(paths[k], leg, paths[m]) for k, m in ((i, j), (j, i)))
                lost[i if mine > its else j] += 1
    order = sorted(range(len(paths)), key=lambda k: (lost[k], -length_of(paths[k].xy), k))
    for i, j, links in stems:
        later, link = max(i, j, key=order.index), min(links, key=order.index)
        if order.index(link) > order.index(later):
            order.remove(later)
            order.insert(order.index(link) + 1, later)
    return order


def _run_together(one: CandidatePath, two: CandidatePath) -> bool:
    beside = aside(resample(one.xy, _SAMPLE), two.xy) < _ONE_TRACK
    return bool(_SAMPLE * beside.sum() >= _STEM)


def _bending(path: CandidatePath, leg: int, other: CandidatePath) -> float:
    """How badly one parabola fits a path about where it parts from another, metres.

    Half of an arc tangent to another track is run through when a quarter of its offset is reached.
    """
    mine = path.starting(leg)
    station = arc_length(mine)
    apart = np.abs(project(mine, other.xy)[:, 1])
    parted = int(np.argmax(apart > _PARTED)) if (apart > _PARTED).any() else len(mine) - 1
    near = np.flatnonzero(apart[: parted + 1] < _TOGETHER)
    half = station[parted] - station[near[-1] if len(near) else 0]
    at = float(station[parted])
    xy = cut(mine, at - min(2 * half, _LONGEST_ARC) - _BEFORE, at + _AFTER)
    centre = xy.mean(axis=0)
    _, _, axes = np.linalg.svd(xy - centre, full_matrices=False)
    u, v = (xy - centre) @ axes[0], (xy - centre) @ axes[1]
    c = np.polynomial.polynomial.polyfit(u, v, 2)
    return float(np.sqrt(((np.polynomial.polynomial.polyval(u, c) - v) ** 2).mean()))
