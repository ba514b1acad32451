"""Tracks that the edges of a small image cut, and short ones in a large image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

import railmap
from railmap import LineOptions

GSD = 0.1


def write_track(path: Path, side: int, length: int) -> Path:
    """Write the tent of a vertical track of `length` pixels in a square of `side` pixels."""
    across = np.abs(np.arange(side) - side / 2 + 0.5) * GSD
    tent = np.clip(1 - across / 1.9, 0, 1)
    image = np.zeros((side, side))
    first = (side - length) // 2
    image[first : first + length] = tent
    profile = {"driver": "GTiff", "width": side, "height": side, "count": 1, "dtype": "uint8"}
    where = {"crs": "EPSG:25832", "transform": from_origin(500_000, 5_700_000, GSD, GSD)}
    with rasterio.open(path, "w", **profile, **where, nodata=255) as target:
        target.write(np.round(254 * image).astype(np.uint8), 1)
        target.update_tags(RAILMAP_PROFILE="tent")
    return path


@pytest.mark.parametrize("side", [36, 60])
def test_a_track_is_drawn_through_an_image_of_a_few_metres(tmp_path: Path, side: int) -> None:
    railmap.trace(write_track(tmp_path / "p.tif", side, side), tmp_path / "t.gpkg")
    links = railmap.read_map(tmp_path / "t.gpkg")["railway_link"]
    assert len(links) == 1
    assert links.geometry.iloc[0].length == pytest.approx(side * GSD, abs=0.2)


def test_three_metres_of_track_in_a_large_image_are_not_drawn(tmp_path: Path) -> None:
    railmap.trace(write_track(tmp_path / "p.tif", 300, 30), tmp_path / "t.gpkg")
    assert not len(railmap.read_map(tmp_path / "t.gpkg")["railway_link"])


@pytest.mark.parametrize(("value", "seen"), [(255, False), (0, True)])
def test_no_data_is_not_taken_for_ground_without_tracks(
    tmp_path: Path, value: int, seen: bool
) -> None:
    """An image of 3 m that is without data, and one whose pixels are known not to be track."""
    with rasterio.open(write_track(tmp_path / "p.tif", 30, 30), "r+") as target:
        target.write(np.full((1, 30, 30), value, np.uint8))
    warning = railmap.trace(tmp_path / "p.tif", tmp_path / "t.gpkg").warnings[-1]
    assert "no track was found" in warning
    assert ("nothing was looked at" in warning) is not seen


def test_an_image_without_data_is_said_not_to_be_looked_at(tmp_path: Path) -> None:
    with rasterio.open(write_track(tmp_path / "i.tif", 40, 40), "r+") as target:
        target.write(np.full((1, 40, 40), 255, np.uint8))
    found = railmap.vectorize(tmp_path / "i.tif", tmp_path / "t.gpkg")
    assert found.links == 0
    assert "nothing was looked at" in found.warnings[-1]


def test_least_lengths_are_those_given_from_ten_metres_on() -> None:
    lines = LineOptions()
    assert lines.within(10.0) is lines
    small = lines.within(4.0)
    assert (small.ridge_length, small.min_length) == pytest.approx((2.4, 2.0))
    assert small.max_gap == lines.max_gap
