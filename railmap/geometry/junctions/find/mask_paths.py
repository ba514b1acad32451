"""Which legs of a cluster a train can run between: the fewest smooth paths that explain the band."""

from __future__ import annotations

from dataclasses import dataclass

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
from railmap.geometry.junctions.find.mask_clusters import JunctionCluster, Leg

__all__ = ["CandidatePath", "find_mask_paths", "refine_paths"]

_MAX_TURN = np.radians(28.0)
_MIN_RADIUS = 60.0
_MIN_INSIDE = 0.9
_LEADS = (0.0, 0.25, 0.5)


@dataclass(slots=True)
class CandidatePath:
    """A way from leg `a` to leg `b` (indices); ``xy`` runs from a's cut to b's cut."""

    a: int
    b: int
    xy: Array
    cost: float
    weight: Array
    inside: float = 1.0

    def starting(self, leg: int) -> Array:
        """Points from the cut of `leg` on."""
        return self.xy if leg == self.a else self.xy[::-1]

    def other(self, leg: int) -> int:
        """The leg at the other end."""
        return self.b if leg == self.a else self.a


def _inside(field: ProbabilityField, xy: Array, width: float) -> tuple[float, float]:
    """Share of a band's core that is track, and mean probability along the path."""
    n = left_normals(xy) * 0.33 * width
    p = np.stack([field.values(xy + k * n) for k in (-1.0, 0.0, 1.0)])
    known = np.isfinite(p)
    level = field.level / 254.0
    share = float((p[known] >= level).mean()) if known.any() else 0.0
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
    for lead_a in _LEADS:
        for lead_b in _LEADS:
            if lead_a + lead_b > 0.6 or (lead_a + lead_b > 0 and size < 8.0):
                continue
            middle = _between(one, two, lead_a * size, lead_b * size, scale.step)
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
                best = CandidatePath(i, j, xy, cost, np.ones(len(xy)), share)
    return best


def _between(one: Leg, two: Leg, lead_a: float, lead_b: float, step: float) -> Array:
    u = np.array([np.cos(one.heading), np.sin(one.heading)])
    v = np.array([np.cos(two.heading), np.sin(two.heading)])
    start, end = one.point + lead_a * u, two.point + lead_b * v
    curve = connect(start, one.heading, end, two.heading + np.pi, step)
    parts = [curve]
    if lead_a:
        parts.insert(0, one.point[None])
    if lead_b:
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
        beside = (place[:, 0] > 1e-6) & (place[:, 0] < total - 1e-6)
        # other to the left of me: I am to its right, or to its left if it runs against me
        t = tangents(xy)
        d = tangents(other.xy)
        s = arc_length(other.xy)
        along = np.stack([np.interp(place[:, 0], s, d[:, i]) for i in (0, 1)], 1)
        same = np.where((t * along).sum(1) >= 0, 1.0, -1.0)
        lateral = -place[:, 1] * same  # where the other is, + to my left
        near = beside & (np.abs(lateral) < 1.12 * width)
        shared = bool({other.a, other.b} & {paths[k].a, paths[k].b})
        if shared:
            # one side for the whole common stretch: the one on which it leaves
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
    """Lay each path on the edges that it owns alone.

    A path is held at a leg's cut, but not where the leg ends: there two paths may still run
    side by side.
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
    """Choose the cluster's paths.

    First the legs that go on straightest are paired; a leg left over joins where it bends
    least; then come paths that explain band which no other explains.
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
        _add_unexplained(field, chosen, spare, cluster.legs, scale)
    return chosen


def _raster(xy: Array, shape: tuple[int, int], row0: int, col0: int, gsd: float) -> Array:
    """Distance in metres from a curve, over a window of pixels."""
    dense = resample(xy, 0.5 * gsd)
    rows = np.floor(-dense[:, 1] / gsd).astype(int) - row0
    cols = np.floor(dense[:, 0] / gsd).astype(int) - col0
    ok = (rows >= 0) & (cols >= 0) & (rows < shape[0]) & (cols < shape[1])
    off = np.ones(shape, bool)
    off[rows[ok], cols[ok]] = False
    if off.all():
        return np.full(shape, np.inf)
    return np.asarray(distance_transform_edt(off)) * gsd


def _add_unexplained(
    field: ProbabilityField,
    chosen: list[CandidatePath],
    spare: list[CandidatePath],
    legs: list[Leg],
    scale: Scale,
) -> None:
    """Add the candidate that explains most of what is left, while it is enough of a band."""
    gsd, width = scale.gsd, scale.width
    points = np.concatenate([c.xy for c in chosen])
    img, row0, col0 = field.window(points.min(0) - width, points.max(0) + width)
    band = (img >= field.level) & (img != 255)
    left = band.copy()
    for c in chosen:
        left &= _raster(c.xy, band.shape, row0, col0, gsd) > 0.5 * width + gsd
    enough = max(0.25 * width * width, 20 * gsd * gsd)
    for _ in range(4):
        best, best_gain = None, enough
        for c in spare:
            near = _raster(c.xy, band.shape, row0, col0, gsd) <= 0.5 * width
            gain = float((left & near).sum()) * gsd**2 * c.inside**4
            if gain > best_gain:
                best, best_gain = c, gain
        if best is None:
            return
        spare = [c for c in spare if c is not best]
        trial = [*chosen, best]
        refine_paths(field, trial, legs, scale)
        chosen.append(best)
        left &= _raster(best.xy, band.shape, row0, col0, gsd) > 0.5 * width + gsd
