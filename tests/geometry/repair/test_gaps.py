"""Gaps are bridged only between two ends of one track."""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers.line_scenes import arc, compare, place, render, straight


@pytest.mark.parametrize("tent", [False, True], ids=["mask", "tent"])
@pytest.mark.parametrize("width", [5, 15, 27])
def test_gap_in_two_tracks(width: int, tent: bool) -> None:
    tracks = [place(np.array([[0, y], [140.0, y]]), -5, 10, 12) for y in (0.0, 4.0)]
    scene = render(tracks, (100, 45), tent=tent)
    part = scene.probability[:, 400 : 400 + 10 * width]
    part[:] = np.minimum(part, 20)
    net = scene.network()
    assert len(net.links) == 2
    for link in net.links:
        assert link.interpolated_m == pytest.approx(width, abs=3.5)
        assert link.geometry_source == "edge_midpoint"
        assert link.confidence is not None
        assert link.confidence < 0.97
    got = compare(scene, net)
    assert got["completeness"] > 0.99
    assert got["correctness"] == 1.0
    assert got["rmse"] < 0.3 * scene.gsd


def test_gap_in_an_arc() -> None:
    scene = render([arc(-2, 10, 20, -300, 110)], (90, 40), tent=True)
    scene.probability[:, 350:530] = 10
    net = scene.network()
    assert len(net.links) == 1
    assert compare(scene, net)["rmse"] < 0.3 * scene.gsd


def test_gap_wider_than_allowed_stays_open() -> None:
    scene = render([straight(-5, 10, 12, 140)], (100, 45), tent=True)
    scene.probability[:, 400:600] = 0
    assert len(scene.network(max_gap=10).links) == 2
    assert len(scene.network(max_gap=30).links) == 1


def test_ends_side_by_side_stay_open() -> None:
    """Another track starts where this one ends, at a distance of 3.8 m."""
    tracks = [straight(-5, 10, 0, 45), straight(55, 13.8, 0, 60)]
    scene = render(tracks, (100, 25), tent=True)
    net = scene.network()
    assert len(net.links) == 2
    assert all(link.interpolated_m == 0 for link in net.links)


def test_never_across_another_track() -> None:
    scene = render(
        [straight(-5, 20, 0, 45), straight(58, 20, 0, 60), straight(49, -5, 90, 60)],
        (100, 40),
        tent=True,
    )
    net = scene.network()
    assert len(net.links) == 3
    assert all(link.interpolated_m == 0 for link in net.links)


def test_link_that_is_mostly_gap_is_interpolated() -> None:
    pieces = [place(np.array([[x, 0.0], [x + 4.2, 0]]), 8, 8, 3) for x in (0.0, 12.8, 25.6)]
    scene = render([*pieces, straight(-5, 16, 3, 70)], (50, 25), tent=True)
    net = scene.network(min_length=3.0)
    (link,) = [link for link in net.links if link.interpolated_m > 0]
    assert len(net.links) == 2
    assert link.geometry_source == "interpolated"
    assert link.interpolated_m == pytest.approx(17.2, abs=1.0)
    assert link.confidence is not None
    assert link.confidence < 0.6
