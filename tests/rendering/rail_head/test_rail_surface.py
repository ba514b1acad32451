"""Rendered rail surfaces: the paper's counts, exact masks, growth."""

from dataclasses import replace

import numpy as np
import pytest

from railmap.rendering.rail_head.rail_surface import (
    PAPER_RAILS,
    RAIL_WIDTHS,
    render_rail,
    render_rails,
)
from railmap.rendering.rail_head.surface_defects import DEFECT_KINDS, SurfaceDefect


def test_number_of_strips_of_the_paper():
    assert sum(PAPER_RAILS[1]) == 709
    assert sum(PAPER_RAILS[2]) == 1408


@pytest.mark.parametrize("kind", [1, 2])
def test_same_seed_same_rail_and_one_percent(kind):
    rails = render_rails(5, kind, (10,) * 12)
    again = render_rails(5, kind, (10,) * 12)
    assert all(np.array_equal(a.image, b.image) for a, b in zip(rails, again, strict=True))
    assert rails[0].image.shape == (1000, RAIL_WIDTHS[kind])
    assert 0.005 < np.mean([r.mask.mean() for r in rails]) < 0.025
    assert all(r.mask.any() for r in rails)


@pytest.mark.parametrize("name", DEFECT_KINDS)
def test_a_defect_changes_only_the_pixels_of_its_mask(name):
    defect = SurfaceDefect(name, 150, 80, 40, 30, seed=4)
    with_it, without = render_rail(9, 300, 1, [defect]), render_rail(9, 300, 1, [])
    change = np.abs(with_it.image.astype(int) - without.image)
    assert change[with_it.mask].mean() > 15
    far = np.ones_like(with_it.mask)
    far[100:200, 40:120] = False
    assert change[far].max() == 0
    assert not without.mask.any()


@pytest.mark.parametrize("name", ["squat", "spalling"])
def test_growth_keeps_the_shape(name):
    first = SurfaceDefect(name, 150, 80, 30, 24, seed=11)
    grown = replace(first, length=60, width=48)
    areas = [render_rail(2, 300, 1, [d]).mask.sum() for d in (first, grown)]
    assert areas[1] / areas[0] == pytest.approx(4.0, rel=0.12)
