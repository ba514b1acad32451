"""Fused bands are split into two ridges; single bands and windows stay as they are."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from railmap.geometry.evidence.fused import SplitBands, _depth

GSD, HALF = 0.1, 1.3
ROWS, COLS = 700, 620


def plateau(apart: float) -> NDArray[np.uint8]:
    """Two vertical tracks whose bands a network fuses: full probability between them."""
    x = (np.arange(COLS) + 0.5) * GSD - 31.0
    outside = np.maximum(np.abs(x) - apart / 2, 0)
    across = np.round(254 * np.clip(1 - outside / (2 * HALF), 0, 1)).astype(np.uint8)
    return np.tile(across, (ROWS, 1))


def reader(raster: NDArray[np.uint8]) -> SplitBands:
    def read(row: int, col: int, height: int, width: int) -> NDArray[np.uint8]:
        assert min(row, col) >= 0
        part = raster[row : row + height, col : col + width]
        assert part.shape == (height, width)
        return part

    return SplitBands(read, GSD, raster.shape, 127.0, HALF)


@pytest.mark.parametrize("apart", [0.8, 1.2, 1.6, 2.4])
def test_a_plateau_gets_a_ridge_on_each_track(apart: float) -> None:
    row = reader(plateau(apart))(300, 0, 1, COLS)[0].astype(int)
    left = int(row[:310].argmax())
    right = 309 + len(row[310:]) - int(row[310:][::-1].argmax())
    assert (left + 0.5) * GSD - 31.0 == pytest.approx(-apart / 2, abs=0.15)
    assert (right + 0.5) * GSD - 31.0 == pytest.approx(apart / 2, abs=0.15)
    assert row[310] < row[left] - 25 * (apart - 0.5)


def test_a_single_band_stays() -> None:
    raster = plateau(0.0)
    assert np.array_equal(reader(raster)(0, 0, ROWS, COLS), raster)


def test_a_pixel_is_the_same_in_every_window() -> None:
    rng = np.random.default_rng(5)
    raster = np.where(rng.random((ROWS, COLS)) < 0.02, 255, plateau(1.5)).astype(np.uint8)
    raster[100:180, 290:330] = 255
    whole = reader(raster)(0, 0, ROWS, COLS)
    assert (whole == 255).sum() == (raster == 255).sum()
    for row, col, height, width in ((0, 0, 90, 620), (505, 480, 20, 60), (511, 511, 1, 2)):
        part = reader(raster)(row, col, height, width)
        assert np.array_equal(part, whole[row : row + height, col : col + width])


def test_depth_is_the_euclidean_distance() -> None:
    band = np.random.default_rng(7).random((60, 75)) < 0.97
    band[0, 0] = False
    wanted = np.where(band, distance_transform_edt(band) - 0.5, 0)
    np.testing.assert_allclose(_depth(band), wanted)
