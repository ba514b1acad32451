"""All probability levels follow from the profile and the threshold, in one place."""

from __future__ import annotations

import pytest

from railmap.pipeline.lines import TrackLevels


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7])
def test_mask_has_one_level(threshold: float) -> None:
    levels = TrackLevels.of("mask", threshold)
    assert (levels.trace, levels.band_edge) == (threshold, threshold)
    assert levels.faint_ridge is None
    assert levels.sure_ridge is None


def test_tent_is_traced_on_its_ridges() -> None:
    levels = TrackLevels.of("tent", 0.4)
    assert levels.trace == 0.5  # ridges are marked, not thresholded
    assert levels.faint_ridge == pytest.approx(0.3)
    assert levels.sure_ridge == pytest.approx(0.55)
    assert levels.band_edge == pytest.approx(0.5)


def test_levels_stay_inside_the_range_of_a_probability() -> None:
    assert TrackLevels.of("tent", 0.99).sure_ridge == 0.98
    assert TrackLevels.of("tent", 0.05).faint_ridge == 0.02
    assert TrackLevels.of("mask", 1.0).band_edge == 0.98
