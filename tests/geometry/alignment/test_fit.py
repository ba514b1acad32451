"""Straights, arcs and clothoids are recovered from a drawn line, and no others."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d

from railmap.geometry.alignment import fit_alignment, fit_line
from railmap.geometry.types import AlignmentSegment
from tests.helpers.line_scenes import compare, render


def curve(pieces: list[tuple[float, float, float]], step: float = 0.25) -> np.ndarray:
    """Pieces of length and curvature at both ends."""
    k = np.concatenate([np.linspace(a, b, int(n / step), endpoint=False) for n, a, b in pieces])
    angle = 0.3 + np.concatenate([[0], np.cumsum(k) * step])
    move = np.stack([np.cos(angle), np.sin(angle)], 1) * step
    return np.concatenate([[[0, 0]], np.cumsum(move, axis=0)])


def wobble(xy: np.ndarray, size: float, seed: int = 1) -> np.ndarray:
    n = gaussian_filter1d(np.random.default_rng(seed).normal(size=xy.shape), 12, axis=0)
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
    assert [s.m_from for s in got.segments] == pytest.approx([0, 100, 160, 280, 340], abs=1)
    assert got.segments[1].start_radius_m is None
    assert got.segments[1].end_radius_m == pytest.approx(500, rel=0.002)
    assert got.min_radius == pytest.approx(500, rel=0.02)
    assert sum(s.length_m for s in got.segments) == pytest.approx(440, abs=0.5)


def test_noise_is_not_fitted() -> None:
    clean = curve([(200, 0, 0)])
    got = fit_alignment(wobble(clean, 0.01), 0.05)
    assert [s.type for s in got.segments] == ["LINE"]
    assert 0.005 < got.segments[0].rmse_m < 0.03


@pytest.mark.parametrize("sigma", [0.02, 0.05, 0.12])
def test_a_straight_is_one_element(sigma: float) -> None:
    for seed in range(6):
        got = fit_alignment(wobble(curve([(172, 0, 0)]), sigma, seed), sigma)
        assert [s.type for s in got.segments] == ["LINE"]
        assert got.min_radius is None


def test_curves_in_noise() -> None:
    k, q = 1 / 400, -1 / 600
    pieces = [
        (150, 0, 0), (70, 0, k), (160, k, k), (70, k, 0), (90, 0, 0),
        (80, 0, q), (140, q, q), (80, q, 0), (120, 0, 0),
    ]  # fmt: skip
    for seed in range(4):
        got = fit_alignment(wobble(curve(pieces), 0.05, seed), 0.05)
        kinds = [s.type for s in got.segments]
        assert kinds == ["LINE", "CLOTHOID", "CIRCULARARC", "CLOTHOID"] * 2 + ["LINE"]
        arcs = [s for s in got.segments if s.type == "CIRCULARARC"]
        for arc, radius in zip(arcs, (400, -600), strict=True):
            assert arc.start_radius_m == pytest.approx(radius, rel=0.03)
            assert arc.radius_sigma_m is not None
            assert abs(arc.start_radius_m - radius) < 4 * arc.radius_sigma_m
        joints = np.cumsum([p[0] for p in pieces])[:-1]
        assert [s.m_from for s in got.segments[1:]] == pytest.approx(list(joints), abs=15)


def test_nearly_equal_arcs_are_one() -> None:
    k = 1 / 400
    got = fit_alignment(wobble(curve([(150, k, k), (150, 1.01 * k, 1.01 * k)]), 0.02), 0.02)
    assert [s.type for s in got.segments] == ["CIRCULARARC"]


def test_compound_curve() -> None:
    k, q = 1 / 300, 1 / 800
    pieces = [(100, 0, 0), (60, 0, k), (120, k, k), (50, k, q), (150, q, q), (40, q, 0), (99, 0, 0)]
    got = fit_alignment(wobble(curve(pieces), 0.02), 0.02)
    kinds = ["LINE", "CLOTHOID", "CIRCULARARC", "CLOTHOID", "CIRCULARARC", "CLOTHOID", "LINE"]
    assert [s.type for s in got.segments] == kinds
    assert got.segments[3].start_radius_m == got.segments[2].end_radius_m
    assert got.segments[3].end_radius_m == got.segments[4].start_radius_m


@pytest.mark.parametrize("sigma", [0.02, 0.05])
def test_reverse_curve_with_one_clothoid(sigma: float) -> None:
    k, q = 1 / 400, -1 / 700
    pieces = [
        (100, 0, 0),
        (60, 0, k),
        (120, k, k),
        (140, k, q),
        (150, q, q),
        (60, q, 0),
        (99, 0, 0),
    ]
    kinds = ["LINE", "CLOTHOID", "CIRCULARARC", "CLOTHOID", "CIRCULARARC", "CLOTHOID", "LINE"]
    for seed in range(6):
        got = fit_alignment(wobble(curve(pieces), sigma, seed), sigma)
        assert [s.type for s in got.segments] == kinds


def test_a_clothoid_bends() -> None:
    """An arc that is short between two clothoids is no straight between them."""
    k = 1 / 900
    pieces = [(110, 0, 0), (120, 0, k), (3, k, k), (120, k, 0), (110, 0, 0)]
    for seed in range(6):
        got = fit_alignment(wobble(curve(pieces), 0.03, seed), 0.03)
        for s in got.segments:
            bent = (s.start_radius_m, s.end_radius_m) != (None, None)
            assert (s.type != "LINE") == bent
        radii = [s.end_radius_m for s in got.segments if s.end_radius_m]
        assert radii[0] == pytest.approx(900, rel=0.2)


def test_turnout_curve() -> None:
    k = 1 / 190
    got = fit_alignment(curve([(30, 0, 0), (21, k, k), (40, 0, 0)]), 0.02, plain=False)
    assert [s.type for s in got.segments] == ["LINE", "CIRCULARARC", "LINE"]
    assert got.min_radius == pytest.approx(190, rel=0.02)


def test_tram_curve() -> None:
    k = 1 / 25
    got = fit_alignment(curve([(60, 0, 0), (30, k, k), (60, 0, 0)]), 0.02, plain=False)
    assert [s.type for s in got.segments] == ["LINE", "CIRCULARARC", "LINE"]
    assert got.min_radius == pytest.approx(25, rel=0.01)


def test_radius_of_a_kink_does_not_count() -> None:
    xy = np.concatenate([curve([(60, 0, 0)]), curve([(60, 0, 0)])[1:] + np.array([60, 20])])
    got = fit_alignment(xy, 0.02)
    assert (got.xy[[0, -1]] == xy[[0, -1]]).all()


def test_closed_loop() -> None:
    circle = curve([(2 * np.pi * 100, 0.01, 0.01)])
    got = fit_alignment(np.concatenate([circle, circle[:1]]), 0.02)
    assert got.deviation < 0.5
    assert max(got.segments, key=lambda s: s.length_m).start_radius_m == pytest.approx(
        100, rel=0.02
    )


def test_elements_run_through_joints_of_a_line() -> None:
    k = 1 / 500
    whole = curve([(100, 0, 0), (60, 0, k), (220, k, k), (60, k, 0), (100, 0, 0)])
    parts = np.split(whole, [500, 1000])
    curves = [parts[0], *(np.concatenate([a[-1:], b]) for a, b in itertools.pairwise(parts))]
    got = fit_line(curves, [0.02, 0.02, 0.05])
    kinds = [[s.type for s in one.segments] for one in got]
    arc = "CIRCULARARC"
    assert kinds == [["LINE", "CLOTHOID"], ["CLOTHOID", arc], [arc, "CLOTHOID", "LINE"]]
    assert got[1].segments[-1].end_radius_m == got[2].segments[0].start_radius_m
    for one, xy in zip(got, curves, strict=True):
        assert (one.xy[[0, -1]] == xy[[0, -1]]).all()
        length = np.hypot(*np.diff(xy, axis=0).T).sum()
        assert sum(s.length_m for s in one.segments) == pytest.approx(length, abs=0.05)


def test_reversed() -> None:
    k = 1 / 300
    got = fit_alignment(curve([(80, 0, 0), (60, 0, k), (90, k, k)]), 0.02)
    back = got.reversed()
    assert [s.type for s in back.segments] == ["CIRCULARARC", "CLOTHOID", "LINE"]
    assert back.segments[0].m_from == pytest.approx(0, abs=1e-3)
    assert back.segments[0].start_radius_m == -(got.segments[-1].start_radius_m or 0)
    assert back.reversed().segments[1].m_from == pytest.approx(got.segments[1].m_from, abs=2e-3)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    radius=st.floats(200, 1500),
    left=st.booleans(),
    lengths=st.lists(st.floats(60, 200), min_size=3, max_size=3),
    cant=st.floats(1.0, 2.0),
    seed=st.integers(0, 99),
)
def test_what_always_holds(
    radius: float, left: bool, lengths: list[float], cant: float, seed: int
) -> None:
    k, a = (1 if left else -1) / radius, float(np.clip(cant * np.sqrt(radius) * 2, 40, 120))
    before, middle, after = lengths
    exact = curve([(before, 0, 0), (a, 0, k), (middle, k, k), (a, k, 0), (after, 0, 0)])
    xy = wobble(exact, 0.02, seed)
    got = fit_alignment(xy, 0.02)
    kinds = [s.type for s in got.segments]
    assert "LINE CLOTHOID LINE" not in " ".join(kinds)
    assert len(kinds) <= 7
    # segments follow one another, and clothoids join what is beside them
    for one, two in itertools.pairwise(got.segments):
        assert two.m_from == pytest.approx(one.m_from + one.length_m, abs=2e-3)
        if "CLOTHOID" in (one.type, two.type):
            assert one.end_radius_m == two.start_radius_m
    assert (got.xy[[0, -1]] == xy[[0, -1]]).all()
    assert got.deviation < 0.15
    assert off_segments(got.xy, got.segments) < 0.02


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


def off_segments(xy: np.ndarray, segments: list[AlignmentSegment]) -> float:
    """Largest distance of a line from the curve that its segments alone describe.

    Segments say nothing of place and heading: the curve is laid on the line as a rigid body.
    """
    total = segments[-1].m_from + segments[-1].length_m
    s = np.linspace(0, total, int(total / 0.05) + 1)
    k = np.zeros(len(s))
    for part in segments:
        inside = s >= part.m_from
        ends = [1 / r if r is not None else 0.0 for r in (part.start_radius_m, part.end_radius_m)]
        k[inside] = np.interp((s[inside] - part.m_from) / part.length_m, [0, 1], ends)
    angle = np.concatenate([[0], np.cumsum((k[1:] + k[:-1]) / 2 * np.diff(s))])
    middle = (angle[1:] + angle[:-1]) / 2
    move = np.stack([np.cos(middle), np.sin(middle)], 1) * np.diff(s)[:, None]
    drawn = np.concatenate([[[0, 0]], np.cumsum(move, axis=0)])
    own = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    at = np.linspace(0, 1, 400)
    line = np.stack([np.interp(at * own[-1], own, xy[:, i]) for i in (0, 1)], 1)
    there = np.stack([np.interp(at * total, s, drawn[:, i]) for i in (0, 1)], 1)
    a, b = line - line.mean(0), there - there.mean(0)
    turn = np.arctan2((b[:, 0] * a[:, 1] - b[:, 1] * a[:, 0]).sum(), (a * b).sum())
    cos, sin = np.cos(turn), np.sin(turn)
    laid = (drawn - there.mean(0)) @ np.array([[cos, sin], [-sin, cos]]) + line.mean(0)
    return float(shapely.distance(shapely.linestrings(laid), shapely.points(line)).max())


@pytest.mark.parametrize("radius", [200.0, 3000.0, 20_000.0])
def test_segments_alone_draw_the_line(radius: float) -> None:
    k = 1 / radius
    got = fit_alignment(curve([(150, 0, 0), (80, 0, k), (400, k, k), (80, k, 0), (90, 0, 0)]), 0.02)
    assert got.deviation <= 0.02
    assert off_segments(got.xy, got.segments) < 0.005


@pytest.mark.parametrize("tolerance", [0.01, 0.02, 0.05])
def test_drawn_line_is_within_its_accuracy(tolerance: float) -> None:
    size = (120.0, 40.0)
    track = curve([(40, 0, 0), (40, 0, 1 / 250), (60, 1 / 250, 1 / 250)]) @ np.array(
        [[np.cos(0.25), -np.sin(0.25)], [np.sin(0.25), np.cos(0.25)]]
    ) + (-5, 12)
    scene = render([track], size, tent=True, noise=0.03)
    (link,) = scene.network(tolerance=tolerance).links
    assert link.alignment
    assert link.h_accuracy_m is not None
    assert off_segments(link.xy, link.alignment) <= max(tolerance, 3 * link.h_accuracy_m)
    assert compare(scene, scene.network(tolerance=tolerance))["rmse"] < 0.06


@pytest.mark.parametrize(("first", "second"), [(70.0, 70.0), (30.0, 140.0)])
def test_transitions_of_a_curve_are_equal_unless_the_points_contradict(
    first: float, second: float
) -> None:
    k = 1 / 400
    pieces = [(150, 0, 0), (first, 0, k), (160, k, k), (second, k, 0), (150, 0, 0)]
    equal = []
    for seed in range(5):
        got = fit_alignment(wobble(curve(pieces), 0.02, seed), 0.02)
        lengths = [s.length_m for s in got.segments if s.type == "CLOTHOID"]
        assert lengths == pytest.approx([first, second], abs=12)
        equal.append(abs(lengths[0] - lengths[1]) < 2)
    # a difference of two sigmas is kept, which one line of twenty has by chance
    assert sum(equal) >= 4 if first == second else not any(equal)
