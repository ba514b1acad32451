"""Wide gaps are bridged along a parallel track, and only there."""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers.line_scenes import Scene, arc, compare, render, straight

HIDDEN = slice(450, 1050)  # columns, 60 m


def hide(scene: Scene, rows: slice) -> None:
    scene.probability[rows, HIDDEN] = 8


def test_a_row_of_wagons_next_to_a_visible_track() -> None:
    scene = render([straight(-5, 8, 0, 160), straight(-5, 12.5, 0, 160)], (150, 20), tent=True)
    hide(scene, slice(0, 102))
    net = scene.network()
    assert sorted(round(link.interpolated_m) > 50 for link in net.links) == [False, True]
    got = compare(scene, net)
    assert got["completeness"] > 0.99
    assert got["correctness"] == 1.0


def test_along_a_curve() -> None:
    tracks = [arc(-2, 12, 10, -400, 160), arc(-2, 16.6, 10, -404.5, 162)]
    scene = render(tracks, (140, 32), tent=True)
    inner = render(tracks[1:], (140, 32), tent=True)
    scene.probability[:, 450:1000] = inner.probability[:, 450:1000]
    net = scene.network()
    assert compare(scene, net)["completeness"] > 0.98
    assert max(link.interpolated_m for link in net.links) > 45


def test_without_a_parallel_track_the_ends_stay_open() -> None:
    scene = render([straight(-5, 8, 0, 160)], (150, 20), tent=True)
    hide(scene, slice(None))
    assert len(scene.network().links) == 2


@pytest.mark.parametrize("shift", [1.2, 2.5])
def test_another_track_across_the_gap_stays_another(shift: float) -> None:
    tracks = [straight(-5, 8, 0, 50), straight(105, 8 - shift, 0, 60), straight(-5, 12.5, 0, 160)]
    scene = render(tracks, (150, 20), tent=True)
    assert all(link.interpolated_m == 0 for link in scene.network().links)


def test_no_bridge_through_a_track_between() -> None:
    tracks = [straight(-5, 8, 0, 50), straight(105, 8, 0, 60), straight(-5, 12.5, 0, 160)]
    scene = render([*tracks, straight(72, -5, 60, 30)], (150, 20), tent=True)
    net = scene.network()
    assert all(link.interpolated_m == 0 for link in net.links)


def test_max_gap_of_zero_bridges_nothing() -> None:
    scene = render([straight(-5, 8, 0, 160), straight(-5, 12.5, 0, 160)], (150, 20), tent=True)
    hide(scene, slice(0, 102))
    assert np.sum([link.interpolated_m for link in scene.network(max_gap=0.0).links]) == 0
