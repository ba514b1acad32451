"""Least squares of a vertical alignment: height, gradient, curvatures and joints together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from railmap.geometry.alignment.search import ARC
from railmap.geometry.curves import Array
from railmap.geometry.vertical.profile import Profile

__all__ = ["Heights", "ProfileFit", "polish_profile"]

_STEPS = 25
_DONE = 1e-4  # of the cost, by which a step must improve it
_LEAST_PARABOLA = 20.0  # metres
_LEAST_GRADE = 2.0
_JOINT_PRIOR = 100.0  # how far joints may be from where the search found them, metres


@dataclass(frozen=True, slots=True)
class Heights:
    """Heights that a vertical alignment is fitted to.

    Parameters
    ----------
    s, z
        ``(n,)`` stations and heights, metres.
    pin_s, pin_z
        ``(p,)`` stations and heights that are known: nodes of a track fitted before, metres.
    sigma, pin_sigma
        Standard deviations of both, metres.
    correlation
        Length over which the correlation of the error of `z` falls to 1/e, metres.
    """

    s: Array
    z: Array
    pin_s: Array
    pin_z: Array
    sigma: float
    pin_sigma: float
    correlation: float

    def whiten(self, rows: Array) -> Array:
        """Turn ``(n + p, …)`` residuals, or their derivatives, into ones of unit variance."""
        n = len(self.s)
        out = np.array(rows, np.float64)
        if n > 1:
            rho = np.exp(-np.diff(self.s) / self.correlation)
            shape = (-1, *([1] * (out.ndim - 1)))
            own = (rows[1:n] - rho.reshape(shape) * rows[: n - 1]) / np.sqrt(
                1 - rho**2 + 1e-12
            ).reshape(shape)
            out[1:n] = own
        out[:n] /= self.sigma
        out[n:] /= self.pin_sigma
        return out

    @property
    def all_s(self) -> Array:
        """Stations of heights and pins."""
        return np.concatenate([self.s, self.pin_s])

    @property
    def all_z(self) -> Array:
        """Heights and pins."""
        return np.concatenate([self.z, self.pin_z])


@dataclass(frozen=True, slots=True)
class ProfileFit:
    """A fitted profile and how well it explains the heights.

    Parameters
    ----------
    profile
        The vertical alignment.
    kinds
        Kind of each element.
    cost
        Sum of squared whitened residuals.
    """

    profile: Profile
    kinds: tuple[int, ...]
    cost: float


def polish_profile(data: Heights, kinds: Sequence[int], joints: Array) -> ProfileFit:
    """Fit elements of given kinds, and move their joints to where they fit best.

    Parameters
    ----------
    data
        The heights.
    kinds
        `STRAIGHT` (constant gradient) or `ARC` (parabola) of each of ``m`` elements.
    joints
        ``(m + 1,)`` stations where they begin, and of the end, metres.

    Returns
    -------
    ProfileFit
        The best one.
    """
    kinds = tuple(kinds)
    start = np.asarray(joints, np.float64)
    joints = start.copy()
    arcs = [i for i, kind in enumerate(kinds) if kind == ARC]
    values, cost, covariance = _linear(data, arcs, joints)
    damping = 1e-3
    inner = len(joints) - 2
    for _ in range(_STEPS if inner and arcs else 0):
        curvatures = _spread(kinds, arcs, values[2:])
        a = data.whiten(_basis(data.all_s, arcs, joints))
        over = np.maximum(data.all_s[:, None] - joints[None, 1:-1], 0.0)
        by_joint = data.whiten(over * (curvatures[:-1] - curvatures[1:])[None, :])
        miss = data.whiten(data.all_z) - a @ values
        # variable projection: what curvatures cannot explain
        q, _ = np.linalg.qr(a)
        by_joint = by_joint - q @ (q.T @ by_joint)
        normal = by_joint.T @ by_joint + np.eye(inner) / _JOINT_PRIOR**2
        right = by_joint.T @ miss - (joints - start)[1:-1] / _JOINT_PRIOR**2
        better = False
        while damping < 1e6:
            step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), right)
            moved = _in_order(kinds, joints, np.asarray(step, np.float64))
            other = _linear(data, arcs, moved)
            if other[1] < cost:
                gain = cost - other[1]
                joints, (values, cost, covariance) = moved, other
                damping = max(damping / 5, 1e-6)
                better = gain > _DONE * max(cost, 1.0)
                break
            damping *= 5
        if not better:
            break
    sigmas = np.zeros(len(kinds))
    sigmas[arcs] = np.sqrt(np.maximum(np.diag(covariance)[2:], 0.0))
    profile = Profile(
        joints,
        _spread(kinds, arcs, values[2:]),
        float(values[0]),
        float(values[1]),
        sigmas,
        data.sigma,
    )
    return ProfileFit(profile, kinds, cost)


def _basis(s: Array, arcs: Sequence[int], joints: Array) -> Array:
    """``(n, 2 + arcs)`` derivatives of the height by height, gradient and curvatures."""
    columns = [np.ones_like(s), s - joints[0]]
    for i in arcs:
        a, b = np.maximum(s - joints[i], 0.0), np.maximum(s - joints[i + 1], 0.0)
        columns.append((a**2 - b**2) / 2)
    return np.column_stack(columns)


def _linear(data: Heights, arcs: Sequence[int], joints: Array) -> tuple[Array, float, Array]:
    """Best height, gradient and curvatures for given joints, the cost, and their covariance."""
    a = data.whiten(_basis(data.all_s, arcs, joints))
    b = data.whiten(data.all_z)
    scale = np.sqrt((a**2).sum(0)) + 1e-300
    inverse = np.linalg.pinv((a / scale).T @ (a / scale)) / np.outer(scale, scale)
    values = np.linalg.lstsq(a / scale, b, rcond=1e-12)[0] / scale
    return values, float(((b - a @ values) ** 2).sum()), inverse


def _spread(kinds: Sequence[int], arcs: Sequence[int], curvatures: Array) -> Array:
    out = np.zeros(len(kinds))
    out[list(arcs)] = curvatures
    return out


def _in_order(kinds: Sequence[int], joints: Array, step: Array) -> Array:
    """Move the joints, so far that no element becomes shorter than it may."""
    moved = joints.copy()
    moved[1:-1] += step
    total = joints[-1] - joints[0]
    least = np.array([_LEAST_PARABOLA if kind == ARC else _LEAST_GRADE for kind in kinds])
    least *= min(1.0, 0.9 * total / least.sum())
    for i in range(1, len(moved) - 1):
        moved[i] = max(moved[i], moved[i - 1] + least[i - 1])
    for i in range(len(moved) - 2, 0, -1):
        moved[i] = min(moved[i], moved[i + 1] - least[i])
    return moved
