"""Chainage between posts, and contradictory posts."""

from __future__ import annotations

import numpy as np
import pytest

from railmap.errors import InputError
from railmap.mapping.referencing.calibration import calibrate


def test_calibration_hits_posts_and_counts_metres() -> None:
    s, m = np.array([50.0, 149.0, 250.0]), np.array([1000.0, 1100.0, 1200.0])
    fit = calibrate(s, m, 300.0, names=["1", "1.1", "1.2"], line="1")
    assert np.interp(s, fit.s, fit.m) == pytest.approx(m)
    assert fit.m[0] == 950
    assert fit.m[-1] == 1250
    assert not fit.jumps
    # Least squares by hand: slope 200.0/200.01.., the middle post stands a metre off.
    slope, base = np.polyfit(s, m, 1)
    assert fit.residual == pytest.approx(m - (base + slope * s))
    assert abs(fit.residual[1]) > 0.5


def test_calibration_jump_and_long_kilometre() -> None:
    s = np.array([0.0, 100.0, 130.0, 330.0])
    m = np.array([1000.0, 1100.0, 2000.0, 2100.0])
    fit = calibrate(s, m, 330.0, names=list("abcd"), line="1")
    assert fit.jumps == [(1130.0, 2000.0)]
    assert fit.long == [(2000.0, 2100.0, 100.0)]
    assert fit.s.tolist() == [0.0, 100.0, 130.0, 130.0, 330.0]
    assert fit.m.tolist() == [1000.0, 1100.0, 1130.0, 2000.0, 2100.0]


def test_calibration_against_the_line() -> None:
    fit = calibrate(
        np.array([10.0, 110.0]), np.array([500.0, 400.0]), 150.0, names=["a", "b"], line="1"
    )
    assert fit.reverse
    assert np.interp([40.0, 140.0], fit.s, fit.m).tolist() == [400.0, 500.0]


def test_calibration_refuses_disorder() -> None:
    with pytest.raises(InputError, match=r"posts 1\.1 and 1\.2 are in"):
        calibrate(
            np.array([0.0, 200.0, 100.0, 300.0]), np.array([1000.0, 1100.0, 1200.0, 1300.0]), 300,
            names=["1.0", "1.1", "1.2", "1.3"], line="1",
        )  # fmt: skip
    with pytest.raises(InputError, match=r"post 1\.0 of line 1 exists twice, 90 m apart"):
        calibrate(
            np.array([0.0, 90.0]), np.array([1000.0, 1000.0]), 300, names=["1.0", "1.0"], line="1"
        )
