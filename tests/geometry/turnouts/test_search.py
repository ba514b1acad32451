"""Turnouts found by their rails in a strip along a track."""

from __future__ import annotations

import numpy as np
import pytest

from railmap.geometry.constants import GAUGE, RAIL_HEAD
from railmap.geometry.turnouts.rail_strip import STEP
from railmap.geometry.turnouts.search import find_turnouts, leg_offset

NEAREST = 0.14
DU = 0.05
HALF = 82
ROWS = 200


def strip(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1, (ROWS, 2 * HALF + 1))


def draw(
    ridge: np.ndarray, offset: np.ndarray, strength: float, rails: tuple[int, ...] = (-1, 1)
) -> None:
    """Add the rails of a track whose middle is at ``(n,)`` offsets; NaN where it is not."""
    u = (np.arange(ridge.shape[1]) - HALF) * DU
    for rail in rails:
        at = offset + rail * 0.5 * (GAUGE + RAIL_HEAD)
        ridge += strength * np.nan_to_num(np.exp(-((u - at[:, None]) ** 2) / (2 * 0.05**2)))


def turnout(toe: float, side: int, direction: int, number: float, radius: float) -> np.ndarray:
    x = direction * (np.arange(ROWS) - toe) * STEP
    return np.where(x < 0, np.nan, side * leg_offset(x, number, radius))


@pytest.mark.parametrize("strength", [5.0, -5.0])
@pytest.mark.parametrize(("side", "direction"), [(1, 1), (-1, 1), (1, -1), (-1, -1)])
@pytest.mark.parametrize(
    ("number", "radius"), [(7.0, 170.0), (9.0, 190.0), (9.0, 300.0), (14.0, 760.0)]
)
def test_toe_and_number(
    number: float, radius: float, side: int, direction: int, strength: float
) -> None:
    toe = 80.0 if direction == 1 else 120.0
    ridge = strip()
    draw(ridge, np.zeros(ROWS), strength)
    draw(ridge, turnout(toe, side, direction, number, radius), strength)
    best = find_turnouts(ridge, DU, GAUGE, NEAREST)[0]
    assert (best.side, best.direction) == (side, direction)
    assert abs(best.row - toe) * STEP < 1.5
    assert best.number == pytest.approx(number, rel=0.1)
    assert best.score > 2.5


def test_a_track_alone_has_no_turnout() -> None:
    ridge = strip()
    draw(ridge, np.zeros(ROWS), 5.0)
    assert find_turnouts(ridge, DU, GAUGE, NEAREST) == []


def test_a_track_across_is_no_turnout() -> None:
    for number in (6.0, 7.5, 9.0):
        ridge = strip()
        draw(ridge, np.zeros(ROWS), 5.0)
        draw(ridge, (np.arange(ROWS) - 100) * STEP / number, 5.0)
        assert [one for one in find_turnouts(ridge, DU, GAUGE, NEAREST) if one.score > 2.0] == []


def test_one_rail_is_no_leg() -> None:
    ridge = strip()
    draw(ridge, np.zeros(ROWS), 5.0)
    draw(ridge, turnout(80.0, 1, 1, 9.0, 190.0), 5.0, rails=(1,))
    assert find_turnouts(ridge, DU, GAUGE, NEAREST) == []


def test_a_sharp_curve_beside_is_no_turnout() -> None:
    ridge = strip()
    draw(ridge, np.zeros(ROWS), 5.0)
    draw(ridge, turnout(80.0, 1, 1, 4.0, 40.0), 5.0)
    assert all(one.radius >= 100 for one in find_turnouts(ridge, DU, GAUGE, NEAREST))


def test_the_same_twice() -> None:
    ridge = strip(4)
    draw(ridge, np.zeros(ROWS), 3.0)
    draw(ridge, turnout(60.0, 1, 1, 9.0, 300.0), 3.0)
    assert find_turnouts(ridge, DU, GAUGE, NEAREST) == find_turnouts(
        ridge.copy(), DU, GAUGE, NEAREST
    )
