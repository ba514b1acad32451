"""Modes within a class: clusters of photos, such as ticket windows and ticket machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import pdist

__all__ = ["RARE_MODE", "SMALL_MODE", "Modes", "find_modes", "gap"]

MAX_MODES = 5
MIN_GAP = 2.5
RARE_MODE = 0.1  # share up to which a mode is worth a finding however well it is told
SMALL_MODE = 0.3  # share up to which it is worth one if it is told badly
_LEAST, _LEAST_SHARE = 4, 0.025
_DIMENSIONS = 24
_SHRINKAGE = 0.1
_KEPT = 0.6  # of a gap that a whole mode has beside its core
_HIGHEST = 10.0  # one view that is sure doesn't outvote another that sees nothing
_MOST = 1500  # photos of a class that are clustered; distances of all pairs are held


@dataclass(frozen=True, slots=True)
class Modes:
    """Modes of one class, the largest first.

    Parameters
    ----------
    members
        ``(n,)`` int64 mode of each photo of the class.
    shares
        Share of each mode.
    gap
        Least gap between a mode and the other photos (see `gap`); 0 for one mode.
    centres
        For each mode, the index (into the class's photos) of its most typical ones.
    """

    members: NDArray[np.int64]
    shares: tuple[float, ...]
    gap: float
    centres: tuple[tuple[int, ...], ...]


def find_modes(views: Sequence[NDArray[np.float32]], seed: int = 0) -> Modes:
    """Find the groups of a class's photos that a gap parts from all others.

    Every branch of trees of average and Ward linkage, in each view and in all together, that
    holds between 2.5 % (and at least four) and half of the photos may be a mode. It is one if the
    mean of its gaps in the views is 2.5 or more: what only one view sees is chance. Small ones
    are taken first, since a mode of 5 % may lie in a half that is a mode as well.

    Parameters
    ----------
    views
        Each ``(n, K)`` float32 of the same photos, found independently of each other: see
        `railmap.scenes.audit.views`. Only the rows' direction counts: haze makes all of a row
        smaller.
    seed
        Of the choice where there are more photos than can be compared with each other; the rest
        joins the nearest mode.
    """
    count = len(views[0])
    chosen = np.arange(count)
    if count > _MOST:
        chosen = np.sort(np.random.default_rng(seed).choice(count, _MOST, replace=False))
    points = [_components(view, chosen) for view in views]
    sample = [one[chosen] for one in points]
    labels, least = _part(sample)
    sizes = np.bincount(labels)
    order = np.argsort(-sizes, kind="stable")
    labels = np.argsort(order)[labels]
    together = np.concatenate(points, axis=1)
    number = len(order)
    centres = np.stack([together[chosen][labels == mode].mean(axis=0) for mode in range(number)])
    if len(chosen) == count:
        members = labels
    else:
        members = ((together[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
        members[chosen] = labels
    typical = tuple(
        tuple(int(i) for i in _nearest(together, members, mode, centres[mode]))
        for mode in range(number)
    )
    shares = tuple(float((members == mode).mean()) for mode in range(number))
    return Modes(members.astype(np.int64), shares, least, typical)


def gap(points: NDArray[np.float64], group: NDArray[np.bool_]) -> float:
    """How wide the gap between a group and all other points is, in their standard deviations.

    Points are seen along the line that tells the group from the others best (Fisher's
    discriminant, covariance of the others shrunk by a tenth to a sphere), each of the group along
    one that was found without it. The gap lies between the nearest fifth of the group and the
    farthest 2 % of the others; it is about 0 or less for the tail of a cloud.

    Parameters
    ----------
    points
        ``(n, D)`` float64.
    group
        ``(n,)`` bool: two points or more.
    """
    rest = points[~group]
    inside = points[group] - rest.mean(axis=0)
    rest = rest - rest.mean(axis=0)
    spread = np.cov(rest, rowvar=False).reshape(rest.shape[1], -1)
    sphere = np.trace(spread) / len(spread) * np.eye(len(spread))
    spread = (1 - _SHRINKAGE) * spread + _SHRINKAGE * sphere + 1e-12 * np.eye(len(spread))
    means = (inside.sum(axis=0) - inside) / (len(inside) - 1)
    lines = np.linalg.solve(spread, means.T).T
    lines /= np.sqrt(np.maximum((lines * means).sum(axis=1, keepdims=True), 1e-12))
    own = (lines * inside).sum(axis=1)
    others = rest @ lines.mean(axis=0)
    return float(np.quantile(own, 0.2) - np.quantile(others, 0.98))


def _part(views: Sequence[NDArray[np.float64]]) -> tuple[NDArray[np.int64], float]:
    """Mode of each photo, and the least gap of those found."""
    count = len(views[0])
    labels = np.zeros(count, np.int64)
    least = max(_LEAST, round(_LEAST_SHARE * count))
    if count < 4 * least:
        return labels, 0.0
    found = []
    for members in _branches(views, least, count // 2):
        mean = float(np.mean([min(gap(view, members), _HIGHEST) for view in views]))
        if mean >= MIN_GAP:
            found.append(_Branch(members, mean, bool(members.sum() <= RARE_MODE * count)))
    gaps: list[float] = []
    for branch in sorted(found, key=lambda one: (not one.rare, -one.gap)):
        group = _whole(branch, found) if branch.rare else branch.members
        free = group & (labels == 0)
        mostly = free.sum() >= max(least, 0.8 * group.sum())
        if not mostly or ((labels == 0) & ~free).sum() < least or len(gaps) == MAX_MODES - 1:
            continue
        gaps.append(branch.gap)
        labels[free] = len(gaps)
    return labels, min(gaps, default=0.0)


class _Branch(NamedTuple):
    """Photos ``(n,)`` bool that a gap parts from the others, and whether they are few."""

    members: NDArray[np.bool_]
    gap: float
    rare: bool


def _whole(branch: _Branch, found: Sequence[_Branch]) -> NDArray[np.bool_]:
    """Return the largest rare branch around a rare one with a gap at least 0.6 as wide.

    The widest gap is that around the most alike photos of a mode, not around all of it.
    """
    around = [
        other.members
        for other in found
        if other.rare
        and other.gap >= _KEPT * branch.gap
        and not (branch.members & ~other.members).any()
    ]
    return max(around, key=np.count_nonzero)


def _branches(
    views: Sequence[NDArray[np.float64]], least: int, most: int
) -> Iterator[NDArray[np.bool_]]:
    """Branches of the trees of every view and of all together, each once, as ``(n,)`` bool."""
    seen: set[bytes] = set()
    count = len(views[0])
    for points in (*views, np.concatenate(views, axis=1)):
        distances = pdist(points)
        for method in ("average", "ward"):
            branches = list(np.eye(count, dtype=bool))
            for left, right, _, size in linkage(distances, method):
                branch = branches[int(left)] | branches[int(right)]
                branches.append(branch)
                if least <= size <= most and (key := branch.tobytes()) not in seen:
                    seen.add(key)
                    yield branch


def _components(features: NDArray[np.float32], chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    """Main components of the rows' directions, each at its own spread, with mean square 1.

    A direction needs some photos to be told from chance, so there are fewer of few photos.
    """
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    rows = (features / np.maximum(lengths, 1e-12)).astype(np.float64)
    rows -= rows[chosen].mean(axis=0)
    _, values, axes = np.linalg.svd(rows[chosen], full_matrices=False)
    kept = max(1, min(_DIMENSIONS, len(values), len(chosen) // 6))
    points = rows @ axes[:kept].T
    scale = np.sqrt((points[chosen] ** 2).sum(axis=1).mean())
    return np.asarray(points / max(scale, 1e-12))


def _nearest(
    points: NDArray[np.float64], members: NDArray[np.int64], mode: int, centre: NDArray[np.float64]
) -> NDArray[np.int64]:
    own = np.flatnonzero(members == mode)
    return own[np.argsort(((points[own] - centre) ** 2).sum(axis=1), kind="stable")[:6]]
