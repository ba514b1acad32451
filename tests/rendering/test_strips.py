"""Strips of photographed track, cut from labelled images and painted along plans."""

from __future__ import annotations

import numpy as np
import pytest

from railmap.rendering import render_crop
from railmap.rendering.paint.canvas import Canvas
from railmap.rendering.paint.strips import TrackStrip, paint_strips, usable_strips
from railmap.rendering.plan.kinds import make_plan
from railmap.training.tracks.real_images import RealImage
from railmap.training.tracks.strip_cutting import cut_strips

RED, GREY = (200, 20, 20), (90, 90, 90)


def marked_image(gsd: float = 0.1) -> RealImage:
    """A straight track along y whose axis is red, 60 m long."""
    image = np.full((600, 200, 3), GREY, np.uint8)
    image[:, 98:102] = RED
    line = np.array([[100.0, 0.0], [100.0, 600.0]])
    return RealImage("marked", image, np.ones((600, 200), bool), gsd, [line])


def test_strips_are_straight_without_unevaluated_parts() -> None:
    marked = marked_image()
    marked.ignore = [np.array([[60.0, 280.0], [140.0, 280.0], [140.0, 320.0], [60.0, 320.0]])]
    strips = cut_strips(marked)
    assert len(strips) == 2
    assert sum(strip.weight for strip in strips) == pytest.approx(1.0)
    for strip in strips:
        middle = strip.image.shape[1] // 2
        assert (strip.image[:, middle] == RED).all()
        assert 26 < len(strip.image) * strip.gsd < 29
    marked.weight = 0.25
    assert sum(strip.weight for strip in cut_strips(marked)) == pytest.approx(0.25)
    marked.occluded = [True]
    assert cut_strips(marked) == []


def test_neighbours_narrow_a_strip_and_close_ones_prevent_it() -> None:
    marked = marked_image()
    marked.lines.append(marked.lines[0] + (36.0, 0.0))
    (width,) = {strip.image.shape[1] for strip in cut_strips(marked)}
    assert width * marked.gsd < 2 * 0.55 * 3.6 + 0.2
    marked.lines[1] = marked.lines[0] + (10.0, 0.0)
    assert cut_strips(marked) == []


def test_the_axis_of_a_strip_is_on_the_plan() -> None:
    strip = cut_strips(marked_image())[0]
    canvas = Canvas(np.full((400, 400, 3), 60, np.uint8), 10.0, np.zeros(2))
    rng = np.random.default_rng(4)
    plan = make_plan(rng, 30.0, "plain")
    paint_strips(canvas, rng, plan, [strip])
    assert plan.gauge_mm == 1435
    at = np.round(canvas.pixels(plan.tracks[0].xy)).astype(int)
    at = at[((at >= 2) & (at < 398)).all(axis=1)]
    on = canvas.image[at[:, 1], at[:, 0]].astype(int)
    assert (on[:, 0] - on[:, 1] > 100).mean() > 0.95


def test_strips_are_used_only_where_sharp_enough() -> None:
    sharp, coarse = (TrackStrip(np.zeros((90, 40, 3), np.uint8), g, 1435, 2.6) for g in (0.1, 0.3))
    assert usable_strips([sharp, coarse], 0.1) == [sharp]
    assert usable_strips([sharp, coarse], 0.25) == [sharp, coarse]


def test_crops_with_strips_are_repeatable() -> None:
    strips = cut_strips(marked_image())
    one, two = (
        render_crop(np.random.default_rng(8), 96, 0.1, strips=strips, strip_share=1.0)
        for _ in range(2)
    )
    np.testing.assert_array_equal(one.image, two.image)
    plain = render_crop(np.random.default_rng(8), 96, 0.1)
    assert (plain.image != one.image).any()
