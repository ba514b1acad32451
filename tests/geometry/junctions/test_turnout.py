"""Turnouts fitted to separations: of the whole leg, and of its outer part only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from railmap.geometry.junctions.turnout import fit_after_single, fit_turnout

_STATIONS = np.arange(0.0, 140.0, 0.25)
_TOE = 30.0


def separations(number: float, radius: float) -> np.ndarray:
    past = np.clip(_STATIONS - _TOE, 0, None)
    arc = radius / number
    return np.where(past < arc, past**2 / (2 * radius), arc**2 / (2 * radius)
                    + (past - arc) / number)  # fmt: skip


def fit(s: np.ndarray):
    return fit_turnout(_STATIONS, s, np.ones_like(s), 1.435, 6.0)


@pytest.mark.parametrize(("number", "radius"), [(7, 190), (9, 300), (12, 500)])
def test_whole_leg(number: float, radius: float) -> None:
    found = fit(separations(number, radius))
    assert found is not None
    assert found.measured_from == 0
    assert found.toe == pytest.approx(_TOE, abs=1)
    assert 1 / np.tan(found.angle) == pytest.approx(number, rel=0.05)


@pytest.mark.parametrize(("number", "radius"), [(7, 190), (9, 300), (12, 500)])
def test_leg_that_ends_before_it_meets_the_main_track(number: float, radius: float) -> None:
    """A trace that jumps across to the main track is no turnout of 1:3."""
    true = separations(number, radius)
    lost = int(np.flatnonzero(true > 3)[0])
    seen = np.where(true < 3, 0.0, true)
    seen[lost - 28 : lost] = np.linspace(0, seen[lost], 28)  # over 7 m
    found = fit(seen)
    assert found is not None
    assert found.measured_from >= 1.7
    assert abs(found.toe - _TOE) < 2 * found.toe_sigma < 12
    assert 1 / np.tan(found.angle) == pytest.approx(number, rel=0.05)
    assert abs(found.separation(np.array([0.0]))[0]) < 1e-9
    past = _STATIONS > _TOE + 30
    np.testing.assert_allclose(found.separation(_STATIONS[past] - found.toe), true[past], atol=0.05)


def test_jump_to_a_parallel_track_is_not_extended() -> None:
    seen = np.clip((_STATIONS - 40) / 3, 0, 4.5)  # then parallel at 4.5 m
    found = fit(seen)
    assert found is None or found.measured_from == 0


def test_the_end_of_the_single_band_bounds_the_toe() -> None:
    """The far part of a leg that already curves back puts the toe much too far away."""
    true = separations(7, 190)
    found = fit(true)
    assert found is not None
    assert fit_after_single(found, _STATIONS, true, _TOE + 12.0) is found
    far = replace(found, toe=_TOE - 31.0, measured_from=4.0)
    assert fit_after_single(replace(far, measured_from=0.0), _STATIONS, true, _TOE + 12.0).toe < 1
    moved = fit_after_single(far, _STATIONS, true, _TOE + 12.0)
    assert _TOE - 10 < moved.toe < _TOE
    first = int(np.flatnonzero(true >= moved.measured_from)[0])
    drawn = moved.separation(np.array([_STATIONS[first] - moved.toe]))[0]
    assert drawn == pytest.approx(true[first], abs=0.05)


def test_without_a_band_of_one_track_the_toe_stays() -> None:
    found = fit(separations(9, 300))
    assert found is not None
    assert fit_after_single(found, _STATIONS, separations(9, 300), -np.inf) is found
