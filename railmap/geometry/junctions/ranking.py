"""Decide which of two diverging tracks is the through track (both solvers)."""

from __future__ import annotations

import numpy as np

from railmap.geometry.constants import SAME_TRACK, SAME_TRACK_LENGTH
from railmap.geometry.curves import arc_length, cut, distance_from, length_of, project, resample
from railmap.geometry.junctions.find.types import CandidatePath

__all__ = ["rank"]

_TOGETHER, _DIVERGED = 0.1, 0.4  # separations up to which, and from which, metres
_BEFORE, _AFTER = 23.0, 25.0  # lengths before the toe and past the divergence compared, metres
_LONGEST_ARC = 50.0  # from the toe to the divergence, metres
_STEP = 1.0  # spacing of compared points, metres


def rank(paths: list[CandidatePath]) -> list[int]:
    """Order paths so that through tracks precede the tracks that diverge from them.

    Where two paths without a common leg share track in their middle (turnouts toe to toe), a path
    that connects a leg of each precedes the later one, so that the shared track is drawn once.

    Parameters
    ----------
    paths
        Paths of one cluster.

    Returns
    -------
    list of int
        Indices of the paths.
    """
    diverging = np.zeros(len(paths))
    legs = [{path.a, path.b} for path in paths]
    shared = []
    for i, one in enumerate(paths):
        for j in range(i):
            links = [k for k in range(len(paths)) if legs[k] & legs[i] and legs[k] & legs[j]]
            if not legs[i] & legs[j] and links and _share_track(one, paths[j]):
                shared.append((i, j, links))
            for leg in legs[i] & legs[j]:
                bend_i, bend_j = (_bending(paths[k], leg, paths[m]) for k, m in ((i, j), (j, i)))
                diverging[i if bend_i > bend_j else j] += 1
    order = sorted(range(len(paths)), key=lambda k: (diverging[k], -length_of(paths[k].xy), k))
    for i, j, links in shared:
        later, link = max(i, j, key=order.index), min(links, key=order.index)
        if order.index(link) > order.index(later):
            order.remove(later)
            order.insert(order.index(link) + 1, later)
    return order


def _share_track(one: CandidatePath, two: CandidatePath) -> bool:
    near = distance_from(resample(one.xy, _STEP), two.xy) < SAME_TRACK
    return bool(_STEP * near.sum() >= SAME_TRACK_LENGTH)


def _bending(path: CandidatePath, leg: int, other: CandidatePath) -> float:
    """Misfit of a parabola to a path where it diverges from another, metres.

    A diverging path changes its curvature at the toe, a through track does not. At a quarter of
    its offset, an arc tangent to another track has half of its length.
    """
    mine = path.starting_at(leg)
    station = arc_length(mine)
    apart = np.abs(project(mine, other.xy)[:, 1])
    far = apart > _DIVERGED
    diverged = int(np.argmax(far)) if far.any() else len(mine) - 1
    near = np.flatnonzero(apart[: diverged + 1] < _TOGETHER)
    half = station[diverged] - station[near[-1] if len(near) else 0]
    at = float(station[diverged])
    xy = cut(mine, at - min(2 * half, _LONGEST_ARC) - _BEFORE, at + _AFTER)
    centre = xy.mean(axis=0)
    _, _, axes = np.linalg.svd(xy - centre, full_matrices=False)
    u, v = (xy - centre) @ axes[0], (xy - centre) @ axes[1]
    c = np.polynomial.polynomial.polyfit(u, v, 2)
    return float(np.sqrt(((np.polynomial.polynomial.polyval(u, c) - v) ** 2).mean()))
