"""A network fuses the bands of a turnout's legs; the toe is found from their outer edges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import grey_closing

from tests.helpers.line_scenes import X0, Y0, leg, place, render, straight

FUSED = 1.6  # metres


@pytest.mark.parametrize(("number", "radius"), [(9.0, 300.0), (12.0, 500.0)])
@pytest.mark.parametrize("heading", [0.0, 17.0])
def test_toe_of_a_turnout_whose_bands_are_fused(
    number: float, radius: float, heading: float
) -> None:
    start = (15.0, 12.0)
    main = place(straight(-40.0, 0.0, 0.0, 240.0), *start, heading)
    toe = place(np.array([[25.0, 0.0]]), *start, heading)[0]
    branch = place(leg(number, radius, 110.0) + np.array([25.0, 0.0]), *start, heading)
    scene = render([main, branch], (150.0, 90.0), tent=True)
    side = round(FUSED / scene.gsd) | 1
    fused = 0.95 * grey_closing(scene.probability, (side, side))  # no network is certain
    scene = replace(scene, probability=fused.astype(np.uint8))
    nodes = [n for n in scene.network().nodes if n.railway == "switch"]
    assert len(nodes) == 1
    found = np.array([nodes[0].x, nodes[0].y]) - (X0, Y0 - scene.height_m)
    assert np.hypot(*(found - toe)) < 3.0
    if number < 12:  # of a flat turnout leg and main track may be exchanged
        assert nodes[0].turnout_side == "left"
    assert nodes[0].crossing_number == pytest.approx(number, rel=0.15)
