"""Mask solver: select the fewest smooth paths between the legs of a cluster."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from railmap.geometry.curves import (
    Array,
    arc_length,
    connect,
    cut,
    heading_change,
    left_normals,
    max_curvature,
    project,
    resample,
    tangents,
)
from railmap.geometry.evidence.band import Scale, recentre
from railmap.geometry.evidence.field import ProbabilityField
from railmap.geometry.junctions.find.types import CandidatePath, JunctionCluster, Leg
from railmap.tracing.types import NO_DATA

__all__ = ["find_mask_paths", "refine_paths"]

_MAX_TURN = np.radians(28.0)  # largest angle between a leg and the chord to another
_MIN_RADIUS = 60.0  # of a path, metres
_MIN_INSIDE = 0.9  # share of a path that must be inside the band
_STRAIGHTS = (0.0, 0.25, 0.5)  # straights tried at the ends of a path, as shares of its chord
_CORE = 0.33  # half width of the core of a band, as a share of its width


def _inside(field: ProbabilityField, xy: Array, width: float) -> tuple[float, float]:
    """Share of the core of a path's band that is track, and mean probability on the path."""
    n = left_normals(xy) * _CORE * width
    p = np.stack([field.values(xy + k * n) for k in (-1.0, 0.0, 1.0)])
    known = np.isfinite(p)
    share = float((p[known] >= field.threshold).mean()) if known.any() else 0.0
    middle = p[1][np.isfinite(p[1])]
    return share, float(middle.mean()) if len(middle) else 0.0


def _candidate(
    field: ProbabilityField, cluster: JunctionCluster, i: int, j: int, scale: Scale
) -> CandidatePath | None:
    one, two = cluster.legs[i], cluster.legs[j]
    chord = two.point - one.point
    size = float(np.hypot(*chord))
    if size < 1e-6:
        return None
    along = float(np.arctan2(chord[1], chord[0]))
    out = two.heading + np.pi
    turn_a, turn_b = heading_change(one.heading, along), heading_change(along, out)
    if max(abs(turn_a), abs(turn_b)) > _MAX_TURN:
        return None
    best: CandidatePath | None = None
    best_score = -np.inf
    for straight_a in _STRAIGHTS:
        for straight_b in _STRAIGHTS:
            both = straight_a + straight_b
            if both > 0.6 or (both > 0 and size < 8.0):
                continue
            middle = _between(one, two, straight_a * size, straight_b * size, scale.step)
            curvature = max_curvature(middle)
            if curvature > 1 / _MIN_RADIUS and curvature * size > 0.15:
                continue
            share, mean = _inside(field, middle, scale.width)
            score = share + mean - 0.5 * curvature * 10
            if score > best_score:
                xy = np.concatenate(
                    [
                        cut(one.xy, one.anchor, np.inf)[::-1][:-1],
                        middle,
                        cut(two.xy, two.anchor, np.inf)[1:],
                    ]
                )
                xy = resample(xy, scale.step)
                cost = abs(turn_a) + abs(turn_b) + 3.0 * (1 - share)
                best_score = score
                best = CandidatePath(i, j, xy, np.ones(len(xy)), cost, share)
    return best


def _between(one: Leg, two: Leg, straight_a: float, straight_b: float, step: float) -> Array:
    """Smooth curve between the anchors of two legs, with straights of given lengths at its ends."""
    u = np.array([np.cos(one.heading), np.sin(one.heading)])
    v = np.array([np.cos(two.heading), np.sin(two.heading)])
    start, end = one.point + straight_a * u, two.point + straight_b * v
    curve = connect(start, one.heading, end, two.heading + np.pi, step)
    parts = [curve]
    if straight_a:
        parts.insert(0, one.point[None])
    if straight_b:
        parts.append(two.point[None])
    return resample(np.concatenate(parts), step)


def _blocked(paths: list[CandidatePath], k: int, xy: Array, width: float) -> NDArray[np.bool_]:
    """Where other paths hide the left or the right edge of path `k`."""
    mask = np.zeros((len(xy), 2), bool)
    for m, other in enumerate(paths):
        if m == k:
            continue
        place = project(xy, other.xy)
        total = float(arc_length(other.xy)[-1])
        alongside = (place[:, 0] > 1e-6) & (place[:, 0] < total - 1e-6)
        # side on which the other path is; its own direction may be opposite
        t = tangents(xy)
        d = tangents(other.xy)
        s = arc_length(other.xy)
        along = np.stack([np.interp(place[:, 0], s, d[:, i]) for i in (0, 1)], 1)
        same = np.where((t * along).sum(1) >= 0, 1.0, -1.0)
        lateral = -place[:, 1] * same  # offset of the other path, + left
        near = alongside & (np.abs(lateral) < 1.12 * width)
        shared = bool({other.a, other.b} & {paths[k].a, paths[k].b})
        if shared:
            # the same side over the whole shared length: the one to which it diverges
            side = float(np.sum(lateral[near] * np.abs(lateral[near])))
            mask[near, 0 if side > 0 else 1] = True
        else:
            apart = np.abs(lateral) > 0.06 * width
            mask[near & apart & (lateral > 0), 0] = True
            mask[near & apart & (lateral < 0), 1] = True
    return mask


def refine_paths(
    field: ProbabilityField,
    paths: list[CandidatePath],
    legs: list[Leg],
    scale: Scale,
    rounds: int = 4,
) -> None:
    """Centre each path between the edges of the band that no other path hides.

    The end of a path is fixed at the cut of a leg, but not at the free end of a leg: there two
    paths may still run side by side.

    Parameters
    ----------
    field
        Track probability (mask).
    paths
        Paths of the cluster; changed in place.
    legs
        Legs of the cluster.
    scale
        Lengths of the raster.
    rounds
        Number of iterations.
    """
    for _ in range(rounds):
        new = []
        for k, path in enumerate(paths):
            xy = resample(path.xy, scale.step)
            blocked = _blocked(paths, k, xy, scale.width)
            held = (not legs[path.a].tip, not legs[path.b].tip)
            new.append(
                recentre(field, xy, scale, scale.width, blocked, rounds=1, fixed=held, faint=1e-5)
            )
        for path, (xy, weight, _) in zip(paths, new, strict=True):
            path.xy, path.weight = xy, weight


def find_mask_paths(
    field: ProbabilityField, cluster: JunctionCluster, scale: Scale
) -> list[CandidatePath]:
    """Select the fewest smooth paths between the legs of a cluster that cover its band.

    First the legs that continue each other straightest are paired. A remaining leg is connected to
    the leg to which it bends least. Last, paths are added that cover band that no other covers.

    Parameters
    ----------
    field
        Track probability (mask).
    cluster
        The cluster.
    scale
        Lengths of the raster.

    Returns
    -------
    list of CandidatePath
        Refined paths; empty if no curve between two legs is inside the band.
    """
    count = len(cluster.legs)
    candidates = [
        c
        for i in range(count)
        for j in range(i + 1, count)
        if (c := _candidate(field, cluster, i, j, scale)) is not None and c.inside >= _MIN_INSIDE
    ]
    candidates.sort(key=lambda c: (c.cost, c.a, c.b))
    chosen: list[CandidatePath] = []
    used: set[int] = set()
    for c in candidates:
        if c.a not in used and c.b not in used:
            chosen.append(c)
            used |= {c.a, c.b}
    for c in candidates:
        if c not in chosen and not {c.a, c.b} <= used:
            chosen.append(c)
            used |= {c.a, c.b}
    if not chosen:
        return []
    refine_paths(field, chosen, cluster.legs, scale)
    spare = [c for c in candidates if not any(c is d for d in chosen)]
    if count >= 4 and spare:
        _cover_rest(field, chosen, spare, cluster.legs, scale)
    return chosen


def _distances(xy: Array, shape: tuple[int, int], row0: int, col0: int, gsd: float) -> Array:
    """Distance of the pixels of a window from a curve, metres."""
    dense = resample(xy, 0.5 * gsd)
    rows = np.floor(-dense[:, 1] / gsd).astype(int) - row0
    cols = np.floor(dense[:, 0] / gsd).astype(int) - col0
    ok = (rows >= 0) & (cols >= 0) & (rows < shape[0]) & (cols < shape[1])
    off = np.ones(shape, bool)
    off[rows[ok], cols[ok]] = False
    if off.all():
        return np.full(shape, np.inf)
    return np.asarray(distance_transform_edt(off)) * gsd


def _cover_rest(
    field: ProbabilityField,
    chosen: list[CandidatePath],
    spare: list[CandidatePath],
    legs: list[Leg],
    scale: Scale,
) -> None:
    """Add the candidates that cover most of the uncovered band, while they cover enough."""
    gsd, width = scale.gsd, scale.width
    points = np.concatenate([c.xy for c in chosen])
    img, row0, col0 = field.window(points.min(0) - width, points.max(0) + width)
    band = (img >= field.level) & (img != NO_DATA)
    left = band.copy()
    for c in chosen:
        left &= _distances(c.xy, band.shape, row0, col0, gsd) > 0.5 * width + gsd
    enough = max(0.25 * width * width, 20 * gsd * gsd)
    for _ in range(4):
        best, best_gain = None, enough
        for c in spare:
            near = _distances(c.xy, band.shape, row0, col0, gsd) <= 0.5 * width
            gain = float((left & near).sum()) * gsd**2 * c.inside**4
            if gain > best_gain:
                best, best_gain = c, gain
        if best is None:
            return
        spare = [c for c in spare if c is not best]
        trial = [*chosen, best]
        refine_paths(field, trial, legs, scale)
        chosen.append(best)
        left &= _distances(best.xy, band.shape, row0, col0, gsd) > 0.5 * width + gsd
