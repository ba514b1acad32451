"""Find modes within a class: clusters of photos, such as ticket windows and ticket machines."""

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
RARE_MODE = 0.1  # a mode with a smaller share is a finding
SMALL_MODE = 0.3  # a mode with a smaller share is a finding if it is classified badly
_LEAST, _LEAST_SHARE = 4, 0.025
_DIMENSIONS = 24
_SHRINKAGE = 0.1
_GAP_RATIO = 0.6  # minimum gap of a whole mode relative to that of its core
_MAX_GAP = 10.0  # one view with a wide gap must not outvote one without a gap
_MAX_PHOTOS = 1500  # photos of a class that are clustered; all pairwise distances are in memory


@dataclass(frozen=True, slots=True)
class Modes:
    """Modes of one class, the largest first.

    Parameters
    ----------
    members
        ``(n,)`` int64 mode of each photo of the class.
    shares
        Fraction of the photos in each mode.
    gap
        Smallest gap between a mode and the other photos (see `gap`); 0 for one mode.
    centres
        For each mode, the indices (into the photos of the class) of its most typical photos.
    """

    members: NDArray[np.int64]
    shares: tuple[float, ...]
    gap: float
    centres: tuple[tuple[int, ...], ...]


def find_modes(views: Sequence[NDArray[np.float32]], seed: int = 0) -> Modes:
    """Find groups of photos of a class that a gap separates from all others.

    The candidates are the branches of average and Ward linkage, in each view and in all views
    together, with 2.5 % (at least four) to 50 % of the photos. A candidate is a mode if the mean
    of its gaps in the views is at least 2.5: a group that only one view shows is chance. Small
    candidates come first, since a mode of 5 % may be within a half that is also a mode.

    Parameters
    ----------
    views
        Each ``(n, K)`` float32 of the same photos, computed independently of each other, see
        `railmap.scenes.audit.views`. Only the direction of the rows counts: haze scales a row.
    seed
        Random seed of the sample if there are more than 1500 photos; the others join the nearest
        mode.
    """
    count = len(views[0])
    chosen = np.arange(count)
    if count > _MAX_PHOTOS:
        chosen = np.sort(np.random.default_rng(seed).choice(count, _MAX_PHOTOS, replace=False))
    points = [_components(view, chosen) for view in views]
    sample = [one[chosen] for one in points]
    labels, smallest_gap = _assign_modes(sample)
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
    return Modes(members.astype(np.int64), shares, smallest_gap, typical)


def gap(points: NDArray[np.float64], group: NDArray[np.bool_]) -> float:
    """Measure the gap between a group and all other points, in their standard deviations.

    Points are projected on Fisher's discriminant (covariance of the other points shrunk by a
    tenth to a sphere); for each point of the group the discriminant is computed without it. The
    gap is the distance between the 20 % quantile of the group and the 98 % quantile of the
    others; it is about 0 or negative for the tail of a single cloud.

    Parameters
    ----------
    points
        ``(n, D)`` float64.
    group
        ``(n,)`` bool, at least two points.

    Returns
    -------
    float
        Gap in standard deviations of the other points.
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


def _assign_modes(views: Sequence[NDArray[np.float64]]) -> tuple[NDArray[np.int64], float]:
    """Return the mode of each photo, and the smallest gap of the modes found."""
    count = len(views[0])
    labels = np.zeros(count, np.int64)
    least = max(_LEAST, round(_LEAST_SHARE * count))
    if count < 4 * least:
        return labels, 0.0
    found = []
    for members in _branches(views, least, count // 2):
        mean = float(np.mean([min(gap(view, members), _MAX_GAP) for view in views]))
        if mean >= MIN_GAP:
            found.append(_Branch(members, mean, bool(members.sum() <= RARE_MODE * count)))
    gaps: list[float] = []
    for branch in sorted(found, key=lambda one: (not one.rare, -one.gap)):
        group = _whole_mode(branch, found) if branch.rare else branch.members
        free = group & (labels == 0)
        mostly = free.sum() >= max(least, 0.8 * group.sum())
        if not mostly or ((labels == 0) & ~free).sum() < least or len(gaps) == MAX_MODES - 1:
            continue
        gaps.append(branch.gap)
        labels[free] = len(gaps)
    return labels, min(gaps, default=0.0)


class _Branch(NamedTuple):
    """Photos ``(n,)`` bool that a gap separates from the others, and whether they are few."""

    members: NDArray[np.bool_]
    gap: float
    rare: bool


def _whole_mode(branch: _Branch, found: Sequence[_Branch]) -> NDArray[np.bool_]:
    """Return the largest rare branch that contains a rare one and has at least 0.6 of its gap.

    The gap is widest around the core of a mode, not around the whole mode.
    """
    around = [
        other.members
        for other in found
        if other.rare
        and other.gap >= _GAP_RATIO * branch.gap
        and not (branch.members & ~other.members).any()
    ]
    return max(around, key=np.count_nonzero)


def _branches(
    views: Sequence[NDArray[np.float64]], least: int, most: int
) -> Iterator[NDArray[np.bool_]]:
    """Yield the branches of every view and of all views together, each once, ``(n,)`` bool."""
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
    """Compute principal components of the directions of the rows, scaled to mean square 1.

    The number of components is limited by the number of photos.
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
