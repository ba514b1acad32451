"""Trackwork in small rasters, with junctions near the edge of the data."""

from __future__ import annotations

import numpy as np
import pytest

from railmap.geometry import TrackNetwork
from tests.helpers.line_scenes import Scene, compare, dense, leg, place, render, straight
from tests.helpers.ragged_bands import network
from tests.helpers.trackwork import named, nearest, trace


def crosses(x: float, y: float, angle: float, size: tuple[float, float]) -> np.ndarray:
    """A straight track through a point, past the edge of the data at both ends."""
    far, a = float(np.hypot(*size)), np.radians(angle)
    return straight(x - far * np.cos(a), y - far * np.sin(a), angle, 2 * far)


def assert_drawn_once(scene: Scene, net: TrackNetwork) -> None:
    """Each track is drawn exactly once."""
    got = compare(scene, net, tolerance=0.25)
    assert got["completeness"] > 0.98
    assert got["correctness"] > 0.98
    high = scene.height_m
    wide = scene.probability.shape[1] * scene.gsd
    inside = [((t > 0) & (t < (wide, high))).all(axis=1).sum() * 0.05 for t in scene.tracks]
    drawn = sum(float(np.hypot(*np.diff(link.xy, axis=0).T).sum()) for link in net.links)
    assert drawn == pytest.approx(sum(inside), rel=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("beyond", [3.0, 6.0])
def test_crossing_of_three_tracks_at_the_edge_of_the_data(beyond: float) -> None:
    """At the edge it is 0.4 m from the track that it crosses there; both share one ridge.

    It was added again for each place that it was seen from, and its pieces met in switches.
    """
    size, slant = (140.0, 50.0), np.degrees(np.arctan(1 / 7.6))
    tracks = [crosses(0, y, -7, size) for y in (32.0, 27.4, 22.8)]
    tracks.append(crosses(beyond, 32.0 - beyond * np.tan(np.radians(7)), -7 - slant, size))
    scene = render(tracks, size, tent=True)
    net = trace(scene)
    assert named(net, "switch") == []
    assert [n.degree for n in named(net, "railway_crossing")] == [4, 4, 4]
    assert all(n.at_dataset_edge for n in net.nodes if n.degree == 1)
    assert_drawn_once(scene, net)


def test_tracks_that_cross_near_the_edge_of_the_data_leave_it_apart() -> None:
    """The skeleton there is between both tracks, and must not cause a switch."""
    size = (50.0, 50.0)
    tracks = [crosses(x, y, -86.4, size) for x, y in ((11, 45), (15.7, 45.2), (20.3, 45))]
    tracks.append(crosses(15.7, 45.2, -77.0, size))
    scene = render(tracks, size, tent=True)
    net = trace(scene)
    assert named(net, "switch") == []
    assert [n.degree for n in named(net, "railway_crossing")] == [4, 4]
    assert_drawn_once(scene, net)


def test_diamond_in_fifty_metres_of_track() -> None:
    """Hardly any skeleton is a single ridge: one track must be traced from its middle."""
    size = (50.0, 50.0)
    tracks = [crosses(0, y, -47.4, size) for y in (58.5, 45.0, 38.0, 30.8)]
    tracks.append(crosses(0, 40.5, -39.5, size))
    scene = render(tracks, size, tent=True)
    net = trace(scene)
    assert named(net, "switch") == []
    assert [n.degree for n in named(net, "railway_crossing")] == [4]
    assert_drawn_once(scene, net)


@pytest.mark.parametrize("before", [8.0, 14.0])
def test_turnout_on_the_leg_of_a_turnout_outside_the_data(before: float) -> None:
    """At the edge of the data another track diverges: the band is wider than that of the trunk."""
    first = leg(9, 200, 150)
    slope = np.degrees(np.arctan(1 / 9))
    at = first[np.argmin(np.abs(first[:, 0] - before - 47))]
    second = leg(9, 200, 90) * [1, -1]
    a = np.radians(slope)
    second = second @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]]) + at
    tracks = [dense(np.array([[-20.0, 0], [150, 0]])), first, second]
    tracks = [place(t, -before, 12, 0) for t in tracks]
    scene = render(tracks, (90, 36), tent=True)
    net = trace(scene)
    assert len(named(net, "switch")) == 1
    assert nearest(scene, named(net, "switch"), at + np.array([-before, 12])) < 2.0


@pytest.mark.parametrize("tent", [False, True], ids=["mask", "tent"])
@pytest.mark.parametrize("outside", [3.0, 12.0])
def test_half_a_turnout_at_the_edge_is_a_leg(outside: float, tent: bool) -> None:
    """Its toe is outside the data: two tracks, and no switch is invented."""
    tracks = [straight(-20, 10, 0, 120), place(leg(9, 190, 110), -outside, 10, 0)]
    scene = render(tracks, (70, 30), tent=tent)
    net = network(scene.probability, 0.5, scene.gsd, profile=scene.profile)
    assert len(net.links) == 2
    assert not [n for n in net.nodes if n.railway or n.degree != 1]
    assert compare(scene, net)["completeness"] > 0.99
