"""Fit all elements of an alignment together, tangentially, by least squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from railmap.geometry.alignment.elements import Elements
from railmap.geometry.alignment.search import CURVATURE_PRIOR
from railmap.geometry.curves import Array, tangents

__all__ = ["Beliefs", "Fit", "polish"]

_ROUNDS = 25
_STEP_SHARE = 0.4  # of an element's length by which a joint moves in a round


@dataclass(frozen=True, slots=True)
class Beliefs:
    """What is known of elements besides the points: values of sums of their unknowns.

    Parameters
    ----------
    rows
        ``(r, unknowns)`` weights of the curvatures in ``Elements.values`` and the inner joints.
    targets, sigma
        ``(r,)`` value of each weighted sum, and its standard deviation.
    """

    rows: Array
    targets: Array
    sigma: Array

    def rest(self, elements: Elements) -> Array:
        """How far the elements are from the targets, in standard deviations."""
        state = np.concatenate([elements.values, elements.joints[1:-1]])
        return np.asarray((self.targets - self.rows @ state) / self.sigma)


@dataclass(frozen=True, slots=True)
class Fit:
    """Elements laid on a curve.

    Parameters
    ----------
    elements
        Their stations are those of the measured curve.
    start, heading, scale
        Place and heading of the start, and true length for each metre of the measured curve: noise
        makes that longer.
    sigma
        Standard deviations of the curvatures in ``elements.values``, 1/m.
    misfit
        ``(n,)`` distance of the measured points from the elements, positive to the left, metres.
    cost
        Half the sum of squares of the whitened misfit.
    """

    elements: Elements
    start: Array
    heading: float
    scale: float
    sigma: Array
    misfit: Array
    cost: float

    def draw(self, s: Array) -> Array:
        """Points ``(n, 2)`` at even stations of the measured curve, from 0."""
        return _draw(self.elements, self.start, self.heading, self.scale, s)[0]


def polish(
    curve: Array,
    sigma: Array,
    step: float,
    correlation: float,
    kinds: Sequence[int],
    joints: Array,
    shortest: Sequence[float],
    beliefs: Beliefs | None = None,
) -> Fit:
    """Fit place, heading, curvatures and joints (Levenberg-Marquardt).

    Parameters
    ----------
    curve
        ``(n, 2)`` measured points at even steps, metres.
    sigma
        ``(n,)`` standard deviation across, metres.
    step, correlation
        Distance of the points and length of correlation, metres.
    kinds, joints
        First guess: see `Elements`.
    shortest
        Least length of an element of each kind, metres; a shorter guess is not made shorter.
    beliefs
        What is known of curvatures and joints besides the points.

    Returns
    -------
    Fit
        With sigmas from the scatter of the points, if that is larger than `sigma`.
    """
    s = step * np.arange(len(curve), dtype=np.float64)
    t = tangents(curve)
    across = np.stack([-t[:, 1], t[:, 0]], 1)
    rho = float(np.exp(-step / correlation))

    def white(rows: Array) -> Array:
        """Rows that are independent, with a standard deviation of 1."""
        rows = rows / (sigma if rows.ndim == 1 else sigma[:, None])
        rows[1:] = (rows[1:] - rho * rows[:-1]) / np.sqrt(1 - rho**2)
        return rows

    elements = Elements.of(kinds, joints)
    heading = np.unwrap(np.arctan2(t[:, 1], t[:, 0]))
    basis, _ = elements.turn_derivatives(s)
    linear = np.concatenate([np.ones((len(s), 1)), basis], 1)
    first, *_ = np.linalg.lstsq(linear, heading, rcond=1e-12)
    elements = replace(elements, values=first[1:])
    place = np.array([*curve[0], first[0], 1.0])
    unknowns = len(elements.values)
    least = np.array([shortest[kind] for kind in kinds])

    def misfit(elements: Elements, place: Array) -> tuple[Array, Array, Array]:
        drawn, angle = _draw(elements, place[:2], place[2], place[3], s)
        off = ((curve - drawn) * across).sum(1)
        # where the measured curve ends along the track
        along = float((curve - drawn)[-1] @ t[-1])
        prior = elements.values / CURVATURE_PRIOR
        rest = np.concatenate([white(off), [float((curve - drawn)[0] @ t[0]) / sigma[0]]])
        held = beliefs.rest(elements) if beliefs is not None else np.zeros(0)
        return np.concatenate([rest, [along / sigma[-1]], -prior, held]), drawn, angle

    rest, drawn, angle = misfit(elements, place)
    cost, damping = 0.5 * float(rest @ rest), 1e-4
    normal_matrix = np.zeros((0, 0))
    fresh = True
    for _ in range(_ROUNDS):
        if fresh:
            jacobian = _jacobian(elements, place, s, drawn, angle)
            over = np.stack([(c * across).sum(1) for c in jacobian], 1)
            ends = [[c[i] @ t[i] / sigma[i] for c in jacobian] for i in (0, -1)]
            prior = np.zeros((unknowns, len(jacobian)))
            prior[:, 4 : 4 + unknowns] = np.eye(unknowns) / CURVATURE_PRIOR
            a = np.concatenate([white(over), ends, prior])
            if beliefs is not None:
                held = np.zeros((len(beliefs.rows), len(jacobian)))
                held[:, 4:] = beliefs.rows / beliefs.sigma[:, None]
                a = np.concatenate([a, held])
            size = np.sqrt((a**2).sum(0)) + 1e-12
            a = a / size
            normal_matrix, gradient = a.T @ a, a.T @ rest
        change = np.linalg.solve(normal_matrix + damping * np.eye(len(size)), gradient) / size
        moved, moved_place = _move(elements, place, change, least)
        tried, tried_drawn, tried_angle = misfit(moved, moved_place)
        tried_cost = 0.5 * float(tried @ tried)
        fresh = tried_cost < cost
        if fresh:
            gain, cost = cost - tried_cost, tried_cost
            elements, place, rest = moved, moved_place, tried
            drawn, angle = tried_drawn, tried_angle
            damping = max(damping / 10, 1e-9)
            if gain < 1e-3:
                break
        else:
            damping = max(damping * 10, 1e-6)
            if damping > 1e6:
                break
    covariance = np.linalg.pinv(normal_matrix, hermitian=True) / np.outer(size, size)
    scatter = max(float(np.sqrt((rest[: len(s)] ** 2).mean())), 1.0)
    deviations = scatter * np.sqrt(np.maximum(np.diag(covariance), 0.0))
    return Fit(
        elements,
        place[:2],
        float(place[2]),
        float(place[3]),
        deviations[4 : 4 + unknowns],
        ((curve - drawn) * across).sum(1),
        cost,
    )


def _move(elements: Elements, place: Array, change: Array, least: Array) -> tuple[Elements, Array]:
    """Apply a change; elements keep their least lengths."""
    joints = elements.joints.copy()
    unknowns = len(elements.values)
    spare = _STEP_SHARE * np.maximum(np.diff(joints) - least, 0.0)
    joints[1:-1] += np.clip(change[4 + unknowns :], -spare[:-1], spare[1:])
    values = elements.values + change[4 : 4 + unknowns]
    return replace(elements, joints=joints, values=values), place + change[:4]


def _draw(
    elements: Elements, start: Array, heading: float, scale: float, s: Array
) -> tuple[Array, Array]:
    """Points ``(n, 2)`` and headings ``(n,)`` at stations from 0."""
    angle = heading + elements.turn(s)
    middle, half = 0.5 * (angle[1:] + angle[:-1]), 0.5 * np.diff(angle)
    chord = scale * np.diff(s) * np.sinc(half / np.pi)
    move = chord[:, None] * np.stack([np.cos(middle), np.sin(middle)], 1)
    return np.concatenate([start[None], start + np.cumsum(move, axis=0)]), angle


def _jacobian(
    elements: Elements, place: Array, s: Array, drawn: Array, angle: Array
) -> list[Array]:
    """Derivatives of the points, each ``(n, 2)``: by place, heading, scale, curvatures, joints."""
    n = len(s)
    normal = np.stack([-np.sin(angle), np.cos(angle)], 1)
    by_value, by_joint = elements.turn_derivatives(s)
    turns = np.concatenate([np.ones((n, 1)), by_value, by_joint], 1)
    both = turns[:, :, None] * normal[:, None, :]
    swung = np.zeros_like(both)
    swung[1:] = np.cumsum(0.5 * (both[1:] + both[:-1]) * np.diff(s)[:, None, None], axis=0)
    fixed = [np.broadcast_to([1.0, 0.0], (n, 2)), np.broadcast_to([0.0, 1.0], (n, 2))]
    stretch = (drawn - drawn[0]) / place[3]
    columns = [swung[:, j] for j in range(turns.shape[1])]
    return [*fixed, columns[0], stretch, *columns[1:]]
