"""Vertical alignments: right elements from exact and noisy heights, known nodes, gaps."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from railmap.geometry.vertical.fit import fit_profile
from railmap.geometry.vertical.profile import Profile
from railmap.geometry.vertical.track_ground import on_track, runs_of

S = np.arange(0.0, 1501.0, 5.0)
TRUTH = Profile(
    np.array([0.0, 450.0, 570.0, 1050.0, 1150.0, 1500.0]),
    np.array([0.0, -1 / 6000, 0.0, 1 / 4000, 0.0]),
    200.0,
    0.012,
    np.zeros(5),
    0.0,
)


def test_a_constant_gradient_is_one_element() -> None:
    found = fit_profile(S, 100 - 0.02 * S)
    assert found is not None
    assert found.curvatures.tolist() == [0.0]
    assert found.gradient == pytest.approx(-0.02, abs=1e-7)


@pytest.mark.parametrize(
    ("noise", "correlation", "rms", "gradient"),
    [(0.03, 0.0, 0.01, 3e-4), (0.1, 0.0, 0.04, 1e-3), (0.05, 15.0, 0.04, 5e-4)],
)
def test_noisy_heights_have_the_same_elements(
    noise: float, correlation: float, rms: float, gradient: float
) -> None:
    rng = np.random.default_rng(1)
    rho = np.exp(-5.0 / correlation) if correlation else 0.0
    error = rng.normal(size=len(S))
    for i in range(1, len(S)):
        error[i] = rho * error[i - 1] + np.sqrt(1 - rho**2) * error[i]
    found = fit_profile(S, TRUTH.heights(S) + noise * error)
    assert found is not None
    assert (found.curvatures != 0).sum() == 2
    assert found.sigma == pytest.approx(noise, rel=0.5)
    assert np.sqrt(((found.heights(S) - TRUTH.heights(S)) ** 2).mean()) < rms
    assert np.sqrt(((found.gradients(S) - TRUTH.gradients(S)) ** 2).mean()) < gradient


def test_known_nodes_are_kept_and_gaps_are_bridged() -> None:
    z = TRUTH.heights(S) + 0.1 * np.random.default_rng(2).normal(size=len(S))
    z[(S > 700) & (S < 900)] = np.nan
    pins = np.array([0.0, 500.0]), TRUTH.heights(np.array([0.0, 500.0]))
    found = fit_profile(S, z, pins=pins)
    assert found is not None
    assert np.allclose(found.heights(pins[0]), pins[1], atol=0.01)
    assert np.abs(found.heights(S) - TRUTH.heights(S)).max() < 0.15


def test_too_few_heights_give_no_profile() -> None:
    assert fit_profile(S, np.full(len(S), np.nan)) is None
    short = fit_profile(np.array([0.0, 4.0]), np.array([1.0, 1.1]))
    assert short is not None
    assert short.gradient == pytest.approx(0.025)


def test_parts_join_in_height_and_gradient() -> None:
    parts = TRUTH.part(500.0, 1100.0)
    assert [one.s_from for one in parts] == [500.0, 570.0, 1050.0]
    assert [one.length for one in parts] == [70.0, 480.0, 50.0]
    for one, two in pairwise(parts):
        assert two.start_gradient == pytest.approx(one.end_gradient)
        rise = (one.start_gradient + one.end_gradient) / 2 * one.length
        assert two.height == pytest.approx(one.height + rise)


def test_a_ravine_is_not_the_track_but_noise_is() -> None:
    z = TRUTH.heights(S) + 0.1 * np.random.default_rng(3).normal(size=len(S))
    z[(S > 700) & (S < 800)] -= 15
    kept = on_track(S, z, 0.06)
    assert not kept[(S > 700) & (S < 800)].any()
    assert kept[(S < 685) | (S > 815)].mean() > 0.97
    assert runs_of(~on_track(S, np.full(len(S), np.nan), 0.06)) == [(0, len(S))]
