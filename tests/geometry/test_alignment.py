"""Straights, arcs and clothoids are found back from a drawn line."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from railmap.geometry.alignment import fit_alignment


def curve(pieces: list[tuple[float, float, float]], step: float = 0.25) -> np.ndarray:
    """Pieces of length and curvature at both ends."""
    k = np.concatenate([np.linspace(a, b, int(n / step), endpoint=False) for n, a, b in pieces])
    angle = 0.3 + np.concatenate([[0], np.cumsum(k) * step])
    move = np.stack([np.cos(angle), np.sin(angle)], 1) * step
    return np.concatenate([[[0, 0]], np.cumsum(move, axis=0)])


def wobble(xy: np.ndarray, size: float) -> np.ndarray:
    n = gaussian_filter1d(np.random.default_rng(1).normal(size=xy.shape), 12, axis=0)
    return xy + n * size / n.std()


def test_straight() -> None:
    got = fit_alignment(curve([(200, 0, 0)]), 0.02)
    assert [s.type for s in got.segments] == ["LINE"]
    assert got.min_radius is None
    assert got.deviation < 1e-3


@pytest.mark.parametrize("radius", [190.0, -300.0, 1500.0])
def test_arc(radius: float) -> None:
    got = fit_alignment(curve([(150, 1 / radius, 1 / radius)]), 0.02)
    assert [s.type for s in got.segments] == ["CIRCULARARC"]
    assert got.segments[0].start_radius_m == pytest.approx(radius, rel=0.01)
    assert got.min_radius == pytest.approx(abs(radius), rel=0.01)


def test_line_clothoid_arc_clothoid_line() -> None:
    k = 1 / 500
    got = fit_alignment(
        curve([(100, 0, 0), (60, 0, k), (120, k, k), (60, k, 0), (100, 0, 0)]), 0.02
    )
    assert [s.type for s in got.segments] == ["LINE", "CLOTHOID", "CIRCULARARC", "CLOTHOID", "LINE"]
    assert [s.m_from for s in got.segments] == pytest.approx([0, 100, 160, 280, 340], abs=4)
    assert got.segments[1].start_radius_m is None
    assert got.segments[1].end_radius_m == pytest.approx(500, rel=0.02)
    assert got.min_radius == pytest.approx(500, rel=0.02)
    assert sum(s.length_m for s in got.segments) == pytest.approx(440, abs=0.5)


def test_noise_is_left_out() -> None:
    clean = curve([(200, 0, 0)])
    got = fit_alignment(wobble(clean, 0.01), 0.05)
    assert [s.type for s in got.segments] == ["LINE"]
    assert 0.005 < got.segments[0].rmse_m < 0.03


def test_turnout_curve() -> None:
    k = 1 / 190
    got = fit_alignment(curve([(30, 0, 0), (21, k, k), (40, 0, 0)]), 0.02)
    assert got.deviation <= 0.02
    assert got.min_radius == pytest.approx(190, rel=0.1)


@pytest.mark.parametrize("length", [0.5, 3.0, 9.0])
def test_short_links(length: float) -> None:
    xy = curve([(length, 0, 0)])
    got = fit_alignment(xy, 0.02)
    assert [s.type for s in got.segments] == ["LINE"]
    assert (got.xy[0] == xy[0]).all()
    assert (got.xy[-1] == xy[-1]).all()


def test_ends_stay() -> None:
    xy = wobble(curve([(80, 1 / 300, 1 / 300), (80, 0, 0)]), 0.01)
    got = fit_alignment(xy, 0.04)
    assert (got.xy[0] == xy[0]).all()
    assert (got.xy[-1] == xy[-1]).all()
