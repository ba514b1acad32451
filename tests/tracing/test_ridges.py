"""Ridges: neighbouring tracks are separate, blobs have none, windows do not matter."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from railmap.tracing.ridges import ridge_reader

Read = Callable[[int, int, int, int], NDArray[np.uint8]]
OPTIONS = {"length": 50.0, "aside": 19.0, "threshold": 0.45, "contrast": 0.2}


def reader(image: NDArray[np.uint8]) -> Read:
    def read(row: int, col: int, height: int, width: int) -> NDArray[np.uint8]:
        assert row >= 0
        assert col >= 0
        assert row + height <= image.shape[0]
        assert col + width <= image.shape[1]
        return image[row : row + height, col : col + width]

    return read


def ridges(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = image.shape
    return ridge_reader(reader(image), width, height, **OPTIONS)(0, 0, height, width)


def tent(height: int, width: int, *centres: float, peak: float = 1.0) -> NDArray[np.uint8]:
    """Tracks along the columns at 10 cm GSD, sleepers of 2.6 m."""
    col = np.arange(width) + 0.5
    p = np.max([1 - np.abs(col - c) / 26 for c in centres], axis=0).clip(0)
    return np.tile(np.rint(p * peak * 254).astype(np.uint8), (height, 1))


@pytest.mark.parametrize("spacing", [35, 40, 50])
@pytest.mark.parametrize("filled", [0.0, 0.35])
def test_neighbouring_tracks_are_separate(spacing: int, filled: float) -> None:
    """Also if the probability fills the valley between them."""
    image = tent(200, 200, 80, 80 + spacing)
    between = np.zeros_like(image)
    between[:, 80 : 80 + spacing] = round((0.5 + filled) * 254)
    found = ridges(np.maximum(image, between) if filled else image) >= 127
    _, count = ndimage.label(found)
    assert count == 2
    assert found[:, 78:82].mean() > 0.95
    assert not found[:, 80 + spacing // 2].any()


def test_a_ridge_is_about_as_wide_as_the_sleepers() -> None:
    width = (ridges(tent(100, 120, 60)) >= 127)[50].sum()
    assert 18 <= width <= 32


def test_a_spot_of_low_probability_is_bridged() -> None:
    image = tent(200, 120, 60)
    image[95:105] //= 4
    found = ridges(image) >= 127
    assert found[:, 60].all()


def test_blobs_and_uniform_areas_are_no_ridge() -> None:
    image = np.full((200, 200), 40, np.uint8)
    image[60:140, 60:140] = 230
    assert not (ridges(image) >= 127)[90:110, 90:110].any()
    assert not (ridges(np.full((100, 100), 200, np.uint8)) >= 127).any()


def test_no_data_stays_no_data() -> None:
    image = tent(150, 150, 75)
    image[:, :60] = 255
    found = ridges(image)
    np.testing.assert_array_equal(found == 255, image == 255)
    assert (found[:, 74:77] == 127).all()


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 999),
    row=st.integers(0, 60),
    col=st.integers(0, 60),
    height=st.integers(1, 41),
    width=st.integers(1, 37),
)
def test_result_is_independent_of_windows(
    seed: int, row: int, col: int, height: int, width: int
) -> None:
    rng = np.random.default_rng(seed)
    image = np.maximum(tent(101, 97, 40, 75), rng.integers(0, 200, (101, 97))).astype(np.uint8)
    image[rng.random(image.shape) < 0.02] = 255
    whole = ridges(image)
    part = ridge_reader(reader(image), 97, 101, **OPTIONS)(row, col, height, width)
    np.testing.assert_array_equal(part, whole[row : row + height, col : col + width])
