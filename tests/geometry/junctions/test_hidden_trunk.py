"""Turnouts whose trunk is not seen: the legs end where they meet, inside the data."""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers.line_scenes import leg, place, render, straight
from tests.helpers.trackwork import check_topology, named, nearest

TOE = 30.0


@pytest.mark.parametrize("hidden", [24.0, 30.0, 36.0])
def test_legs_that_meet_inside_the_data_meet_in_a_switch(hidden: float) -> None:
    tracks = [straight(-5, 20, 0, 130), place(leg(9, 190, 110), TOE, 20, 0)]
    scene = render(tracks, (110, 45), tent=True)
    scene.probability[:, : round(hidden / scene.gsd)] = 0
    net = scene.network()
    check_topology(net)
    switches = named(net, "switch")
    assert [node.degree for node in switches] == [3]
    assert nearest(scene, switches, np.array([max(TOE, hidden), 20.0])) < 4.0
