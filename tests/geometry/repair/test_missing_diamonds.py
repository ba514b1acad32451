"""Diamonds of which one track was found on both sides of the other only."""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers.line_scenes import X0, Y0, dense, place, render
from tests.helpers.trackwork import check_topology, named

AT = np.array([75.0, 30.0])


def tracks(number: float, lost: float) -> list[np.ndarray]:
    """A main track, and one that crosses it and is missing within `lost` metres of it."""
    other = dense(np.array([[-72.0, -72.0 / number], [72.0, 72.0 / number]]))
    seen = np.abs(other[:, 1]) > lost
    ahead = other[:, 0] > 0
    return [dense(np.array([[-72.0, 0], [72.0, 0]])), other[seen & ahead], other[seen & ~ahead]]


@pytest.mark.parametrize("number", [4.5, 6.0, 7.5])
def test_ends_in_line_on_both_sides_of_a_track_are_connected(number: float) -> None:
    scene = render([place(t, *AT, 4.0) for t in tracks(number, 3.2)], (150.0, 60.0), tent=True)
    net = scene.network()
    check_topology(net)
    (node,) = named(net, "railway_crossing")
    assert not named(net, "switch")
    at = np.array([node.x - X0, node.y - Y0 + scene.height_m])
    assert np.hypot(*(at - AT)) < 1
    assert node.crossing_number == pytest.approx(number, rel=0.05)
    assert node.degree == 4
    assert len(net.links) == 4
    assert len(net.relations) == 2  # straight on, on both tracks


def test_ends_out_of_line_stay_unconnected() -> None:
    main, ahead, back = tracks(5.0, 4.5)
    shifted = [main, ahead + np.array([0, 3.0]), back]
    net = render([place(t, *AT, 4.0) for t in shifted], (150.0, 64.0), tent=True).network()
    assert not named(net, "railway_crossing")
