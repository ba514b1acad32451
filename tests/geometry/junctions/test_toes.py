"""Legs of turnouts, also if the leg ends before the toe."""

from __future__ import annotations

import numpy as np

from railmap.geometry.evidence.band import Scale
from railmap.geometry.junctions.toes import draw_leg

SCALE = Scale.from_width(0.1, 2.6)


def test_leg_that_ends_before_its_toe_is_still_a_line() -> None:
    main = np.stack([np.arange(0.0, 40.0, 0.5), np.zeros(80)], 1)
    leg = main[:20] + np.array([0.0, 0.1])
    branch = draw_leg(main, leg, 30.0, 1.0, None, SCALE)
    assert len(branch) >= 2
    assert np.allclose(branch[0], (30.0, 0.0))
    assert np.allclose(branch[-1], leg[-1])


def test_leg_that_ends_at_its_toe_has_two_points() -> None:
    main = np.stack([np.arange(0.0, 40.0, 0.5), np.zeros(80)], 1)
    branch = draw_leg(main, main[:21], 10.0, 1.0, None, SCALE)
    assert branch.tolist() == [[10.0, 0.0], [10.0, 0.0]]
