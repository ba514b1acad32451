"""The rail head is found and made upright; an image without rail is refused."""

import numpy as np
import pytest

from railmap.errors import InputError
from railmap.rendering.rail_head.rail_surface import render_rail
from railmap.surface.model.pixels import to_grey
from railmap.surface.model.rail_head import find_rail_head
from railmap.surface.model.strip import HEAD_WIDTH, STRIP_WIDTH, strip_channels, strip_grid


def scan(lean=0.0, width=440, height=1200, columns=1600, middle=800.0, seed=0):
    """A bright band on dark background; its centre moves by `lean` columns from top to bottom."""
    rng = np.random.default_rng(seed)
    image = rng.normal(6, 2, (height, columns))
    rows = np.arange(height)[:, None]
    centre = middle + lean * (rows / height - 0.5)
    inside = np.abs(np.arange(columns)[None] - centre) < width / 2
    return np.clip(np.where(inside, rng.normal(110, 15, image.shape), image), 0, 255).astype(
        np.uint8
    )


@pytest.mark.parametrize("lean", [0, 80, -120])
def test_edges_are_tracked(lean):
    head = find_rail_head(scan(lean))
    true = 800 + lean * (np.arange(1200) / 1200 - 0.5)
    assert head.width == pytest.approx(440, abs=14)
    assert np.abs(head.centre - true).max() < 12
    assert not head.fills


def test_gaps_and_spalls_do_not_interrupt_the_edges():
    image = scan()
    image[500:530] = 5
    image[800:900, 640:760] = 8
    head = find_rail_head(image)
    assert np.abs(head.centre - 800).max() < 15


def test_a_second_dimmer_rail_is_ignored():
    image = scan()
    image[:, 1300:1500] = 40
    head = find_rail_head(image)
    assert np.abs(head.centre - 800).max() < 12


def test_a_head_that_fills_the_image():
    for kind, width in ((1, 160), (2, 55)):
        head = find_rail_head(render_rail(2, 1000, kind).image)
        assert head.fills
        assert head.width == width


def background(across=False):
    """Ballast, or a sleeper across the image."""
    image = np.random.default_rng(1).normal(60, 20, (500, 800))
    if across:
        image[200:300] = 160
    return image.clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("image", "text"),
    [
        (np.zeros((500, 800), np.uint8), "black"),
        (np.full((500, 800), 255, np.uint8), "saturated"),
        (background(), "shows no rail"),
        (background(across=True), "shows no rail"),
    ],
)
def test_an_image_without_rail_is_refused(image, text):
    with pytest.raises(InputError, match=text):
        find_rail_head(image, "scan.png")


def test_strip_is_upright_and_resampled_to_the_image():
    image = scan(lean=100)
    grid = strip_grid(find_rail_head(image), image.shape)
    assert grid.scale == 2.0
    strip = grid.cut(image)
    assert strip.shape == (600, STRIP_WIDTH)
    bright = strip > 60
    assert np.abs(bright.sum(axis=1) - 220).max() < 12
    middles = [np.flatnonzero(row).mean() for row in bright]
    assert np.ptp(middles) < 6
    back = grid.to_image(strip.astype(np.float32))
    rail = image > 60
    assert ((back > 60) == rail).mean() > 0.985
    labels = grid.labels_to_image((strip[::4, ::4] > 60).astype(np.uint8))
    assert ((labels > 0) == rail).mean() > 0.98


def test_strip_scale_steps_by_octaves():
    for width, scale in ((HEAD_WIDTH, 1.0), (120, 0.5), (1000, 4.0)):
        head = find_rail_head(scan(width=width, columns=2000, middle=1000.0))
        assert strip_grid(head, (1200, 2000)).scale == scale


def test_area_mean_is_kept_at_whole_scales():
    image = scan()
    grid = strip_grid(find_rail_head(image), image.shape)
    even = type(grid)(2.0, np.full(600, 480.0), image.shape)
    blocks = image[:, 480 : 480 + 2 * STRIP_WIDTH].reshape(600, 2, STRIP_WIDTH, 2).mean(axis=(1, 3))
    assert np.abs(even.cut(image) - blocks).max() <= 0.51


def test_channels_are_independent_of_exposure():
    strip = np.random.default_rng(0).integers(40, 120, (200, STRIP_WIDTH)).astype(np.uint8)
    bright = strip_channels(np.minimum(strip.astype(np.float32) * 2, 255))
    assert np.abs(bright - strip_channels(strip)).max() < 0.02


def test_pixels_of_other_types():
    grey = np.full((40, 50), 100, np.uint8)
    assert (to_grey(np.repeat(grey[..., None], 3, 2)) == 100).all()
    assert to_grey(grey.astype(np.uint16) * 300).max() == 255
    assert (to_grey(grey.astype(np.uint16)) == 100).all()
    colour = np.zeros((40, 50, 3), np.uint8)
    colour[..., 1] = 200
    assert to_grey(colour).max() == 117
    with pytest.raises(InputError, match="colour"):
        to_grey(colour, colour=False)
    for bad in (grey.astype(float), grey[:10], np.zeros((40, 50, 2), np.uint8)):
        with pytest.raises(InputError):
            to_grey(bad)


def test_a_rail_across_the_image_is_refused():
    with pytest.raises(InputError, match="run across the image; turn"):
        find_rail_head(np.ascontiguousarray(scan().T))
