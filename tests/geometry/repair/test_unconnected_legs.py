"""Legs that end next to their main track are extended to it; other tracks are not."""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers.line_scenes import X0, Y0, Scene, dense, leg, place, render
from tests.helpers.trackwork import check_topology, named

TOE = np.array([50.0, 24.0])


def scene(other: np.ndarray) -> Scene:
    tracks = [dense(np.array([[-45.0, 0], [95.0, 0]])), other]
    return render([place(t, *TOE, 4.0) for t in tracks], (150.0, 60.0), tent=True)


@pytest.mark.parametrize(("number", "radius"), [(7.0, 190.0), (9.0, 300.0)])
@pytest.mark.parametrize("side", [1, -1])
def test_unconnected_leg_gets_a_switch(number: float, radius: float, side: int) -> None:
    whole = leg(number, radius, 95.0)
    seen = whole[whole[:, 1] > 3.7] * [1, side]
    drawn = scene(seen)
    net = drawn.network()
    check_topology(net)
    (switch,) = named(net, "switch")
    at = np.array([switch.x - X0, switch.y - Y0 + drawn.height_m])
    assert np.hypot(*(at - TOE)) < 6
    assert switch.crossing_number == pytest.approx(number, rel=0.07)
    assert switch.turnout_side == ("left" if side > 0 else "right")
    assert switch.degree == 3
    assert len(net.links) == 3
    assert len(net.relations) == 2  # trunk with either leg


def test_siding_parallel_to_the_main_track_stays_unconnected() -> None:
    net = scene(dense(np.array([[20.0, 4.5], [95.0, 4.5]]))).network()
    assert not named(net, "switch")
    assert len(net.links) == 2


def test_leg_with_its_toe_outside_the_main_track_stays_unconnected() -> None:
    whole = leg(7.0, 190.0, 95.0)
    tracks = [dense(np.array([[18.0, 0], [95.0, 0]])), whole[whole[:, 1] > 3.7]]
    net = render([place(t, *TOE, 4.0) for t in tracks], (150.0, 60.0), tent=True).network()
    assert not named(net, "switch")
    assert len(net.links) == 2


def test_side_is_that_of_the_leg_if_the_through_track_was_unconnected() -> None:
    """The main track is missing past the toe; the leg, to the left, was taken for it."""
    whole = leg(7.0, 190.0, 95.0)
    lost = whole[whole[:, 1] > 3.7][0, 0]
    trunk = dense(np.array([[-45.0, 0], [0.0, 0]]))
    tracks = [np.concatenate([trunk, whole]), dense(np.array([[lost, 0], [95.0, 0]]))]
    net = render([place(t, *TOE, 4.0) for t in tracks], (150.0, 60.0), tent=True).network()
    (switch,) = named(net, "switch")
    assert switch.turnout_side == "left"
